//! The writing side: one batch, one output, and what to do when that fails.
//!
//! Knows no clock and no thread: it is told the time, and says when to call again.

use std::any::Any;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::batch::{Batch, Tally};
use super::complaint::Complaints;
use super::losses::{LossReason, Losses};
use super::notice::{Notice, Notices};
use super::state::Progress;
use crate::log::Output;

/// Bytes that the output is given at a time. What is lost by a panic, or in doubt when the time to
/// finish is over, is no more; and a system call for so many costs next to nothing for each.
const CHUNK: usize = 128 * 1024;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The first pause of an output that says it would block, which is slow and not broken.
const SLOW_PAUSE: Duration = Duration::from_millis(1);

pub(super) struct Drain {
    output: Box<dyn Output>,
    batch: Batch,
    /// The output may stand within a line whose rest is not to come: a line break is.
    resync: bool,
    /// The output is to be opened anew before it is written to.
    reopen: bool,
    trouble: Trouble,
    notices: Notices,
    complaints: Complaints,
}

/// How the output has been doing.
#[derive(Default)]
struct Trouble {
    /// Errors without a success between them.
    failures: u32,
    /// Times that it said it would block, in succession.
    blocked: u32,
    /// Not to be called before.
    until: Option<Instant>,
    /// Who reads the output is gone: no use in keeping lines for it.
    gone: bool,
}

/// What an output did that was no success.
enum Failure {
    Error(io::Error),
    Panic(String),
}

impl Drain {
    pub(super) fn new(output: Box<dyn Output>, notice: Notice, complaints: Complaints) -> Self {
        Self {
            output,
            batch: Batch::default(),
            resync: false,
            reopen: false,
            trouble: Trouble::default(),
            notices: Notices::new(notice),
            complaints,
        }
    }

    /// What is being written, to be filled when it is empty.
    pub(super) const fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Has the output opened anew, before the next line that begins, or before the next call if it
    /// fails.
    pub(super) const fn reopen(&mut self) {
        self.reopen = true;
        // Whoever asks for it has perhaps repaired something.
        self.trouble.until = None;
    }

    /// Whether there is something to do.
    pub(super) fn has_work(&self) -> bool {
        self.reopen || !self.batch.is_empty()
    }

    pub(super) const fn is_failing(&self) -> bool {
        self.trouble.failures > 0
    }

    /// When to call next; `None` for at once. At the end, a reader that is gone is not waited for.
    pub(super) fn pause(&self, now: Instant, ending: bool) -> Option<Instant> {
        let until = self.trouble.until.filter(|until| *until > now);
        until.filter(|_| !(ending && self.trouble.gone))
    }

    /// Whether the lines of the batch had better be given up than kept for later.
    pub(super) fn is_gone(&self) -> bool {
        self.trouble.gone && !self.batch.is_empty()
    }

    /// Appends the line that tells of what has been `lost`, when it is time to.
    pub(super) fn tell(&mut self, lost: &Losses, now: Instant, ending: bool) {
        if ending || !self.is_failing() {
            self.notices.tell(lost, now, ending, &mut self.batch);
        }
    }

    /// Gives the output its moment between batches.
    pub(super) fn tend(&mut self, now: Instant) {
        if let Err(failure) = guarded(|| self.output.tend()) {
            self.resync |= matches!(failure, Failure::Panic(_));
            self.complain(&failure, now);
        }
    }

    pub(super) fn shrink(&mut self) {
        self.batch.shrink();
    }

    /// Calls the output once, with a chunk of the batch.
    pub(super) fn step(&mut self, now: Instant) -> Progress {
        let mut progress = Progress::default();
        self.trouble.until = None;
        if self.reopen && (!self.batch.is_torn() || self.is_failing()) {
            self.reopen = false;
            // The other place is perhaps not where the line began.
            self.begin_the_line_anew(&mut progress);
            if let Err(failure) = guarded(|| self.output.reopen()) {
                self.complain(&failure, now);
            }
        }
        if self.batch.is_empty() {
            return progress;
        }
        if self.resync {
            match write(&mut *self.output, b"\n") {
                Ok(_) => self.resync = false,
                Err(failure) => {
                    self.fail(&failure, 0, &mut progress, now);
                    return progress;
                }
            }
        }
        let chunk = self.batch.chunk(CHUNK);
        match write(&mut *self.output, chunk) {
            Ok(bytes) => {
                let tally = self.advance(bytes);
                progress.bytes += tally.bytes;
                match guarded(|| self.output.flush()) {
                    Ok(()) => {
                        progress.write(&tally.lines);
                        self.trouble = Trouble::default();
                    }
                    // Some of them may be lost, and nobody can say which.
                    Err(failure) => {
                        progress.lost.add(failure.reason(), &tally.lines);
                        self.begin_the_line_anew(&mut progress);
                        self.resync = true;
                        self.pause_longer(now);
                        self.complain(&failure, now);
                    }
                }
            }
            Err(failure) => self.fail(&failure, CHUNK, &mut progress, now),
        }
        progress
    }

