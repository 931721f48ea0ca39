//! A writer that the application has already, as an output.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use super::{DroppedLines, Output};
use crate::metrics::{Metrics, own};

/// Has lines go to `writer`: a `RollingFileAppender` or `NonBlocking` of `tracing-appender`, or
/// anything else that implements [`Write`].
///
/// ```
/// use std::time::Duration;
///
/// use tracing_appender::non_blocking;
/// use tracing_appender::rolling::{RollingFileAppender, Rotation};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let logs = std::env::temp_dir().join(format!("obs-doc-appender-{}", std::process::id()));
/// let file = RollingFileAppender::builder()
///     .rotation(Rotation::DAILY)
///     .filename_prefix("shop")
///     .build(&logs)?;
/// let (writer, _guard) = non_blocking(file); // the guard is kept to the end of `main`
/// let lost = writer.error_counter();
/// let output = obs_core::log::appender(writer).losses(move || lost.dropped_lines() as u64);
///
/// let builder = obs_core::builder("shop").log_output(output);
/// # drop((builder, _guard));
/// # std::fs::remove_dir_all(&logs)?;
/// # Ok(()) }
/// ```
///
/// # What cannot be known of `tracing-appender` 0.2
///
/// Our own [`File`](super::File) has none of these limits.
///
/// * `NonBlocking` takes a line and says it is written. What its queue has no room for is dropped
///   and told by its counter, which [`losses`](Appender::losses) reads. **Nothing tells** of a line
///   that its thread could not write, as on a full disk, where half a line may be glued to the next
///   one; of the lines that are left when its guard has waited one second at the end; or of those of
///   a process that ends without dropping the guard.
/// * `RollingFileAppender` by itself does say what it could not write. It rotates by UTC time alone,
///   and with `max_log_files` deletes files by prefix and suffix, other services' too.
pub fn appender<W: Write + Send>(writer: W) -> Appender<W> {
    Appender { writer, name: "appender".to_owned(), whole_batches: false, losses: None }
}

/// A writer as an output, from [`appender`].
pub struct Appender<W> {
    writer: W,
    name: String,
    whole_batches: bool,
    losses: Option<DroppedLines>,
}

impl<W: Write + Send> Appender<W> {
    /// How many lines `writer` has dropped since it was made: for `NonBlocking`, what its
    /// `error_counter()` says. Counted in `obs_log_lines_dropped_total{reason="appender"}`.
    #[must_use]
    pub fn losses(mut self, dropped: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.losses = Some(Arc::new(dropped));
        self
    }

    /// What it is called in messages. Default: `appender`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Hands over many lines with each call of `write`, for a writer that makes a system call of
    /// each.
    ///
    /// Not for `NonBlocking`, whose queue is bounded by the number of calls, not bytes, and which
    /// drops all that came with one call and counts it as one line.
    #[must_use]
    pub fn whole_batches(mut self) -> Self {
        self.whole_batches = true;
        self
    }

    fn write_some(&mut self, lines: &[u8]) -> io::Result<usize> {
        loop {
            match self.writer.write(lines) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                written => return written.map(|written| written.min(lines.len())),
            }
        }
    }
}

