//! The rate limit of each callsite.

mod config;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use metrics::Counter;
use tracing::Metadata;
use tracing_core::callsite::Identifier;

pub use config::RateLimit;

use super::by_level::ByLevel;
use crate::metrics::{Metrics, own};

/// How far two threads' readings of a clock lie apart at most. A time further back than this means
/// that the clock was set back.
const SLACK: u64 = 1_000_000_000;

/// Decides how many events of a callsite are written.
///
/// This is GCRA, the virtual scheduling algorithm of ITU-T I.371: a callsite has one number, the
/// time at which the next line is due if lines come at exactly the rate. A line that is early by
/// less than the burst is written and moves it on by one interval.
pub(crate) struct Limiter {
    config: RateLimit,
    /// Nanoseconds.
    interval: u64,
    tolerance: u64,
    /// Asked when a callsite is registered, and by the sweep.
    slots: Mutex<HashMap<Identifier, Arc<Slot>>>,
    /// Of the targets of the `log` crate, whose records have one callsite a level.
    of_targets: Mutex<HashMap<Identifier, ByTarget>>,
    counted: ByLevel,
}

type ByTarget = HashMap<Box<str>, Arc<Slot>>;

/// What the limiter knows of a callsite.
pub(crate) struct Slot {
    metadata: &'static Metadata<'static>,
    /// Where it is not that of the callsite.
    target: Option<Arc<str>>,
    /// When a line is due, on the clock of the `now` that the limiter is given.
    due: AtomicU64,
    /// Events held back since the last line that told.
    held: AtomicU64,
    counted: Counter,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// It is written.
    Admit,
    /// It is written, and says that so many before it were not.
    AdmitAfter(u64),
    /// It is not written, and counted.
    Held,
}

/// Events of a callsite that were held back and that no line has told of.
pub(crate) struct HeldBack {
    pub(crate) metadata: &'static Metadata<'static>,
    /// Where it is not that of the callsite.
    target: Option<Arc<str>>,
    pub(crate) lines: u64,
}

impl Limiter {
    pub(crate) fn new(config: RateLimit, metrics: &Metrics) -> Self {
        let (interval, burst) = config.rate.map_or((1, 1), |rate| (rate.interval(), rate.burst()));
        Self {
            config,
            interval,
            tolerance: interval.saturating_mul(burst - 1),
            slots: Mutex::default(),
            of_targets: Mutex::default(),
            counted: ByLevel::new(metrics, &own::LOG_LINES_RATE_LIMITED),
        }
    }

    /// Whether there is a limit for anything.
    pub(crate) const fn is_on(&self) -> bool {
        self.config.rate.is_some()
    }

    /// The slot of a callsite, the same one each time; `None` if it is not limited.
    pub(crate) fn slot(&self, metadata: &'static Metadata<'static>) -> Option<Arc<Slot>> {
        self.config.covers(*metadata.level(), metadata.target()).then(|| {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            let slot =
                slots.entry(metadata.callsite()).or_insert_with(|| self.new_slot(metadata, None));
            Arc::clone(slot)
        })
    }

    /// The same of a target of the `log` crate, where `metadata` is that of all its records of a level.
    pub(crate) fn slot_of_target(
        &self,
        metadata: &'static Metadata<'static>,
        target: &str,
    ) -> Option<Arc<Slot>> {
        /// Targets are modules; who makes them up as it goes gets one slot for all that are too many.
        const MOST: usize = 1000;

        if !self.config.covers(*metadata.level(), target) {
            return None;
        }
        let mut slots = self.of_targets.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = slots.entry(metadata.callsite()).or_default();
        let target = if slots.len() < MOST || slots.contains_key(target) { target } else { "" };
        if let Some(slot) = slots.get(target) {
            return Some(Arc::clone(slot));
        }
        let slot = self.new_slot(metadata, Some(target.into()));
        slots.insert(target.into(), Arc::clone(&slot));
        Some(slot)
    }

