//! Lines of services that do what nobody should, and of clients that mean no good.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use obs_core::log::{EcsLayer, EcsLayerBuilder, RateLimit, Redaction, Sampling, json};
use serde_json::{Map, Value};
use tracing::{error, info, info_span};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

#[path = "support/unique.rs"]
mod unique;

/// The lines that came out of a layer.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    fn layer(&self, layer: EcsLayerBuilder) -> EcsLayer {
        let Self(to) = self.clone();
        layer.build(move |_, line| {
            let line = str::from_utf8(line).expect("lines are UTF-8");
            let line = line.strip_suffix('\n').expect("a line ends");
            assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
            to.lock().expect("no test panics with it").push(line.to_owned());
        })
    }

    fn raw(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panics with it"))
    }

    fn read(&self) -> Vec<Map<String, Value>> {
        self.raw().iter().map(|line| unique::object(line)).collect()
    }
}

fn lines_of(layer: EcsLayerBuilder, log: impl FnOnce()) -> Vec<Map<String, Value>> {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::registry().with(lines.layer(layer));
    tracing::subscriber::with_default(subscriber, log);
    lines.read()
}

fn line_of(log: impl FnOnce()) -> Value {
    let mut lines = lines_of(EcsLayer::builder("shop"), log);
    assert_eq!(lines.len(), 1, "{lines:?}");
    Value::Object(labels(lines.remove(0)))
}

/// What a line has besides what every line has.
fn labels(mut line: Map<String, Value>) -> Map<String, Value> {
    line.retain(|key, _| {
        let of_all = ["@timestamp", "message", "ecs.version", "service.name", "event.dataset"];
        !of_all.contains(&key.as_str()) && !key.starts_with("log.")
    });
    line
}

macro_rules! fields {
    ($($json:tt)*) => { serde_json::json!({ $($json)* }) };
}

#[test]
fn each_of_two_layers_has_its_own_say_about_a_span() {
    let (open, closed) = (Lines::default(), Lines::default());
    let subscriber = tracing_subscriber::registry()
        .with(closed.layer(EcsLayer::builder("shop")))
        .with(open.layer(EcsLayer::builder("shop").redaction(Redaction::new().without_keys())));
    tracing::subscriber::with_default(subscriber, || {
        let outer =
            info_span!("outer", password = "hunter2", pin = tracing::field::Empty).entered();
        let _inner = info_span!("inner", token = "hunter3").entered();
        outer.record("pin", 1);
        info!("in both");
    });
    let [open, closed] = [open, closed].map(|lines| Value::Object(labels(lines.read().remove(0))));
    assert_eq!(
        open,
        fields! { "labels.token": "hunter3", "labels.password": "hunter2", "numeric_labels.pin": 1 }
    );
    assert_eq!(
        closed,
        fields! { "labels.token": "[redacted]", "labels.password": "[redacted]", "numeric_labels.pin": 1 }
    );
}

#[test]
fn a_span_that_the_layer_did_not_see_is_passed_over() {
    let lines = Lines::default();
    let layer = lines.layer(EcsLayer::builder("shop"));
    let (reload, handle) = tracing_subscriber::reload::Layer::new(Some(layer.clone()));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(reload), || {
        let _outer = info_span!("outer", outer = 1).entered();
        handle.reload(None).expect("the subscriber is there");
        let middle = info_span!("middle", middle = 1).entered();
        handle.reload(Some(layer)).expect("the subscriber is there");
        middle.record("middle", 2);
        info!("in the middle");
        let _inner = info_span!("inner", inner = 1).entered();
        info!("within");
    });
    let lines: Vec<_> = lines.read().into_iter().map(|line| Value::Object(labels(line))).collect();
    assert_eq!(
        lines,
        [
            fields! { "numeric_labels.outer": 1 },
            fields! { "numeric_labels.inner": 1, "numeric_labels.outer": 1 },
        ]
    );
}

#[test]
fn structured_values_that_a_span_records_take_the_place_of_their_own_old_ones() {
    use tracing::field::Empty;
    let lines = lines_of(EcsLayer::builder("shop"), || {
        let span = info_span!("span", a = Empty, b = Empty).entered();
        span.record("a", json(&fields! { "x": 1, "y": 1 }));
        span.record("b", json(&fields! { "z": 1 }));
        info!("both");
        span.record("b", json(&fields! { "z": 2 }));
        info!("both, b changed");
        span.record("a", json(&fields! { "x": 2 }));
        info!("a changed");
        span.record("a", 5);
        info!("a is a number");
    });
    let lines: Vec<_> = lines.into_iter().map(|line| Value::Object(labels(line))).collect();
    assert_eq!(
        lines,
        [
            fields! { "numeric_labels.a_x": 1, "numeric_labels.a_y": 1, "numeric_labels.b_z": 1 },
            fields! { "numeric_labels.a_x": 1, "numeric_labels.a_y": 1, "numeric_labels.b_z": 2 },
            fields! { "numeric_labels.a_x": 2, "numeric_labels.b_z": 2 },
            fields! { "numeric_labels.a": 5, "numeric_labels.b_z": 2 },
        ]
    );
}