    /// Gives up the batch.
    pub(super) fn abandon(&mut self) -> Progress {
        let mut progress = Progress::default();
        self.lose(usize::MAX, LossReason::IoError, &mut progress);
        progress
    }

    fn fail(&mut self, failure: &Failure, chunk: usize, progress: &mut Progress, now: Instant) {
        if let Failure::Error(error) = failure {
            match error.kind() {
                ErrorKind::Interrupted => return,
                ErrorKind::WouldBlock => {
                    let pause = SLOW_PAUSE.saturating_mul(1 << self.trouble.blocked.min(5));
                    self.trouble.blocked = self.trouble.blocked.saturating_add(1);
                    self.trouble.until = now.checked_add(pause);
                    return;
                }
                _ => {}
            }
        }
        self.pause_longer(now);
        match remedy(failure) {
            // There may be room later, and the line goes on where it stopped.
            Remedy::Wait => {}
            Remedy::Reopen => self.reopen = true,
            Remedy::Skip => self.lose(chunk, failure.reason(), progress),
            Remedy::Rest => {
                self.trouble.gone = true;
                self.trouble.until = now.checked_add(LONGEST_PAUSE);
                self.lose(usize::MAX, failure.reason(), progress);
            }
        }
        if matches!(failure, Failure::Panic(_)) {
            // Nobody knows how much of the chunk was written.
            self.resync = true;
            self.reopen = true;
        }
        self.complain(failure, now);
    }

    /// Has a line that is torn written once more, in whole, and ends what is there of it.
    fn begin_the_line_anew(&mut self, progress: &mut Progress) {
        self.resync |= self.batch.is_torn();
        self.end_the_line(progress);
        self.batch.rewind();
    }

    /// Counts a line as written that lacks its line break only, which is on its way: it would be
    /// there twice, or there and lost.
    fn end_the_line(&mut self, progress: &mut Progress) {
        if self.batch.lacks_a_break() {
            let tally = self.advance(1);
            progress.write(&tally.lines);
            progress.bytes += tally.bytes;
        }
    }

    fn advance(&mut self, bytes: usize) -> Tally {
        let tally = self.batch.advance(bytes);
        self.notices.done(&tally);
        tally
    }

    /// Gives up `bytes` of the batch.
    fn lose(&mut self, bytes: usize, reason: LossReason, progress: &mut Progress) {
        self.resync |= self.batch.is_torn();
        self.end_the_line(progress);
        if self.batch.is_empty() {
            return;
        }
        let tally: Tally = self.batch.give_up(bytes);
        self.notices.failed(&tally);
        progress.lost.add(reason, &tally.lines);
        progress.bytes += tally.bytes;
    }

    fn pause_longer(&mut self, now: Instant) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.trouble.failures.min(10));
        self.trouble.failures = self.trouble.failures.saturating_add(1);
        self.trouble.until = now.checked_add(doubled.min(LONGEST_PAUSE));
    }

    fn complain(&mut self, failure: &Failure, now: Instant) {
        let place = || guarded(|| Ok(self.output.place())).unwrap_or_default();
        self.complaints.make(now, || match failure {
            Failure::Error(error) => format!("log output {}: {error}", place()),
            Failure::Panic(message) => format!("log output {} panicked: {message}", place()),
        });
    }
}

/// What to do about a failure.
enum Remedy {
    /// Try the same again, later.
    Wait,
    /// Open the place anew, and try the same again, later.
    Reopen,
    /// These lines will not do; others may.
    Skip,
    /// Nobody takes anything: give up what there is, and try what comes later.
    Rest,
}

fn remedy(failure: &Failure) -> Remedy {
    let Failure::Error(error) = failure else { return Remedy::Skip };
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Remedy::Wait,
        ErrorKind::InvalidInput | ErrorKind::InvalidData => Remedy::Skip,
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::NotConnected => {
            Remedy::Rest
        }
        _ => Remedy::Reopen,
    }
}

impl Failure {
    const fn reason(&self) -> LossReason {
        match self {
            Self::Error(_) => LossReason::IoError,
            Self::Panic(_) => LossReason::WriterPanic,
        }
    }
}

/// Writes at least one byte.
fn write(output: &mut dyn Output, bytes: &[u8]) -> Result<usize, Failure> {
    match guarded(|| output.write(bytes))? {
        0 => Err(Failure::Error(ErrorKind::WriteZero.into())),
        // No more than there was, whatever it says.
        written => Ok(written.min(bytes.len())),
    }
}

fn guarded<T>(call: impl FnOnce() -> io::Result<T>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::Error(error)),
        Err(payload) => Err(Failure::Panic(text(&*payload))),
    }
}

fn text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("with a value that is no text").to_owned()
}
