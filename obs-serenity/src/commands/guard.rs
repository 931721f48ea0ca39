//! One command, from its invocation to its end.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use obs_core::trace::{self, TraceContext};
use tracing::Span;

use super::failure::Failure;
use super::frame::Frame;
use super::log::{self, About};
use super::scope::Scope;
use super::table::Entry;
use super::{Kind, Outcome, Shared};

/// A command that runs, from [`Commands::begin`](super::Commands::begin).
///
/// In flight until it is [ended](Self::end) or dropped, when its duration and outcome are recorded and
/// its one event is logged. Dropped without an outcome it has panicked, if the thread is, or else was
/// cancelled.
#[must_use = "the command ends when this is dropped"]
pub struct Guard {
    shared: Arc<Shared>,
    entry: Arc<Entry>,
    kind: Kind,
    shard: u32,
    started: Instant,
    trace: TraceContext,
    span: Span,
    reported: Option<Outcome>,
    failure: Option<Failure>,
    ended: bool,
}

impl Guard {
    pub(super) fn new(
        shared: &Arc<Shared>,
        kind: Kind,
        name: &str,
        shard: u32,
        started: Instant,
    ) -> Self {
        let entry = shared.table.entry(name);
        let trace = TraceContext::new_root();
        let id_fields = shared.id_fields;
        let span = log::span(&About { command: entry.name(), kind, shard, trace, id_fields });
        shared.in_flight.increment(1.0);
        Self {
            shared: Arc::clone(shared),
            entry,
            kind,
            shard,
            started,
            trace,
            span,
            reported: None,
            failure: None,
            ended: false,
        }
    }

    /// What the command's events carry as `trace.id`.
    #[must_use]
    pub const fn trace(&self) -> TraceContext {
        self.trace
    }

    /// Ends the command.
    pub fn end(mut self, outcome: Outcome) {
        self.finish(outcome, now());
    }

    /// To run the command in: its trace is current, its span entered, and its end is the future's.
    pub fn scope(self) -> Scope {
        let shared = Arc::clone(&self.shared);
        let mut frame = Frame::new(shared, self.shard, self.started);
        frame.command = Some(Box::new(self));
        Scope::of(frame)
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) const fn span(&self) -> &Span {
        &self.span
    }

    /// Notes how the command is about to end. The first word counts.
    pub(super) fn report(&mut self, outcome: Outcome, failure: Option<Failure>) {
        if self.reported.is_none() {
            self.reported = Some(outcome);
            self.failure = failure;
        }
    }

    /// Ends the command as was reported, or else with `unreported`.
    pub(super) fn conclude(mut self, unreported: Outcome, now: Instant) {
        let outcome = self.reported.unwrap_or(unreported);
        self.finish(outcome, now);
    }

    /// The one end of every command; only the first counts.
    pub(super) fn finish(&mut self, outcome: Outcome, now: Instant) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let duration = now.saturating_duration_since(self.started);
        let shared = &self.shared;
        // Current for the exemplar of the duration and for the event's ids.
        let _entered = trace::enter(self.trace);
        self.entry.record(&shared.metrics, self.kind, outcome, duration.as_secs_f64());
        shared.in_flight.decrement(1.0);
        let about = About {
            command: self.entry.name(),
            kind: self.kind,
            shard: self.shard,
            trace: self.trace,
            id_fields: shared.id_fields,
        };
        // What was reported before a panic is not why the command ended.
        let failure = self.failure.as_ref().filter(|_| self.reported == Some(outcome));
        log::log(&about, outcome, duration, failure);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if !self.ended {
            let outcome = match self.reported {
                _ if std::thread::panicking() => Outcome::Panic,
                Some(outcome) => outcome,
                None => Outcome::Cancelled,
            };
            self.finish(outcome, now());
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard")
            .field("command", &self.entry.name())
            .field("kind", &self.kind)
            .field("shard", &self.shard)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "a command's end is when its guard goes")]
pub(super) fn now() -> Instant {
    Instant::now()
}
