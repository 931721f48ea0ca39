//! What rules write.

use crate::support::{Bench, alert, group, labelled, record};

#[test]
fn a_rule_reads_what_the_rule_before_it_has_written() {
    let mut bench = Bench::new(group(vec![
        record("job:errors:sum", "sum by (job) (errors)"),
        record("job:errors:double", "job:errors:sum * 2"),
        alert("Errors", "job:errors:double > 5", 0),
        alert("Chained", r#"ALERTS{alertname="Errors", alertstate="firing"}"#, 0),
    ]));
    bench.put(r#"errors{job="shop", instance="a"}"#, 0, 1.0);
    bench.put(r#"errors{job="shop", instance="b"}"#, 0, 2.0);
    let evaluation = bench.good(0);
    assert_eq!((evaluation.samples, evaluation.failed), (6, 0));
    assert_eq!(bench.samples(r#"job:errors:double{job="shop"}"#), "0s:6");
    assert_eq!(
        bench.states(),
        [
            r#"{alertname="Errors", job="shop"} firing"#,
            r#"{alertname="Chained", alertstate="firing", job="shop"} firing"#
        ]
    );
}

#[test]
fn a_rule_does_not_read_what_comes_after_it() {
    let mut bench = Bench::new(group(vec![record("later:one", "one + 1"), record("one", "1")]));
    bench.good(0);
    assert_eq!(bench.samples("later:one"), "no series");
    bench.good(60);
    assert_eq!(bench.samples("later:one"), "60s:2");
}

#[test]
fn recorded_series_have_the_rules_name_and_labels() {
    let rule = labelled(record("job:up", "up"), &[("env", "test"), ("instance", "")]);
    let mut bench = Bench::new(group(vec![rule]));
    bench.put(r#"up{job="shop", instance="a", env="prod"}"#, 0, 1.0);
    bench.good(0);
    assert_eq!(bench.samples(r#"job:up{env="test", job="shop"}"#), "0s:1");
}

#[test]
fn a_recorded_series_that_goes_is_ended() {
    let mut bench = Bench::new(group(vec![record("bad", "up == 0")]));
    for (at, up) in [(0, 0.0), (60, 1.0), (120, 1.0), (180, 0.0)] {
        bench.put("up", at, up);
        bench.good(at);
    }
    assert_eq!(bench.samples("bad"), "0s:0 60s:stale 180s:0");
}

#[test]
fn a_series_that_goes_over_to_another_rule_is_not_ended() {
    let mut bench = Bench::new(group(vec![record("level", "up == 1"), record("level", "up == 0")]));
    for (at, up) in [(0, 1.0), (60, 0.0), (120, 1.0)] {
        bench.put("up", at, up);
        bench.at(at);
    }
    // The first rule ends the series before the second one writes it, which is too late then; the
    // other way round the marker is too late.
    assert_eq!(bench.samples("level"), "0s:1 60s:stale 120s:1");
}
