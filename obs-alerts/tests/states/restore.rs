//! Alerts after a restart.

use obs_alerts::rule::{AlertState, GroupState};

use crate::support::{Bench, MINUTE, alert, group, labelled};

/// A group that starts on the store of another, with `up` at 0 all the time.
struct Restart {
    /// `for`, in minutes.
    hold: i64,
    /// When the alert was first seen, and the last evaluation before the end, in minutes.
    before: (i64, i64),
    /// When the group starts, in minutes.
    start: i64,
}

impl Restart {
    fn bench(&self) -> Bench {
        let rule =
            labelled(alert("Down", "up == 0", self.hold * 60), &[("job", "{{ $labels.job }}")]);
        let grouped = group(vec![rule]);
        let mut bench = Bench::new(grouped.clone());
        let (first, last) = self.before;
        for minute in first..=last {
            bench.put(r#"up{job="shop"}"#, minute * 60, 0.0);
            bench.good(minute * 60);
        }
        bench.group = GroupState::new(grouped, &bench.settings);
        bench
    }

    /// Minutes since when the alert counts as active, after two evaluations and the restore.
    fn active_at(&self) -> i64 {
        let mut bench = self.bench();
        for minute in [self.start, self.start + 1] {
            bench.put(r#"up{job="shop"}"#, minute * 60, 0.0);
            bench.good(minute * 60);
        }
        let now = (self.start + 1) * MINUTE;
        bench.group.restore(now, &bench.store, &bench.settings).expect("a store in memory answers");
        bench.only_alert().active_at / MINUTE
    }
}

#[test]
fn the_time_of_the_outage_does_not_count() {
    // Active for 5 of 30 minutes, then away for 21.
    let restart = Restart { hold: 30, before: (0, 5), start: 25 };
    assert_eq!(restart.active_at(), 21);
}

#[test]
fn less_than_the_grace_period_is_left_is_made_the_grace_period() {
    // 2 of 30 minutes are left: it fires ten minutes after the restore at minute 36.
    let restart = Restart { hold: 30, before: (0, 28), start: 35 };
    assert_eq!(restart.active_at(), 36 + 10 - 30);
}

#[test]
fn what_was_firing_fires_at_the_next_evaluation() {
    let restart = Restart { hold: 10, before: (0, 12), start: 20 };
    assert_eq!(restart.active_at(), 0);
    let mut bench = restart.bench();
    bench.put(r#"up{job="shop"}"#, 20 * 60, 0.0);
    bench.good(20 * 60);
    assert_eq!(bench.only_alert().state, AlertState::Pending);
    bench.group.restore(20 * MINUTE, &bench.store, &bench.settings).unwrap();
    bench.good(21 * 60);
    assert_eq!(bench.only_alert().state, AlertState::Firing);
}

#[test]
fn alerts_with_a_for_below_the_grace_period_begin_anew() {
    let restart = Restart { hold: 9, before: (0, 5), start: 20 };
    assert_eq!(restart.active_at(), 20);
}

#[test]
fn what_is_older_than_the_tolerance_begins_anew() {
    // The last state is of minute 5, the restore at 65 or 66: exactly an hour is not too much.
    assert_eq!(Restart { hold: 30, before: (0, 5), start: 64 }.active_at(), 60);
    assert_eq!(Restart { hold: 30, before: (0, 5), start: 65 }.active_at(), 65);
}

#[test]
fn an_alert_that_had_ended_begins_anew() {
    let restart = Restart { hold: 30, before: (0, 5), start: 20 };
    let mut bench = restart.bench();
    // The process before saw it end.
    let series = r#"ALERTS_FOR_STATE{alertname="Down", job="shop"}"#;
    bench.put(series, 6 * 60, obs_promql::STALE);
    bench.put(r#"up{job="shop"}"#, 20 * 60, 0.0);
    bench.good(20 * 60);
    bench.group.restore(20 * MINUTE, &bench.store, &bench.settings).unwrap();
    assert_eq!(bench.only_alert().active_at, 20 * MINUTE);
}

#[test]
fn no_state_is_written_before_it_is_restored() {
    let restart = Restart { hold: 30, before: (0, 5), start: 20 };
    let mut bench = restart.bench();
    let pending = r#"ALERTS{alertname="Down", alertstate="pending", job="shop"}"#;
    let written = "0s:1 60s:1 120s:1 180s:1 240s:1 300s:1";
    bench.put(r#"up{job="shop"}"#, 20 * 60, 0.0);
    bench.good(20 * 60);
    assert_eq!(bench.samples(pending), written);
    bench.group.restore(20 * MINUTE, &bench.store, &bench.settings).unwrap();
    bench.good(21 * 60);
    assert_eq!(bench.samples(pending), format!("{written} 1260s:1"));
    // Shifted by the fifteen minutes that nothing was known.
    let state = r#"ALERTS_FOR_STATE{alertname="Down", job="shop"}"#;
    assert!(bench.samples(state).ends_with(" 1260s:900"), "{}", bench.samples(state));
}
