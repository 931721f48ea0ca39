//! Every line of the shop is taken, and found again by what it says.

use obs_core::AssetKind;
use obs_core::trace::TraceContext;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::server::Elasticsearch;
use crate::support::{Service, eventually};

const INDEX: &str = "obs-logs-2026.11.23";

/// What is looked for: its name, the query, and the same asked of a line.
type Case<'a> = (&'static str, Value, &'a dyn Fn(&Value) -> bool);

#[tokio::test]
async fn a_strict_index_takes_all_lines_and_finds_them_again() {
    let (log, trace) = log_of_the_shop().await;
    let lines: Vec<&str> = log.lines().collect();
    let documents: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();

    let server = Elasticsearch::start();
    let template = obs_core::BUNDLE.files().iter().find(|file| {
        file.kind == AssetKind::Elasticsearch && file.name == "obs-logs.template.json"
    });
    server.ask(Method::PUT, "_index_template/obs-logs", template.unwrap().text).await;
    let refused = server.bulk(INDEX, &lines).await;
    assert!(refused.is_empty(), "{} lines refused:\n{}", refused.len(), refused.join("\n"));
    assert_eq!(server.search(json!({ "match_all": {} })).await.len(), lines.len());

    let cases: [Case<'_>; 7] = [
        ("a trace", json!({ "term": { "trace.id": trace } }), &|line| line["trace.id"] == trace),
        ("a label", json!({ "term": { "labels.http_route": "/orders" } }), &|line| {
            line["labels.http_route"] == "/orders"
        }),
        (
            "a range of a number",
            json!({ "range": { "numeric_labels.order_euros": { "gte": 9.5, "lt": 20 } } }),
            &|line| {
                let euros = line["numeric_labels.order_euros"].as_f64();
                euros.is_some_and(|euros| (9.5..20.0).contains(&euros))
            },
        ),
        (
            "a range of a field",
            json!({ "range": { "http.response.status_code": { "gte": 500 } } }),
            &|line| line["http.response.status_code"].as_u64() >= Some(500),
        ),
        ("a level", json!({ "query_string": { "query": "log.level:error" } }), &|line| {
            line["log.level"] == "error"
        }),
        ("a word", json!({ "match": { "message": "placed" } }), &|line| {
            line["message"].as_str().is_some_and(|message| message.contains("placed"))
        }),
        ("a pattern", json!({ "wildcard": { "url.path": "/prod*" } }), &|line| {
            line["url.path"].as_str().is_some_and(|path| path.starts_with("/prod"))
        }),
    ];
    for (name, query, wanted) in cases {
        let wanted: Vec<_> = documents.iter().filter(|line| wanted(line)).cloned().collect();
        assert!(!wanted.is_empty() && wanted.len() < documents.len(), "{name} tells lines apart");
        let found = server.search(query).await;
        assert_eq!(sorted(found), sorted(wanted), "{name}");
    }
    let of_the_trace = documents.iter().filter(|line| line["trace.id"] == trace).count();
    assert!(of_the_trace >= 2, "{of_the_trace} lines of one order");

    the_nanoseconds_count(&server, &documents).await;
    what_is_not_of_the_schema_is_refused(&server, lines[0]).await;
}

/// Two lines whose times differ by less than a millisecond are told apart by them.
async fn the_nanoseconds_count(server: &Elasticsearch, documents: &[Value]) {
    let mut times: Vec<_> =
        documents.iter().map(|line| line["@timestamp"].as_str().unwrap()).collect();
    times.sort_unstable();
    times.dedup();
    let (first, second) = times
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        // `2026-11-23T02:05:07.123` is 23 long.
        .find(|(first, second)| first[..23] == second[..23])
        .expect("two lines within a millisecond");
    let query = json!({ "range": { "@timestamp": { "gt": first, "lte": second } } });
    let found = server.search(query).await;
    assert!(!found.is_empty() && found.iter().all(|line| line["@timestamp"] == second));
}

/// Shows that the index is strict, without which taking all lines would prove nothing.
async fn what_is_not_of_the_schema_is_refused(server: &Elasticsearch, line: &str) {
    let with = |field: &str, value: Value| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line[field] = value;
        line.to_string()
    };
    let bad = [
        with("tenant", json!("acme")),
        with("http.tenant", json!("acme")),
        with("event.duration", json!("soon")),
        with("client.ip", json!("localhost")),
        with("@timestamp", json!("yesterday")),
        with("numeric_labels.order_euros", json!("nine")),
    ];
    let good = with("labels.tenant", json!("acme"));
    let lines: Vec<&str> = bad.iter().chain([&good]).map(String::as_str).collect();
    let refused = server.bulk(INDEX, &lines).await;
    assert_eq!(refused.len(), bad.len(), "{}", refused.join("\n"));
    assert!(refused[0].contains("strict_dynamic_mapping_exception"), "{}", refused[0]);
    assert_eq!(server.search(json!({ "term": { "labels.tenant": "acme" } })).await.len(), 1);
}

/// What the shop logs from its start to its end, while its customers visit it, and the trace of an
/// order among it.
async fn log_of_the_shop() -> (String, String) {
    let mut shop = Service::start(env!("CARGO_BIN_EXE_shop"), "debug", &["--traffic", "50"]);
    let trace = TraceContext::new_root();
    let order = json!({ "product": 1, "payment_method": "card" });
    let order = Client::new()
        .post(format!("http://{}/orders", shop.addr()))
        .header("traceparent", trace.to_string())
        .header("Content-Type", "application/json")
        .body(order.to_string());
    assert_eq!(order.send().await.unwrap().status(), StatusCode::CREATED);
    // The first hundred visits are one of each kind; some take a while.
    let kinds = ["order placed", "panicked", "cancelled", "/wp-admin/", "/orders.csv", "404"];
    eventually("the customers have not done all they do", async || {
        let log = shop.log();
        let missing: Vec<_> = kinds.iter().filter(|kind| !log.contains(**kind)).collect();
        let visits = log.matches("obs_axum::access").count();
        if missing.is_empty() && visits > 200 {
            Ok(())
        } else {
            Err(format!("{visits} visits, none with {missing:?}"))
        }
    })
    .await;
    assert_eq!(shop.terminate(), Some(0));
    (shop.log(), trace.trace_id.to_string())
}

fn sorted(mut lines: Vec<Value>) -> Vec<Value> {
    lines.sort_by_key(Value::to_string);
    lines
}
