//! How lines are made.

/// The settings of the layer.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Bytes that a line may have, its line break included.
    pub(crate) line_limit: usize,
    /// Whether lines say where in the source they come from.
    pub(crate) origin: bool,
    /// Whether errors of error events bring a backtrace.
    pub(crate) backtrace: bool,
}

impl Default for Options {
    fn default() -> Self {
        // Container runtimes split lines at 16 KiB.
        Self { line_limit: 16_000, origin: true, backtrace: false }
    }
}
