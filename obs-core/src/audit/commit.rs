//! The thread that writes: it takes all that waits, writes it at once, waits for the disk once, and
//! tells everybody.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use metrics::{Counter, Histogram};

use super::config::{Anchors, OnFailure};
use super::encoding::Head;
use super::error::AuditError;
use super::journal::Journal;
use super::queue::{Entry, Queue, Work};
use crate::metrics::{Metrics, own};

/// How long failures of one run go without another line in the log.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(60);

/// The numbers about an audit log.
#[derive(Clone)]
pub(crate) struct Meters {
    metrics: Metrics,
    durable: Counter,
    refused: Counter,
    lost: Counter,
    commits: Histogram,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let records = |outcome| own::AUDIT_RECORDS.of(metrics, [outcome]);
        Self {
            metrics: metrics.clone(),
            durable: records("durable"),
            refused: records("refused"),
            lost: records("lost"),
            commits: own::AUDIT_COMMIT_DURATION.of(metrics, []),
        }
    }

    pub(crate) fn failed(&self, reason: &str) {
        own::AUDIT_FAILURES.of(&self.metrics, [reason]).increment(1);
    }

    pub(crate) fn dropped(&self, policy: OnFailure, events: usize) {
        let counter = match policy {
            OnFailure::Refuse => &self.refused,
            OnFailure::Continue => &self.lost,
        };
        counter.increment(events as u64);
    }
}

/// The thread's state.
pub(crate) struct Writer {
    pub(crate) queue: Arc<Queue>,
    pub(crate) journal: Journal,
    pub(crate) meters: Meters,
    pub(crate) policy: OnFailure,
    pub(crate) anchors: Anchors,
    pub(crate) place: String,
}

/// Tells whoever waits that the thread is gone, also when it panics.
struct Ending(Arc<Queue>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn spawn(self) -> std::io::Result<()> {
        let thread = std::thread::Builder::new().name("obs-audit".to_owned());
        // Outlives the writer, whose file is closed when others hear of the end.
        let ending = Ending(Arc::clone(&self.queue));
        let run = move || {
            let _ending = ending;
            self.run();
        };
        thread.spawn(run).map(drop)
    }

    #[expect(clippy::disallowed_methods, reason = "the thread has the clock")]
    fn run(mut self) {
        let mut anchored = (self.journal.head().sequence, Instant::now());
        let mut complained = None;
        if self.journal.has_news() {
            self.commit(Vec::new(), &mut complained);
        }
        loop {
            let work = self.queue.take(self.anchors.interval.saturating_sub(anchored.1.elapsed()));
            let done = matches!(work, Work::Done);
            if let Work::Entries(entries) = work {
                self.commit(entries, &mut complained);
            }
            let head = self.journal.head();
            let behind = head.sequence.saturating_sub(anchored.0);
            let due =
                behind >= self.anchors.records || anchored.1.elapsed() >= self.anchors.interval;
            if due || done {
                if behind > 0 {
                    anchor(head, &self.place);
                }
                anchored = (head.sequence, Instant::now());
            }
            if done {
                return;
            }
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the thread has the clock")]
    fn commit(&mut self, entries: Vec<Entry>, complained: &mut Option<Instant>) {
        let (bodies, waiters): (Vec<_>, Vec<_>) =
            entries.into_iter().map(|entry| (entry.body, entry.waiter)).unzip();
        let begun = Instant::now();
        let committed = self.journal.commit(&bodies, SystemTime::now());
        self.meters.commits.record(begun.elapsed());
        let mut say = |reason: &str, text: &dyn std::fmt::Display| {
            self.meters.failed(reason);
            if complained.is_none_or(|last| begun.duration_since(last) >= COMPLAINT_INTERVAL) {
                *complained = Some(begun);
                tracing::error!(target: "obs_core::audit", file = self.place, "audit log: {text}");
            }
        };
        if let Some((reason, text)) = committed.complaint {
            say(reason, &text);
        }
        match committed.outcome {
            Ok(heads) => {
                self.meters.durable.increment(heads.len() as u64);
                for (waiter, head) in waiters.into_iter().zip(heads) {
                    waiter.tell(Ok(head));
                }
            }
            Err(error) => {
                say(error.reason(), &Chain(&error));
                self.meters.dropped(self.policy, waiters.len());
                for waiter in waiters {
                    waiter.tell(Err(error.clone()));
                }
            }
        }
    }
}

/// An error with its source.
struct Chain<'a>(&'a AuditError);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        std::error::Error::source(self.0).map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

/// Says in the ordinary log where the chain stands: what is cut off the audit log's end is missed
/// there.
pub(crate) fn anchor(head: Head, place: &str) {
    tracing::info!(
        target: "obs_core::audit",
        file = place,
        audit.head = %head,
        "audit log is at record {}",
        head.sequence,
    );
}
