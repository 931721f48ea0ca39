//! One run of a check, shared by all who wait for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

use super::Outcome;
use super::check::{Checked, Probe};

const A_CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);

/// A result, or the way to it.
pub(super) enum Run {
    Done(Checked),
    Waiting(Probing),
}

impl Run {
    pub(super) async fn result(self) -> Checked {
        match self {
            Self::Done(checked) => checked,
            Self::Waiting(probing) => probing.result().await,
        }
    }
}

/// A run that has been started; clones wait for the same one.
#[derive(Clone)]
pub(super) struct Probing {
    result: watch::Receiver<Option<Checked>>,
}

impl Probing {
    /// Starts a run that ends at `now + timeout` at the latest. `ended` gets the result before
    /// anybody who waits, and the task that would not end with it.
    pub(super) fn start(
        probe: Arc<Probe>,
        timeout: Duration,
        now: Instant,
        ended: impl FnOnce(&Checked, Option<AbortHandle>) + Send + 'static,
    ) -> Self {
        let (sender, result) = watch::channel(None);
        // A clock cannot tell the end of a timeout that was meant as none.
        let ends = now + timeout.min(A_CENTURY);
        // Two tasks: a check that panics or blocks must not keep the result from those who wait,
        // and a caller that goes away must not end the run for the others.
        #[expect(clippy::disallowed_methods, reason = "a check is a task of its own")]
        let mut check = tokio::spawn(async move { probe().await });
        #[expect(clippy::disallowed_methods, reason = "and so is the one that waits for it")]
        tokio::spawn(async move {
            let (outcome, stuck) = match timeout_at(ends, &mut check).await {
                Ok(Ok(outcome)) => (outcome, None),
                // The panic hook has logged the message, which may not be for everybody's eyes.
                Ok(Err(error)) if error.is_panic() => (Outcome::down("panicked"), None),
                Ok(Err(_)) => (interrupted(), None),
                Err(_) => {
                    check.abort();
                    let outcome = Outcome::down(format_args!("no answer within {timeout:?}"));
                    (outcome, Some(check.abort_handle()))
                }
            };
            let at = Instant::now();
            let checked = Checked { outcome, duration: at.saturating_duration_since(now), at };
            ended(&checked, stuck);
            sender.send_replace(Some(checked));
        });
        Self { result }
    }

    /// Whether a result can still come: not once the runtime of the run is gone.
    pub(super) fn is_alive(&self) -> bool {
        self.result.has_changed().is_ok()
    }

    async fn result(mut self) -> Checked {
        match self.result.wait_for(Option::is_some).await.map(|checked| checked.clone()) {
            Ok(Some(checked)) => checked,
            _ => Checked { outcome: interrupted(), duration: Duration::ZERO, at: Instant::now() },
        }
    }
}

fn interrupted() -> Outcome {
    Outcome::down("interrupted by the end of its runtime")
}
