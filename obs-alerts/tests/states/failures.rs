//! Rules that fail.

use obs_alerts::rule::{AlertState, Health};

use crate::support::{Bench, MINUTE, alert, group, labelled, record};

/// Fails when `b` is there twice.
const MATCHING: &str = "a * on (x) b > 0";

#[test]
fn a_rule_that_fails_leaves_alerts_and_series_as_they_are() {
    let mut bench = Bench::new(group(vec![alert("Down", MATCHING, 0), record("one", "1")]));
    bench.put(r#"a{x="1"}"#, 0, 1.0);
    bench.put(r#"b{x="1"}"#, 0, 1.0);
    bench.good(0);
    let before = bench.only_alert().clone();

    bench.put(r#"b{x="1", y="2"}"#, 1, 1.0);
    // Long after: a failed rule sends nothing, not even again.
    let failed = bench.at(120);
    assert_eq!(failed.failed, 1);
    assert_eq!(failed.notifications, []);
    assert_eq!(bench.only_alert(), &before);
    let alerts = r#"ALERTS{alertname="Down", alertstate="firing", x="1"}"#;
    assert_eq!(bench.samples(alerts), "0s:1");
    assert_eq!(bench.samples("one"), "0s:1 120s:1", "the next rule goes on");
    let health: Vec<_> = bench.group.rules().map(|(_, state)| state.health()).collect();
    assert_eq!(health, [Health::Bad, Health::Good]);
    let error = bench.errors().concat();
    assert!(error.contains("found duplicate series for the match group {x=\"1\"}"), "{error}");

    // The elements are older than five minutes: the rule is well again, and the alert over.
    bench.good(301 + 60);
    assert_eq!(bench.only_alert().state, AlertState::Inactive);
    assert_eq!(bench.samples(alerts), "0s:1 361s:stale");
}

#[test]
fn alerts_that_are_the_same_fail_the_rule() {
    let rule = labelled(alert("Down", "up == 0", 0), &[("instance", "")]);
    let mut bench = Bench::new(group(vec![rule]));
    bench.put(r#"up{instance="a"}"#, 0, 0.0);
    bench.good(0);
    bench.put(r#"up{instance="b"}"#, 60, 0.0);
    bench.at(60);
    assert_eq!(
        bench.errors(),
        [concat!(
            "vector contains metrics with the same labelset after applying alert labels: ",
            r#"{alertname="Down"}"#
        )]
    );
    assert_eq!(bench.only_alert().value, 0.0);
    assert_eq!(bench.only_alert().active_at, 0);
}

#[test]
fn series_that_are_the_same_fail_the_rule() {
    let rule = labelled(record("job:up", "up"), &[("instance", "")]);
    let mut bench = Bench::new(group(vec![rule]));
    bench.put(r#"up{instance="a"}"#, 0, 0.0);
    bench.put(r#"up{instance="b"}"#, 0, 0.0);
    bench.at(0);
    assert_eq!(
        bench.errors(),
        ["vector contains metrics with the same labelset after applying rule labels: job:up"]
    );
    assert_eq!(bench.samples("job:up"), "no series");
}

#[test]
fn more_alerts_than_the_limit_are_none() {
    let mut grouped = group(vec![alert("Down", "up == 0", 0)]);
    grouped.limit = 1;
    let mut bench = Bench::new(grouped);
    bench.put(r#"up{instance="a"}"#, 0, 0.0);
    bench.good(0);
    bench.put(r#"up{instance="b"}"#, 60, 0.0);
    let evaluation = bench.at(60);
    assert_eq!(bench.errors(), ["exceeded limit of 1 with 2 alerts"]);
    assert_eq!(bench.states(), [""; 0]);
    assert_eq!(evaluation.notifications, []);
    // As after every failure, no series is ended.
    let alerts = r#"ALERTS{alertname="Down", alertstate="firing", instance="a"}"#;
    assert_eq!(bench.samples(alerts), "0s:1");
    bench.put(r#"up{instance="b"}"#, 120, 1.0);
    bench.good(120);
    assert_eq!(bench.only_alert().active_at, 2 * MINUTE);
}

#[test]
fn more_series_than_the_limit_are_not_recorded() {
    let mut grouped = group(vec![record("all:up", "up")]);
    grouped.limit = 1;
    let mut bench = Bench::new(grouped);
    bench.put(r#"up{instance="a"}"#, 0, 0.0);
    bench.good(0);
    bench.put(r#"up{instance="b"}"#, 60, 0.0);
    bench.at(60);
    assert_eq!(bench.errors(), ["exceeded limit of 1 with 2 series"]);
    assert_eq!(bench.samples(r#"all:up{instance="a"}"#), "0s:0");
}

#[test]
fn a_value_that_is_no_vector_fails_the_rule() {
    let mut bench = Bench::new(group(vec![record("text", r#""text""#)]));
    bench.at(0);
    assert_eq!(bench.errors(), ["rule result is not a vector or scalar"]);
}

#[test]
fn a_sample_that_is_not_taken_is_an_error_and_the_others_are_written() {
    let mut bench = Bench::new(group(vec![record("copy", "up")]));
    bench.put(r#"up{instance="a"}"#, 0, 1.0);
    bench.put(r#"up{instance="b"}"#, 0, 1.0);
    bench.put(r#"copy{instance="a"}"#, 0, 7.0);
    bench.at(0);
    assert_eq!(bench.errors(), [r#"duplicate sample for timestamp: copy{instance="a"}"#]);
    assert_eq!(bench.samples(r#"copy{instance="b"}"#), "0s:1");
    bench.put(r#"copy{instance="a"}"#, 90, 7.0);
    bench.at(60);
    assert_eq!(bench.errors(), [r#"out of order sample: copy{instance="a"}"#]);
}
