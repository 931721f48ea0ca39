//! Response bodies: what is followed to its end, what is passed on, how often it counts.

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use obs_axum::RequestId;
use support::{
    Script, Step, active, durations, fetch, obs, request, samples, send, streams, total,
};

fn four_chunks() -> Body {
    Script::body(["four ", "chunk", "s, 20", "bytes"].map(Step::Data))
}

fn events(steps: impl IntoIterator<Item = Step>) -> impl axum::response::IntoResponse {
    ([(CONTENT_TYPE, "text/event-stream; charset=utf-8")], Script::body(steps))
}

/// Polls a body once.
fn poll(body: &mut Body) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, axum::Error>>> {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_stream_counts_once_at_its_headers_and_once_at_its_end() {
    let obs = obs();
    let app = Router::new()
        .route("/", get(async || four_chunks()))
        .layer(obs_axum::layer(&obs).body_sizes());
    let response = send(&app, request("GET /")).await;
    assert_eq!(durations(&obs), ["GET / 200"]);
    assert_eq!(streams(&obs), [""; 0]);
    assert_eq!(active(&obs), 1.0);

    assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), 20);
    assert_eq!(durations(&obs), ["GET / 200"]);
    assert_eq!(streams(&obs), ["GET / 200"]);
    assert_eq!(active(&obs), 0.0);
    assert_eq!(total(&obs, "http_server_response_body_size_bytes_sum"), 20.0);
    assert_eq!(total(&obs, "http_server_response_body_size_bytes_count"), 1.0);
}

#[tokio::test]
async fn a_stream_can_end_in_three_other_ways() {
    let obs = obs();
    let app = Router::new()
        .route("/abandoned", get(async || four_chunks()))
        .route("/unread", get(async || four_chunks()))
        .route("/broken", get(async || Script::body([Step::Data("x"), Step::Error])))
        .layer(obs_axum::layer(&obs).body_sizes());

    let mut body = send(&app, request("GET /abandoned")).await.into_body();
    assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(_)))));
    drop(body);
    drop(send(&app, request("GET /unread")).await);
    let mut body = send(&app, request("GET /broken")).await.into_body();
    assert!(matches!(poll(&mut body), Poll::Ready(Some(Ok(_)))));
    assert!(matches!(poll(&mut body), Poll::Ready(Some(Err(_)))));
    drop(body);

    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), ["GET /abandoned 200", "GET /broken 200", "GET /unread 200"]);
    let ends =
        ["GET /abandoned 200 cancelled", "GET /broken 200 body_error", "GET /unread 200 cancelled"];
    assert_eq!(streams(&obs), ends);
    assert_eq!(total(&obs, "http_server_response_body_size_bytes_sum"), 6.0);
}

#[tokio::test]
async fn a_cause_named_inside_a_stream_is_the_stream_s() {
    let obs = obs();
    let app = Router::new()
        .route(
            "/",
            get(async || {
                Body::from_stream(futures_util::stream::once(async {
                    obs_axum::error_cause("disk");
                    Err::<bytes::Bytes, _>("gone")
                }))
            }),
        )
        .layer(obs_axum::layer(&obs));
    let body = send(&app, request("GET /")).await.into_body();
    assert!(body.collect().await.is_err());
    assert_eq!(streams(&obs), ["GET / 200 disk"]);
}

