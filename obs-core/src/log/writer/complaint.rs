//! What standard error is told of an output that fails, and how often.

use std::io::Write as _;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, TryRecvError};
use std::thread::Builder;
use std::time::{Duration, Instant};

use crate::log::Redaction;
use crate::log::redact::Redactor;

/// At most one in this time.
const EVERY: Duration = Duration::from_secs(60);

/// What is said has at most so many characters.
const LONGEST: usize = 500;

/// How long standard error may take before nobody waits for it.
const PATIENCE: Duration = Duration::from_millis(100);

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
        let mut stderr = Stderr::default();
        Self::to(move |text| stderr.say(text))
    }

    pub(super) fn make(&mut self, now: Instant, text: impl FnOnce() -> String) {
        if self.not_before.is_some_and(|at| at > now) {
            self.untold += 1;
            return;
        }
        let text = fit(&text());
        match std::mem::take(&mut self.untold) {
            0 => (self.say)(&text),
            more => (self.say)(&format!("{text} (and {more} failures since the last message)")),
        }
        self.not_before = now.checked_add(EVERY);
    }
}

/// What may be said aloud: an output may put a line into its error, or a panic's text.
fn fit(text: &str) -> String {
    let mut scrubbed = text.as_bytes().to_vec();
    Redactor::new(&Redaction::new()).scrub(&mut scrubbed, 0);
    let scrubbed = String::from_utf8_lossy(&scrubbed);
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    scrubbed.chars().take(LONGEST).map(plain).collect()
}

/// Standard error, which may be a pipe that nobody reads: a thread of its own stands still with it
/// then, and not the one that writes the log.
#[derive(Default)]
struct Stderr {
    /// Tells when the last words are out.
    saying: Option<Receiver<()>>,
}

impl Stderr {
    fn say(&mut self, text: &str) {
        let is_stuck = |saying: &Receiver<()>| saying.try_recv() == Err(TryRecvError::Empty);
        if self.saying.as_ref().is_some_and(is_stuck) {
            return;
        }
        let (said, saying) = mpsc::sync_channel::<()>(0);
        let text = format!("obs: {text}\n");
        let thread = Builder::new().name("obs-log-stderr".to_owned()).spawn(move || {
            let _said = said;
            // Nobody is left to be told of an error.
            let _ = std::io::stderr().write_all(text.as_bytes());
        });
        // As a rule it is out at once, and before the process can end.
        let waits =
            thread.is_ok() && saying.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
        self.saying = waits.then_some(saying);
    }
}
