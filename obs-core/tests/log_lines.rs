//! What a line says: one event in, one JSON object out.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use obs_core::log::{EcsLayer, EcsLayerBuilder, json};
use obs_core::trace::{self, TraceContext};
use serde_json::{Map, Value};
use tracing::{debug, error, info, info_span, trace, warn};
use tracing_subscriber::prelude::*;

#[path = "support/unique.rs"]
mod unique;

/// The lines that `log` makes, each checked to be one object with unique keys.
fn lines_of(layer: EcsLayerBuilder, log: impl FnOnce()) -> Vec<Map<String, Value>> {
    raw_lines_of(layer, log).iter().map(|line| unique::object(line)).collect()
}

fn raw_lines_of(layer: EcsLayerBuilder, log: impl FnOnce()) -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let to = lines.clone();
    let layer = layer.build(move |_, line| {
        let line = str::from_utf8(line).expect("lines are UTF-8");
        let line = line.strip_suffix('\n').expect("a line ends");
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        to.lock().expect("no test panics with it").push(line.to_owned());
    });
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), log);
    std::mem::take(&mut *lines.lock().expect("no test panics with it"))
}

fn layer() -> EcsLayerBuilder {
    let time = SystemTime::UNIX_EPOCH + Duration::new(1_795_399_507, 123_456_789);
    EcsLayer::builder("shop").clock(move || time)
}

/// The only line that `log` makes.
fn line_of(log: impl FnOnce()) -> Map<String, Value> {
    let mut lines = lines_of(layer(), log);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

/// What a line has besides what every line has.
fn fields(mut line: Map<String, Value>) -> Value {
    line.retain(|key, _| {
        !matches!(
            key.as_str(),
            "@timestamp"
                | "log.level"
                | "message"
                | "ecs.version"
                | "service.name"
                | "event.dataset"
        ) && !key.starts_with("log.")
    });
    Value::Object(line)
}

macro_rules! fields {
    ($($json:tt)*) => { serde_json::json!({ $($json)* }) };
}

#[test]
fn a_line_in_full() {
    let lines = raw_lines_of(layer(), || {
        let _request =
            info_span!("request", http.request.method = "GET", tenant = "acme").entered();
        info!(order.id = 42, total = 12.5, paid = true, "order placed");
    });
    assert_eq!(
        lines,
        [concat!(
            r#"{"@timestamp":"2026-11-23T02:05:07.123456789Z","log.level":"info","message":"order placed","#,
            r#""ecs.version":"8.11.0","service.name":"shop","event.dataset":"shop","#,
            r#""log.logger":"log_lines","log.origin.file.name":"obs-core/tests/log_lines.rs","#,
            r#""log.origin.file.line":LINE,"numeric_labels.order_id":42,"numeric_labels.total":12.5,"#,
            r#""labels.paid":"true","http.request.method":"GET","labels.tenant":"acme"}"#
        )
        .replace("LINE", &(line!() - 11).to_string())]
    );
}

#[test]
fn levels_and_messages() {
    let lines = lines_of(layer(), || {
        error!("e");
        warn!("w {}", 1);
        info!(message = 3);
        debug!(a = 1);
        trace!(a = 1, message = "last");
    });
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line["log.level"].as_str().unwrap(), line.get("message")))
        .collect();
    let text = |text: &str| Value::String(text.to_owned());
    assert_eq!(
        seen,
        [
            ("error", Some(&text("e"))),
            ("warn", Some(&text("w 1"))),
            ("info", Some(&text("3"))),
            ("debug", None),
            ("trace", Some(&text("last"))),
        ]
    );
}