#[tokio::test]
async fn server_sent_events_stay_out_of_the_latency() {
    let obs = obs();
    let app = Router::new()
        .route("/finite", get(async || events([Step::Data("data: 1\n\n")])))
        .route("/endless", get(async || events([Step::Data("data: 1\n\n"), Step::Hang])))
        .layer(obs_axum::layer(&obs));
    fetch(&app, request("GET /finite")).await;
    let mut body = send(&app, request("GET /endless")).await.into_body();
    assert!(poll(&mut body).is_ready());
    assert!(poll(&mut body).is_pending());
    assert_eq!(active(&obs), 1.0);
    drop(body);
    assert_eq!(active(&obs), 0.0);
    assert_eq!(durations(&obs), [""; 0]);
    assert_eq!(streams(&obs), ["GET /endless 200 cancelled", "GET /finite 200"]);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_events_first_and_cuts_other_streams_at_the_deadline() {
    let obs = obs();
    let app = Router::new()
        .route("/events", get(async || events([Step::Hang])))
        .route("/report", get(async || Script::body([Step::Data("half a re"), Step::Hang])))
        .layer(obs_axum::layer(&obs));
    let mut events = send(&app, request("GET /events")).await.into_body();
    let mut report = send(&app, request("GET /report")).await.into_body();
    assert!(poll(&mut events).is_pending());
    assert!(poll(&mut report).is_ready());
    assert!(poll(&mut report).is_pending());

    obs.shutdown_handle().trigger();
    assert!(events.frame().await.is_none());
    assert!(events.is_end_stream());
    assert!(poll(&mut report).is_pending());
    tokio::time::advance(Duration::from_secs(31)).await;
    // An error, so that nobody takes a part of the report for the whole.
    assert!(report.frame().await.unwrap().is_err());
    assert!(report.frame().await.is_none());
    assert_eq!(streams(&obs), ["GET /events 200 shutdown", "GET /report 200 shutdown"]);
    assert_eq!(active(&obs), 0.0);
}

/// As with a client that reads more slowly than the source writes.
#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_streams_that_always_have_more() {
    let obs = obs();
    let endless = || Script::body((0..100).map(|_| Step::Data("more\n")));
    let app = Router::new()
        .route("/events", get(async move || events((0..100).map(|_| Step::Data("data: 1\n\n")))))
        .route("/report", get(async move || endless()))
        .route("/last", get(async || Script::body([Step::Data("first"), Step::Data("last")])))
        .layer(obs_axum::layer(&obs));
    let mut events = send(&app, request("GET /events")).await.into_body();
    let mut report = send(&app, request("GET /report")).await.into_body();
    let mut last = send(&app, request("GET /last")).await.into_body();
    for body in [&mut events, &mut report, &mut last] {
        assert!(body.frame().await.unwrap().is_ok());
    }

    obs.shutdown_handle().trigger();
    assert!(events.frame().await.is_none());
    assert!(report.frame().await.unwrap().is_ok());
    assert!(last.frame().await.unwrap().is_ok());
    tokio::time::advance(Duration::from_secs(31)).await;
    assert!(report.frame().await.unwrap().is_err());
    assert!(report.frame().await.is_none());
    assert!(last.frame().await.is_none(), "all of it was sent in time");
    assert_eq!(
        streams(&obs),
        ["GET /events 200 shutdown", "GET /last 200", "GET /report 200 shutdown"]
    );
}

/// What a stream does when its client leaves is still its request's.
#[tokio::test]
async fn the_destructors_of_a_stream_still_belong_to_its_request() {
    struct Leaves(Arc<Mutex<Option<String>>>);
    impl Drop for Leaves {
        fn drop(&mut self) {
            *self.0.lock().unwrap() = RequestId::current().map(|id| id.to_string());
        }
    }
    let obs = obs();
    let seen: Arc<Mutex<Option<String>>> = Arc::default();
    let leaves = Arc::clone(&seen);
    let stream = async move || {
        let leaves = Leaves(Arc::clone(&leaves));
        Body::from_stream(futures_util::stream::poll_fn(move |_| {
            let _ = &leaves;
            Poll::<Option<Result<&str, Infallible>>>::Pending
        }))
    };
    let app = Router::new().route("/", get(stream)).layer(obs_axum::layer(&obs));
    let response = send(&app, request("GET /")).await;
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    drop(response);
    assert_eq!(*seen.lock().unwrap(), Some(id));
    assert_eq!(streams(&obs), ["GET / 200 cancelled"]);
    assert_eq!(active(&obs), 0.0);
}

#[tokio::test]
async fn a_body_of_known_size_is_not_touched_unless_asked() {
    let obs = obs();
    let app = Router::new().route("/", get(async || "known")).layer(obs_axum::layer(&obs));
    drop(send(&app, request("GET /")).await);
    assert_eq!(durations(&obs), ["GET / 200"]);
    assert_eq!(active(&obs), 0.0);
}

