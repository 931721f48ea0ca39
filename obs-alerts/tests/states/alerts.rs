//! The states of alerts, and what alerts say.

use obs_alerts::rule::AlertState::{Firing, Inactive, Pending};

use crate::support::{Bench, MINUTE, SECOND, alert, annotated, group, keep_firing, labelled};

#[test]
fn an_alert_is_pending_fires_and_resolves() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 120)]));
    // (second, value of `up`, states after)
    let steps: [(i64, f64, &[&str]); 7] = [
        (0, 1.0, &[]),
        (60, 0.0, &[r#"{alertname="Down", job="shop"} pending"#]),
        (120, 0.0, &[r#"{alertname="Down", job="shop"} pending"#]),
        (180, 0.0, &[r#"{alertname="Down", job="shop"} firing"#]),
        (240, 1.0, &[r#"{alertname="Down", job="shop"} inactive"#]),
        (240 + 900, 1.0, &[r#"{alertname="Down", job="shop"} inactive"#]),
        (240 + 901, 1.0, &[]),
    ];
    for (at, up, states) in steps {
        bench.put(r#"up{job="shop"}"#, at, up);
        bench.good(at);
        assert_eq!(bench.states(), states, "at {at}s");
    }
    assert_eq!(
        bench.samples(r#"ALERTS{alertname="Down", alertstate="pending", job="shop"}"#),
        "60s:1 120s:1 180s:stale"
    );
    assert_eq!(
        bench.samples(r#"ALERTS{alertname="Down", alertstate="firing", job="shop"}"#),
        "180s:1 240s:stale"
    );
    assert_eq!(
        bench.samples(r#"ALERTS_FOR_STATE{alertname="Down", job="shop"}"#),
        "60s:60 120s:60 180s:60 240s:stale"
    );
    let inactive = r#"ALERTS{alertname="Down", alertstate="inactive", job="shop"}"#;
    assert_eq!(bench.samples(inactive), "no series");
}

#[test]
fn a_pending_alert_that_goes_begins_anew() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 120)]));
    for (at, up) in [(0, 0.0), (60, 1.0), (120, 0.0), (180, 0.0)] {
        bench.put("up", at, up);
        bench.good(at);
    }
    assert_eq!((bench.only_alert().state, bench.only_alert().active_at), (Pending, 120 * SECOND));
    bench.put("up", 240, 0.0);
    bench.good(240);
    assert_eq!(bench.only_alert().state, Firing);
}

#[test]
fn an_alert_that_is_back_while_the_old_one_is_kept_is_a_new_one() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 60)]));
    for (at, up) in [(0, 0.0), (60, 0.0), (120, 1.0)] {
        bench.put("up", at, up);
        bench.good(at);
    }
    assert_eq!(bench.only_alert().state, Inactive);
    bench.put("up", 180, 0.0);
    bench.good(180);
    let alert = bench.only_alert();
    assert_eq!((alert.state, alert.active_at), (Pending, 180 * SECOND));
    assert_eq!((alert.fired_at, alert.resolved_at, alert.last_sent_at), (None, None, None));
}

#[test]
fn keep_firing_for_freezes_value_and_annotations() {
    let rule = keep_firing(alert("Slow", "latency > 1", 0), 120);
    let rule = annotated(rule, &[("summary", "{{ $value }}")]);
    let mut bench = Bench::new(group(vec![rule]));
    let summary = |bench: &Bench| {
        let alert = bench.only_alert();
        (alert.state, alert.value, alert.annotations[0].1.clone())
    };
    // (second, latency, state, value, annotation)
    let steps = [
        (0, 2.0, (Firing, 2.0, "2")),
        (60, 3.0, (Firing, 3.0, "3")),
        (120, 0.5, (Firing, 3.0, "3")),
        (180, 0.5, (Firing, 3.0, "3")),
        (240, 0.5, (Inactive, 3.0, "3")),
    ];
    for (at, latency, (state, value, text)) in steps {
        bench.put("latency", at, latency);
        bench.good(at);
        assert_eq!(summary(&bench), (state, value, text.to_owned()), "at {at}s");
    }
    assert_eq!(
        bench.samples(r#"ALERTS{alertname="Slow", alertstate="firing"}"#),
        "0s:1 60s:1 120s:1 180s:1 240s:stale"
    );
}

#[test]
fn labels_are_templates_that_override_the_elements() {
    let rule = labelled(
        alert("Slow", "latency", 0),
        &[
            ("alertname", "overridden"),
            ("code", ""),
            ("host", "{{ $labels.instance }}"),
            ("instance", "none"),
        ],
    );
    let mut grouped = group(vec![rule]);
    grouped.labels = vec![("host".into(), "unused".into()), ("team".into(), "web".into())];
    let mut bench = Bench::new(grouped);
    bench.put(r#"latency{instance="a:1", code="500"}"#, 0, 1.0);
    bench.good(0);
    let labels = r#"{alertname="Slow", host="a:1", instance="none", team="web"}"#;
    assert_eq!(bench.only_alert().labels.to_string(), labels);
    let alerts =
        r#"ALERTS{alertname="Slow", alertstate="firing", host="a:1", instance="none", team="web"}"#;
    assert_eq!(bench.samples(alerts), "0s:1");
}

#[test]
fn annotations_are_rendered_at_every_evaluation() {
    let rule = annotated(
        alert("Slow", "latency", 600),
        &[("empty", ""), ("text", "{{ $labels.job }}: {{ $value }}")],
    );
    let mut bench = Bench::new(group(vec![rule]));
    for (at, latency, text) in [(0, 1.5, "shop: 1.5"), (60, 2.5, "shop: 2.5")] {
        bench.put(r#"latency{job="shop"}"#, at, latency);
        bench.good(at);
        let alert = bench.only_alert();
        let annotations = [("empty".to_owned(), String::new()), ("text".into(), text.to_owned())];
        assert_eq!(alert.annotations, annotations, "at {at}s");
        assert_eq!((alert.value, alert.active_at), (latency, 0));
    }
}

#[test]
fn a_number_is_an_alert_without_labels() {
    let mut bench = Bench::new(group(vec![alert("Always", "1", 0)]));
    bench.good(0);
    assert_eq!(bench.states(), [r#"{alertname="Always"} firing"#]);
}

#[test]
fn query_offset_moves_the_look_and_the_series_but_not_the_alert() {
    let mut grouped = group(vec![alert("Down", "up == 0", 60)]);
    grouped.query_offset = Some(30 * SECOND);
    let mut bench = Bench::new(grouped);
    bench.put("up", 0, 1.0);
    bench.put("up", 60, 0.0);
    // At 60 the group looks at second 30, when all was well.
    bench.good(60);
    assert_eq!(bench.states(), [""; 0]);
    bench.good(120);
    assert_eq!(bench.only_alert().active_at, 2 * MINUTE);
    bench.good(180);
    assert_eq!(bench.only_alert().fired_at, Some(3 * MINUTE));
    bench.put("up", 181, 1.0);
    bench.good(240);
    assert_eq!(bench.only_alert().resolved_at, Some(4 * MINUTE));
    let pending = r#"ALERTS{alertname="Down", alertstate="pending"}"#;
    assert_eq!(bench.samples(pending), "90s:1 150s:stale");
    let firing = r#"ALERTS{alertname="Down", alertstate="firing"}"#;
    assert_eq!(bench.samples(firing), "150s:1 210s:stale");
    assert_eq!(
        bench.samples(r#"ALERTS_FOR_STATE{alertname="Down"}"#),
        "90s:120 150s:120 210s:stale"
    );
}

#[test]
fn the_default_offset_is_for_groups_that_name_none() {
    let mut bench = Bench::new(group(vec![alert("Down", "up == 0", 0)]));
    bench.settings.query_offset = 30 * SECOND;
    bench.put("up", 0, 0.0);
    bench.good(60);
    assert_eq!(bench.samples(r#"ALERTS{alertname="Down", alertstate="firing"}"#), "30s:1");
}

#[test]
fn a_query_in_a_template_looks_at_the_time_of_the_evaluation() {
    let rule = annotated(
        alert("Down", "up == 0", 0),
        &[("now", r#"{{ query "level" | first | value }}"#), ("wrong", "{{ query 1 }}")],
    );
    let mut grouped = group(vec![rule]);
    grouped.query_offset = Some(30 * SECOND);
    let mut bench = Bench::new(grouped);
    bench.put("up", 0, 0.0);
    bench.put("level", 0, 1.0);
    bench.put("level", 60, 2.0);
    bench.good(60);
    let annotations = &bench.only_alert().annotations;
    assert_eq!(annotations[0].1, "2");
    // A template that fails does not keep the alert from firing.
    let wrong = &annotations[1].1;
    assert!(wrong.starts_with("<error expanding template: "), "{wrong}");
    assert!(wrong.contains("__alert_Down"), "{wrong}");
}