#[derive(Debug)]
struct Caused;

impl fmt::Display for Caused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("caused")
    }
}

impl std::error::Error for Caused {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&fmt::Error)
    }
}

#[test]
fn the_causes_of_one_error_do_not_stand_with_the_message_of_another() {
    let caused: &(dyn std::error::Error + 'static) = &Caused;
    let lines = lines_of(EcsLayer::builder("shop"), || {
        let span = info_span!("span", error = caused).entered();
        info!("of the span");
        error!(error = "of the event");
        span.record("error", "of the span, later");
        info!("of the span, later");
    });
    let lines: Vec<_> = lines.into_iter().map(|line| Value::Object(labels(line))).collect();
    let trace = format!("caused\ncaused by: {}", fmt::Error);
    assert_eq!(
        lines,
        [
            fields! { "error.message": "caused", "error.stack_trace": trace },
            fields! { "error.message": "of the event" },
            fields! { "error.message": "of the span, later" },
        ]
    );
}

#[test]
fn what_a_span_recorded_a_million_times_is_there_once() {
    use tracing::field::Empty;
    let line = line_of(|| {
        let span = info_span!("span", http.response.status_code = 200, n = Empty).entered();
        for n in 0..1_000_000 {
            span.record("n", n);
        }
        span.record("http.response.status_code", "teapot");
        info!("done");
    });
    let want =
        fields! { "numeric_labels.n": 999_999, "labels.http_response_status_code": "teapot" };
    assert_eq!(line, want);
}

#[test]
fn a_list_without_end_is_cut_and_leaves_room_for_others() {
    let texts = vec!["word"; 100_000];
    let numbers = vec![12_345; 100_000];
    let mixed: Vec<_> = (0..100_000).map(|n| (n, "word")).collect();
    for list in [json(&texts), json(&numbers), json(&mixed), json(&fields! { "of": texts })] {
        let line = line_of(|| info!(before = 1, list, after = 2));
        assert_eq!(line["numeric_labels.before"], 1);
        assert_eq!(line["numeric_labels.after"], 2, "{line}");
        assert_eq!(line["labels.log_truncated"], "true");
        assert_eq!(line.as_object().unwrap().len(), 4, "{line}");
    }
}

#[test]
fn a_value_that_cannot_be_serialised_says_so() {
    struct Panics;
    impl serde::Serialize for Panics {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            std::panic::resume_unwind(Box::new("no"));
        }
    }
    let line = line_of(|| info!(value = json(&Panics), other = 1));
    assert_eq!(line["numeric_labels.other"], 1);
    assert_eq!(line["labels.value"], "serialising it panicked");
}

#[test]
fn a_secret_is_no_part_of_a_name() {
    let token = "ghp_0123456789abcdefghijABCDEFGHIJ";
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P";
    let line = line_of(|| info!(by = json(&fields! { token: 1, jwt: { "a": 2 } })));
    let text = line.to_string();
    assert!(!text.contains("0123456789") && !text.contains("eyJ"), "{text}");
    assert_eq!(line["numeric_labels.by_redacted_a"], 2, "{text}");
}

#[test]
fn names_hide_values_in_json_that_is_text() {
    let secret = fields! { "list": [{ "password": "hunter2" }] };
    let keys_only = || EcsLayer::builder("shop").redaction(Redaction::new().without_values());
    let lines = lines_of(keys_only(), || {
        info!(value = json(&secret));
        info!(message = json(&secret));
    });
    assert_eq!(lines[0]["labels.value_list"], r#"[{"password":"[redacted]"}]"#);
    assert_eq!(lines[1]["message"], r#"{"list":[{"password":"[redacted]"}]}"#);
}

#[test]
fn a_message_that_panics_is_no_longer_than_others() {
    struct Panics;
    impl fmt::Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&"x".repeat(4000))?;
            std::panic::resume_unwind(Box::new("no"));
        }
    }
    let lines = Lines::default();
    let layer = lines.layer(EcsLayer::builder("shop").line_limit(1024));
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::with_default(subscriber, || info!("{Panics}"));
    let line = lines.raw().remove(0);
    assert!(line.len() < 1024, "{}", line.len());
    assert_eq!(unique::object(&line)["labels.log_truncated"], "true");
}

