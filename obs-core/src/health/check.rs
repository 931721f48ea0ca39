//! One named check and what is remembered of it.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::Outcome;
use super::run::{Probing, Run};
use crate::metrics::{Metrics, own};

/// The async function of a check.
pub(super) type Probe = dyn Fn() -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync;

/// A named async function.
pub(crate) struct Check {
    name: String,
    probe: Arc<Probe>,
    state: Arc<Mutex<State>>,
}

/// A result and when it was found.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    pub(super) outcome: Outcome,
    pub(super) duration: Duration,
    pub(super) at: Instant,
}

#[derive(Default)]
pub(super) struct State {
    last: Option<Checked>,
    running: Option<Probing>,
    /// The task of a run that timed out. It may block its thread, and each further run that did
    /// would take one more.
    stuck: Option<AbortHandle>,
}

/// What a caller that wants a result has to do.
pub(super) enum Next {
    /// Serve this: it is fresh.
    Serve(Checked),
    /// Wait for the run that somebody started.
    Wait(Probing),
    /// Start a run, and let the others wait for it.
    Start,
}

impl State {
    pub(super) fn next(&self, cache: Duration, now: Instant) -> Next {
        if let Some(running) = self.running.as_ref().filter(|running| running.is_alive()) {
            return Next::Wait(running.clone());
        }
        if self.stuck.as_ref().is_some_and(|task| !task.is_finished()) {
            let outcome = Outcome::down("an earlier run blocks its thread");
            return Next::Serve(Checked { outcome, duration: Duration::ZERO, at: now });
        }
        match &self.last {
            Some(last) if now.saturating_duration_since(last.at) < cache => {
                Next::Serve(last.clone())
            }
            _ => Next::Start,
        }
    }

    pub(super) fn started(&mut self, run: Probing) {
        self.running = Some(run);
    }

    pub(super) fn ended(&mut self, checked: Checked, stuck: Option<AbortHandle>) {
        *self = Self { last: Some(checked), running: None, stuck };
    }
}

impl Check {
    pub(crate) fn new<C, F>(name: impl Into<String>, check: C) -> Self
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: Future<Output: Into<Outcome>> + Send + 'static,
    {
        let check = Arc::new(check);
        Self {
            name: name.into(),
            // The check is called inside its own task: it may panic before its first await.
            probe: Arc::new(move || {
                let check = Arc::clone(&check);
                Box::pin(async move { check().await.into() })
            }),
            state: Arc::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The result that holds at `now`: a fresh one, one that is on its way, or a run of our own.
    pub(super) fn run(
        &self,
        timeout: Duration,
        cache: Duration,
        now: Instant,
        metrics: &Metrics,
    ) -> Run {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.next(cache, now) {
            Next::Serve(checked) => Run::Done(checked),
            Next::Wait(probing) => Run::Waiting(probing),
            Next::Start => {
                let (metrics, name) = (metrics.clone(), self.name.clone());
                let (probe, stored) = (Arc::clone(&self.probe), Arc::clone(&self.state));
                let probing = Probing::start(probe, timeout, now, move |checked, stuck| {
                    // Not before there is a result: a new gauge would show a check as down.
                    let gauge = own::HEALTH_CHECK_UP.of(&metrics, [&name]);
                    gauge.set(checked.outcome.status.as_gauge());
                    let mut state = stored.lock().unwrap_or_else(PoisonError::into_inner);
                    state.ended(checked.clone(), stuck);
                });
                state.started(probing.clone());
                Run::Waiting(probing)
            }
        }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check").field("name", &self.name).finish_non_exhaustive()
    }
}
