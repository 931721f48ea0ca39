//! One request as the bot sees it: waits for rate limits and attempts, in turns.
//!
//! The tracing layer knows when a call begins, waits and ends; the classifier knows when an attempt is
//! over and how. Both run on the thread that polls the call, and meet here.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::route::Route;

/// Shorter ones are the limiter's own work.
const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// A response with status 429 of which nobody knows yet whose limit was hit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limited {
    pub(super) route: Route,
    pub(super) at: Instant,
}

/// A wait for a rate limit that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) took: Duration,
    /// For the limit on all routes.
    pub(super) global: bool,
}

/// A call that has not ended.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) opened: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When the last attempt was over, or the call began.
    free: Instant,
    /// When the attempt that runs began.
    sent: Instant,
    /// Whether the classifier saw the last attempt.
    seen: bool,
    limited: Option<Limited>,
    /// Whether the last attempt was told to wait.
    to_wait: bool,
    /// Whether that is for the limit on all routes.
    global: bool,
    /// The route of the last attempt.
    route: Option<Route>,
    /// A wait before the first attempt, whose route is not known yet.
    first_wait: Option<Wait>,
    /// Whether the call has been left since `free`. One that has not did not wait: the machine was
    /// busy.
    left: bool,
}

impl Call {
    pub(super) fn new(now: Instant) -> Self {
        let state = State {
            free: now,
            sent: now,
            seen: false,
            limited: None,
            to_wait: false,
            global: false,
            route: None,
            first_wait: None,
            left: false,
        };
        Self { opened: now, state: Mutex::new(state) }
    }

    /// The limiter let the request pass: an attempt begins. Returns the wait before it, and for which
    /// route.
    ///
    /// Of the first attempt the route is not known before it is over: [`answered`](Self::answered)
    /// returns that wait.
    pub(super) fn sent(&self, now: Instant) -> Option<(Route, Wait)> {
        let mut state = self.state();
        state.sent = now;
        state.seen = false;
        state.to_wait = false;
        let wait = state.waited(now);
        match (state.route, wait) {
            (Some(route), wait) => wait.map(|wait| (route, wait)),
            (None, Some(wait)) => {
                // Of an upload that hit the limit on all routes nobody saw the first attempt.
                let none = Wait { took: Duration::ZERO, ..wait };
                state.first_wait.get_or_insert(none).took += wait.took;
                None
            }
            (None, None) => None,
        }
    }

    /// An attempt is over. Returns the time that it took, and the wait before it if nothing has yet.
    ///
    /// What follows without a wait, such as a redirect, is an attempt that begins here.
    pub(super) fn answered(
        &self,
        route: Route,
        now: Instant,
        limited: Option<Limited>,
    ) -> (Duration, Option<Wait>) {
        let mut state = self.state();
        let took = now.saturating_duration_since(state.sent);
        state.route = Some(route);
        state.free = now;
        state.sent = now;
        state.seen = true;
        state.limited = limited;
        state.to_wait = limited.is_some();
        state.global = false;
        state.left = false;
        (took, state.first_wait.take())
    }

    /// The wait that is to come is for the limit on all routes.
    pub(super) fn waits_for_all(&self) {
        self.state().global = true;
    }

    /// A wait that no attempt followed.
    pub(super) fn in_vain(&self) -> Option<Wait> {
        self.state().first_wait.take()
    }

    /// Whether the classifier saw the attempt whose response is at hand.
    pub(super) fn seen(&self) -> bool {
        self.state().seen
    }

    /// Whether there is a 429 whose scope is yet to be told.
    pub(super) fn is_limited(&self) -> bool {
        self.state().limited.is_some()
    }

    /// The 429 whose scope is yet to be told. It is told once.
    pub(super) fn limited(&self) -> Option<Limited> {
        self.state().limited.take()
    }

    /// The limiter is done with a response. Returns the wait, if the response asked for one.
    pub(super) fn waited(&self, now: Instant) -> Option<(Route, Wait)> {
        let mut state = self.state();
        if !state.to_wait {
            return None;
        }
        let wait = state.waited(now);
        state.route.zip(wait)
    }

