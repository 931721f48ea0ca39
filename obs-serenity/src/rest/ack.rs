//! How long an interaction waited for its first answer.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::commands::Kind;

/// The first millisecond of 2015, from which Discord's ids count.
const EPOCH: Duration = Duration::from_millis(1_420_070_400_000);

/// Time from the making of what has this id to `now`, which counts from 1970. Zero where the clock
/// runs behind Discord's.
pub(super) const fn age(id: u64, now: Duration) -> Duration {
    now.saturating_sub(EPOCH.saturating_add(Duration::from_millis(id >> 22)))
}

const SETS: usize = 512;
const WAYS: usize = 4;

/// The interactions that came or were answered last: their kind, and that an answer that is sent again
/// counts once.
///
/// Its 2048 places are all that it ever takes, four for each hash of an id. Where more interactions wait
/// for their answer, and Discord waits three seconds, the oldest of four is forgotten: its answer is
/// of unknown kind, and would count again.
pub(super) struct Interactions(Mutex<Box<[[Place; WAYS]; SETS]>>);

#[derive(Clone, Copy, Default)]
struct Place {
    id: u64,
    kind: Option<Kind>,
    answered: bool,
}

impl Default for Interactions {
    fn default() -> Self {
        Self(Mutex::new(Box::new([[Place::default(); WAYS]; SETS])))
    }
}

impl Interactions {
    /// An interaction came.
    pub(super) fn arrived(&self, id: u64, kind: Kind) {
        self.at(id, |place| place.kind = Some(kind));
    }

    /// An interaction was answered. Returns its kind, as far as known, if this is the first answer.
    pub(super) fn answered(&self, id: u64) -> Option<Option<Kind>> {
        self.at(id, |place| {
            let first = !std::mem::replace(&mut place.answered, true);
            first.then_some(place.kind)
        })
    }

    fn at<T>(&self, id: u64, change: impl FnOnce(&mut Place) -> T) -> T {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let set = &mut sets[set_of(id)];
        let known = set.iter().position(|place| place.id == id);
        let at = known.unwrap_or_else(|| {
            // Ids grow with time, and a free place has 0.
            let oldest = (0..WAYS).min_by_key(|&at| set[at].id).unwrap_or_default();
            set[oldest] = Place { id, ..Place::default() };
            oldest
        });
        change(&mut set[at])
    }
}

/// Fibonacci hashing: ids differ in their lowest and their middle bits.
const fn set_of(id: u64) -> usize {
    const BITS: u32 = SETS.ilog2();
    (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_age() {
        // The example of Discord's reference: 2016-04-30 11:18:25.796 UTC.
        let id = 175_928_847_299_117_063;
        let made = 1_462_015_105_796;
        // (milliseconds since 1970, age)
        let table = [(made, 0), (made + 2_900, 2_900), (made - 5_000, 0), (0, 0)];
        for (now, want) in table {
            let age = age(id, Duration::from_millis(now));
            assert_eq!(age, Duration::from_millis(want), "at {now}");
        }
        assert_eq!(age(u64::MAX, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn a_second_answer_is_no_first() {
        let id = 175_928_847_299_117_063;
        let interactions = Interactions::default();
        interactions.arrived(id, Kind::Modal);
        assert_eq!(interactions.answered(id), Some(Some(Kind::Modal)));
        assert_eq!(interactions.answered(id), None);
        // Another part of the bot gets it later.
        interactions.arrived(id, Kind::Modal);
        assert_eq!(interactions.answered(id), None);
        assert_eq!(interactions.answered(id + 1), Some(None), "one that never came");
        assert_eq!(interactions.answered(id + 1), None);
    }

    #[test]
    fn the_oldest_of_those_that_share_a_place_is_forgotten() {
        let interactions = Interactions::default();
        let sharing: Vec<_> = (1..).filter(|&id| set_of(id) == 7).take(WAYS + 1).collect();
        for &id in &sharing {
            interactions.arrived(id, Kind::Slash);
        }
        for &id in sharing.iter().rev().take(WAYS) {
            assert_eq!(interactions.answered(id), Some(Some(Kind::Slash)), "{id}");
        }
        assert_eq!(interactions.answered(sharing[0]), Some(None));
    }

    #[test]
    fn a_thousand_at_once_are_told_apart_and_nothing_is_allocated() {
        let interactions = Interactions::default();
        // 1,000 within a second, as the ids of one of Discord's processes.
        let ids = || (0..1000_u64).map(|n| (400_000_000_000 + n) << 22 | 1 << 17 | (n & 7));
        let mut known = 0;
        let cost = allocation_counter::measure(|| {
            ids().for_each(|id| interactions.arrived(id, Kind::User));
            known = ids().filter(|&id| interactions.answered(id) == Some(Some(Kind::User))).count();
        });
        assert_eq!(cost.count_total, 0);
        assert!(known >= 990, "{known} of 1000");
    }
}
