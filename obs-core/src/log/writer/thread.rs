//! The thread that writes.

use std::mem;
use std::time::{Duration, Instant};

use metrics::Histogram;

use super::drain::Drain;
use super::losses::LossReason;
use super::shared::{Guard, Inside, Shared, after, now};
use super::state::Mode;

/// How long the thread waits for more after it has written, unless there is much. A line that comes
/// then needs no system call to wake it, and is written with others; one that comes later is
/// written at once.
const LINGER: Duration = Duration::from_millis(1);

/// How often an output is [tended](crate::log::Output::tend) when there is nothing to write.
const TEND: Duration = Duration::from_secs(1);

/// Writes until told to end.
pub(super) fn run(shared: &Shared, drain: Drain, durations: &Histogram) {
    let _inside = Inside::enter();
    let _closed = Closed(shared);
    Thread { shared, durations, has_written: false }.run(drain);
}

/// Should the thread panic, nobody is to wait for it.
struct Closed<'a>(&'a Shared);

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.close(&mut self.0.lock(), LossReason::WriterPanic);
    }
}

struct Thread<'a> {
    shared: &'a Shared,
    durations: &'a Histogram,
    /// There was work a moment ago, and may be again.
    has_written: bool,
}

impl<'a> Thread<'a> {
    fn run(&mut self, mut drain: Drain) {
        let shared = self.shared;
        let mut guard = shared.lock();
        loop {
            let state = &mut guard.state;
            if state.abandoned || state.mode == Mode::Closed {
                shared.close(&mut guard, LossReason::ShutdownDeadline);
                return;
            }
            if mem::take(&mut state.reopen) {
                drain.reopen();
            }
            let ending = state.mode != Mode::Open;
            let at = now();
            let mut is_new = false;
            if drain.is_empty() {
                if !state.queue.is_empty() {
                    state.hand_over(drain.batch());
                    is_new = true;
                }
                drain.tell(state.lost(), at, ending);
            }
            let pause = drain.pause(at, ending).filter(|_| drain.has_work());
            if pause.is_some() && drain.is_gone() {
                guard.state.apply(&drain.abandon(), true);
                shared.tell(&guard);
                self.has_written = true;
            } else if let Some(until) = pause {
                guard = shared.wait_for_work(guard, Some(until), usize::MAX);
            } else if drain.has_work() {
                drop(guard);
                guard = self.write(&mut drain, at, is_new);
            } else if ending {
                return shared.end_well(&mut guard, drain);
            } else {
                guard = self.wait(guard, &mut drain, at);
            }
        }
    }

    fn write(&mut self, drain: &mut Drain, at: Instant, is_new: bool) -> Guard<'a> {
        if is_new {
            drain.tend(at);
        }
        let writes = !drain.is_empty();
        let progress = drain.step(at);
        if writes {
            self.durations.record(now().saturating_duration_since(at));
            self.has_written = true;
        }
        let mut guard = self.shared.lock();
        guard.state.apply(&progress, drain.is_failing());
        self.shared.tell(&guard);
        guard
    }

    /// Waits for lines: for many of them a moment long, then for one.
    fn wait(&mut self, guard: Guard<'a>, drain: &mut Drain, at: Instant) -> Guard<'a> {
        let lingers = mem::take(&mut self.has_written) && !guard.state.hurry;
        let (time, wake_at) =
            if lingers { (LINGER, guard.state.worth_a_write()) } else { (TEND, 1) };
        let guard = self.shared.wait_for_work(guard, after(time), wake_at);
        let is_idle = guard.state.queue.is_empty() && guard.state.mode == Mode::Open;
        if lingers || !is_idle || now().saturating_duration_since(at) < TEND {
            return guard;
        }
        drop(guard);
        drain.tend(now());
        drain.shrink();
        let mut guard = self.shared.lock();
        guard.state.queue.shrink();
        guard
    }
}
