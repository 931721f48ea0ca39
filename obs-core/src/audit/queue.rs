//! Events on their way to the thread that writes them.

use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use super::encoding::Head;
use super::error::AuditError;

/// What became of one event.
pub(crate) type Answer = Result<Head, AuditError>;

/// Who waits for it.
pub(crate) enum Waiter {
    Task(oneshot::Sender<Answer>),
    Thread(SyncSender<Answer>),
}

impl Waiter {
    pub(crate) fn tell(self, answer: Answer) {
        // Who gave up waiting is not told.
        match self {
            Self::Task(sender) => drop(sender.send(answer)),
            Self::Thread(sender) => drop(sender.send(answer)),
        }
    }
}

/// An event and who waits for it.
pub(crate) struct Entry {
    pub(crate) body: Vec<u8>,
    pub(crate) waiter: Waiter,
}

/// What the writing thread is to do.
pub(crate) enum Work {
    Entries(Vec<Entry>),
    /// Nothing came for a while.
    Idle,
    /// Nothing will come any more.
    Done,
}

/// Bounded by bytes; who finds it full waits.
pub(crate) struct Queue {
    state: Mutex<State>,
    limit: usize,
    /// Something to write, or the end.
    work: Condvar,
    /// Room, or the end: for threads and for tasks.
    room: Condvar,
    room_for_tasks: Notify,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    bytes: usize,
    closed: bool,
    /// The writing thread is gone.
    ended: bool,
}

impl Queue {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            limit,
            work: Condvar::new(),
            room: Condvar::new(),
            room_for_tasks: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds `entry`, or gives it back if there is no room.
    fn offer(&self, state: &mut State, entry: Entry) -> Result<(), Offer> {
        if state.closed || state.ended {
            return Err(Offer::Closed);
        }
        let bytes = state.bytes.saturating_add(entry.body.len());
        // A single entry always fits: it would wait for ever.
        if !state.entries.is_empty() && bytes > self.limit {
            return Err(Offer::Full(entry));
        }
        state.bytes = bytes;
        state.entries.push(entry);
        self.work.notify_one();
        Ok(())
    }

    /// Adds `entry`; the calling thread waits for room.
    pub(crate) fn push_blocking(&self, mut entry: Entry) -> Result<(), AuditError> {
        let mut state = self.state();
        loop {
            match self.offer(&mut state, entry) {
                Ok(()) => return Ok(()),
                Err(Offer::Closed) => return Err(AuditError::Closed),
                Err(Offer::Full(back)) => entry = back,
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Adds `entry`; the calling task waits for room.
    pub(crate) async fn push(&self, mut entry: Entry) -> Result<(), AuditError> {
        loop {
            // Registered before the look, so that no room goes by unseen.
            let mut room = std::pin::pin!(self.room_for_tasks.notified());
            room.as_mut().enable();
            let offered = self.offer(&mut self.state(), entry);
            match offered {
                Ok(()) => return Ok(()),
                Err(Offer::Closed) => return Err(AuditError::Closed),
                Err(Offer::Full(back)) => entry = back,
            }
            room.await;
        }
    }

    /// All that waits; for nothing, at most `patience`.
    pub(crate) fn take(&self, patience: Duration) -> Work {
        let idle = |state: &mut State| state.entries.is_empty() && !state.closed;
        let waited = self.work.wait_timeout_while(self.state(), patience, idle);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.entries.is_empty() {
            return if state.closed { Work::Done } else { Work::Idle };
        }
        let entries = std::mem::take(&mut state.entries);
        state.bytes = 0;
        drop(state);
        self.room.notify_all();
        self.room_for_tasks.notify_waiters();
        Work::Entries(entries)
    }

    /// Takes no more entries; those that wait are still written.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.wake_all();
    }

    /// The writing thread is gone, and with it whatever waits.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        (state.closed, state.ended) = (true, true);
        let left = std::mem::take(&mut state.entries);
        drop(state);
        drop(left);
        self.wake_all();
    }

    fn wake_all(&self) {
        self.work.notify_all();
        self.room.notify_all();
        self.room_for_tasks.notify_waiters();
    }

    /// Waits at most `patience` for the writing thread to be gone, and says whether it is.
    pub(crate) fn wait_for_end(&self, patience: Duration) -> bool {
        let waited = self.room.wait_timeout_while(self.state(), patience, |state| !state.ended);
        waited.unwrap_or_else(PoisonError::into_inner).0.ended
    }
}

enum Offer {
    Full(Entry),
    Closed,
}
