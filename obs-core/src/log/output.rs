//! Where lines go.

use std::io;
use std::sync::Arc;

/// Reads how many lines an output has lost so far after it took them.
pub type DroppedLines = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A place for log lines: standard output, a file, something of the application's own.
///
/// One thread at a time calls it. It is given whole lines, each with its line break, many at once.
pub trait Output: Send {
    /// Writes the beginning of `lines`, as [`io::Write::write`] does, and says how many bytes that
    /// were. It may stop between two lines, as a file does that is about to be rotated; where it
    /// stops within a line, the rest of it is what comes next.
    ///
    /// # Errors
    ///
    /// Nothing of `lines` was written.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize>;

    /// Hands over what is held back.
    ///
    /// # Errors
    ///
    /// It could not be handed over; some of it may be lost.
    fn flush(&mut self) -> io::Result<()>;

    /// Asked about once a second when nothing is written, and before each batch: the moment to
    /// rotate by time, or to notice that the file was moved away.
    ///
    /// # Errors
    ///
    /// What was to be done could not be; writing goes on as before.
    fn tend(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Opens its place anew, after SIGHUP and after an error.
    ///
    /// # Errors
    ///
    /// The place cannot be opened; writing goes on as before.
    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// How many lines were lost after [`write`](Self::write) took them, where the place tells that:
    /// asked for once, read at each scrape, counted in
    /// `obs_log_lines_dropped_total{reason="appender"}`.
    fn losses(&self) -> Option<DroppedLines> {
        None
    }

    /// Where this is, for messages: a path, or `stdout`.
    fn place(&self) -> String;
}
