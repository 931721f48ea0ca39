//! How many sessions the bot may start: when to ask, and what was answered.

use std::time::{Duration, Instant};

use metrics::Gauge;
use obs_core::metrics::Metrics;
use serenity::model::gateway::SessionStartLimit;

use crate::metrics::{SESSION_START_RESET, SESSION_STARTS_LIMIT, SESSION_STARTS_REMAINING};

/// Asked this often at least,
const AT_LEAST: Duration = Duration::from_secs(3600);

/// and at most, however many sessions are started.
const AT_MOST: Duration = Duration::from_secs(60);

/// Discord's answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    remaining: u64,
    total: u64,
    reset_after: Duration,
}

impl From<&SessionStartLimit> for Asked {
    fn from(limit: &SessionStartLimit) -> Self {
        Self {
            remaining: limit.remaining,
            total: limit.total,
            reset_after: Duration::from_millis(limit.reset_after),
        }
    }
}

/// What is known of the limit.
#[derive(Debug)]
pub(crate) struct Sessions {
    metrics: Metrics,
    /// Made with the first answer: no limit is not a limit of none.
    gauges: Option<[Gauge; 3]>,
    asked: Option<Instant>,
    reset: Option<Instant>,
    /// Sessions that the bot had started when it asked.
    identified: u32,
}

impl Sessions {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        Self { metrics: metrics.clone(), gauges: None, asked: None, reset: None, identified: 0 }
    }

    /// Whether to ask at `now`, when the bot has started this many sessions.
    pub(crate) fn is_due(&self, identified: u32, now: Instant) -> bool {
        let Some(asked) = self.asked else { return true };
        let age = now.saturating_duration_since(asked);
        let changed = identified != self.identified
            || self.gauges.is_none()
            || self.reset.is_some_and(|reset| reset <= now);
        age >= AT_LEAST || changed && age >= AT_MOST
    }

    /// Discord answered at `now`, or did not.
    pub(crate) fn answered(&mut self, answer: Option<Asked>, identified: u32, now: Instant) {
        self.asked = Some(now);
        let Some(answer) = answer else { return };
        self.identified = identified;
        self.reset = now.checked_add(answer.reset_after);
        let [remaining, limit, _] = self.gauges.get_or_insert_with(|| {
            [&SESSION_STARTS_REMAINING, &SESSION_STARTS_LIMIT, &SESSION_START_RESET]
                .map(|gauge| gauge.of(&self.metrics, []))
        });
        remaining.set(answer.remaining as f64);
        limit.set(answer.total as f64);
    }

    /// Brings the time until the reset up to date.
    pub(crate) fn publish(&self, now: Instant) {
        if let (Some([.., until]), Some(reset)) = (&self.gauges, self.reset) {
            until.set(reset.saturating_duration_since(now).as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use obs_core::metrics::{Config, Format};

    use super::*;

    #[test]
    fn it_is_asked_for_when_it_may_have_changed() {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let zero = Instant::now();
        let metrics = Metrics::new(Config::default());
        let mut sessions = Sessions::new(&metrics);
        let day = Asked { remaining: 998, total: 1000, reset_after: Duration::from_secs(86_400) };
        let soon = Asked { reset_after: Duration::from_secs(30), ..day };
        // (at, sessions started, whether to ask, the answer if asked)
        let steps = [
            (0, 0, true, None),
            (59, 0, false, None),
            (60, 1, true, Some(day)),
            (1000, 1, false, None),
            (1001, 2, true, Some(day)),
            (1002, 3, false, None),
            (1061, 3, true, Some(day)),
            (4660, 3, false, None),
            (4661, 3, true, Some(soon)),
            (4692, 3, false, None),
            (4721, 3, true, None),
            (4781, 3, true, Some(day)),
            (4900, 3, false, None),
        ];
        for (at, identified, due, answer) in steps {
            let now = zero + Duration::from_secs(at);
            assert_eq!(sessions.is_due(identified, now), due, "at {at}");
            if due {
                sessions.answered(answer, identified, now);
            }
        }
    }

    #[test]
    fn the_time_until_the_reset_runs_down() {
        #[expect(clippy::disallowed_methods, reason = "any instant will do")]
        let zero = Instant::now();
        let metrics = Metrics::new(Config::default());
        let mut sessions = Sessions::new(&metrics);
        sessions.publish(zero);
        assert!(!metrics.render(Format::Text).contains("discord_session"), "nothing is known yet");
        let reset_after = Duration::from_secs(100);
        sessions.answered(Some(Asked { remaining: 7, total: 1000, reset_after }), 0, zero);
        for (at, left) in [(0, "100.0"), (40, "60.0"), (200, "0.0")] {
            sessions.publish(zero + Duration::from_secs(at));
            let text = metrics.render(Format::Text);
            let line = format!("discord_session_start_reset_seconds {left}");
            let whole =
                format!("discord_session_start_reset_seconds {}", left.trim_end_matches(".0"));
            assert!(text.lines().any(|l| l == line || l == whole), "at {at}: {text}");
            assert!(text.contains("discord_session_starts_remaining 7"), "{text}");
        }
    }
}
