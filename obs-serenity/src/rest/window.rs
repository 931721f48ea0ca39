//! The invalid requests of the last ten minutes.

use std::time::Instant;

const SLOT_SECS: u64 = 10;

/// Sixty full slots and the one that fills.
const SLOTS: usize = 61;

/// Counts what happened in the last ten minutes, in slots of ten seconds.
///
/// Never less than what happened in ten minutes, and never more than in ten minutes and ten seconds:
/// it warns of a ban, so it errs to the early side.
#[derive(Debug)]
pub(super) struct Window {
    start: Instant,
    slots: [u32; SLOTS],
    /// The number of the slot that fills, counted from the start.
    newest: u64,
}

impl Window {
    pub(super) const fn new(start: Instant) -> Self {
        Self { start, slots: [0; SLOTS], newest: 0 }
    }

    pub(super) fn add(&mut self, now: Instant) {
        self.advance(now);
        if let Some(slot) = self.slot(now) {
            *slot = slot.saturating_add(1);
        }
    }

    /// Takes back one that was added at `at`, if it is still counted.
    pub(super) fn remove(&mut self, at: Instant) {
        if let Some(slot) = self.slot(at) {
            *slot = slot.saturating_sub(1);
        }
    }

    pub(super) fn count(&mut self, now: Instant) -> u64 {
        self.advance(now);
        self.slots.iter().copied().map(u64::from).sum()
    }

    fn number(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.start).as_secs() / SLOT_SECS
    }

    fn slot(&mut self, at: Instant) -> Option<&mut u32> {
        let number = self.number(at);
        let known = number <= self.newest && self.newest - number < SLOTS as u64;
        known.then(|| &mut self.slots[index(number)])
    }

    fn advance(&mut self, now: Instant) {
        let number = self.number(now);
        let passed = number.saturating_sub(self.newest).min(SLOTS as u64);
        for step in 0..passed {
            self.slots[index(number - step)] = 0;
        }
        self.newest = self.newest.max(number);
    }
}

const fn index(number: u64) -> usize {
    // Below 61, so nothing is cut off.
    (number % SLOTS as u64) as usize
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "any instant is a start")]

    use std::time::Duration;

    use super::*;

    #[test]
    fn counts_ten_minutes_and_forgets() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut window = Window::new(start);
        // (seconds, added then, count after)
        let steps = [
            (0, 3, 3),
            (9, 0, 3),
            (10, 1, 4),
            (300, 5, 9),
            (600, 0, 9), // exactly ten minutes after the first
            (609, 0, 9),
            (610, 0, 6), // the first slot is over
            (620, 0, 5),
            (620, 2, 7),
            (310, 1, 8), // a clock of another thread that is behind
            (1_000_000, 0, 0),
            (1_000_000, 1, 1),
        ];
        for (secs, added, want) in steps {
            for _ in 0..added {
                window.add(at(secs));
            }
            assert_eq!(window.count(at(secs)), want, "at {secs}s");
        }
    }

    #[test]
    fn what_is_taken_back_is_taken_from_its_time() {
        let start = Instant::now();
        let at = |secs| start + Duration::from_secs(secs);
        let mut window = Window::new(start);
        window.add(at(5));
        window.add(at(100));
        window.remove(at(5));
        assert_eq!(window.count(at(100)), 1);
        assert_eq!(window.count(at(650)), 1, "the one of 100s is left");
        window.remove(at(5));
        window.remove(at(5_000));
        assert_eq!(window.count(at(650)), 1, "nothing is taken from times that are not counted");
    }

    proptest::proptest! {
        #[test]
        fn is_never_less_than_the_truth(mut times in proptest::collection::vec(0u64..5_000, 0..200)) {
            times.sort_unstable();
            let start = Instant::now();
            let at = |secs| start + Duration::from_secs(secs);
            let mut window = Window::new(start);
            for (i, &now) in times.iter().enumerate() {
                window.add(at(now));
                let within = |secs: u64| {
                    times[..=i].iter().filter(|&&then| now - then <= secs).count() as u64
                };
                let count = window.count(at(now));
                proptest::prop_assert!(count >= within(600), "at {now}s of {times:?}");
                proptest::prop_assert!(count <= within(610), "at {now}s of {times:?}");
            }
        }
    }
}
