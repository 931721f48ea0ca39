//! Patience with what failed.

use std::time::{Duration, SystemTime};

/// When a rotation that failed is tried again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry {
    failed_at: SystemTime,
    delay: Duration,
}

impl Retry {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(60);

    pub(super) fn after(before: Option<Self>, failed_at: SystemTime) -> Self {
        let delay = before.map_or(Self::FIRST, |before| (before.delay * 2).min(Self::LONGEST));
        Self { failed_at, delay }
    }

    pub(super) fn is_due(self, now: SystemTime) -> bool {
        // A clock that was set back must not put it off for long.
        now.duration_since(self.failed_at).map_or(true, |gone| gone >= self.delay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_further_and_further_apart_and_a_clock_that_is_set_back_puts_none_off() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let mut retry = None;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            let next = Retry::after(retry, at(1000));
            assert!(!next.is_due(at(1000 + seconds - 1)), "{seconds}");
            assert!(next.is_due(at(1000 + seconds)), "{seconds}");
            assert!(next.is_due(at(999)), "{seconds}");
            retry = Some(next);
        }
    }
}
