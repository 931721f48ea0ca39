//! Trace context and request id: taken, refused, made, and where they show.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderValue, Request};
use obs_axum::{HttpLayer, RequestId};
use obs_core::trace::{self, TraceContext};
use support::{capture, fetch, obs, request};

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// An app whose handler answers with what it sees: request id, then traceparent.
fn mirror(layer: HttpLayer) -> Router {
    let handler = async |id: Option<RequestId>| {
        tokio::task::yield_now().await;
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let trace = trace::current().map(|trace| trace.to_string()).unwrap_or_default();
        format!("{id} {trace}")
    };
    Router::new().route("/", get(handler)).layer(layer)
}

fn with(headers: &[(&str, &[u8])]) -> Request<Body> {
    let mut request = request("GET /");
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value).unwrap());
    }
    request
}

/// The request id and the traceparent of a response, which its handler has seen too.
async fn ids(app: &Router, request: Request<Body>) -> (String, TraceContext) {
    let response = fetch(app, request).await;
    let header = |name| response.headers()[name].to_str().unwrap().to_owned();
    let (id, parent) = (header("x-request-id"), header("traceparent"));
    assert_eq!(*response.body(), format!("{id} {parent}"), "the handler saw other ids");
    (id, TraceContext::parse(&parent).unwrap())
}

#[tokio::test]
async fn incoming_ids_are_taken_over() {
    let app = mirror(obs_axum::layer(&obs()));
    let request = with(&[("traceparent", PARENT.as_bytes()), ("x-request-id", b"order-7/retry=1")]);
    let (id, trace) = ids(&app, request).await;
    let parent = TraceContext::parse(PARENT).unwrap();
    assert_eq!(id, "order-7/retry=1");
    assert_eq!(trace.trace_id, parent.trace_id);
    assert_ne!(trace.span_id, parent.span_id, "the span is ours");
    assert!(trace.sampled);
}

#[tokio::test]
async fn ids_are_made_where_none_come() {
    let app = mirror(obs_axum::layer(&obs()));
    let (first, first_trace) = ids(&app, request("GET /")).await;
    let (second, second_trace) = ids(&app, request("GET /")).await;
    assert_eq!(first.len(), 32);
    assert!(first.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_ne!(first, second);
    assert_ne!(first_trace.trace_id, second_trace.trace_id);
}

#[tokio::test]
async fn bad_ids_are_replaced_and_never_an_error() {
    let app = mirror(obs_axum::layer(&obs()));
    let huge = vec![b'a'; 64 * 1024];
    let upper = PARENT.to_uppercase();
    let parents: [&[u8]; 8] = [
        b"",
        b"00",
        b"00-00000000000000000000000000000000-b7ad6b7169203331-01",
        b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
        b"\xff\xfe\xfd",
        upper.as_bytes(),
        &huge,
    ];
    for bad in parents {
        let (_, trace) = ids(&app, with(&[("traceparent", bad)])).await;
        let taken = trace.trace_id == TraceContext::parse(PARENT).unwrap().trace_id;
        assert!(!taken, "{:?}", String::from_utf8_lossy(&bad[..bad.len().min(60)]));
    }
    let request_ids: [&[u8]; 5] = [b"", b"two words", b"a\"b", b"caf\xc3\xa9", &huge];
    for bad in request_ids {
        let (id, _) = ids(&app, with(&[("x-request-id", bad)])).await;
        assert_eq!(id.len(), 32, "{:?}", String::from_utf8_lossy(&bad[..bad.len().min(60)]));
    }
}

#[tokio::test]
async fn several_traceparents_are_as_good_as_none() {
    let app = mirror(obs_axum::layer(&obs()));
    let twice = with(&[("traceparent", PARENT.as_bytes()), ("traceparent", PARENT.as_bytes())]);
    let (_, trace) = ids(&app, twice).await;
    assert_ne!(trace.trace_id, TraceContext::parse(PARENT).unwrap().trace_id);
}

#[tokio::test]
async fn a_public_edge_ignores_incoming_ids() {
    let app = mirror(obs_axum::layer(&obs()).ignore_incoming_ids());
    let request = with(&[("traceparent", PARENT.as_bytes()), ("x-request-id", b"forged")]);
    let (id, trace) = ids(&app, request).await;
    assert_eq!(id.len(), 32);
    assert_ne!(trace.trace_id, TraceContext::parse(PARENT).unwrap().trace_id);
}

#[tokio::test]
async fn headers_that_the_handler_sets_stay() {
    let app = Router::new()
        .route("/", get(async || [("x-request-id", "mine"), ("traceparent", "mine too")]))
        .layer(obs_axum::layer(&obs()));
    let response = fetch(&app, request("GET /")).await;
    let values = |name| response.headers().get_all(name).iter().collect::<Vec<_>>();
    assert_eq!(values("x-request-id"), ["mine"]);
    assert_eq!(values("traceparent"), ["mine too"]);
}

#[tokio::test]
async fn without_ids_there_are_none() {
    let app = mirror(obs_axum::layer(&obs()).without_ids());
    let response = fetch(&app, with(&[("traceparent", PARENT.as_bytes())])).await;
    assert_eq!(*response.body(), " ");
    assert!(response.headers().get("x-request-id").is_none());
    assert!(response.headers().get("traceparent").is_none());
}

#[tokio::test]
async fn the_extractor_says_what_is_missing() {
    let app: Router = Router::new().route("/", get(async |id: RequestId| id.to_string()));
    let response = fetch(&app, request("GET /")).await;
    assert_eq!(response.status(), 500);
    assert_eq!(*response.body(), "no request id");
}

#[tokio::test]
async fn a_handler_s_events_inherit_the_ids_from_the_span() {
    let logs = capture();
    let app = Router::new()
        .route(
            "/",
            get(async || {
                tokio::task::yield_now().await;
                tracing::info!(target: "shop", "in the handler");
            }),
        )
        .layer(obs_axum::layer(&obs()));
    let request = with(&[("traceparent", PARENT.as_bytes()), ("x-request-id", b"r-1")]);
    let response = fetch(&app, request).await;
    let ours = TraceContext::parse(response.headers()["traceparent"].as_bytes()).unwrap();

    let events = logs.events();
    let event = events.iter().find(|event| event["target"] == "shop").unwrap();
    let span = &event["span"];
    assert_eq!(span["name"], "http.request");
    assert_eq!(span["trace.id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(span["span.id"], ours.span_id.to_string());
    assert_eq!(span["http.request.id"], "r-1");
}

#[tokio::test]
async fn two_requests_on_one_thread_keep_their_ids_apart() {
    let app = mirror(obs_axum::layer(&obs()));
    let (a, b) = futures_util::join!(ids(&app, request("GET /")), ids(&app, request("GET /")));
    assert_ne!(a.0, b.0);
    assert!(trace::current().is_none());
    assert!(RequestId::current().is_none());
}

#[cfg(not(feature = "metrics-exporter-prometheus"))]
#[tokio::test]
async fn an_exemplar_carries_the_trace_id() {
    let obs = obs();
    let app = mirror(obs_axum::layer(&obs));
    let (_, trace) = ids(&app, request("GET /")).await;
    let text = obs.metrics().render(obs_core::metrics::Format::OpenMetrics);
    let exemplar = format!("# {{trace_id=\"{}\"", trace.trace_id);
    assert!(text.contains(&exemplar), "no {exemplar} in\n{text}");
}
