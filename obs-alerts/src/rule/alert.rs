//! One alert, and its way through the states.

use std::fmt;

use obs_promql::Labels;

/// How long a resolved alert is kept and sent again, in milliseconds.
const RESOLVED_RETENTION: i64 = 15 * 60_000;

/// The state of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertState {
    /// It was firing, and is over.
    Inactive,
    /// It waits for the rule's `for` to pass.
    Pending,
    /// It is on.
    Firing,
}

/// An element that a rule's expression has, or had: one alert. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its state.
    pub state: AlertState,
    /// What tells it from others: the element's labels, the rule's, and `alertname`.
    pub labels: Labels,
    /// The rule's annotations, sorted by name, as they were last rendered.
    pub annotations: Vec<(String, String)>,
    /// The element's last value; 0 where that is a histogram.
    pub value: f64,
    /// When the element was first seen.
    pub active_at: i64,
    /// When it began to fire.
    pub fired_at: Option<i64>,
    /// When it was over.
    pub resolved_at: Option<i64>,
    /// When it was last given out for sending.
    pub last_sent_at: Option<i64>,
    /// When what was last sent ends, unless it is sent again.
    pub valid_until: Option<i64>,
    /// When the element of a firing alert went missing: it fires on for `keep_firing_for`.
    pub keep_firing_since: Option<i64>,
}

/// What a rule says about time, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timing {
    /// `for`
    pub(super) hold: i64,
    /// `keep_firing_for`
    pub(super) keep_firing_for: i64,
}

impl AlertState {
    /// As the label `alertstate` and the HTTP API have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inactive => "inactive",
            Self::Pending => "pending",
            Self::Firing => "firing",
        }
    }
}

impl fmt::Display for AlertState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Alert {
    /// An alert that is seen for the first time.
    pub(super) fn new(
        labels: Labels,
        annotations: Vec<(String, String)>,
        value: f64,
        now: i64,
    ) -> Self {
        Self {
            state: AlertState::Pending,
            labels,
            annotations,
            value,
            active_at: now,
            fired_at: None,
            resolved_at: None,
            last_sent_at: None,
            valid_until: None,
            keep_firing_since: None,
        }
    }

    /// Whether it is pending or firing.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        !matches!(self.state, AlertState::Inactive)
    }

    /// The step of one evaluation that found the alert's element, or did not. `false` when the alert
    /// is to be forgotten.
    pub(super) fn step(&mut self, present: bool, now: i64, timing: Timing) -> bool {
        if present {
            self.keep_firing_since = None;
        } else if !self.fires_on(now, timing) {
            return self.end(now);
        }
        let held = now.saturating_sub(self.active_at) >= timing.hold;
        match self.state {
            AlertState::Pending if held => {
                self.state = AlertState::Firing;
                self.fired_at = Some(now);
            }
            // A reload has made `for` longer.
            AlertState::Firing if !held => {
                self.state = AlertState::Pending;
                self.fired_at = None;
                self.last_sent_at = None;
                self.keep_firing_since = None;
            }
            _ => {}
        }
        true
    }

    /// Whether a firing alert goes on without its element.
    fn fires_on(&mut self, now: i64, timing: Timing) -> bool {
        if self.state != AlertState::Firing || timing.keep_firing_for <= 0 {
            return false;
        }
        let since = *self.keep_firing_since.get_or_insert(now);
        now.saturating_sub(since) < timing.keep_firing_for
    }

    fn end(&mut self, now: i64) -> bool {
        match self.state {
            AlertState::Pending => false,
            AlertState::Firing => {
                self.state = AlertState::Inactive;
                self.resolved_at = Some(now);
                true
            }
            AlertState::Inactive => {
                let since = self.resolved_at.unwrap_or(now);
                now.saturating_sub(since) <= RESOLVED_RETENTION
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AlertState::{Firing, Inactive, Pending};
    use super::*;

    const SECOND: i64 = 1000;

    /// Steps: seconds, whether the element is there, and the state after, `None` for forgotten.
    fn walk(timing: Timing, steps: &[(i64, bool, Option<AlertState>)]) -> Alert {
        let start = steps.first().expect("a step").0 * SECOND;
        let mut alert = Alert::new(Labels::empty(), Vec::new(), 1.0, start);
        for (at, present, state) in steps {
            let kept = alert.step(*present, at * SECOND, timing);
            assert_eq!(kept.then_some(alert.state), *state, "at {at}s");
        }
        alert
    }

    const fn timing(hold: i64, keep_firing_for: i64) -> Timing {
        Timing { hold: hold * SECOND, keep_firing_for: keep_firing_for * SECOND }
    }

    #[test]
    fn fires_at_once_without_for() {
        let alert = walk(timing(0, 0), &[(10, true, Some(Firing))]);
        assert_eq!(alert.fired_at, Some(10 * SECOND));
    }

    #[test]
    fn fires_when_for_has_passed_and_not_a_millisecond_before() {
        let steps = [(0, true, Some(Pending)), (59, true, Some(Pending)), (60, true, Some(Firing))];
        let alert = walk(timing(60, 0), &steps);
        assert_eq!((alert.active_at, alert.fired_at), (0, Some(60 * SECOND)));
        let mut alert = Alert::new(Labels::empty(), Vec::new(), 1.0, 0);
        alert.step(true, 59_999, timing(60, 0));
        assert_eq!(alert.state, Pending);
        alert.step(true, 60_000, timing(60, 0));
        assert_eq!(alert.state, Firing);
    }

    #[test]
    fn pending_alerts_are_forgotten_at_once() {
        walk(timing(60, 0), &[(0, true, Some(Pending)), (30, false, None)]);
        // `keep_firing_for` is for alerts that fire.
        walk(timing(60, 600), &[(0, true, Some(Pending)), (30, false, None)]);
    }

    #[test]
    fn resolved_alerts_are_kept_for_fifteen_minutes() {
        let alert = walk(
            timing(0, 0),
            &[
                (0, true, Some(Firing)),
                (60, false, Some(Inactive)),
                (120, false, Some(Inactive)),
                (60 + 900, false, Some(Inactive)),
                (60 + 901, false, None),
            ],
        );
        assert_eq!(alert.resolved_at, Some(60 * SECOND));
    }

    #[test]
    fn keep_firing_for_begins_anew_when_the_element_is_back() {
        let alert = walk(
            timing(0, 120),
            &[
                (0, true, Some(Firing)),
                (60, false, Some(Firing)),
                (120, true, Some(Firing)),
                (180, false, Some(Firing)),
                (240, false, Some(Firing)),
                (300, false, Some(Inactive)),
            ],
        );
        assert_eq!(alert.resolved_at, Some(300 * SECOND));
        assert_eq!(alert.keep_firing_since, Some(180 * SECOND));
    }

    #[test]
    fn a_longer_for_makes_a_firing_alert_pending_again() {
        let mut alert = walk(timing(0, 0), &[(0, true, Some(Firing))]);
        alert.last_sent_at = Some(0);
        alert.step(true, 60 * SECOND, timing(120, 0));
        assert_eq!((alert.state, alert.fired_at, alert.last_sent_at), (Pending, None, None));
        alert.step(true, 120 * SECOND, timing(120, 0));
        assert_eq!((alert.state, alert.fired_at), (Firing, Some(120 * SECOND)));
    }

    #[test]
    fn a_clock_that_steps_back_fires_nothing_early() {
        walk(
            timing(60, 0),
            &[(100, true, Some(Pending)), (40, true, Some(Pending)), (160, true, Some(Firing))],
        );
    }
}