#[test]
fn ten_thousand_spans_within_each_other() {
    let lines = lines_of(EcsLayer::builder("shop"), || {
        let mut spans = vec![info_span!("outermost", outermost = 1)];
        for n in 0..10_000 {
            let outer = spans.last().expect("one is there");
            spans.push(info_span!(parent: outer, "inner", n));
        }
        spans.last().expect("one is there").in_scope(|| info!("deep within"));
        // One by one: the registry closes a span within the end of the last one in it. Were all but
        // the innermost closed before, the stack would overflow whatever layers there are.
        while let Some(span) = spans.pop() {
            drop(span);
        }
    });
    assert_eq!(lines.len(), 1);
    for line in lines {
        assert_eq!(
            (&line["numeric_labels.n"], &line["numeric_labels.outermost"]),
            (&9999.into(), &1.into())
        );
    }
}

#[test]
fn the_anchors_of_the_audit_log_are_all_there() {
    let layer = EcsLayer::builder("shop")
        .sampling(
            Sampling::new().level(tracing::Level::INFO, u32::MAX).target("obs_core", u32::MAX),
        )
        .rate_limit(RateLimit::per_second(1).burst(1).errors())
        .fold();
    let lines = lines_of(layer, || {
        for _ in 0..100 {
            info!(target: "obs_core::audit", head = "4:ab", "audit log: anchor");
        }
    });
    assert_eq!(lines.len(), 100);
    assert!(lines.iter().all(|line| line["message"] == "audit log: anchor"));
}

#[test]
fn a_line_that_tells_of_repeated_ones_says_which() {
    let lines = lines_of(EcsLayer::builder("shop").fold(), || {
        for _ in 0..3 {
            info!(target: "shop::cache", "miss");
        }
        info!("done");
    });
    let (miss, told) = (&lines[0], &lines[1]);
    assert_eq!(told["numeric_labels.log_repeated"], 2);
    for key in ["log.logger", "log.origin.file.name", "log.origin.file.line"] {
        assert_eq!(told[key], miss[key], "{told:?}");
    }
}

#[test]
fn what_a_limit_held_back_adds_up_whatever_threads_there_are() {
    const EACH: u64 = 20_000;
    let lines = Lines::default();
    // A microsecond goes by with each event.
    let clock = Arc::new(AtomicU64::new(1_000_000));
    let now = clock.clone();
    let layer = EcsLayer::builder("shop")
        .rate_limit(RateLimit::per_second(100_000).burst(10))
        .clock(move || UNIX_EPOCH + Duration::from_micros(now.fetch_add(1, Ordering::Relaxed)));
    let subscriber = tracing_subscriber::registry().with(lines.layer(layer));
    let dispatch = tracing::Dispatch::new(subscriber);
    let log = || info!(n = 1, "one of many");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                tracing::dispatcher::with_default(&dispatch, || (0..EACH).for_each(|_| log()));
            });
        }
    });
    clock.fetch_add(60_000_000, Ordering::Relaxed);
    tracing::dispatcher::with_default(&dispatch, log);
    let lines = lines.read();
    let held: u64 =
        lines.iter().filter_map(|line| line.get("numeric_labels.log_suppressed")?.as_u64()).sum();
    assert_eq!(lines.len() as u64 + held, 4 * EACH + 1);
    assert!(held > EACH, "{held}");
}

#[test]
fn a_filter_of_the_layer_s_own_leaves_out_spans_and_no_more() {
    let lines = Lines::default();
    let layer = lines.layer(EcsLayer::builder("shop"));
    let other = Lines::default();
    let subscriber = tracing_subscriber::registry()
        .with(layer.with_filter(filter_fn(|metadata| metadata.name() != "hidden")))
        .with(other.layer(EcsLayer::builder("shop")));
    tracing::subscriber::with_default(subscriber, || {
        let shown = info_span!("shown", shown = 1).entered();
        let _hidden = info_span!("hidden", hidden = 1).entered();
        let _inner = info_span!("inner", inner = 1).entered();
        info!("within");
        info!(parent: None, "of no span");
        let follows = info_span!(parent: None, "follows", follows = 1);
        follows.follows_from(&*shown);
        info!(parent: &follows, "of one that follows");
    });
    let all = |lines: Lines| {
        let lines = lines.read().into_iter();
        lines.map(|line| Value::Object(labels(line))).collect::<Vec<_>>()
    };
    let alone = [fields! {}, fields! { "numeric_labels.follows": 1 }];
    let [within, rest @ ..] = &*all(lines) else { panic!("no lines") };
    assert_eq!(within, &fields! { "numeric_labels.inner": 1, "numeric_labels.shown": 1 });
    assert_eq!(rest, alone);
    let [within, rest @ ..] = &*all(other) else { panic!("no lines") };
    assert_eq!(
        within,
        &fields! { "numeric_labels.inner": 1, "numeric_labels.hidden": 1, "numeric_labels.shown": 1 }
    );
    assert_eq!(rest, alone);
}