impl<W: Write + Send> Output for Appender<W> {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if lines.is_empty() {
            return Ok(0);
        }
        if self.whole_batches {
            return self.write_some(lines);
        }
        let mut written = 0;
        for line in lines.split_inclusive(|b| *b == b'\n') {
            match self.write_some(line) {
                Ok(all) if all == line.len() => written += all,
                Ok(part) => return Ok(written + part),
                // The error comes again with the lines that are left.
                Err(_) if written > 0 => return Ok(written),
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn losses(&self) -> Option<DroppedLines> {
        self.losses.clone()
    }

    fn place(&self) -> String {
        self.name.clone()
    }
}

/// Has each scrape read what `outputs` have lost by themselves. Their levels are not known.
pub(crate) fn count_losses(outputs: &[Box<dyn Output>], metrics: &Metrics) {
    let losses: Vec<_> = outputs.iter().filter_map(|output| output.losses()).collect();
    if !losses.is_empty() {
        let dropped = own::LOG_LINES_DROPPED.of(metrics, ["", "appender"]);
        metrics.on_collect(move || dropped.absolute(losses.iter().map(|lost| lost()).sum()));
    }
}

impl<W> fmt::Debug for Appender<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Appender").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc;

    use tracing_appender::non_blocking::NonBlockingBuilder;
    use tracing_appender::rolling::RollingFileAppender;

    use super::*;
    use crate::metrics::{Config, Format};

    /// A writer that says what each call was given and takes as much as it is told.
    #[derive(Clone, Default)]
    struct Calls {
        given: Arc<Mutex<Vec<String>>>,
        takes: Arc<Mutex<Vec<io::Result<usize>>>>,
    }

    impl Write for Calls {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            self.given.lock().unwrap().push(String::from_utf8(lines.to_vec()).unwrap());
            let mut takes = self.takes.lock().unwrap();
            if takes.is_empty() { Ok(lines.len()) } else { takes.remove(0) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_a_call_unless_whole_batches_are_asked_for() {
        let calls = Calls::default();
        let mut lines = appender(calls.clone());
        assert_eq!(lines.write(b"one\ntwo\n").unwrap(), 8);
        let mut batches = appender(calls.clone()).whole_batches();
        assert_eq!(batches.write(b"one\ntwo\n").unwrap(), 8);
        assert_eq!(*calls.given.lock().unwrap(), ["one\n", "two\n", "one\ntwo\n"]);
    }

    #[test]
    fn what_was_not_written_is_said() {
        let error = || Err(ErrorKind::StorageFull.into());
        // (what the calls take, what a batch of `one`, `two` makes of it)
        for (takes, written) in [
            (vec![Ok(4), Ok(2)], Ok(6)),
            (vec![Ok(4), error()], Ok(4)),
            (vec![error()], Err(ErrorKind::StorageFull)),
            (vec![Ok(0)], Err(ErrorKind::WriteZero)),
            (vec![Err(ErrorKind::Interrupted.into()), Ok(4), Ok(4)], Ok(8)),
            (vec![Ok(usize::MAX), Ok(4)], Ok(8)),
        ] {
            let calls = Calls::default();
            let row = format!("{takes:?}");
            *calls.takes.lock().unwrap() = takes;
            let result = appender(calls).write(b"one\ntwo\n").map_err(|error| error.kind());
            assert_eq!(result, written, "{row}");
        }
    }

    #[test]
    fn a_rolling_appender_writes_the_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut output = appender(
            RollingFileAppender::builder().filename_prefix("shop").build(dir.path()).unwrap(),
        );
        output.write(b"one\ntwo\n").unwrap();
        output.flush().unwrap();
        assert_eq!(std::fs::read(dir.path().join("shop")).unwrap(), b"one\ntwo\n");
    }

    /// A writer that says when it is called and then waits until it may go on.
    struct Blocked(mpsc::Sender<()>, mpsc::Receiver<()>, Calls);

    impl Write for Blocked {
        fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
            self.0.send(()).unwrap();
            let _ = self.1.recv();
            self.2.write(lines)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_a_full_queue_drops_is_counted_at_the_next_scrape() {
        let (called, calls) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let sink = Calls::default();
        let (writer, guard) = NonBlockingBuilder::default()
            .buffered_lines_limit(2)
            .finish(Blocked(called, released, sink.clone()));
        let lost = writer.error_counter();
        let output = appender(writer).losses(move || lost.dropped_lines() as u64);
        let mut outputs: Vec<Box<dyn Output>> = vec![Box::new(output)];
        let metrics = Metrics::new(Config::default());
        count_losses(&outputs, &metrics);

        assert_eq!(outputs[0].write(b"0\n").unwrap(), 2);
        calls.recv().unwrap();
        // The thread is at the first line, two wait, and three find no room.
        assert_eq!(outputs[0].write(b"1\n2\n3\n4\n5\n").unwrap(), 10);
        let text = metrics.render(Format::Text);
        let line = "\nobs_log_lines_dropped_total{reason=\"appender\"} 3\n";
        assert!(text.contains(line), "{text}");

        drop(release);
        drop(outputs);
        drop(guard);
        assert_eq!(*sink.given.lock().unwrap(), ["0\n", "1\n", "2\n"]);
    }
}
