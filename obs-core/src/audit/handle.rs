//! What the application records with.

use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};
use std::{fmt, io, thread};

use tokio::sync::oneshot;

use super::commit::{Meters, Writer, anchor};
use super::config::{Anchors, OnFailure};
use super::encoding::Head;
use super::error::AuditError;
use super::event::Event;
use super::journal::{Journal, Resume, Sink};
use super::key::Keys;
use super::queue::{Answer, Entry, Queue, Waiter};
use super::record::{Circumstances, Origin, body};
use crate::trace::{self, TraceId};

/// The most bytes that one event may have.
pub(super) const MAX_RECORD_BYTES: usize = 1 << 20;

/// How long the end of the service waits for what is still to be written.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// The audit log of a service, from [`Obs::audit`](crate::Obs::audit). A cheap handle; clones share
/// everything.
#[derive(Clone)]
pub struct AuditLog(Option<Arc<Inner>>);

struct Inner {
    queue: Arc<Queue>,
    origin: Arc<Origin>,
    policy: OnFailure,
    meters: Meters,
    place: String,
    /// Where the chain stood when it was opened.
    opened_at: Head,
}

/// What [`AuditLog::record`] says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an event may not have been recorded"]
pub enum Receipt {
    /// Its record is on the disk, under this number and hash.
    Durable(Head),
    /// It may be lost, and the settings say to go on ([`OnFailure::Continue`]).
    NotDurable,
}

impl Receipt {
    /// The number and hash of the record, if it is on the disk.
    #[must_use]
    pub const fn head(&self) -> Option<Head> {
        match self {
            Self::Durable(head) => Some(*head),
            Self::NotDurable => None,
        }
    }
}