    /// The call was polled and is not ready.
    fn leave(&self) {
        self.state().left = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn waited(&mut self, now: Instant) -> Option<Wait> {
        let took = now.saturating_duration_since(self.free);
        self.free = now;
        let left = std::mem::take(&mut self.left);
        let global = std::mem::take(&mut self.global);
        (left && took >= SHORTEST_WAIT).then_some(Wait { took, global })
    }
}

thread_local! {
    /// The calls whose spans are entered on this thread: the innermost is the last.
    static ENTERED: RefCell<Vec<Arc<Call>>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn enter(call: Arc<Call>) {
    // Fails where the thread ends or this runs within itself: the attempt then has no call.
    let _ = ENTERED.try_with(|entered| {
        if let Ok(mut entered) = entered.try_borrow_mut() {
            entered.push(call);
        }
    });
}

pub(super) fn exit(call: &Arc<Call>) {
    call.leave();
    let _ = ENTERED.try_with(|entered| {
        if let Ok(mut entered) = entered.try_borrow_mut()
            && let Some(at) = entered.iter().rposition(|one| Arc::ptr_eq(one, call))
        {
            entered.remove(at);
        }
    });
}

/// The call that is polled on this thread, if a tracing layer follows it.
pub(super) fn current() -> Option<Arc<Call>> {
    let call = ENTERED.try_with(|entered| entered.try_borrow().ok()?.last().cloned());
    call.ok().flatten()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "any instant is a start")]

    use super::*;

    #[test]
    fn waits_and_attempts_take_turns() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let ms = Duration::from_millis;
        let wait = |took, global| Some(Wait { took: ms(took), global });
        let route = Route::of("/api/v10/gateway");
        let call = Call::new(at(0));
        call.leave();
        assert_eq!(call.sent(at(400)), None, "a wait for a limit, nobody knows yet of which route");
        call.leave();
        let limited = Limited { route, at: at(450) };
        assert_eq!(call.answered(route, at(450), Some(limited)), (ms(50), wait(400, false)));
        assert!(call.seen());
        assert!(call.limited().is_some());
        assert!(call.limited().is_none(), "a 429 counts once");
        call.leave();
        let asked = wait(1000, false).map(|wait| (route, wait));
        assert_eq!(call.waited(at(1450)), asked, "what the 429 asked for");
        assert_eq!(call.sent(at(1450)), None, "which counts once");
        assert!(!call.seen());
        assert_eq!(call.answered(route, at(1500), None), (ms(50), None));
        assert_eq!(call.waited(at(1520)), None, "nobody asked for a wait");
        assert_eq!(call.answered(route, at(1530), None), (ms(30), None), "a redirect");
    }

    #[test]
    fn the_limit_on_all_routes_is_waited_for_once() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let route = Route::of("/api/v10/gateway");
        let call = Call::new(at(0));
        let limited = Limited { route, at: at(10) };
        call.answered(route, at(10), Some(limited));
        call.waits_for_all();
        call.leave();
        let wait = |ms, global| Some((route, Wait { took: Duration::from_millis(ms), global }));
        assert_eq!(call.sent(at(310)), wait(300, true));
        call.answered(route, at(320), Some(limited));
        call.leave();
        assert_eq!(call.waited(at(420)), wait(100, false));
        assert_eq!(call.in_vain(), None);
    }

    #[test]
    fn a_wait_that_no_attempt_followed_is_not_lost() {
        let start = Instant::now();
        let call = Call::new(start);
        call.leave();
        assert_eq!(call.sent(start + Duration::from_millis(400)), None);
        assert_eq!(call.in_vain().map(|wait| wait.took), Some(Duration::from_millis(400)));
        assert_eq!(call.in_vain(), None);
    }

    #[test]
    fn a_machine_that_is_busy_is_no_wait() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let call = Call::new(at(0));
        assert_eq!(call.sent(at(50)), None, "the call was not left");
        call.leave();
        call.answered(Route::of(""), at(90), None);
        assert_eq!(call.sent(at(120)), None, "that was for the response");
        assert_eq!(call.in_vain(), None);
    }

    #[test]
    fn without_a_limiter_an_attempt_begins_with_the_call() {
        let start = Instant::now();
        let call = Call::new(start);
        let (took, wait) = call.answered(Route::of(""), start + Duration::from_millis(70), None);
        assert_eq!((took, wait), (Duration::from_millis(70), None));
    }

    #[test]
    fn the_innermost_call_is_the_current_one() {
        let (outer, inner) =
            (Arc::new(Call::new(Instant::now())), Arc::new(Call::new(Instant::now())));
        assert!(current().is_none());
        enter(Arc::clone(&outer));
        enter(Arc::clone(&inner));
        assert!(Arc::ptr_eq(&current().unwrap(), &inner));
        exit(&inner);
        assert!(Arc::ptr_eq(&current().unwrap(), &outer));
        exit(&outer);
        assert!(current().is_none());
    }
}