#[test]
fn values_of_every_type() {
    let bytes: &[u8] = &[0xff, 0x00, b'a'];
    let line = line_of(|| {
        info!(
            text = "line\nbreak \u{1b}[31m\u{202e}",
            debug = ?Some("x"),
            display = %"y",
            yes = true,
            none = None::<u64>,
            some = Some(1),
            int = i64::MIN,
            small = -5,
            big = u64::MAX,
            exact = 1_u64 << 53,
            beyond = (1_u64 << 53) + 1,
            huge = u128::MAX,
            huge_negative = i128::MIN,
            float = 1e300,
            whole = 3.0,
            nan = f64::NAN,
            inf = f64::INFINITY,
            minus_inf = f64::NEG_INFINITY,
            bytes,
        );
    });
    assert_eq!(
        fields(line),
        fields! {
            "labels.text": "line\nbreak \u{1b}[31m\u{202e}",
            "labels.debug": "Some(\"x\")",
            "labels.display": "y",
            "labels.yes": "true",
            "numeric_labels.some": 1,
            "labels.int": "-9223372036854775808",
            "numeric_labels.small": -5,
            "labels.big": "18446744073709551615",
            "numeric_labels.exact": 9_007_199_254_740_992_u64,
            "labels.beyond": "9007199254740993",
            "labels.huge": "340282366920938463463374607431768211455",
            "labels.huge_negative": "-170141183460469231731687303715884105728",
            "numeric_labels.float": 1e300,
            "numeric_labels.whole": 3.0,
            "labels.nan": "NaN",
            "labels.inf": "Infinity",
            "labels.minus_inf": "-Infinity",
            "labels.bytes": "ff0061",
        }
    );
}

#[test]
fn fields_of_the_schema_keep_their_types() {
    let line = line_of(|| {
        info!(
            http.response.status_code = 200,
            url.path = "/",
            user.id = 42,
            event.duration = "1500",
            client.ip = %std::net::Ipv4Addr::LOCALHOST,
            http.response.body.bytes = Some(7_u64),
        );
    });
    assert_eq!(
        fields(line),
        fields! {
            "http.response.status_code": 200,
            "url.path": "/",
            "user.id": "42",
            "event.duration": 1500,
            "client.ip": "127.0.0.1",
            "http.response.body.bytes": 7,
        }
    );
    let line = line_of(|| {
        info!(
            http.response.status_code = "teapot",
            client.ip = "not an address",
            event.duration = 1.5,
            event.sequence = u64::MAX,
            process.pid = "007",
        );
    });
    assert_eq!(
        fields(line),
        fields! {
            "labels.http_response_status_code": "teapot",
            "labels.client_ip": "not an address",
            "numeric_labels.event_duration": 1.5,
            "labels.event_sequence": "18446744073709551615",
            "labels.process_pid": "007",
        }
    );
}

#[test]
fn nobody_forges_what_the_layer_says() {
    let line = line_of(|| {
        info!(
            "@timestamp" = "1970",
            timestamp = "1970",
            level = "fatal",
            "log.level" = "fatal",
            log_level = "third",
            "service.name" = "bank",
            target = "x",
            log = 1,
            labels = "flat",
            "labels.tenant" = "acme",
            log_truncated = "no",
            error = "text",
            "error.message" = "mine",
            "a \"quoted\" name" = 1,
            "true"
        );
    });
    assert_eq!(line["log.level"], "info");
    assert_eq!(line["service.name"], "shop");
    assert!(line["@timestamp"].as_str().unwrap().starts_with("2026"));
    assert_eq!(
        fields(line),
        fields! {
            "labels.@timestamp": "1970",
            "labels.timestamp": "1970",
            "labels.level": "fatal",
            "labels.log_level": "fatal",
            "labels.log_level_2": "third",
            "labels.service_name": "bank",
            "labels.target": "x",
            "numeric_labels.log": 1,
            "labels.labels": "flat",
            "labels.labels_tenant": "acme",
            "labels.log_truncated_2": "no",
            "labels.error": "text",
            "error.message": "mine",
            "numeric_labels.a__quoted__name": 1,
        }
    );
}

