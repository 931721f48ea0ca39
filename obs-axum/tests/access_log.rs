//! The access log: one event a request, and what is in it.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::{get, post};
use futures_util::FutureExt as _;
use http::Request;
use serde_json::{Value, json};
use support::{Script, Step, capture, fetch, obs, request, send};

/// The fields of an event that differ from run to run are taken out after a look at them.
fn fields(event: &Value) -> Value {
    let mut fields = event["fields"].clone();
    let map = fields.as_object_mut().unwrap();
    assert!(map.remove("event.duration").unwrap().as_u64().unwrap() > 0);
    for (id, digits) in [("trace.id", 32), ("span.id", 16), ("http.request.id", 32)] {
        assert_eq!(map.remove(id).unwrap().as_str().unwrap().len(), digits, "{id}");
    }
    fields
}

#[tokio::test]
async fn a_request_is_one_event_with_these_fields() {
    let logs = capture();
    let app = Router::new()
        .route("/orders/{id}", post(async |body: String| (StatusCode::CREATED, body + "!")))
        .layer(obs_axum::layer(&obs()));
    let request = Request::post("/orders/7?token=secret").body(Body::from("four")).unwrap();
    fetch(&app, request).await;

    let [event] = &logs.events()[..] else { panic!("{:?}", logs.events()) };
    assert_eq!(event["level"], "INFO");
    assert_eq!(event["target"], "obs_axum::access");
    // The ids are in the event; the span would repeat them.
    assert_eq!((event.get("span"), event.get("spans")), (None, None));
    assert_eq!(
        fields(event),
        json!({
            "message": "request",
            "http.request.method": "POST",
            "http.route": "/orders/{id}",
            "url.path": "/orders/7",
            "http.response.status_code": 201,
            "http.request.body.bytes": 4,
            "http.response.body.bytes": 5,
        })
    );
}

#[tokio::test]
async fn the_path_is_the_client_s_also_below_a_nest() {
    let logs = capture();
    let inner = Router::new().route("/b", get(async || "")).layer(obs_axum::layer(&obs()));
    let app = Router::<()>::new().nest("/a", inner);
    fetch(&app, request("GET /a/b?c")).await;
    assert_eq!(logs.access()[0]["fields"]["url.path"], "/a/b");
}

