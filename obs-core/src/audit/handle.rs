//! What the application records with.

use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime};
use std::{fmt, io};

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
const MAX_RECORD_BYTES: usize = 1 << 20;

/// How long a drop waits for what is still to be written.
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
        let Start { sink, keys, resume, origin, meters, policy, anchors, queue_bytes, place } = start;
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
            anchor(inner.opened_at, &inner.place);
        }
    }

    /// Takes no more events, and resolves when those that wait are written.
    pub(crate) async fn close(&self) {
        if let Some(inner) = &self.0 {
            inner.queue.close();
            inner.queue.ended().await;
        }
    }

    /// The same, with the calling thread waiting for some seconds at most.
    pub(crate) fn close_blocking(&self) {
        if let Some(inner) = &self.0 {
            inner.queue.close();
            inner.queue.wait_for_end(CLOSE_PATIENCE);
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
