//! What standard error is told of an output that fails, and how often.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// At most one in this time.
const EVERY: Duration = Duration::from_secs(60);

pub(super) struct Complaints {
    say: Box<dyn FnMut(&str) + Send>,
    not_before: Option<Instant>,
    /// Failures since the last one that was told.
    untold: u64,
}

impl Complaints {
    pub(super) fn to(say: impl FnMut(&str) + Send + 'static) -> Self {
        Self { say: Box::new(say), not_before: None, untold: 0 }
    }

    pub(super) fn to_stderr() -> Self {
        Self::to(|text| {
            // Nobody is left to be told.
            let _ = writeln!(std::io::stderr(), "obs: {text}");
        })
    }

    pub(super) fn make(&mut self, now: Instant, text: impl FnOnce() -> String) {
        if self.not_before.is_some_and(|at| at > now) {
            self.untold += 1;
            return;
        }
        let text = text();
        match std::mem::take(&mut self.untold) {
            0 => (self.say)(&text),
            more => (self.say)(&format!("{text} (and {more} failures since the last message)")),
        }
        self.not_before = now.checked_add(EVERY);
    }
}