    fn new_slot(
        &self,
        metadata: &'static Metadata<'static>,
        target: Option<Arc<str>>,
    ) -> Arc<Slot> {
        Arc::new(Slot {
            metadata,
            target,
            due: AtomicU64::new(0),
            held: AtomicU64::new(0),
            counted: self.counted.of(*metadata.level()).clone(),
        })
    }

    /// Decides about one event at `now`, in nanoseconds of any clock. It may be the wall clock: one
    /// that is set back lets a burst pass, and holds nothing back for longer than it would have.
    pub(crate) fn admit(&self, slot: &Slot, now: u64) -> Admission {
        let mut due = slot.due.load(Relaxed);
        loop {
            let Some(start) = self.start(due, now) else {
                slot.held.fetch_add(1, Relaxed);
                slot.counted.increment(1);
                return Admission::Held;
            };
            let next = start.saturating_add(self.interval);
            match slot.due.compare_exchange_weak(due, next, Relaxed, Relaxed) {
                Ok(_) => break,
                Err(seen) => due = seen,
            }
        }
        match slot.take() {
            0 => Admission::Admit,
            held => Admission::AdmitAfter(held),
        }
    }

    /// When a line that comes at `now` counts as written; `None` if it is too early.
    fn start(&self, due: u64, now: u64) -> Option<u64> {
        let early = due.saturating_sub(now);
        if early <= self.tolerance {
            return Some(due.max(now));
        }
        // Never so far ahead of a clock that goes forward.
        let set_back = early > self.tolerance.saturating_add(self.interval).saturating_add(SLACK);
        set_back.then_some(now)
    }

    /// What callsites that would be let through held back, and have not told since: they have gone
    /// quiet. To be asked every ten seconds or so.
    pub(crate) fn sweep(&self, now: u64) -> Vec<HeldBack> {
        self.collect(|slot| self.start(slot.due.load(Relaxed), now).is_some())
    }

    /// What no line has told of, for the end of the log.
    pub(crate) fn drain(&self) -> Vec<HeldBack> {
        self.collect(|_| true)
    }

    fn collect(&self, of: impl Fn(&Slot) -> bool) -> Vec<HeldBack> {
        let held = |slot: &Arc<Slot>| {
            let lines = if of(slot) { slot.take() } else { 0 };
            let Slot { metadata, target, .. } = &**slot;
            (lines > 0).then(|| HeldBack { metadata, target: target.clone(), lines })
        };
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = slots.values().filter_map(held).collect();
        drop(slots);
        let slots = self.of_targets.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(slots.values().flat_map(HashMap::values).filter_map(held));
        all
    }
}

impl HeldBack {
    pub(crate) fn target(&self) -> &str {
        self.target.as_deref().unwrap_or_else(|| self.metadata.target())
    }
}

impl Slot {
    /// Each event that was held back is taken once, by one of the threads.
    fn take(&self) -> u64 {
        // A load is cheap where a swap is not, and there is mostly nothing to take.
        if self.held.load(Relaxed) == 0 { 0 } else { self.held.swap(0, Relaxed) }
    }
}

