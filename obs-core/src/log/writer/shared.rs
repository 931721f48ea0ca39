//! The one lock, and who waits for what behind it.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::drain::Drain;
use super::losses::{LossReason, Losses, rank};
use super::queue::QueueConfig;
use super::state::{Mode, Offer, Progress, State};

thread_local! {
    /// This thread is in an output, or is there for one: what it logs would lead to more of it.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Marks the thread while it calls an output.
pub(super) struct Inside(bool);

impl Inside {
    pub(super) fn enter() -> Self {
        Self(INSIDE.replace(true))
    }

    pub(super) fn is() -> bool {
        INSIDE.get()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}

#[expect(clippy::disallowed_methods, reason = "waits have ends")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// After `timeout`; `None` for never.
pub(super) fn after(timeout: Duration) -> Option<Instant> {
    now().checked_add(timeout)
}

pub(super) struct Shared {
    state: Mutex<Locked>,
    /// The thread waits for work.
    work: Condvar,
    /// Those who log wait for room.
    room: Condvar,
    /// They wait for lines to be done, or for the end.
    done: Condvar,
    /// The rank up to which a line is written before the call that logs it returns; all below it.
    sync_below: usize,
    /// How long such a line waits.
    sync_timeout: Duration,
    /// What the thread leaves when it ends well, for those who log later.
    direct: OnceLock<Mutex<Drain>>,
}

pub(super) struct Locked {
    pub(super) state: State,
    room_waiters: usize,
    done_waiters: usize,
}

pub(super) type Guard<'a> = MutexGuard<'a, Locked>;

impl Shared {
    pub(super) fn new(config: &QueueConfig) -> Self {
        let locked = Locked { state: State::new(config), room_waiters: 0, done_waiters: 0 };
        Self {
            state: Mutex::new(locked),
            work: Condvar::new(),
            room: Condvar::new(),
            done: Condvar::new(),
            sync_below: config.sync_level.map_or(0, |level| rank(level) + 1),
            sync_timeout: config.flush_timeout,
            direct: OnceLock::new(),
        }
    }

    pub(super) fn lock(&self) -> Guard<'_> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a line, waits for room to do so, or accounts for its loss.
    pub(super) fn write(&self, rank: usize, line: &[u8]) {
        if Inside::is() {
            return self.lock().state.lose(rank, LossReason::Reentrant);
        }
        let mut guard = self.lock();
        let mut until = None;
        loop {
            match guard.state.offer(rank, line) {
                Offer::Taken => break,
                Offer::Lost(reason) => return guard.state.lose(rank, reason),
                Offer::Direct => {
                    guard.state.begin_direct(rank);
                    drop(guard);
                    return self.write_directly(rank, line);
                }
                Offer::Wait(patience) => {
                    let until = *until.get_or_insert_with(|| patience.and_then(after));
                    if patience.is_some() && until.is_some_and(|until| until <= now()) {
                        return guard.state.waited_in_vain(rank);
                    }
                    self.wake_thread(&mut guard);
                    guard = self.wait_for_room(guard, until);
                }
            }
        }
        if rank < self.sync_below {
            if !guard.state.stalled {
                let (mut guard, done) = self.settle(guard, self.sync_timeout);
                guard.state.stalled |= !done;
            }
        } else if guard.state.queue.len() >= guard.state.wake_at {
            guard.state.wake_at = usize::MAX;
            drop(guard);
            self.work.notify_one();
        }
    }

    /// Waits until the lines that are queued are done, and says whether they are.
    pub(super) fn flush(&self, timeout: Duration) -> bool {
        // The thread that writes would wait for itself.
        !Inside::is() && self.settle(self.lock(), timeout).1
    }

    fn settle<'a>(&'a self, mut guard: Guard<'a>, timeout: Duration) -> (Guard<'a>, bool) {
        let ticket = guard.state.queued;
        if guard.state.done < ticket {
            guard.state.hurry = true;
            self.wake_thread(&mut guard);
        }
        self.wait_until(guard, after(timeout), |state| state.done >= ticket)
    }

    /// Asks the thread to do `what`.
    pub(super) fn ask(&self, what: impl FnOnce(&mut State)) {
        let mut guard = self.lock();
        what(&mut guard.state);
        self.wake_thread(&mut guard);
    }

    fn wake_thread(&self, guard: &mut Guard<'_>) {
        guard.state.wake_at = usize::MAX;
        self.work.notify_one();
    }

    fn wait_for_room<'a>(&self, mut guard: Guard<'a>, until: Option<Instant>) -> Guard<'a> {
        guard.room_waiters += 1;
        let mut guard = wait(&self.room, guard, until);
        guard.room_waiters -= 1;
        guard
    }

    /// Waits until `is_done`, and says whether it is.
    pub(super) fn wait_until<'a>(
        &self,
        mut guard: Guard<'a>,
        until: Option<Instant>,
        is_done: impl Fn(&State) -> bool,
    ) -> (Guard<'a>, bool) {
        guard.done_waiters += 1;
        while !is_done(&guard.state) && until.is_none_or(|until| until > now()) {
            guard = wait(&self.done, guard, until);
        }
        guard.done_waiters -= 1;
        let done = is_done(&guard.state);
        (guard, done)
    }

    /// Has the thread wait for work; whoever has some wakes it when there are `wake_at` bytes.
    pub(super) fn wait_for_work<'a>(
        &self,
        mut guard: Guard<'a>,
        until: Option<Instant>,
        wake_at: usize,
    ) -> Guard<'a> {
        guard.state.wake_at = wake_at;
        let mut guard = wait(&self.work, guard, until);
        guard.state.wake_at = usize::MAX;
        guard
    }

    /// Tells those who wait that the state has changed.
    pub(super) fn tell(&self, guard: &Guard<'_>) {
        if guard.room_waiters > 0 && (guard.state.has_room() || guard.state.is_over()) {
            self.room.notify_all();
        }
        if guard.done_waiters > 0 {
            self.done.notify_all();
        }
    }

    /// The thread ends well, and who logs writes.
    pub(super) fn end_well(&self, guard: &mut Guard<'_>, drain: Drain) {
        // Nobody has this lock before the mode tells of it.
        let _ = self.direct.set(Mutex::new(drain));
        guard.state.mode = Mode::Direct;
        self.tell(guard);
    }

    /// Gives up all that is not written.
    pub(super) fn close(&self, guard: &mut Guard<'_>, reason: LossReason) {
        if !guard.state.is_over() {
            guard.state.close(reason);
            self.tell(guard);
        }
    }

    fn write_directly(&self, rank: usize, line: &[u8]) {
        /// Pauses of an output that says it would block.
        const TRIES: u32 = 50;

        let _inside = Inside::enter();
        let Some(direct) = self.direct.get() else { return };
        let mut drain = direct.lock().unwrap_or_else(PoisonError::into_inner);
        let lost: Losses = *self.lock().state.lost();
        drain.batch().push(rank, line);
        drain.tell(&lost, now(), false);
        drain.tend(now());
        let mut progress = Progress::default();
        let mut tries = 0;
        while !drain.is_empty() {
            progress.add(&drain.step(now()));
            match drain.pause(now(), false) {
                None => {}
                Some(until) if !drain.is_failing() && tries < TRIES => {
                    tries += 1;
                    sleep_until(until);
                }
                Some(_) => progress.add(&drain.abandon()),
            }
        }
        let failing = drain.is_failing();
        drop(drain);
        let mut guard = self.lock();
        guard.state.apply(&progress, failing);
        self.tell(&guard);
    }
}

#[expect(clippy::disallowed_methods, reason = "the thread that logs writes, at the end")]
fn sleep_until(until: Instant) {
    std::thread::sleep(until.saturating_duration_since(now()));
}

fn wait<'a>(condvar: &Condvar, guard: Guard<'a>, until: Option<Instant>) -> Guard<'a> {
    match until {
        None => condvar.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(until) => {
            let timeout = until.saturating_duration_since(now());
            condvar.wait_timeout(guard, timeout).unwrap_or_else(PoisonError::into_inner).0
        }
    }
}
