//! Which route, method and status a request counts under.

mod support;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use http::Request;
use obs_axum::{ErrorCause, error_cause};
use obs_core::metrics::Format;
use support::{active, durations, fetch, obs, request, samples};
use tower::Layer as _;

/// Sends these requests to `app` behind a layer, and returns what the duration histogram counted.
async fn counted(app: Router, targets: &[&str]) -> Vec<String> {
    let obs = obs();
    let app = app.layer(obs_axum::layer(&obs));
    for target in targets {
        fetch(&app, request(target)).await;
    }
    assert_eq!(active(&obs), 0.0);
    durations(&obs)
}

#[tokio::test]
async fn a_route_is_the_router_s_template() {
    let app = Router::new().route("/users/{id}", get(async |Path(id): Path<u32>| id.to_string()));
    let counted = counted(app, &["GET /users/1", "GET /users/2", "GET /users/x"]).await;
    assert_eq!(counted, ["GET /users/{id} 200 x2", "GET /users/{id} 400"]);
}

#[tokio::test]
async fn a_nested_route_has_the_whole_template_with_the_layer_outside_and_inside() {
    let users = || Router::new().route("/users/{id}", get(async || "a user"));
    let outside = Router::new().nest("/api", Router::new().nest("/v1", users()));
    assert_eq!(counted(outside, &["GET /api/v1/users/7"]).await, ["GET /api/v1/users/{id} 200"]);

    let obs = obs();
    let inside = Router::<()>::new()
        .nest("/api", Router::new().nest("/v1", users().layer(obs_axum::layer(&obs))));
    fetch(&inside, request("GET /api/v1/users/7")).await;
    assert_eq!(durations(&obs), ["GET /api/v1/users/{id} 200"]);
}

#[tokio::test]
async fn what_no_template_matched_has_one_route() {
    let api = Router::new().route("/known", get(async || "")).fallback(async || "nested");
    let app = Router::new().nest("/api", api).fallback(async || (StatusCode::NOT_FOUND, "global"));
    let targets = ["GET /wp-admin.php", "GET /api/unknown", "GET /api/known", "GET /"];
    let counted = counted(app, &targets).await;
    assert_eq!(counted, ["GET /api/known 200", "GET _unmatched 200", "GET _unmatched 404 x2"]);
}

#[tokio::test]
async fn a_wrong_method_keeps_its_route() {
    let app = Router::new().route("/orders", post(async || ""));
    assert_eq!(counted(app, &["DELETE /orders"]).await, ["DELETE /orders 405"]);
}

#[tokio::test]
async fn a_head_request_is_head_and_keeps_its_length() {
    let obs = obs();
    let app = Router::new()
        .route("/page", get(async || "twelve bytes"))
        .route("/stream", get(async || support::Script::body([support::Step::Data("x")])))
        .layer(obs_axum::layer(&obs));
    let response = fetch(&app, request("HEAD /page")).await;
    assert_eq!(response.headers()["content-length"], "12");
    assert!(response.body().is_empty());
    // The stream's body is never polled for a HEAD; that is no abort.
    fetch(&app, request("HEAD /stream")).await;
    assert_eq!(durations(&obs), ["HEAD /page 200", "HEAD /stream 200"]);
    assert_eq!(support::streams(&obs), [""; 0]);
}

#[tokio::test]
async fn methods_are_the_known_ones_or_other() {
    let app = Router::new().route("/", any(async || ""));
    let counted = counted(app, &["QUERY /", "TRACE /", "PROPFIND /", "get /", "X /"]).await;
    assert_eq!(counted, ["QUERY / 200", "TRACE / 200", "_OTHER / 200 x3"]);
}

#[tokio::test]
async fn a_nested_service_is_unmatched_unless_a_route_layer_names_it() {
    let service = || any(async || "a file");
    let app = Router::new()
        .nest_service("/plain", service())
        .nest_service("/static/", obs_axum::route().layer(service()))
        .nest_service("/named", obs_axum::route().name("/files").layer(service()))
        .nest_service(
            "/api",
            obs_axum::route().layer(Router::new().route("/users/{id}", get(async || ""))),
        );
    let targets = [
        "GET /plain/a.js",
        "GET /static/b/c.js",
        "GET /static/d.js",
        "GET /named/e",
        "GET /api/users/1",
    ];
    assert_eq!(
        counted(app, &targets).await,
        ["GET /api/* 200", "GET /files 200", "GET /static/* 200 x2", "GET _unmatched 200"]
    );
}

#[tokio::test]
async fn a_router_behind_nest_service_is_known_by_its_templates() {
    let api = Router::new().route("/users/{id}", get(async || "")).route_layer(obs_axum::route());
    let app = Router::new().nest_service("/api", api);
    let counted = counted(app, &["GET /api/users/1", "GET /api/nothing"]).await;
    assert_eq!(counted, ["GET /api/users/{id} 200", "GET _unmatched 404"]);
}