#[tokio::test]
async fn outcomes_have_their_level_status_and_error_type() {
    let logs = capture();
    let app = Router::new()
        .route("/404", get(async || StatusCode::NOT_FOUND))
        .route("/503", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/cause", get(async || (StatusCode::CONFLICT, obs_axum::ErrorCause("stale"))))
        .route("/panic", get(async || -> () { panic!("on purpose") }))
        .route("/slow", get(std::future::pending::<()>))
        .route("/broken", get(async || Script::body([Step::Error])))
        .route("/abandoned", get(async || Script::body([Step::Data("x"), Step::Hang])))
        .route(
            "/events",
            get(async || ([("content-type", "text/event-stream")], Script::body([Step::Hang]))),
        )
        .layer(obs_axum::layer(&obs()));
    for target in ["GET /404", "GET /503", "GET /cause"] {
        fetch(&app, request(target)).await;
    }
    let panicked = std::panic::AssertUnwindSafe(send(&app, request("GET /panic"))).catch_unwind();
    assert!(panicked.await.is_err());
    assert!(send(&app, request("GET /slow")).now_or_never().is_none());
    drop(send(&app, request("GET /abandoned")).await);
    drop(send(&app, request("GET /events")).await);
    let body = send(&app, request("GET /broken")).await.into_body();
    assert!(http_body_util::BodyExt::collect(body).await.is_err());

    let seen: Vec<String> = logs
        .access()
        .iter()
        .map(|event| {
            let fields = &event["fields"];
            let text = |name: &str| fields[name].as_str().unwrap_or("-").to_owned();
            let level = event["level"].as_str().unwrap();
            let status = &fields["http.response.status_code"];
            format!("{level} {} {status} {}", text("http.route"), text("error.type"))
        })
        .collect();
    assert_eq!(
        seen,
        [
            "INFO /404 404 -",
            "ERROR /503 503 503",
            "INFO /cause 409 stale",
            "ERROR /panic 500 panic",
            "WARN /slow 499 cancelled",
            "WARN /abandoned 200 cancelled",
            "INFO /events 200 cancelled",
            "ERROR /broken 200 body_error",
        ]
    );
}

#[tokio::test]
async fn a_stream_is_logged_at_its_end_with_its_size() {
    let logs = capture();
    let app = Router::new()
        .route("/", get(async || Script::body(["ab", "cd", "e"].map(Step::Data))))
        .layer(obs_axum::layer(&obs()));
    let response = send(&app, request("GET /")).await;
    assert!(logs.access().is_empty());
    http_body_util::BodyExt::collect(response.into_body()).await.unwrap();
    let [event] = &logs.access()[..] else { panic!("{:?}", logs.access()) };
    assert_eq!(event["fields"]["http.response.body.bytes"], 5);
}

#[tokio::test]
async fn hostile_paths_and_methods_stay_in_their_field() {
    let logs = capture();
    let app: Router = Router::new().layer(obs_axum::layer(&obs()));
    let long = format!("GET /{}", "%C3%A9".repeat(100));
    // (target, path in the log)
    let cases = [
        ("GET /a%0A%7B%22level%22:%22ERROR%22%7D?x", "/a%0A%7B%22level%22:%22ERROR%22%7D"),
        ("GET /\"},{\"a\":\"b", "/\"},{\"a\":\"b"),
        (&long, &long[4..260]),
    ];
    for (target, _) in cases {
        fetch(&app, request(target)).await;
    }
    fetch(&app, request("EVIL-METHOD /")).await;
    let events = logs.access();
    for ((target, path), event) in cases.iter().zip(&events) {
        assert_eq!(event["fields"]["url.path"], *path, "{target}");
    }
    assert_eq!(events[3]["fields"]["http.request.method"], "_OTHER");
    assert_eq!(events.len(), 4);
}

#[tokio::test]
async fn successes_are_sampled_visibly_and_failures_never() {
    fastrand::seed(1);
    let logs = capture();
    let obs = obs();
    let app = Router::new()
        .route("/ok", get(async || ""))
        .route("/bad", get(async || StatusCode::BAD_REQUEST))
        .layer(obs_axum::layer(&obs).sample_successes(10));
    for _ in 0..1000 {
        fetch(&app, request("GET /ok")).await;
    }
    for _ in 0..20 {
        fetch(&app, request("GET /bad")).await;
    }
    let (ok, bad): (Vec<_>, Vec<_>) =
        logs.access().into_iter().partition(|event| event["fields"]["http.route"] == "/ok");
    // Five standard deviations around 100.
    assert!((53..=147).contains(&ok.len()), "{} of 1000 kept", ok.len());
    assert!(ok.iter().all(|event| event["fields"]["access.sample_rate"] == 10));
    assert_eq!(bad.len(), 20);
    assert!(bad.iter().all(|event| event["fields"].get("access.sample_rate").is_none()));
    assert_eq!(support::durations(&obs), ["GET /bad 400 x20", "GET /ok 200 x1000"]);
}

#[tokio::test]
async fn it_can_be_switched_off_and_skipped() {
    let logs = capture();
    let app = Router::new()
        .route("/", get(async || ""))
        .layer(obs_axum::layer(&obs()).without_access_log());
    fetch(&app, request("GET /")).await;
    let app = Router::new()
        .route("/", get(async || "").layer(obs_axum::route().skip()))
        .layer(obs_axum::layer(&obs()));
    fetch(&app, request("GET /")).await;
    assert!(logs.events().is_empty());
}

#[tokio::test]
async fn without_ids_the_event_has_none() {
    let logs = capture();
    let app =
        Router::new().route("/", get(async || "")).layer(obs_axum::layer(&obs()).without_ids());
    fetch(&app, request("GET /")).await;
    let event = &logs.access()[0]["fields"];
    for id in ["trace.id", "span.id", "http.request.id"] {
        assert!(event.get(id).is_none(), "{id}");
    }
    assert_eq!(event["http.route"], "/");
}