/// The text of the line that tells, which says elsewhere of what place.
impl fmt::Display for HeldBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = if self.lines == 1 { "event" } else { "events" };
        let of = if self.target.is_some() { "target" } else { "place" };
        write!(f, "the rate limit held back {} {events} of this {of}", self.lines)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;
    use std::time::Duration;

    use proptest::prelude::*;
    use tracing::Level;
    use tracing_core::callsite::DefaultCallsite;
    use tracing_core::{Kind, metadata};

    use super::*;
    use crate::metrics::{Config, Format};

    static SITE: DefaultCallsite = DefaultCallsite::new(&EVENT);
    static EVENT: Metadata<'static> = metadata! {
        name: "event",
        target: "shop::orders",
        level: Level::INFO,
        fields: &["message"],
        callsite: &SITE,
        kind: Kind::EVENT,
    };
    static ERROR_SITE: DefaultCallsite = DefaultCallsite::new(&ERROR);
    static ERROR: Metadata<'static> = metadata! {
        name: "event",
        target: "shop::orders",
        level: Level::ERROR,
        fields: &["message"],
        callsite: &ERROR_SITE,
        kind: Kind::EVENT,
    };

    const SECOND: u64 = 1_000_000_000;

    fn limiter(limit: RateLimit) -> (Limiter, Arc<Slot>, Metrics) {
        let metrics = Metrics::new(Config::default());
        let limiter = Limiter::new(limit, &metrics);
        let slot = limiter.slot(&EVENT).unwrap();
        (limiter, slot, metrics)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_with_the_number_of_those_between() {
        use Admission::{Admit, AdmitAfter, Held};
        let (limiter, slot, metrics) = limiter(RateLimit::per_second(2).burst(3));
        // (half seconds since the epoch, what becomes of the event)
        let steps = [
            (100, Admit),
            (100, Admit),
            (100, Admit),
            (100, Held),
            (100, Held),
            (101, AdmitAfter(2)),
            (101, Held),
            (103, AdmitAfter(1)),
            (103, Admit),
            (103, Held),
            (200, AdmitAfter(1)),
            (200, Admit),
            (200, Admit),
            (200, Held),
        ];
        for (i, (at, want)) in steps.into_iter().enumerate() {
            assert_eq!(limiter.admit(&slot, at * SECOND / 2), want, "step {i} at {at}");
        }
        let text = metrics.render(Format::Text);
        assert!(text.contains("obs_log_lines_rate_limited_total{level=\"info\"} 5\n"), "{text}");
    }

    #[test]
    fn a_clock_that_is_set_back_lets_a_burst_pass_and_a_small_step_does_not() {
        let (limiter, slot, _) = limiter(RateLimit::per_second(1).burst(2));
        let admitted =
            |now: u64| (0..5).filter(|_| limiter.admit(&slot, now) != Admission::Held).count();
        assert_eq!(admitted(3600 * SECOND), 2);
        assert_eq!(admitted(3600 * SECOND - SECOND / 2), 0);
        assert_eq!(admitted(SECOND), 2);
        assert_eq!(admitted(SECOND), 0);
        assert_eq!(admitted(2 * SECOND), 1);
        assert_eq!(admitted(u64::MAX / 2), 2);
    }

    #[test]
    fn a_callsite_that_goes_quiet_is_told_of_by_the_sweep_and_at_the_end() {
        let (limiter, slot, _) = limiter(RateLimit::per_second(1).burst(1));
        let held = |held: Vec<HeldBack>| held.iter().map(ToString::to_string).collect::<Vec<_>>();
        for _ in 0..4 {
            limiter.admit(&slot, SECOND);
        }
        assert!(limiter.sweep(SECOND + 1).is_empty(), "it may yet tell by itself");
        let told = held(limiter.sweep(2 * SECOND));
        assert_eq!(told, ["the rate limit held back 3 events of this place"]);
        assert!(limiter.sweep(9 * SECOND).is_empty(), "told once");
        assert_eq!(limiter.admit(&slot, 9 * SECOND), Admission::Admit);
        limiter.admit(&slot, 9 * SECOND);
        assert_eq!(held(limiter.drain()).len(), 1);
        assert!(limiter.drain().is_empty());
    }

    #[test]
    fn a_callsite_has_one_slot_and_an_exempt_one_has_none() {
        let (limiter, slot, metrics) = limiter(RateLimit::per_second(1).burst(1));
        assert!(Arc::ptr_eq(&slot, &limiter.slot(&EVENT).unwrap()));
        assert!(limiter.slot(&ERROR).is_none());
        assert!(Limiter::new(RateLimit::off(), &metrics).slot(&EVENT).is_none());
    }

    #[test]
    fn targets_of_the_log_crate_have_a_limit_each_and_there_is_an_end_of_them() {
        let (limiter, _, _) = limiter(RateLimit::per_second(1).burst(1).exempt("quiet"));
        let slot = |target: &str| limiter.slot_of_target(&EVENT, target);
        assert!(slot("quiet::part").is_none());
        let (hyper, h2) = (slot("hyper").unwrap(), slot("h2").unwrap());
        assert!(Arc::ptr_eq(&hyper, &slot("hyper").unwrap()));
        limiter.admit(&hyper, SECOND);
        limiter.admit(&hyper, SECOND);
        assert_eq!(limiter.admit(&h2, SECOND), Admission::Admit);
        let held = limiter.drain();
        assert_eq!((held[0].target(), held[0].lines), ("hyper", 1));
        assert_eq!(held[0].to_string(), "the rate limit held back 1 event of this target");

        for n in 0..2000 {
            slot(&n.to_string()).unwrap();
        }
        assert!(Arc::ptr_eq(&slot("2000").unwrap(), &slot("3000").unwrap()));
        assert!(Arc::ptr_eq(&hyper, &slot("hyper").unwrap()));
    }

    /// The same as a bucket that holds `burst` tokens and gets one every `interval`.
    struct Bucket {
        interval: u64,
        /// In nanoseconds of filling.
        level: u64,
        full: u64,
        last: u64,
    }

    impl Bucket {
        fn admit(&mut self, now: u64) -> bool {
            self.level = (self.level + (now - self.last)).min(self.full);
            self.last = now;
            let enough = self.level >= self.interval;
            if enough {
                self.level -= self.interval;
            }
            enough
        }
    }

    proptest! {
        #[test]
        fn it_admits_what_a_token_bucket_does(
            lines in 1_u32..1000,
            per in 1_u64..10_000,
            burst in 1_u32..50,
            gaps in prop::collection::vec(prop_oneof![Just(0), 0_u64..SECOND / 10, 0..60 * SECOND], 1..300),
        ) {
            let rate = RateLimit::new(lines, Duration::from_millis(per)).burst(burst);
            let (limiter, slot, _) = limiter(rate);
            let mut now = 1_795_399_507 * SECOND;
            let full = limiter.interval * u64::from(burst);
            let mut bucket = Bucket { interval: limiter.interval, level: full, full, last: now };
            let (mut held, mut told) = (0, 0);
            for gap in gaps {
                now += gap;
                let want = bucket.admit(now);
                match limiter.admit(&slot, now) {
                    Admission::Held => { prop_assert!(!want); held += 1; }
                    Admission::Admit => { prop_assert!(want); prop_assert_eq!(held, told); }
                    Admission::AdmitAfter(n) => { prop_assert!(want); told += n; prop_assert_eq!(held, told); }
                }
            }
        }
    }

    #[test]
    fn two_threads_lose_no_event_and_get_no_more_than_one() {
        const OFFERED: u64 = 1_000_000;
        let (limiter, slot, metrics) = limiter(RateLimit::per_second(50_000_000).burst(2));
        let clock = AtomicU64::new(SECOND);
        let both = Barrier::new(2);
        let offer = || {
            let (mut admitted, mut told) = (0, 0);
            both.wait();
            for _ in 0..OFFERED {
                let now = clock.fetch_add(10, Relaxed);
                match limiter.admit(&slot, now) {
                    Admission::Held => {}
                    Admission::Admit => admitted += 1,
                    Admission::AdmitAfter(held) => {
                        admitted += 1;
                        told += held;
                    }
                }
            }
            (admitted, told)
        };
        let [(a, b), (c, d)] = thread::scope(|scope| {
            let threads = [scope.spawn(offer), scope.spawn(offer)];
            threads.map(|thread| thread.join().unwrap())
        });
        let admitted = a + c;
        let left: u64 = limiter.drain().iter().map(|held| held.lines).sum();
        assert_eq!(admitted + b + d + left, 2 * OFFERED);
        // Twenty milliseconds went by. Readings of the clock that come late may cost a line.
        assert!((500_000..=1_000_002).contains(&admitted), "{admitted}");
        let held = format!("{{level=\"info\"}} {}\n", 2 * OFFERED - admitted);
        let text = metrics.render(Format::Text);
        assert!(text.contains(&format!("obs_log_lines_rate_limited_total{held}")), "{text}");
    }
}
