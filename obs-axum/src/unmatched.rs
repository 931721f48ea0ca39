//! Unmatched requests of a router that something is merged into.
//!
//! `Router::merge` keeps the fallback of the router that is merged in, where both have axum's own.
//! Merged after the layer, the endpoints would so bring a fallback that no layer is around, and
//! the requests of scanners would be counted nowhere. Theirs is therefore one that finds the layer.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use tower::{Layer, Service};

use crate::layer::Shared;
use crate::service::{ResponseFuture, observe};

/// The layer that was made last for an `Obs`.
#[derive(Debug, Default)]
pub(crate) struct Latest(Mutex<Weak<Shared>>);

impl Latest {
    pub(crate) fn set(&self, layer: &Arc<Shared>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(layer);
    }

    fn get(&self) -> Option<Arc<Shared>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }
}

/// Observes requests as the latest layer does, unless one around it does so already.
#[derive(Clone, Debug)]
pub(crate) struct UnmatchedLayer(pub(crate) Arc<Latest>);

impl<S> Layer<S> for UnmatchedLayer {
    type Service = UnmatchedService<S>;

    fn layer(&self, inner: S) -> UnmatchedService<S> {
        UnmatchedService { inner, latest: Arc::clone(&self.0) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct UnmatchedService<S> {
    inner: S,
    latest: Arc<Latest>,
}

impl<S, B, R> Service<Request<B>> for UnmatchedService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: http_body::Body,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        observe(&mut self.inner, self.latest.get().as_ref(), request)
    }
}
