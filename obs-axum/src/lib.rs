//! Metrics, an access log, trace context and management endpoints for axum: one layer, one router.
//!
//! ```
//! use axum::{Router, body::Body, http::Request, routing::get};
//! use obs_core::metrics::Format;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let obs = obs_core::builder("shop").bundle(obs_axum::BUNDLE).build()?; // `init` in a service
//! let app: Router = Router::new()
//!     .route("/orders/{id}", get(async || "an order"))
//!     .layer(obs_axum::layer(&obs))
//!     .merge(obs_axum::endpoints(&obs)); // /metrics /healthz /readyz /-/log-level
//!
//! let response = app.oneshot(Request::get("/orders/7").body(Body::empty())?).await?;
//! assert!(response.headers().contains_key("x-request-id"));
//! let metrics = obs.metrics().render(Format::Text);
//! let counted = metrics.lines().find(|line| line.contains("duration_seconds_count{")).unwrap();
//! assert!(counted.contains(r#"http_route="/orders/{id}""#) && counted.ends_with(" 1"));
//! # Ok(()) }
//! ```
//!
//! * [`layer`] observes the requests that pass: metrics, ids, a span, one access-log event each.
//! * [`route`] holds options of single routes: skip, another name, other buckets.
//! * [`ErrorCause`] and [`error_cause`] say why a request failed, [`RequestId`] which one it is.
//! * [`endpoints`] answers scrapes and probes and changes the log filter, on the service's port or
//!   one of their own.
//! * [`BUNDLE`] is the dashboards and alert rules for all this.
//!
//! # Where the layer goes
//!
//! Around all routes, with [`Router::layer`](axum::Router::layer), after the last route and
//! fallback. Layers added later are outside it:
//!
//! * a timeout or a load shedder **inside** answers a request, which counts with that status; one
//!   **outside** drops it, which counts as cancelled;
//! * a `CatchPanicLayer` belongs **outside**: then a panic counts as one. Inside, the layer sees
//!   nothing but a response with status 500;
//! * a layer that hands requests to another task, such as `tower::buffer`, belongs outside too: in
//!   another task nothing is known of the request, so [`route`], [`error_cause`], [`RequestId`] and
//!   exemplars have no effect there;
//! * a `CompressionLayer` **inside** makes a stream of each response it compresses; **outside**, the
//!   sizes are those before compression;
//! * where two of these layers are on a request's path, the outer one counts; that goes for requests
//!   that a handler sends to another router in the process too.
//!
//! Routes and fallbacks that are added after the layer are not observed.
//!
//! axum builds handlers anew for each connection until the router has its state, so end with
//! `.with_state(())` where the router has none; it saves time, and the layer's numbers are right
//! either way.
//!
//! # When things are recorded
//!
//! | Metric | Recorded |
//! |---|---|
//! | `http_server_request_duration_seconds` | once a request, when its response headers are ready |
//! | `http_server_response_stream_duration_seconds` | once more at the end of a body of unknown size |
//! | `http_server_active_requests` | up at the start, down when all else of the request is recorded |
//! | `http_server_upgrades_total` | once a connection that is handed over |
//! | `http_server_{request,response}_body_size_bytes` | at the end, if [asked for](HttpLayer::body_sizes) |
//!
//! The first two and the sizes have the labels `http_request_method`, `http_route`,
//! `http_response_status_code` and `error_type`; the last is empty where there was no error.
//!
//! **Panics** count with status 500 and `error_type="panic"`, whoever catches them, and pass on.
//! In a body they are the stream's `error_type`; its status is out already.
//!
//! **Client disconnects** before the headers count with status 499 and `error_type="cancelled"`:
//! a service drops a request when its client has gone. A stream whose client leaves counts as
//! cancelled in the stream duration. A body of known size counts as delivered once its headers
//! are ready, since following it costs an allocation; see [`HttpLayer::track_all_bodies`].
//!
//! **Streaming bodies**, whose size is unknown, count at their headers and at their end, where
//! `error_type` is `cancelled`, `body_error`, `panic` or `shutdown` unless all was sent. In
//! between the request is active and its access-log event is outstanding.
//!
//! **Server-sent events**, a stream with their content type, last as long as somebody listens: they are
//! in the stream duration only. So that they do not hold up a shutdown they end when it stops
//! accepting requests; other streams are cut with an error at its deadline.
//!
//! **Upgrades**, a WebSocket for one, are neither in the duration nor in the stream duration: what
//! follows status 101, or a 2xx answer to `CONNECT`, is no response. The request is over then.
//!
//! **Unmatched routes**, fallbacks of nested routers included, have the route `_unmatched`,
//! whatever was asked for: paths never reach a label. A request with the wrong method has its
//! route, and status 405. Services mounted with `nest_service` are unmatched as well, unless
//! [`route`] is around them. Methods other than those of the OpenTelemetry conventions are
//! `_OTHER`.
//!
//! **`HEAD`** requests, and responses with status 204 or 304, have no body to follow: they end at
//! their headers.
//!
//! **`error_type`** is the [`ErrorCause`] if the handler names one, else one of the words above,
//! else the status code of a server error. A client error without a cause is no error of ours.
//!
//! # Ids
//!
//! A `traceparent` header makes the request a child in that trace; without one, or with one that
//! is malformed or stands twice, it starts a trace. The response carries `traceparent` and
//! `x-request-id`, unless the handler has set them. Both ids, and the span's, are on the span
//! `http.request` that the handler runs in, and in the access log; histograms get exemplars with
//! the trace id. In the handler they are [`RequestId`] and [`obs_core::trace::current`].
//!
//! # The access log
//!
//! One event a request with target `obs_axum::access`, when all of it is over: at level `ERROR` for
//! a server error, a panic or a broken body, `WARN` for a cancelled one, else `INFO`.
//!
//! | Field | |
//! |---|---|
//! | `http.request.method`, `http.route` | as in the metrics |
//! | `url.path` | as it came, percent-encoded; without the query; at most 256 bytes |
//! | `http.response.status_code` | 499 if cancelled before the headers |
//! | `error.type` | absent if there was no error |
//! | `event.duration` | nanoseconds, to the end of the body |
//! | `http.request.body.bytes` | absent if unknown or zero |
//! | `http.response.body.bytes` | absent if there was no response |
//! | `http.request.id`, `trace.id`, `span.id` | absent without ids |
//! | `access.sample_rate` | with [`HttpLayer::sample_successes`], how many requests a kept success stands for |
//!
//! # What it does not do
//!
//! No `Host`, no client address, no query and no header value is recorded. No spans are exported.
//! gRPC's status, in a trailer, is not read.
//!
//! # Features
//!
//! * `metrics-exporter-prometheus`: turns on the feature of that name in `obs-core`. All of this
//!   works on either recorder; on that one [`RouteLayer::buckets`] has no effect.

mod access;
mod body;
mod bundle;
mod cause;
mod deadline;
mod endpoints;
mod exchange;
mod frame;
mod handles;
mod layer;
mod method;
pub mod metrics;
mod pool;
mod request_id;
mod route;
mod service;
mod unmatched;

pub use bundle::BUNDLE;
pub use cause::{ErrorCause, error_cause};
pub use endpoints::{BindError, Endpoints, Serving, endpoints};
pub use layer::{HttpLayer, layer};
pub use request_id::{MissingRequestId, RequestId};
pub use route::{RouteLayer, RouteService, route};
pub use service::{HttpService, ResponseFuture};
