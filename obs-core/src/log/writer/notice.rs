//! The line in the log that tells of lines that are missing in it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::batch::{Batch, Tally};
use super::losses::Losses;

/// Makes that line, given what was lost since the one before. An empty one is not written.
pub(crate) type Notice = Box<dyn Fn(&Losses) -> Vec<u8> + Send>;

/// At most one in this time.
const EVERY: Duration = Duration::from_secs(10);

/// Which losses have been told.
///
/// A notice is no line that somebody logged: it is neither accepted nor written nor lost. One that
/// cannot be written leaves its losses to the next.
pub(super) struct Notices {
    make: Notice,
    told: Losses,
    /// What the one in the batch tells, with all before.
    telling: Option<Losses>,
    not_before: Option<Instant>,
    /// The last one has had its chance.
    ended: bool,
}

impl Notices {
    pub(super) fn new(make: Notice) -> Self {
        Self { make, told: Losses::default(), telling: None, not_before: None, ended: false }
    }

    /// Appends a notice to `batch` if lines have been lost since the one before and it is time.
    ///
    /// At the end it is time, once.
    pub(super) fn tell(&mut self, lost: &Losses, now: Instant, ending: bool, batch: &mut Batch) {
        let untold = lost.since(&self.told);
        let due = if ending { !self.ended } else { self.not_before.is_none_or(|at| at <= now) };
        if untold.is_empty() || self.telling.is_some() || !due {
            return;
        }
        self.ended |= ending && batch.is_empty();
        self.not_before = now.checked_add(EVERY);
        let line = catch_unwind(AssertUnwindSafe(|| (self.make)(&untold))).unwrap_or_default();
        if line.is_empty() {
            self.told = *lost;
        } else {
            batch.push_notice(&line);
            self.telling = Some(*lost);
        }
    }

    /// These lines are written.
    pub(super) fn done(&mut self, tally: &Tally) {
        if tally.notice {
            self.told = self.telling.take().unwrap_or(self.told);
        }
    }

    /// These are not and will not be.
    pub(super) fn failed(&mut self, tally: &Tally) {
        if tally.notice {
            self.telling = None;
        }
    }
}
