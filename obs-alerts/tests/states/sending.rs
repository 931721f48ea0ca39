//! What is given out for sending, and when.

use obs_alerts::rule::Notification;

use crate::support::{Bench, MINUTE, SECOND, alert, annotated, group};

/// Since when, until when, and whether it is over.
type Told = (i64, i64, bool);

fn told(notifications: &[Notification]) -> Vec<Told> {
    let told = |one: &Notification| (one.starts_at / SECOND, one.ends_at / SECOND, one.resolved);
    notifications.iter().map(told).collect()
}

#[test]
fn a_firing_alert_is_sent_again_and_a_resolved_one_for_fifteen_minutes() {
    let mut grouped = group(vec![alert("Down", "up == 0", 60)]);
    grouped.interval = Some(30 * SECOND);
    let mut bench = Bench::new(grouped);
    // (second, `up`, what is sent)
    let steps: [(i64, f64, &[Told]); 11] = [
        (0, 0.0, &[]),
        (30, 0.0, &[]),
        (60, 0.0, &[(60, 300, false)]),
        (90, 0.0, &[]),
        // A minute has passed, and no more: it waits for the next evaluation.
        (120, 0.0, &[]),
        (150, 0.0, &[(60, 390, false)]),
        (180, 1.0, &[(60, 180, true)]),
        (210, 1.0, &[]),
        (270, 1.0, &[(60, 180, true)]),
        (180 + 900, 1.0, &[(60, 180, true)]),
        (180 + 930, 1.0, &[]),
    ];
    for (at, up, sent) in steps {
        bench.put("up", at, up);
        assert_eq!(told(&bench.good(at).notifications), sent, "at {at}s");
    }
}

#[test]
fn what_is_sent_is_good_for_four_rounds_of_the_longer_of_interval_and_delay() {
    for (interval, delay, ends) in [(5, 1, 20), (1, 5, 20)] {
        let mut grouped = group(vec![alert("Down", "1", 0)]);
        grouped.interval = Some(interval * MINUTE);
        let mut bench = Bench::new(grouped);
        bench.settings.resend_delay = delay * MINUTE;
        assert_eq!(told(&bench.good(0).notifications), [(0, ends * 60, false)]);
    }
}

#[test]
fn a_notification_has_all_that_is_told_of_the_alert() {
    let rule = annotated(alert("Down", "up == 0", 0), &[("summary", "down")]);
    let mut bench = Bench::new(group(vec![rule]));
    bench.settings.external_url = "http://shop".to_owned();
    bench.put(r#"up{job="shop"}"#, 0, 0.0);
    let evaluation = bench.good(0);
    let [sent] = &*evaluation.notifications else { panic!("{evaluation:?}") };
    assert_eq!(sent.labels.to_string(), r#"{alertname="Down", job="shop"}"#);
    assert_eq!(sent.annotations, [("summary".to_owned(), "down".to_owned())]);
    assert_eq!(sent.generator_url, "http://shop/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
}