#[tokio::test]
async fn ten_thousand_paths_and_five_hundred_methods_cost_nothing() {
    let obs = obs();
    let app = Router::new()
        .route("/", any(async || ""))
        .layer(obs_axum::layer(&obs))
        .with_state::<()>(());
    fetch(&app, request("GET /scan")).await;
    fetch(&app, request("FIRST /")).await;
    let before = obs.metrics().render(Format::Text).len();
    for i in 0..10_000 {
        fetch(&app, request(&format!("GET /scan/{i}.php?x={i}"))).await;
    }
    for i in 0..500 {
        fetch(&app, request(&format!("M{i} /"))).await;
    }
    let grown = obs.metrics().render(Format::Text).len() - before;
    assert!(grown <= 2048, "grown by {grown} bytes");
    assert_eq!(durations(&obs), ["GET _unmatched 404 x10001", "_OTHER / 200 x501"]);
}

#[tokio::test]
async fn a_route_can_be_skipped_renamed_and_given_buckets() {
    const BOUNDS: &[f64] = &[1.0, 30.0, 600.0];
    let obs = obs();
    let app = Router::new()
        .route("/ping", get(async || "").layer(obs_axum::route().skip()))
        .route("/a/{b}/{c}", get(async || "").layer(obs_axum::route().name("/a/*")))
        .route("/report", get(async || "").layer(obs_axum::route().buckets(BOUNDS)))
        .layer(obs_axum::layer(&obs));
    for target in ["GET /ping", "GET /a/1/2", "GET /report"] {
        fetch(&app, request(target)).await;
    }
    assert_eq!(durations(&obs), ["GET /a/* 200", "GET /report 200"]);
    let bounds: Vec<f64> = samples(&obs)
        .iter()
        .filter(|sample| {
            sample.label("http_route") == "/report" && sample.name.ends_with("_bucket")
        })
        .map(|sample| sample.label("le").parse().unwrap())
        .collect();
    // There, bounds belong to the metric.
    if !support::ON_EXPORTER {
        assert_eq!(bounds, [1.0, 30.0, 600.0, f64::INFINITY]);
    }
}

#[test]
#[should_panic(expected = "strictly increasing")]
fn buckets_that_do_not_increase_are_refused_when_the_router_is_built() {
    let _ = obs_axum::route().buckets(&[2.0, 1.0]);
}

#[tokio::test]
async fn a_skipped_request_is_not_active_while_it_runs() {
    let obs = obs();
    let metrics = obs.metrics().clone();
    let read = async move || {
        let text = metrics.render(Format::Text);
        text.lines().find(|line| line.starts_with("http_server_active")).map(str::to_owned)
    };
    let app = Router::new()
        .route("/read", get(async move || read().await.unwrap()).layer(obs_axum::route().skip()))
        .layer(obs_axum::layer(&obs));
    let seen = fetch(&app, request("GET /read")).await;
    assert_eq!(*seen.body(), r#"http_server_active_requests{http_request_method="GET"} 0"#);
}

#[tokio::test]
async fn an_error_has_the_cause_that_its_handler_names() {
    let app = Router::new()
        .route("/response", get(async || (StatusCode::PAYMENT_REQUIRED, ErrorCause("declined"))))
        .route(
            "/function",
            get(async || {
                error_cause("first");
                error_cause("bank_down");
                StatusCode::BAD_GATEWAY
            }),
        )
        .route(
            "/both",
            get(async || {
                error_cause("function");
                (StatusCode::IM_A_TEAPOT, ErrorCause("response")).into_response()
            }),
        )
        .route("/none", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/not_found", get(async || StatusCode::NOT_FOUND));
    let targets = ["GET /response", "GET /function", "GET /both", "GET /none", "GET /not_found"];
    assert_eq!(
        counted(app, &targets).await,
        [
            "GET /both 418 response",
            "GET /function 502 bank_down",
            "GET /none 503 503",
            "GET /not_found 404",
            "GET /response 402 declined",
        ]
    );
}

#[test]
fn a_cause_outside_a_request_is_nobody_s() {
    error_cause("nobody");
}

#[tokio::test]
async fn two_layers_count_a_request_once() {
    let (inner, outer) = (obs(), obs());
    let app = Router::new()
        .route("/", get(async || ""))
        .layer(obs_axum::layer(&inner))
        .layer(obs_axum::layer(&outer));
    fetch(&app, request("GET /")).await;
    assert_eq!((durations(&outer).len(), durations(&inner).len()), (1, 0));
}

#[tokio::test]
async fn body_sizes_are_recorded_only_if_asked_for() {
    let send = async |sizes: bool| {
        let obs = obs();
        let layer = obs_axum::layer(&obs);
        let app = Router::new()
            .route("/echo", post(async |body: String| body + "!"))
            .layer(if sizes { layer.body_sizes() } else { layer });
        let request = Request::post("/echo").body(Body::from("four")).unwrap();
        fetch(&app, request).await;
        let sum =
            |name: &str| support::total(&obs, &format!("http_server_{name}_body_size_bytes_sum"));
        (sum("request"), sum("response"))
    };
    assert_eq!(send(false).await, (0.0, 0.0));
    assert_eq!(send(true).await, (4.0, 5.0));
}
