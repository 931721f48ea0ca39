//! What is merged next.
#[derive(Debug)]
pub(crate) struct Redactor;
impl Redactor {
    pub(crate) fn hides(&self, path: &str) -> bool {
        path.contains("password")
    }
    pub(crate) fn scrub(&self, _out: &mut Vec<u8>, _start: usize) -> usize {
        0
    }
    pub(crate) fn hides_number(&self, _value: u64) -> bool {
        false
    }
}
pub(crate) const HIDDEN: &str = "[redacted]";

#[derive(Debug, Default, Clone)]
/// stub
pub struct Redaction;
impl Redactor {
    pub(crate) fn new(_: &Redaction) -> Self {
        Self
    }
}
#[derive(Debug, Default)]
pub(crate) struct Slot;