impl AuditLog {
    /// Records `event`, and returns when its record is on the disk. Many that wait at a time share one
    /// wait for the disk.
    ///
    /// The trace of the current request is recorded too. If the future is dropped while it waits, the
    /// event may be recorded or not.
    ///
    /// # Errors
    ///
    /// The event is not known to be on the disk, and the settings do not say to go on
    /// ([`OnFailure::Refuse`]); or there is no audit log at all.
    pub async fn record(&self, event: Event) -> Result<Receipt, AuditError> {
        let inner = self.inner()?;
        let (sender, receiver) = oneshot::channel();
        let answer = match inner.entry(&event, Waiter::Task(sender)) {
            Ok(entry) => match inner.queue.push(entry).await {
                // Without an answer the writing thread is gone.
                Ok(()) => receiver.await.unwrap_or(Err(AuditError::Closed)),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        inner.receipt(answer)
    }

    /// The same, with the calling thread waiting: for code that is not async.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record).
    #[expect(clippy::needless_pass_by_value, reason = "the same signature as `record`")]
    pub fn record_blocking(&self, event: Event) -> Result<Receipt, AuditError> {
        let inner = self.inner()?;
        let (sender, receiver) = mpsc::sync_channel(1);
        let answer = inner
            .entry(&event, Waiter::Thread(sender))
            .and_then(|entry| inner.queue.push_blocking(entry))
            .and_then(|()| receiver.recv().unwrap_or(Err(AuditError::Closed)));
        inner.receipt(answer)
    }

    fn inner(&self) -> Result<&Inner, AuditError> {
        self.0.as_deref().ok_or(AuditError::NotConfigured)
    }

    /// No audit log: every record is refused.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Starts the thread that writes.
    pub(crate) fn start(start: Start) -> io::Result<Self> {
        let Start { sink, keys, resume, origin, meters, policy, anchors, queue_bytes, place } =
            start;
        let Some(key) = keys.signing().cloned() else {
            return Err(io::Error::other("there is no key"));
        };
        let other = resume.key_id.as_deref().filter(|id| *id != key.id());
        let old = other.and_then(|id| keys.get(id)).cloned();
        let mut journal = Journal::new(sink, Arc::clone(&origin), key, old, resume);
        if policy == OnFailure::Continue {
            journal.count_lost();
        }
        let opened_at = journal.head();
        let queue = Arc::new(Queue::new(queue_bytes));
        let writer = Writer {
            queue: Arc::clone(&queue),
            journal,
            meters: meters.clone(),
            policy,
            anchors,
            place: place.clone(),
        };
        writer.spawn()?;
        Ok(Self(Some(Arc::new(Inner { queue, origin, policy, meters, place, opened_at }))))
    }

    /// Says in the ordinary log where the chain stood when it was opened.
    pub(crate) fn announce(&self) {
        if let Some(inner) = &self.0 {
            if !tracing::enabled!(target: "obs_core::audit", tracing::Level::INFO) {
                tracing::warn!(
                    target: "obs_core::audit",
                    "the log filter leaves out where the audit log stands, and an end that is cut off \
                     it will not be missed: add `obs_core::audit=info` to the filter"
                );
            }
            anchor(inner.opened_at, &inner.place);
        }
    }

    /// Takes no more events, and resolves when those that wait are written, or after
    /// [`CLOSE_PATIENCE`].
    pub(crate) async fn close(&self) {
        let Some(inner) = &self.0 else { return };
        inner.queue.close();
        let (done, closed) = oneshot::channel::<()>();
        let log = self.clone();
        // The runtime may have no timer, and its threads are not ours to hold up.
        let waiting = thread::Builder::new().name("obs-audit-close".to_owned()).spawn(move || {
            log.close_blocking();
            drop(done);
        });
        match waiting {
            Ok(_) => drop(closed.await),
            Err(_) => self.close_blocking(),
        }
    }

    /// The same, with the calling thread waiting.
    pub(crate) fn close_blocking(&self) {
        let Some(inner) = &self.0 else { return };
        inner.queue.close();
        if !inner.queue.wait_for_end(CLOSE_PATIENCE) {
            tracing::error!(
                target: "obs_core::audit",
                file = inner.place,
                "audit log: the disk takes longer than {CLOSE_PATIENCE:?}, and what waits for it is \
                 not acknowledged"
            );
        }
    }
}

/// What an audit log is made of.
pub(crate) struct Start {
    pub(crate) sink: Box<dyn Sink>,
    pub(crate) keys: Keys,
    pub(crate) resume: Resume,
    pub(crate) origin: Arc<Origin>,
    pub(crate) meters: Meters,
    pub(crate) policy: OnFailure,
    pub(crate) anchors: Anchors,
    pub(crate) queue_bytes: usize,
    /// The file, for messages.
    pub(crate) place: String,
}

impl Inner {
    #[expect(clippy::disallowed_methods, reason = "recording is an edge")]
    fn entry(&self, event: &Event, waiter: Waiter) -> Result<Entry, AuditError> {
        let circumstances = Circumstances {
            now: SystemTime::now(),
            id: TraceId::random().get(),
            trace: trace::current(),
        };
        let body = body(event, &self.origin, circumstances);
        if body.len() <= MAX_RECORD_BYTES {
            Ok(Entry { body, waiter })
        } else {
            Err(AuditError::TooLarge { bytes: body.len(), limit: MAX_RECORD_BYTES })
        }
    }

    fn receipt(&self, answer: Answer) -> Result<Receipt, AuditError> {
        let error = match answer {
            Ok(head) => return Ok(Receipt::Durable(head)),
            Err(error) => error,
        };
        // What the disk refused has been counted where it was written.
        if !matches!(error, AuditError::Storage { .. }) {
            self.meters.failed(error.reason());
            self.meters.dropped(self.policy, 1);
        }
        match self.policy {
            OnFailure::Refuse => Err(error),
            OnFailure::Continue => Ok(Receipt::NotDurable),
        }
    }
}

impl fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.0.as_ref().map(|inner| &inner.place);
        f.debug_struct("AuditLog").field("file", &place).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::super::testing::{Disk, check, key, origin};
    use super::super::verify;
    use super::*;
    use crate::metrics::{Config, Format, Metrics};

    fn start(disk: &Disk, policy: OnFailure, queue_bytes: usize) -> (AuditLog, Metrics) {
        let metrics = Metrics::new(Config::default());
        let start = Start {
            sink: Box::new(disk.clone()),
            keys: key(1).into(),
            resume: Resume::default(),
            origin: origin(),
            meters: Meters::new(&metrics),
            policy,
            anchors: Anchors { records: 1000, interval: Duration::from_secs(300) },
            queue_bytes,
            place: "audit".to_owned(),
        };
        (AuditLog::start(start).unwrap(), metrics)
    }

    #[tokio::test]
    async fn events_that_wait_share_one_wait_for_the_disk() {
        let disk = Disk::default();
        let gate = disk.hold_syncs();
        let (log, metrics) = start(&disk, OnFailure::Refuse, 1 << 20);
        let mut tasks = tokio::task::JoinSet::new();
        let asked = Arc::new(AtomicUsize::new(0));
        for i in 0..500 {
            let (log, asked) = (log.clone(), Arc::clone(&asked));
            tasks.spawn(async move {
                // The event is in the queue when this turn of the task ends.
                asked.fetch_add(1, Ordering::Relaxed);
                log.record(Event::new("a").field("i", i)).await
            });
        }
        while asked.load(Ordering::Relaxed) < 500 {
            tokio::task::yield_now().await;
        }
        drop(gate);
        let mut sequences = Vec::new();
        while let Some(receipt) = tasks.join_next().await {
            sequences.push(receipt.unwrap().unwrap().head().unwrap().sequence);
        }
        sequences.sort_unstable();
        assert_eq!(sequences, (1..=500).collect::<Vec<_>>());
        let syncs = disk.syncs.load(Ordering::Relaxed);
        assert!(syncs <= 2, "{syncs} syncs for 500 records");
        assert_eq!(verify([("audit", disk.text().as_bytes())], &check()).unwrap().records, 500);
        let text = metrics.render(Format::Text);
        assert!(text.contains("obs_audit_records_total{outcome=\"durable\"} 500\n"), "{text}");
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_waits_and_loses_nothing() {
        let disk = Disk::default();
        let gate = disk.hold_syncs();
        // Room for one event at a time.
        let (log, _) = start(&disk, OnFailure::Refuse, 1);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let log = log.clone();
            tasks.spawn(async move { log.record(Event::new("task")).await.map(drop) });
        }
        for _ in 0..20 {
            let log = log.clone();
            tasks.spawn_blocking(move || log.record_blocking(Event::new("thread")).map(drop));
        }
        tokio::task::yield_now().await;
        drop(gate);
        while let Some(done) = tasks.join_next().await {
            done.unwrap().unwrap();
        }
        log.close().await;
        assert_eq!(verify([("audit", disk.text().as_bytes())], &check()).unwrap().records, 40);
        assert!(matches!(log.record(Event::new("late")).await, Err(AuditError::Closed)));
    }

    #[tokio::test]
    async fn a_full_disk_refuses_or_is_gone_past_as_the_policy_says() {
        for (policy, outcome) in [(OnFailure::Refuse, "refused"), (OnFailure::Continue, "lost")] {
            let disk = Disk::default();
            let (log, metrics) = start(&disk, policy, 1 << 20);
            let first = log.record(Event::new("a")).await.unwrap();
            assert_eq!(first.head().unwrap().sequence, 1);
            disk.fill_after(100);
            for _ in 0..3 {
                match (policy, log.record(Event::new("b")).await) {
                    (OnFailure::Refuse, Err(AuditError::Storage { .. }))
                    | (OnFailure::Continue, Ok(Receipt::NotDurable)) => {}
                    (_, got) => panic!("{policy:?}: {got:?}"),
                }
            }
            let huge = Event::new("c").message("x".repeat(MAX_RECORD_BYTES));
            assert_eq!(log.record_blocking(huge).is_err(), policy == OnFailure::Refuse);
            disk.empty();
            let after = log.record(Event::new("d")).await.unwrap().head().unwrap();
            let summary = verify([("audit", disk.text().as_bytes())], &check()).unwrap();
            assert_eq!((summary.head, summary.torn), (after, 1));
            assert_eq!(summary.lost, if policy == OnFailure::Continue { 3 } else { 0 });
            let text = metrics.render(Format::Text);
            for line in [
                "obs_audit_records_total{outcome=\"durable\"} 2".to_owned(),
                format!("obs_audit_records_total{{outcome=\"{outcome}\"}} 4"),
                "obs_audit_failures_total{reason=\"write\"} 3".to_owned(),
                "obs_audit_failures_total{reason=\"too_large\"} 1".to_owned(),
                "obs_audit_commit_duration_seconds_count 5".to_owned(),
            ] {
                assert!(text.lines().any(|l| l == line), "{policy:?}: {line}\n{text}");
            }
        }
    }

    #[tokio::test]
    async fn a_writer_that_dies_leaves_nobody_waiting() {
        let disk = Disk::default();
        disk.panic_on_write();
        let (log, _) = start(&disk, OnFailure::Refuse, 1 << 20);
        assert!(matches!(log.record(Event::new("a")).await, Err(AuditError::Closed)));
        assert!(matches!(log.record_blocking(Event::new("b")), Err(AuditError::Closed)));
        log.close().await;
    }
}
