//! How values are written: without secrets, and not without end.

use std::fmt::{self, Write as _};

use super::escape::{Escaped, escape, truncate};
use super::fields::Marks;
use super::redact::Redactor;

#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) redactor: Redactor,
    /// Bytes that a value, or the message, may have.
    pub(crate) max_value: usize,
    /// Bytes that a line may have.
    pub(crate) max_line: usize,
    /// Whether errors of error events bring a backtrace of the event.
    pub(crate) backtrace: bool,
}

/// More than the longest secret: this much of a value beyond its limit is searched for secrets, so
/// that none is cut to something that no longer looks like one.
const BEYOND: usize = 4096;

/// What stands at the end of a value that was cut.
const CUT: &str = "…";

impl Rules {
    /// Writes the inside of a JSON string: escaped, without secrets, and only then cut so that `out`
    /// has not more than `room` bytes.
    pub(crate) fn text(
        &self,
        out: &mut Vec<u8>,
        room: usize,
        marks: &mut Marks,
        write: impl FnOnce(&mut Escaped<'_>) -> fmt::Result,
    ) {
        let start = out.len();
        // An error means that the limit is reached, or that a `Display` of the application gave up.
        // What it wrote stays.
        let whole = write(&mut Escaped::new(out, start + self.max(start, room) + BEYOND));
        self.finish(out, start, room, marks, whole.is_err());
    }

    /// As [`text`](Self::text), of a text that is there already.
    pub(crate) fn str(&self, out: &mut Vec<u8>, room: usize, marks: &mut Marks, text: &str) {
        if text.len() > self.max(out.len(), room) {
            return self.text(out, room, marks, |out| out.write_str(text));
        }
        let start = out.len();
        escape(out, text);
        self.finish(out, start, room, marks, false);
    }

    /// Whether the value of `key`, which is within others at `path`, is hidden for its name.
    pub(crate) fn hides(&self, path: &str, key: &str) -> bool {
        self.redactor.hides(path) || self.redactor.hides(key)
    }

    /// What a value may have that begins at `start`; a quote follows it.
    pub(crate) fn max(&self, start: usize, room: usize) -> usize {
        self.max_value.min(room.saturating_sub(start + 1))
    }

    /// Hides the secrets of what stands from `start` on, and then cuts it.
    pub(crate) fn finish(
        &self,
        out: &mut Vec<u8>,
        start: usize,
        room: usize,
        marks: &mut Marks,
        broken_off: bool,
    ) {
        let hidden = self.redactor.scrub(out, start);
        if hidden > 0 {
            marks.hidden_values += u32::try_from(hidden).unwrap_or(u32::MAX);
        }
        let max = self.max(start, room);
        if broken_off || out.len() - start > max {
            truncate(out, start, max.saturating_sub(CUT.len()));
            out.extend_from_slice(CUT.as_bytes());
            marks.truncated = true;
        }
    }
}
