//! Rule files that are read again.

use obs_alerts::rule::{AlertState, Group, Reloaded, reload};

use crate::support::{Bench, SECOND, alert, annotated, group, labelled, record};

impl Bench {
    /// Reads `groups` again, of which the bench's group is one.
    fn reload(self, groups: Vec<Group>) -> (Self, Vec<obs_alerts::rule::GroupState>) {
        let Self { store, group, settings } = self;
        let Reloaded { mut groups, gone } = reload(vec![group], groups, &settings);
        assert_eq!(groups.len(), 1, "{groups:?}");
        (Self { store, group: groups.remove(0), settings }, gone)
    }
}

#[test]
fn a_rule_keeps_its_alerts_while_its_name_and_labels_are_the_same() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 600)]));
    bench.put("up", 0, 0.0);
    bench.good(0);
    // Another expression, a shorter `for`, and an annotation.
    let rule = annotated(alert("Down", "up < 1", 60), &[("summary", "down")]);
    let (mut bench, gone) = bench.reload(vec![group(vec![record("one", "1"), rule])]);
    assert!(gone.is_empty());
    bench.good(60);
    let alert = bench.only_alert();
    assert_eq!((alert.state, alert.active_at), (AlertState::Firing, 0));
    assert_eq!(alert.annotations, [("summary".to_owned(), "down".to_owned())]);
    assert_eq!(bench.samples(r#"ALERTS_FOR_STATE{alertname="Down"}"#), "0s:0 60s:0");
}

#[test]
fn a_longer_for_makes_a_firing_alert_pending() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 0)]));
    bench.put("up", 0, 0.0);
    assert_eq!(bench.good(0).notifications.len(), 1);
    let (mut bench, _) = bench.reload(vec![group(vec![alert("Down", "up == 0", 120)])]);
    bench.good(60);
    assert_eq!(bench.only_alert().state, AlertState::Pending);
    // It counts from when it was first seen, and is told as one that was not sent before.
    assert_eq!(bench.good(120).notifications[0].starts_at, 120 * SECOND);
}

#[test]
fn the_series_of_a_rule_that_is_gone_are_ended() {
    let mut bench = Bench::new(group(vec![record("one", "1"), record("two", "2")]));
    bench.good(0);
    let (mut bench, gone) = bench.reload(vec![group(vec![record("two", "2 + 0")])]);
    assert!(gone.is_empty());
    bench.good(60);
    bench.good(120);
    assert_eq!(bench.samples("one"), "0s:1 60s:stale");
    assert_eq!(bench.samples("two"), "0s:2 60s:2 120s:2");
}

#[test]
fn other_labels_make_another_rule() {
    let rule = |team| labelled(alert("Down", "up == 0", 60), &[("team", team)]);
    let mut bench = Bench::new(group(vec![rule("web")]));
    bench.put("up", 0, 0.0);
    bench.good(0);
    let (mut bench, _) = bench.reload(vec![group(vec![rule("shop")])]);
    bench.good(60);
    assert_eq!(bench.only_alert().active_at, 60 * SECOND);
    let old = r#"ALERTS{alertname="Down", alertstate="pending", team="web"}"#;
    assert_eq!(bench.samples(old), "0s:1 60s:stale");
}

#[test]
fn of_rules_that_are_named_alike_the_first_goes_on_as_the_first() {
    let rules = |hold| {
        group(vec![
            alert("Down", r#"up{x="1"} == 0"#, hold),
            alert("Down", r#"up{x="2"} == 0"#, hold),
        ])
    };
    let mut bench = Bench::new(rules(600));
    bench.put(r#"up{x="1"}"#, 0, 0.0);
    bench.good(0);
    bench.put(r#"up{x="2"}"#, 60, 0.0);
    bench.good(60);
    let (mut bench, _) = bench.reload(vec![rules(601)]);
    bench.good(120);
    let since: Vec<_> = bench
        .group
        .rules()
        .flat_map(|(_, state)| state.active_alerts())
        .map(|alert| (alert.labels.get("x"), alert.active_at / SECOND))
        .collect();
    assert_eq!(since, [(Some("1"), 0), (Some("2"), 60)]);
}

#[test]
fn a_group_that_reads_as_before_goes_on_untouched() {
    let rules = || group(vec![alert("Down", "up==0", 60), record("text", r#""text""#)]);
    let mut bench = Bench::new(rules());
    bench.put("up", 0, 0.0);
    bench.at(0);
    // Its errors are there too, which a group that has changed begins without.
    let (bench, _) = bench.reload(vec![rules()]);
    assert_eq!(bench.errors(), ["rule result is not a vector or scalar"]);
    let mut changed = rules();
    changed.interval = Some(SECOND);
    let (bench, _) = bench.reload(vec![changed]);
    assert_eq!(bench.errors(), [""; 0]);
    assert_eq!(bench.only_alert().active_at, 0);
    assert_eq!(bench.group.last_evaluation(), Some(0));
}

#[test]
fn a_group_that_is_gone_ends_what_it_has_written() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 0), record("one", "1")]));
    bench.put("up", 0, 0.0);
    bench.good(0);
    let mut other = group(vec![record("one", "1")]);
    other.name = "other".to_owned();
    let (mut bench, gone) = bench.reload(vec![other]);
    let [gone] = <[_; 1]>::try_from(gone).expect("one group is gone");
    // Renamed: the new group writes the same series.
    bench.good(60);
    bench.good(120);
    gone.end(30 * SECOND, &mut bench.store, &bench.settings);
    assert_eq!(bench.samples(r#"ALERTS{alertname="Down", alertstate="firing"}"#), "0s:1 30s:stale");
    assert_eq!(bench.samples("one"), "0s:1 60s:1 120s:1");
}
