//! What Prometheus counts is what was sent.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::peer::peer;
use crate::server::{Prometheus, fresh_dir};
use crate::support::{Service, eventually};

/// Requests of one outcome, and the series they must end in.
struct Sent {
    route: &'static str,
    status: &'static str,
    error_type: &'static str,
    count: u32,
}

const fn sent(
    route: &'static str,
    status: &'static str,
    error_type: &'static str,
    count: u32,
) -> Sent {
    Sent { route, status, error_type, count }
}

const BY_ROUTE: [&str; 3] = ["http_route", "http_response_status_code", "error_type"];

#[tokio::test]
async fn every_count_in_prometheus_is_what_was_sent() {
    let mut shop = Service::start(env!("CARGO_BIN_EXE_shop"), "info", &["--traffic", "0"]);
    let client = Client::new();
    let get = |path: String| client.get(format!("{}{path}", shop.url));
    let post = |path: &str| client.post(format!("{}{path}", shop.url));
    let status = async |request: reqwest::RequestBuilder| {
        let response = request.send().await.unwrap();
        let status = response.status();
        response.bytes().await.unwrap();
        status
    };

    let requests = [
        sent("/products", "200", "", 40),
        sent("/products/{id}", "404", "", 10),
        sent("_unmatched", "404", "", 25),
        sent("/bank/break", "200", "", 1),
        sent("/orders", "502", "bank_unavailable", 15),
        sent("/stocktaking", "500", "panic", 5),
        sent("/reports/sales", "499", "cancelled", 7),
        sent("/orders.csv", "200", "", 6),
    ];
    for _ in 0..40 {
        assert_eq!(status(get("/products".to_owned())).await, StatusCode::OK);
    }
    for _ in 0..10 {
        assert_eq!(status(get("/products/99".to_owned())).await, StatusCode::NOT_FOUND);
    }
    for i in 0..25 {
        assert_eq!(status(get(format!("/scan/{i}.php"))).await, StatusCode::NOT_FOUND);
    }
    assert_eq!(status(post("/bank/break")).await, StatusCode::OK);
    for _ in 0..15 {
        let order = json!({ "product": 1, "payment_method": "card" });
        assert_eq!(status(post("/orders").json(&order)).await, StatusCode::BAD_GATEWAY);
    }
    for _ in 0..5 {
        assert_eq!(status(post("/stocktaking")).await, StatusCode::INTERNAL_SERVER_ERROR);
    }
    for _ in 0..7 {
        let report = get("/reports/sales".to_owned()).send();
        // The report takes 400 ms at least.
        assert!(tokio::time::timeout(Duration::from_millis(300), report).await.is_err());
    }
    for _ in 0..6 {
        assert_eq!(status(get("/orders.csv".to_owned())).await, StatusCode::OK);
    }
    for _ in 0..3 {
        let mut events = get("/events".to_owned()).send().await.unwrap();
        events.chunk().await.unwrap().expect("an event stream has an event");
    }

    let dir = fresh_dir("counts");
    let config = dir.join("prometheus.yml");
    std::fs::write(
        &config,
        format!(
            "global: {{scrape_interval: 1s}}\n\
             scrape_configs: [{{job_name: app, static_configs: [{{targets: ['{}']}}]}}]\n",
            shop.addr()
        ),
    )
    .unwrap();
    let prometheus = Prometheus::start(&config, &dir.join("data")).await;

    let mut want: Vec<_> = requests
        .iter()
        .map(|sent| {
            let labels = [sent.route, sent.status, sent.error_type].map(str::to_owned).to_vec();
            (labels, f64::from(sent.count))
        })
        .collect();
    want.sort_by(|a, b| a.0.cmp(&b.0));
    let query = "http_server_request_duration_seconds_count";
    eventually("not what was sent", async || {
        let got = prometheus.vector(query, &BY_ROUTE).await;
        if got == want { Ok(()) } else { Err(format!("{got:#?}")) }
    })
    .await;

    let streams =
        prometheus.vector("http_server_response_stream_duration_seconds_count", &BY_ROUTE).await;
    let row = |labels: [&str; 3], count| (labels.map(str::to_owned).to_vec(), count);
    assert_eq!(
        streams,
        [row(["/events", "200", "cancelled"], 3.0), row(["/orders.csv", "200", ""], 6.0)]
    );
    let active = prometheus.vector("http_server_active_requests", &["http_request_method"]).await;
    assert!(!active.is_empty() && active.iter().all(|(_, value)| *value == 0.0), "{active:?}");
    let failed = [(vec!["card".to_owned(), "failed".to_owned()], 15.0)];
    assert_eq!(
        prometheus.vector("shop_orders_total", &["payment_method", "outcome"]).await,
        failed
    );
    let panics = prometheus.vector("obs_panics_total", &[]).await;
    assert_eq!(panics, [(vec![], 5.0)]);

    exemplars_lead_to_the_log(&prometheus, &shop).await;
    promtool_has_nothing_to_say(&shop.url).await;
    assert_eq!(shop.terminate(), Some(0), "SIGTERM ends the shop in good order");
}

async fn exemplars_lead_to_the_log(prometheus: &Prometheus, shop: &Service) {
    let query = "http_server_request_duration_seconds_bucket";
    let parameters = [("query", query), ("start", "0"), ("end", "9999999999")];
    let exemplars = prometheus.api("query_exemplars", &parameters).await;
    let log = shop.log();
    let mut found = 0;
    for series in exemplars.as_array().unwrap() {
        for exemplar in series["exemplars"].as_array().unwrap() {
            let trace = exemplar["labels"]["trace_id"].as_str().unwrap();
            assert!(log.contains(trace), "exemplar {exemplar} is not in the log");
            found += 1;
        }
    }
    assert!(found >= 8, "{found} exemplars: each outcome has at least one");
}

async fn promtool_has_nothing_to_say(url: &str) {
    let metrics = reqwest::get(format!("{url}/metrics")).await.unwrap().bytes().await.unwrap();
    let mut promtool = Command::new(peer("promtool"))
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(&metrics).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.is_empty(), "promtool check metrics:\n{said}");
}