#[test]
fn the_innermost_value_wins() {
    let line = line_of(|| {
        let _outer = info_span!("outer", a = 1, b = 1, user.id = "outer", only_outer = 1).entered();
        let _inner = info_span!("inner", b = "text", c = 2, user.id = "inner").entered();
        info!(c.d = 1, c = 3);
    });
    assert_eq!(
        fields(line),
        fields! {
            "numeric_labels.c_d": 1,
            "numeric_labels.c": 3,
            "labels.b": "text",
            "user.id": "inner",
            "numeric_labels.a": 1,
            "numeric_labels.only_outer": 1,
        }
    );
}

#[test]
fn what_a_span_records_later_is_in_lines_of_its_children() {
    use tracing::field::Empty;
    let lines = lines_of(layer(), || {
        let outer = info_span!("outer", user = Empty, state = "new").entered();
        let inner = info_span!("inner", step = 1).entered();
        info!("before");
        outer.record("user", "ada");
        outer.record("state", "changed");
        info!("between");
        outer.record("state", 3);
        inner.record("step", 2);
        info!("after");
    });
    let seen: Vec<_> = lines.into_iter().map(fields).collect();
    assert_eq!(
        seen,
        [
            fields! { "numeric_labels.step": 1, "labels.state": "new" },
            fields! { "numeric_labels.step": 1, "labels.user": "ada", "labels.state": "changed" },
            fields! { "numeric_labels.step": 2, "labels.user": "ada", "numeric_labels.state": 3 },
        ]
    );
}

#[test]
fn the_trace_is_the_span_s_or_else_the_thread_s() {
    let context = TraceContext::new_root();
    let _entered = trace::enter(context);
    let (trace_id, span_id) = (context.trace_id.to_string(), context.span_id.to_string());
    let line = line_of(|| info!("of the thread"));
    assert_eq!(fields(line), fields! { "trace.id": trace_id, "span.id": span_id });

    let line = line_of(|| {
        let _span = info_span!("a task", trace.id = "of the span").entered();
        info!("of the span");
    });
    assert_eq!(fields(line), fields! { "trace.id": "of the span", "span.id": span_id });
}

#[test]
fn a_span_keeps_the_trace_that_it_began_in() {
    let context = TraceContext::new_root();
    let other = context.child();
    let lines = lines_of(layer(), || {
        let span = {
            let _entered = trace::enter(context);
            info_span!("request", tenant = "acme")
        };
        // As in a task of its own, which has no trace unless it is given one.
        let _span = span.entered();
        let _inner = info_span!("query").entered();
        info!("in a task");
        let _entered = trace::enter(other);
        info!("in a task with a trace of its own");
    });
    let ids: Vec<_> = lines.iter().map(|line| (&line["trace.id"], &line["span.id"])).collect();
    let (trace_id, span_id) = (context.trace_id.to_string(), context.span_id.to_string());
    assert_eq!(ids[0], (&Value::from(trace_id.clone()), &Value::from(span_id)));
    assert_eq!(ids[1], (&Value::from(trace_id), &Value::from(other.span_id.to_string())));
}

#[derive(Debug)]
struct Failure(&'static str, Option<Box<Self>>);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.1.as_deref()?)
    }
}

#[test]
fn an_error_brings_what_caused_it() {
    let failure = Failure("cannot pay", Some(Box::new(Failure("no route", None))));
    let error: &dyn Error = &failure;
    let line = line_of(|| error!(error, "failed"));
    assert_eq!(
        fields(line),
        fields! {
            "error.message": "cannot pay",
            "error.stack_trace": "cannot pay\ncaused by: no route",
        }
    );
    let line = line_of(|| error!(err = error, cause = error));
    assert_eq!(line["labels.cause"], "cannot pay: no route");
    assert_eq!(line["error.message"], "cannot pay");

    let line = line_of(|| error!(error = %failure));
    assert_eq!(fields(line), fields! { "error.message": "cannot pay" });

    let line = line_of(|| error!(error = 5));
    assert_eq!(fields(line), fields! { "numeric_labels.error": 5 });

    let backtrace = lines_of(layer().backtrace(), || error!(error)).remove(0);
    assert!(
        backtrace["error.stack_trace"].as_str().unwrap().contains("an_error_brings"),
        "{backtrace:?}"
    );
}

