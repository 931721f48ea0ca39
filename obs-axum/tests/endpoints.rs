//! The management endpoints: who may ask, what they answer, where they are served.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use std::io::Read as _;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use flate2::read::GzDecoder;
use http::{Request, Response};
use obs_core::health::Outcome;
use serde_json::{Value, json};
use support::{durations, fetch, obs, request};
use tokio::net::TcpListener;

fn app(obs: &obs_core::Obs) -> Router {
    Router::new().merge(obs_axum::endpoints(obs))
}

fn with(path: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

fn json(response: &Response<bytes::Bytes>) -> Value {
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    serde_json::from_slice(response.body()).unwrap()
}

#[tokio::test]
async fn metrics_come_in_the_format_that_is_asked_for() {
    let obs = obs();
    metrics::with_local_recorder(obs.metrics().recorder(), || {
        metrics::counter!("test_hits_total").increment(3);
    });
    let text = "text/plain; version=0.0.4; charset=utf-8";
    let open = if support::ON_EXPORTER {
        text
    } else {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    };
    // (Accept, content type); a Prometheus 3 server sends the first.
    let cases = [
        (
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            open,
        ),
        ("application/openmetrics-text", open),
        ("text/plain", text),
        ("*/*", text),
        ("text/html,application/xhtml+xml,*/*;q=0.8", text),
        ("image/png", text),
        (";;;q=x,,/", text),
        ("", text),
    ];
    for (accept, content_type) in cases {
        let response = fetch(&app(&obs), with("/metrics", &[("accept", accept)])).await;
        assert_eq!(response.status(), 200, "{accept}");
        assert_eq!(response.headers()["content-type"], content_type, "{accept}");
        let body = std::str::from_utf8(response.body()).unwrap();
        assert!(body.contains("test_hits_total 3"), "{body}");
        assert_eq!(body.ends_with("# EOF\n"), content_type != text, "{accept}");
    }
    let mut odd = request("GET /metrics");
    odd.headers_mut().insert("accept", http::HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    assert_eq!(fetch(&app(&obs), odd).await.headers()["content-type"], text);
}

#[tokio::test]
async fn large_metrics_arrive_whole_plain_and_gzipped() {
    let obs = obs();
    metrics::with_local_recorder(obs.metrics().recorder(), || {
        for i in 0..1900 {
            let label = format!("{i:0>100}");
            metrics::counter!("test_many_total", "label" => label).increment(i);
        }
    });
    let want = obs.metrics().render(obs_core::metrics::Format::Text);
    assert!(want.len() > 200_000, "more than the chunks in flight: {}", want.len());

    let plain = fetch(&app(&obs), request("GET /metrics")).await;
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = std::str::from_utf8(plain.body()).unwrap();
    let many = |text: &str| text.lines().filter(|line| line.contains("test_many")).count();
    assert_eq!(many(plain), many(&want));

    let gzipped = fetch(&app(&obs), with("/metrics", &[("accept-encoding", "br, gzip")])).await;
    assert_eq!(gzipped.headers()["content-encoding"], "gzip");
    assert!(gzipped.body().len() < want.len() / 4);
    let mut text = String::new();
    GzDecoder::new(&gzipped.body()[..]).read_to_string(&mut text).unwrap();
    assert_eq!(many(&text), many(&want));
}

#[tokio::test]
async fn head_answers_without_a_body_and_other_methods_with_405() {
    let obs = obs();
    for path in ["/metrics", "/healthz", "/readyz"] {
        let head = fetch(&app(&obs), request(&format!("HEAD {path}"))).await;
        assert_eq!(head.status(), 200, "{path}");
        assert!(head.body().is_empty(), "{path}");
        assert_eq!(head.headers()["cache-control"], "no-store", "{path}");
        let post = fetch(&app(&obs), request(&format!("POST {path}"))).await;
        assert_eq!(post.status(), 405, "{path}");
    }
}

#[tokio::test]
async fn health_is_503_only_when_down() {
    // (what the check finds, status code)
    let cases = [
        (Outcome::up(), 200, "up"),
        (Outcome::degraded("slow"), 200, "degraded"),
        (Outcome::down("refused"), 503, "down"),
    ];
    for (outcome, code, status) in cases {
        let obs = support::builder()
            .readiness("db", move || std::future::ready(outcome.clone()))
            .build()
            .unwrap();
        let ready = fetch(&app(&obs), request("GET /readyz")).await;
        assert_eq!(ready.status(), code, "{status}");
        let report = json(&ready);
        assert_eq!(report["status"], status);
        assert_eq!(report["checks"]["db"]["status"], status);
        let live = fetch(&app(&obs), request("GET /healthz")).await;
        assert_eq!((live.status().as_u16(), json(&live)["status"].as_str()), (200, Some("up")));
    }
}

#[tokio::test]
async fn a_shutdown_takes_readiness_down_and_leaves_liveness_up() {
    let obs = obs();
    obs.shutdown_handle().trigger();
    assert_eq!(fetch(&app(&obs), request("GET /readyz")).await.status(), 503);
    assert_eq!(fetch(&app(&obs), request("GET /healthz")).await.status(), 200);
}

#[tokio::test]
async fn a_token_guards_metrics_and_the_details_of_health() {
    let obs = support::builder()
        .endpoint_token("from-settings")
        .readiness("db", || std::future::ready(Outcome::down("password of db rejected")))
        .build()
        .unwrap();
    let of_settings = app(&obs);
    let of_code: Router = obs_axum::endpoints(&obs).token("from-code").into();
    for (app, token) in [(of_settings, "from-settings"), (of_code, "from-code")] {
        for wrong in [&[][..], &[("authorization", "Bearer nope")], &[("authorization", "")]] {
            let refused = fetch(&app, with("/metrics", wrong)).await;
            assert_eq!(refused.status(), 401, "{wrong:?}");
            assert_eq!(refused.headers()["www-authenticate"], "Bearer");
            let bare = fetch(&app, with("/readyz", wrong)).await;
            assert_eq!(bare.status(), 503, "{wrong:?}");
            assert_eq!(json(&bare), json!({"status": "down"}));
        }
        let bearer = format!("Bearer {token}");
        let right = [("authorization", &*bearer)];
        assert_eq!(fetch(&app, with("/metrics", &right)).await.status(), 200);
        let detailed = json(&fetch(&app, with("/readyz", &right)).await);
        assert_eq!(detailed["checks"]["db"]["message"], "password of db rejected");
    }
    let debug = format!("{:?}", obs_axum::endpoints(&obs));
    assert!(!debug.contains("from-settings"), "{debug}");
}

#[tokio::test]
async fn unmatched_requests_count_whichever_was_added_first() {
    for layer_first in [true, false] {
        let obs = obs();
        let layer = obs_axum::layer(&obs).without_access_log();
        let routes = Router::new().route("/", get(async || ""));
        let app = if layer_first {
            routes.layer(layer).merge(obs_axum::endpoints(&obs))
        } else {
            routes.merge(obs_axum::endpoints(&obs)).layer(layer)
        };
        let logs = support::capture();
        for target in ["GET /", "GET /wp-login.php", "GET /metrics"] {
            fetch(&app, request(target)).await;
        }
        assert_eq!(durations(&obs), ["GET / 200", "GET _unmatched 404"], "{layer_first}");
        assert!(logs.access().is_empty(), "the options of the layer hold for the fallback too");
    }
}

#[tokio::test]
async fn they_are_neither_measured_nor_logged() {
    let logs = support::capture();
    let obs = obs();
    let app = Router::new()
        .route("/", get(async || ""))
        .merge(obs_axum::endpoints(&obs))
        .layer(obs_axum::layer(&obs));
    for target in ["GET /metrics", "GET /healthz", "GET /readyz", "GET /"] {
        fetch(&app, request(target)).await;
    }
    let scrape = fetch(&app, request("GET /metrics")).await;
    let scrape = std::str::from_utf8(scrape.body()).unwrap();
    assert!(
        scrape.contains("http_server_active_requests{http_request_method=\"GET\"} 0"),
        "{scrape}"
    );
    assert_eq!(durations(&obs), ["GET / 200"]);
    assert_eq!(logs.access().len(), 1);
}

#[tokio::test]
async fn paths_can_be_chosen_and_any_state_will_do() {
    #[derive(Clone)]
    struct State;
    let obs = obs();
    let endpoints = obs_axum::endpoints(&obs)
        .metrics_path("/internal/metrics")
        .liveness_path("/live")
        .readiness_path("/ready");
    let app = Router::<State>::new().merge(endpoints).with_state(State);
    for (path, status) in
        [("/internal/metrics", 200), ("/live", 200), ("/ready", 200), ("/metrics", 404)]
    {
        assert_eq!(fetch(&app, request(&format!("GET {path}"))).await.status(), status, "{path}");
    }
}

#[tokio::test]
async fn an_own_port_is_served_until_stopped_and_a_taken_one_is_named() {
    let obs = obs();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let serving = obs_axum::endpoints(&obs).serve(any).await.unwrap();
    let addr = serving.local_addr();
    let answer = support::wire::get(addr, "/healthz").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    let taken = obs_axum::endpoints(&obs).serve(addr).await.unwrap_err();
    assert!(taken.is_in_use());
    assert_eq!(taken.addr(), addr);
    let text = taken.to_string();
    assert!(text.contains(&addr.to_string()) && text.contains("OBS_ENDPOINT_ADDR"), "{text}");

    serving.stop().await;
    let again = obs_axum::endpoints(&obs).serve(addr).await.unwrap();
    again.stop().await;
}

#[tokio::test]
async fn the_settings_say_whether_they_are_part_of_the_service() {
    let metrics = async |app: &Router| fetch(app, request("GET /metrics")).await.status();
    let merged = Router::new().merge(obs_axum::endpoints(&obs()).bind().await.unwrap());
    assert_eq!(metrics(&merged).await, 200);

    // The port is free once the listener is gone; the endpoints take it and keep it.
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = taken.local_addr().unwrap();
    let apart = support::builder().endpoint_addr(addr).build().unwrap();
    let refused = obs_axum::endpoints(&apart).bind().await.unwrap_err();
    assert_eq!(refused.addr(), addr);
    drop(taken);
    let alone = Router::new().merge(obs_axum::endpoints(&apart).bind().await.unwrap());
    assert_eq!(metrics(&alone).await, 404);
    let answer = support::wire::get(addr, "/metrics").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
}

#[tokio::test]
async fn scrapes_that_nobody_reads_are_few() {
    let obs = obs();
    metrics::with_local_recorder(obs.metrics().recorder(), || {
        for i in 0..1900 {
            metrics::counter!("test_many_total", "label" => format!("{i:0>200}")).increment(i);
        }
    });
    let app = app(&obs);
    let scrape = async || support::send(&app, request("GET /metrics")).await;
    let mut unread = Vec::new();
    for _ in 0..4 {
        let response = scrape().await;
        assert_eq!(response.status(), 200);
        unread.push(response);
    }
    let refused = scrape().await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "1");
    assert_eq!(fetch(&app, request("GET /readyz")).await.status(), 200);

    drop(unread);
    // The threads that encode must not wait for readers that are gone. The time is for giving up.
    let free = async {
        while scrape().await.status() != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), free).await.unwrap();
}
