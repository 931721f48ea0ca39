//! Lines on their way to the output: queued by those who log, written by one thread.
//!
//! ```text
//! write ─▶ queue (bounded in bytes) ─▶ batch ─▶ Output
//!            └── no room: wait or drop, as the policy says
//! ```
//!
//! [`state`] says what becomes of a line and accounts for it; [`drain`] writes, and says what to do
//! about an output that fails. Neither knows a clock or a thread, which [`shared`] and [`thread`]
//! bring.
//!
//! Users read on [`Queue`] what becomes of a line. Besides:
//!
//! * Every line is in the account: `accepted == written + queued + lost`, at any time. A notice of
//!   losses is no line.
//! * `finish` writes what is queued. Later lines are written by who logs them. Were the output not
//!   to take all in time, it is given up, and what is left and what comes is counted as lost; so are
//!   lines in a call of the output that has not returned by then, though they may arrive.
//! * What an output logs itself is dropped, and no metric is recorded behind our lock.

mod batch;
mod complaint;
mod drain;
mod losses;
mod notice;
mod queue;
mod shared;
mod state;
#[cfg(test)]
mod tests;
mod thread;

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::Builder;
use std::time::Duration;

use tracing::Level;

use crate::log::Output;
use crate::metrics::{Metrics, own};

pub use losses::{LossReason, Losses};
pub(crate) use notice::Notice;
pub(crate) use queue::{A_QUEUE_SIZE, QueueConfig, is_queue_size, parse_policy, parse_sync_level};
pub use queue::{Policy, Queue};
#[cfg(test)]
pub(crate) use state::Account;

use complaint::Complaints;
use drain::Drain;
use losses::rank;
use shared::{Inside, Shared, after};
use state::{Mode, State};

/// Where lines are written. A cheap handle; clones share everything.
///
/// When the last one is dropped, the thread writes what is queued and ends.
#[derive(Clone)]
pub(crate) struct Writer {
    shared: Arc<Shared>,
    flush_timeout: Duration,
    _last: Arc<Last>,
}

struct Last(Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.ask(State::begin_to_close);
    }
}

impl Writer {
    /// Starts the thread that writes to `output`.
    ///
    /// # Errors
    ///
    /// The system has no thread to give.
    pub(crate) fn spawn(
        output: Box<dyn Output>,
        config: &QueueConfig,
        metrics: &Metrics,
        notice: Notice,
    ) -> io::Result<Self> {
        Self::spawn_with(output, config, metrics, notice, Complaints::to_stderr())
    }

    fn spawn_with(
        output: Box<dyn Output>,
        config: &QueueConfig,
        metrics: &Metrics,
        notice: Notice,
        complaints: Complaints,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(config));
        let drain = Drain::new(output, notice, complaints);
        let durations = own::LOG_WRITE_DURATION.of(metrics, []);
        let of_thread = Arc::clone(&shared);
        Builder::new()
            .name("obs-log".to_owned())
            .spawn(move || thread::run(&of_thread, drain, &durations))?;
        report(Arc::downgrade(&shared), metrics);
        let last = Arc::new(Last(Arc::clone(&shared)));
        Ok(Self { shared, flush_timeout: config.flush_timeout, _last: last })
    }

    /// Has `line` written, which is whole and has its line break. An empty one is none.
    pub(crate) fn write(&self, level: Level, line: &[u8]) {
        if !line.is_empty() {
            self.shared.write(rank(level), line);
        }
    }

    /// Has the output opened anew, between two lines.
    pub(crate) fn reopen(&self) {
        self.shared.ask(|state| state.reopen = true);
    }

    /// Waits until what is queued is written or lost; `false` if that takes longer than `timeout`.
    /// Returns at once on a thread that is in an output.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        self.shared.flush(timeout)
    }

    /// What [`Queue::flush_timeout`] says.
    pub(crate) const fn flush_timeout(&self) -> Duration {
        self.flush_timeout
    }

    /// Writes what is queued, and ends the thread. Blocks for `timeout` at the most, and a tenth of
    /// it, or 250 ms, more to learn of a last call of the output.
    ///
    /// Returns all losses of this writer so far.
    #[cfg(test)]
    pub(crate) fn finish(&self, timeout: Duration) -> Losses {
        Self::finish_all(std::slice::from_ref(self), timeout)
    }

    /// The same for several at once.
    pub(crate) fn finish_all(writers: &[Self], timeout: Duration) -> Losses {
        let until = after(timeout);
        for writer in writers {
            writer.shared.ask(State::begin_to_close);
        }
        let mut losses = Losses::default();
        for writer in writers {
            let shared = &*writer.shared;
            let mut guard = shared.lock();
            if !Inside::is() {
                let over;
                (guard, over) = shared.wait_until(guard, until, State::is_over);
                if !over {
                    guard.state.abandoned = true;
                    drop(guard);
                    shared.ask(|_| {});
                    let grace = after((timeout / 10).min(Duration::from_millis(250)));
                    (guard, _) = shared.wait_until(shared.lock(), grace, State::is_over);
                    shared.close(&mut guard, LossReason::ShutdownDeadline);
                }
            }
            losses.merge(guard.state.lost());
        }
        losses
    }

    /// [`finish_all`](Self::finish_all) on a thread of its own: it may be called on a runtime's.
    pub(crate) async fn finish_all_async(writers: Vec<Self>, timeout: Duration) -> Losses {
        if writers.is_empty() {
            return Losses::default();
        }
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let there = writers.clone();
        let thread = Builder::new().name("obs-log-finish".to_owned()).spawn(move || {
            // Whoever awaited it may have given up.
            let _ = sender.send(Self::finish_all(&there, timeout));
        });
        match thread {
            Ok(_) => match receiver.await {
                Ok(losses) => losses,
                Err(_) => Self::finish_all(&writers, timeout),
            },
            Err(_) => Self::finish_all(&writers, timeout),
        }
    }

    /// Every line that was ever given to this writer.
    #[cfg(test)]
    pub(crate) fn account(&self) -> Account {
        self.shared.lock().state.account()
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Writer").field(&self.shared.lock().state.account()).finish()
    }
}

/// Brings the metrics of a writer up to date at each scrape: on the way of a line, a recorder that
/// logs would meet our lock.
fn report(shared: Weak<Shared>, metrics: &Metrics) {
    let dropped: Vec<_> = Losses::default()
        .iter()
        .map(|(level, reason, _)| {
            let level = level.as_str().to_ascii_lowercase();
            own::LOG_LINES_DROPPED.of(metrics, [&level, reason.as_str()])
        })
        .collect();
    let queue_bytes = own::LOG_QUEUE_BYTES.of(metrics, []);
    let reported = Mutex::new((Losses::default(), 0));
    metrics.on_collect(move || {
        let Some(shared) = shared.upgrade() else { return };
        let (before, after) = {
            let mut reported = reported.lock().unwrap_or_else(PoisonError::into_inner);
            let account = shared.lock().state.account();
            let after = (account.lost, account.queued_bytes);
            (std::mem::replace(&mut *reported, after), after)
        };
        // Differences: the writers of a process have these series in common.
        let lost = after.0.since(&before.0);
        for (counter, (_, _, lines)) in dropped.iter().zip(lost.iter()) {
            counter.increment(lines);
        }
        queue_bytes.increment(after.1 as f64 - before.1 as f64);
    });
}

impl State {
    fn begin_to_close(&mut self) {
        if self.mode == Mode::Open {
            self.mode = Mode::Closing;
        }
    }
}