#[test]
fn a_structured_value_is_one_field_for_each_of_its_values() {
    #[derive(serde::Serialize)]
    struct Order {
        id: u64,
        note: Option<&'static str>,
        tags: Vec<&'static str>,
        prices: Vec<f64>,
        customer: Customer,
        lines: Vec<Customer>,
    }
    #[derive(serde::Serialize)]
    struct Customer {
        name: &'static str,
        password: &'static str,
        id: u64,
    }
    let customer = || Customer { name: "ada", password: "hunter2", id: u64::MAX };
    let order = Order {
        id: 42,
        note: None,
        tags: vec!["gift", "new\n"],
        prices: vec![1.5, 2.0],
        customer: customer(),
        lines: vec![customer()],
    };
    let line =
        line_of(|| info!(order = json(&order), order_id = 7, tags = json(&["a"]), n = json(&1)));
    assert_eq!(
        fields(line),
        fields! {
            "numeric_labels.order_id_2": 42,
            "labels.order_tags": ["gift", "new\n"],
            "numeric_labels.order_prices": [1.5, 2.0],
            "labels.order_customer_name": "ada",
            "labels.order_customer_password": "[redacted]",
            "labels.order_customer_id": "18446744073709551615",
            "labels.order_lines": r#"[{"id":18446744073709551615,"name":"ada","password":"[redacted]"}]"#,
            "numeric_labels.order_id": 7,
            "labels.tags": ["a"],
            "numeric_labels.n": 1,
        }
    );
    let line = line_of(|| {
        info!(event.category = json(&["web", "api"]), empty = json(&[0; 0]), nil = json(&()));
    });
    assert_eq!(fields(line), fields! { "event.category": ["web", "api"], "labels.empty": "[]" });
}

#[test]
fn a_value_may_panic() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            std::panic::resume_unwind(Box::new("no"));
        }
    }
    let lines = lines_of(layer(), || {
        info!(a = 1, value = ?Panics, b = 2, "survives");
        let span = info_span!("span", value = ?Panics, b = 2).entered();
        info!("in a span that could not say all");
        span.record("b", tracing::field::debug(Panics));
        info!("and after");
    });
    let seen: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(seen, ["survives", "in a span that could not say all", "and after"]);
    assert_eq!(
        fields(lines[0].clone()),
        fields! { "numeric_labels.a": 1, "labels.log_truncated": "true" }
    );
}

#[test]
fn a_line_keeps_its_limit() {
    let long = "é".repeat(50_000);
    let lines = raw_lines_of(layer(), || {
        let _span = info_span!("span", span_field = long, small = 1).entered();
        info!(a = long, b = long, c = 3, "{long}");
        info!("short");
    });
    for line in &lines {
        assert!(line.len() < 16_000, "{}", line.len());
        let line = unique::object(line);
        assert_eq!(line["labels.log_truncated"], "true");
        assert_eq!(line["service.name"], "shop");
    }
    let first = unique::object(&lines[0]);
    let message = first["message"].as_str().unwrap();
    assert!(message.len() > 7_000 && message.ends_with("é…"), "{}", message.len());
    assert_eq!(unique::object(&lines[1])["numeric_labels.small"], 1);
}

#[test]
fn a_value_without_end_is_cut() {
    struct Endless;
    impl fmt::Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("and on ")?;
            }
        }
    }
    let line = line_of(|| info!(a = %Endless, "{Endless}"));
    assert!(line["labels.a"].as_str().unwrap().ends_with('…'));
}
