//! How long an interaction waited for its first answer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The first millisecond of 2015, from which Discord's ids count.
const EPOCH: Duration = Duration::from_millis(1_420_070_400_000);

/// Time from the making of what has this id to `now`, which counts from 1970. Zero where the clock
/// runs behind Discord's.
pub(super) const fn age(id: u64, now: Duration) -> Duration {
    now.saturating_sub(EPOCH.saturating_add(Duration::from_millis(id >> 22)))
}

/// The interactions that were answered last, so that an answer that is sent again counts once.
///
/// Two ids may share a place. Then a second answer to the first of them counts, which takes a bot that
/// answers twice and another interaction in between.
#[derive(Debug)]
pub(super) struct Answered([AtomicU64; 256]);

impl Default for Answered {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; 256])
    }
}

impl Answered {
    /// Whether this is the first answer to the interaction.
    pub(super) fn first(&self, id: u64) -> bool {
        // Fibonacci hashing: ids differ in their lowest and their middle bits.
        let place = (id.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize;
        self.0[place].swap(id, Ordering::Relaxed) != id
    }
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
        let answered = Answered::default();
        assert!(answered.first(175_928_847_299_117_063));
        assert!(!answered.first(175_928_847_299_117_063));
        assert!(answered.first(175_928_847_299_117_064));
    }
}
