//! The log filter over HTTP: who may change it, what is answered, what the log says.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use serde_json::{Value, json};
use support::{fetch, request};

const PATH: &str = "/-/log-level";

/// A router with the endpoints, and a token if `token` is one.
fn app(token: Option<&str>) -> Router {
    let mut builder = support::builder().log_filter("info");
    if let Some(token) = token {
        builder = builder.endpoint_token(token);
    }
    Router::new().merge(obs_axum::endpoints(&builder.build().unwrap()))
}

fn put(token: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::put(PATH).header("authorization", format!("Bearer {token}"));
    // What `curl -d` sends, though it is none.
    request.header("content-type", "application/x-www-form-urlencoded").body(body.into()).unwrap()
}

fn get(token: &str) -> Request<Body> {
    let request = Request::get(PATH).header("authorization", format!("Bearer {token}"));
    request.body(Body::empty()).unwrap()
}

fn answer(response: &Response<bytes::Bytes>) -> (u16, Value) {
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["cache-control"], "no-store");
    (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
}

#[tokio::test]
async fn a_filter_is_shown_and_changed() {
    let app = app(Some("s3cret"));
    let begin = json!({"filter": "info", "until": null, "default": "info"});
    assert_eq!(answer(&fetch(&app, get("s3cret")).await), (200, begin));

    let changed = fetch(&app, put("s3cret", "debug, hyper=info\n")).await;
    let want = json!({"filter": "debug,hyper=info", "until": null, "default": "info"});
    assert_eq!(answer(&changed), (200, want.clone()));
    assert_eq!(answer(&fetch(&app, get("s3cret")).await), (200, want));

    let body = r#"{"filter":"trace","for":"10m"}"#;
    let (status, state) = answer(&fetch(&app, put("s3cret", body)).await);
    assert_eq!((status, &state["filter"]), (200, &json!("trace")));
    let until = state["until"].as_str().unwrap();
    assert!(until.len() == 20 && until.ends_with('Z'), "{until}");

    let (_, state) = answer(&fetch(&app, put("s3cret", r#"{"filter":"info,sqlx"}"#)).await);
    assert_eq!((&state["filter"], &state["until"]), (&json!("info,sqlx"), &Value::Null));
    let warning = state["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("`sqlx` in the log filter names a target"), "{warning}");
}

#[tokio::test]
async fn each_change_is_logged_and_the_request_is_not() {
    let logs = support::capture();
    let obs = support::builder().endpoint_token("s3cret").log_filter("info").build().unwrap();
    let app = Router::new().merge(obs_axum::endpoints(&obs)).layer(obs_axum::layer(&obs));
    fetch(&app, put("s3cret", r#"{"filter":"off","for":"1h"}"#)).await;
    fetch(&app, put("s3cret", "loud")).await;
    fetch(&app, put("wrong", "debug")).await;
    let events = logs.events();
    assert_eq!(events.len(), 1, "{events:?}");
    let event = events[0].to_string();
    for part in ["the log filter was changed for a time", "\"info\"", "\"off\"", "obs_core::log"] {
        assert!(event.contains(part), "{part} in {event}");
    }
    assert!(!event.contains("s3cret"));
    assert!(support::durations(&obs).is_empty());
}

#[tokio::test]
async fn without_a_token_of_the_settings_nobody_changes_it() {
    let app = app(None);
    for request in [put("", "debug"), put("any", "debug"), request("PUT /-/log-level")] {
        let (status, refusal) = answer(&fetch(&app, request).await);
        assert_eq!(status, 403);
        assert!(refusal["error"].as_str().unwrap().contains("OBS_ENDPOINT_TOKEN"), "{refusal}");
    }
    let (status, state) = answer(&fetch(&app, request("GET /-/log-level")).await);
    assert_eq!((status, &state["filter"]), (200, &json!("info")));
}

#[tokio::test]
async fn a_wrong_token_neither_shows_nor_changes_it() {
    let app = app(Some("s3cret"));
    for request in [
        put("wrong", "debug"),
        put("", "debug"),
        get("wrong"),
        request("PUT /-/log-level"),
        request("GET /-/log-level"),
        request("HEAD /-/log-level"),
        // It is refused before it is read.
        put("wrong", support::Script::body([support::Step::Hang])),
    ] {
        let refused = fetch(&app, request).await;
        assert_eq!(refused.status(), 401);
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        assert_eq!(refused.headers()["cache-control"], "no-store");
    }
    let (_, state) = answer(&fetch(&app, get("s3cret")).await);
    assert_eq!(state["filter"], "info");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_reason_and_changes_nothing() {
    let app = app(Some("s3cret"));
    let large = "a=info,".repeat(2000);
    for (body, code, part) in [
        ("", 400, "empty"),
        ("loud", 400, "did you mean `trace`?"),
        ("info,hyper=inof", 400, "directive 2: `inof` is no level, did you mean `info`?"),
        (r#"{"filter":"debug","for":"soon"}"#, 400, "a duration such as `500ms`"),
        (r#"{"filter":"debug","for":"0s"}"#, 400, "above zero"),
        (r#"{"filter":"debug","for":"1000h"}"#, 400, "at most seven days"),
        (r#"{"level":"debug"}"#, 400, "unknown field `level`, expected `filter` or `for`"),
        (&large, 413, "more than 8192 bytes"),
    ] {
        let (status, refusal) = answer(&fetch(&app, put("s3cret", body.to_owned())).await);
        assert_eq!(status, code, "{body}");
        let error = refusal["error"].as_str().unwrap();
        assert!(error.contains(part), "{error}");
    }
    let (_, state) = answer(&fetch(&app, get("s3cret")).await);
    assert_eq!(state["filter"], "info");
    for method in ["POST", "DELETE", "PATCH"] {
        let response = fetch(&app, request(&format!("{method} {PATH}"))).await;
        assert_eq!(response.status(), 405, "{method}");
    }
}

#[tokio::test]
async fn where_the_application_has_its_own_subscriber_there_is_nothing_to_change() {
    let obs = support::builder().without_logs().endpoint_token("s3cret").build().unwrap();
    let app = Router::new().merge(obs_axum::endpoints(&obs));
    for request in [get("s3cret"), put("s3cret", "debug")] {
        let (status, refusal) = answer(&fetch(&app, request).await);
        assert_eq!(status, 404);
        assert!(refusal["error"].as_str().unwrap().contains("`without_logs`"), "{refusal}");
    }
}

#[tokio::test]
async fn its_path_can_be_chosen_and_it_is_served_on_a_port_of_its_own() {
    let obs = support::builder().build().unwrap();
    let app: Router = obs_axum::endpoints(&obs).log_level_path("/internal/log").into();
    assert_eq!(fetch(&app, request("GET /internal/log")).await.status(), 200);
    assert_eq!(fetch(&app, request("GET /-/log-level")).await.status(), 404);

    let serving = obs_axum::endpoints(&obs).serve("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let answer = support::wire::get(serving.local_addr(), PATH).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    serving.stop().await;
}
