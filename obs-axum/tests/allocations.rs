//! What the layer allocates for a request. Alone in its binary: it replaces the allocator.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod support;

use std::task::{Context, Poll, Waker};

use allocation_counter::AllocationInfo;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::routing::get;
use http::Method;
use support::{Script, Step, obs};
use tower::{Layer, Service};

/// Allocations of one request, its body read to the end, once everything is warm.
fn allocations<L>(layer: L, target: &str) -> AllocationInfo
where
    L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request, Error = std::convert::Infallible> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Response: axum::response::IntoResponse + 'static,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    let mut app = Router::new()
        .route("/users/{id}", get(async |Path(_): Path<u32>| "ok"))
        .route("/stream", get(async || Script::body([Step::Data("x")])))
        .layer(layer)
        .with_state::<()>(());
    let mut once = || {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = Method::GET;
        *request.uri_mut() = target.parse().unwrap();
        allocation_counter::measure(|| {
            let mut response = Box::pin(app.call(request));
            let mut cx = Context::from_waker(Waker::noop());
            let Poll::Ready(response) = response.as_mut().poll(&mut cx) else {
                panic!("{target} does not wait")
            };
            let mut body = response.unwrap_or_else(|never| match never {}).into_body();
            while let Poll::Ready(Some(_)) =
                http_body::Body::poll_frame(std::pin::Pin::new(&mut body), &mut cx)
            {}
        })
    };
    for _ in 0..100 {
        once();
    }
    once()
}

/// Passes everything on: what axum itself takes for a layer.
fn noop() -> impl Layer<
    axum::routing::Route,
    Service: Service<
        Request,
        Response = http::Response<Body>,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone
                 + Send
                 + Sync
                 + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    tower::layer::layer_fn(|inner: axum::routing::Route| inner)
}

#[test]
fn metrics_of_a_response_of_known_size_allocate_nothing() {
    let obs = obs();
    let layer = obs_axum::layer(&obs).without_ids().without_access_log();
    for target in ["/users/7", "/nothing"] {
        let (ours, bare) = (allocations(layer.clone(), target), allocations(noop(), target));
        assert!(bare.count_total > 0, "the counter counts");
        assert_eq!(ours.count_total, bare.count_total, "{target}");
    }
    assert_eq!(support::durations(&obs), ["GET /users/{id} 200 x101", "GET _unmatched 404 x101"]);
}

#[test]
fn a_stream_costs_the_box_of_its_body_and_of_its_deadline() {
    let layer = obs_axum::layer(&obs()).without_ids().without_access_log();
    let (ours, bare) = (allocations(layer, "/stream"), allocations(noop(), "/stream"));
    let extra = ours.count_total - bare.count_total;
    assert_eq!(extra, 2);
}

#[test]
fn ids_cost_their_two_headers() {
    let layer = obs_axum::layer(&obs()).without_access_log();
    let (ours, bare) = (allocations(layer, "/users/7"), allocations(noop(), "/users/7"));
    let extra = ours.count_total - bare.count_total;
    assert_eq!(extra, 2);
}
