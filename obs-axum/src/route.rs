//! Options of one route.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, NestedPath};
use http::{Extensions, Request};
use tower::{Layer, Service};

use crate::frame;

/// Options of the routes inside it, for the [`HttpLayer`](crate::HttpLayer) outside it.
///
/// See [`route`].
#[derive(Clone, Debug, Default)]
pub struct RouteLayer {
    options: Arc<Options>,
}

#[derive(Clone, Debug, Default)]
struct Options {
    skip: bool,
    name: Option<Arc<str>>,
    buckets: Option<&'static [f64]>,
}

/// Options for one route, one method router, one nested service or one router.
///
/// ```
/// use axum::{Router, routing::get};
///
/// # let obs = obs_core::builder("shop").build().unwrap();
/// let app: Router = Router::new()
///     .route("/ping", get(async || "pong").layer(obs_axum::route().skip()))
///     .route("/a/{b}/c/{d}", get(async || "").layer(obs_axum::route().name("/a/*")))
///     .route("/report", get(async || "").layer(obs_axum::route().buckets(&[1.0, 10.0, 60.0])))
///     .layer(obs_axum::layer(&obs));
/// ```
///
/// # Nested services
///
/// axum tells an outer layer no template for a service mounted with
/// [`nest_service`](axum::Router::nest_service): its requests are `_unmatched`. With this layer
/// around the service they have the mount point and `/*`, or the template of a router within.
///
/// ```
/// use axum::{Router, routing::any};
/// use tower::Layer;
///
/// # let obs = obs_core::builder("shop").build().unwrap();
/// # let files = any(async || "a file");
/// let app: Router = Router::new()
///     .nest_service("/static", obs_axum::route().layer(files)) // http_route="/static/*"
///     .layer(obs_axum::layer(&obs));
/// ```
#[must_use]
pub fn route() -> RouteLayer {
    RouteLayer::default()
}

impl RouteLayer {
    /// Neither measured nor logged; ids and span remain.
    #[must_use]
    pub fn skip(mut self) -> Self {
        Arc::make_mut(&mut self.options).skip = true;
        self
    }

    /// The `http_route` of these requests, instead of the router's template.
    #[must_use]
    pub fn name(mut self, name: impl Into<Arc<str>>) -> Self {
        Arc::make_mut(&mut self.options).name = Some(name.into());
        self
    }

    /// The bucket bounds of `http_server_request_duration_seconds` for these requests, in seconds.
    ///
    /// Fixed when a series is first made. Without effect on the `metrics-exporter-prometheus`
    /// backend, where bounds belong to the metric.
    ///
    /// # Panics
    ///
    /// If the bounds are empty, not finite or not strictly increasing.
    #[must_use]
    pub fn buckets(mut self, bounds: &'static [f64]) -> Self {
        let valid = bounds.iter().all(|bound| bound.is_finite())
            && bounds.is_sorted_by(|a, b| a < b)
            && !bounds.is_empty();
        assert!(valid, "bucket bounds are finite and strictly increasing: {bounds:?}");
        Arc::make_mut(&mut self.options).buckets = Some(bounds);
        self
    }
}

impl<S> Layer<S> for RouteLayer {
    type Service = RouteService<S>;

    fn layer(&self, inner: S) -> RouteService<S> {
        RouteService { inner, options: Arc::clone(&self.options) }
    }
}

/// A service whose requests have the options of a [`RouteLayer`].
#[derive(Clone)]
pub struct RouteService<S> {
    inner: S,
    options: Arc<Options>,
}

impl<S: fmt::Debug> fmt::Debug for RouteService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteService").field("options", &self.options).finish_non_exhaustive()
    }
}

impl<S, B> Service<Request<B>> for RouteService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let options = &self.options;
        frame::with(|frame| {
            if let Some(name) = &options.name {
                frame.route = Some(Arc::clone(name));
            } else if !frame.matched && frame.route.is_none() {
                frame.route = found(request.extensions());
            }
            if let Some(bounds) = options.buckets {
                frame.buckets = Some(bounds);
            }
            if options.skip {
                skip(frame);
            }
        });
        self.inner.call(request)
    }
}

/// Takes a request out of the metrics and the access log, the active gauge included.
pub(crate) fn skip(frame: &mut frame::Frame) {
    frame.skip = true;
    frame.in_flight.release();
}

/// The route as it is known in here, where a layer outside knows none.
fn found(extensions: &Extensions) -> Option<Arc<str>> {
    if let Some(matched) = extensions.get::<MatchedPath>() {
        return Some(matched.as_str().into());
    }
    let nested = extensions.get::<NestedPath>()?;
    Some(format!("{}/*", nested.as_str().trim_end_matches('/')).into())
}