#[tokio::test]
async fn all_bodies_can_be_tracked() {
    let obs = obs();
    let app = Router::new()
        .route("/", get(async || "known"))
        .layer(obs_axum::layer(&obs).track_all_bodies());
    let response = send(&app, request("GET /")).await;
    assert_eq!(response.headers()["content-length"], "5");
    assert_eq!(response.body().size_hint().exact(), Some(5));
    assert_eq!(active(&obs), 1.0);
    drop(response);
    // hyper polls a body of known size once and drops it without asking for its end.
    let mut body = send(&app, request("GET /")).await.into_body();
    assert!(poll(&mut body).is_ready());
    assert!(body.is_end_stream());
    drop(body);
    fetch(&app, request("GET /")).await;
    fetch(&app, request("HEAD /")).await;
    assert_eq!(durations(&obs), ["GET / 200 cancelled", "GET / 200 x2", "HEAD / 200"]);
    assert_eq!(streams(&obs), [""; 0]);
    assert_eq!(active(&obs), 0.0);
}

#[tokio::test]
async fn hints_and_trailers_pass_through() {
    /// A body that knows a lower bound of its size.
    struct Hinted(Body);
    impl http_body::Body for Hinted {
        type Data = bytes::Bytes;
        type Error = axum::Error;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, axum::Error>>> {
            Pin::new(&mut self.0).poll_frame(cx)
        }
        fn size_hint(&self) -> http_body::SizeHint {
            let mut hint = http_body::SizeHint::new();
            hint.set_lower(3);
            hint.set_upper(9);
            hint
        }
    }

    let obs = obs();
    let trailing = || Script::body([Step::Data("abc"), Step::Trailer("grpc-status", "0")]);
    let app = Router::new()
        .route("/", get(async move || Body::new(Hinted(trailing()))))
        .layer(obs_axum::layer(&obs).body_sizes());
    let body = send(&app, request("GET /")).await.into_body();
    let hint = body.size_hint();
    assert_eq!((hint.lower(), hint.upper()), (3, Some(9)));
    assert!(!body.is_end_stream());
    let collected = body.collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(collected.to_bytes(), "abc");
    assert_eq!(streams(&obs), ["GET / 200"]);
    assert_eq!(total(&obs, "http_server_response_body_size_bytes_sum"), 3.0);
}

#[tokio::test]
async fn responses_without_a_body_end_at_their_headers() {
    use axum::http::StatusCode;
    let obs = obs();
    let app = Router::new()
        .route("/204", get(async || (StatusCode::NO_CONTENT, Script::body([]))))
        .route("/304", get(async || (StatusCode::NOT_MODIFIED, Script::body([]))))
        .layer(obs_axum::layer(&obs));
    drop(send(&app, request("GET /204")).await);
    drop(send(&app, request("GET /304")).await);
    assert_eq!(durations(&obs), ["GET /204 204", "GET /304 304"]);
    assert_eq!(streams(&obs), [""; 0]);
    assert_eq!(active(&obs), 0.0);
}

#[tokio::test]
async fn an_upgrade_counts_as_such_and_nowhere_else() {
    use axum::http::StatusCode;
    let obs = obs();
    let app = Router::new()
        .route("/ws", get(async || StatusCode::SWITCHING_PROTOCOLS))
        .route("/tunnel", axum::routing::connect(async || ""))
        .layer(obs_axum::layer(&obs));
    fetch(&app, request("GET /ws")).await;
    fetch(&app, request("CONNECT /tunnel")).await;
    let mut upgrades: Vec<_> = samples(&obs)
        .into_iter()
        .filter(|sample| sample.name == "http_server_upgrades_total")
        .map(|sample| format!("{} {}", sample.label("http_route"), sample.value))
        .collect();
    upgrades.sort();
    assert_eq!(upgrades, ["/tunnel 1", "/ws 1"]);
    assert_eq!((durations(&obs).len(), streams(&obs).len()), (0, 0));
    assert_eq!(active(&obs), 0.0);
}
