//! The service around the routes, and its future.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use tower::Service;

use crate::body::ObservedBody;
use crate::exchange::Exchange;
use crate::frame;
use crate::layer::Shared;
use crate::unmatched::Latest;

/// A service whose requests [`HttpLayer`](crate::HttpLayer) observes.
#[derive(Clone, Debug)]
pub struct HttpService<S> {
    inner: S,
    by: By,
}

/// The layer that a service observes its requests for.
#[derive(Clone, Debug)]
pub(crate) enum By {
    This(Arc<Shared>),
    Latest(Arc<Latest>),
}

impl<S> HttpService<S> {
    pub(crate) fn new(inner: S, by: By) -> Self {
        Self { inner, by }
    }
}

impl<S, B, R> Service<Request<B>> for HttpService<S>
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
        // Two layers on one path must not count a request twice; the outer one sees all of it.
        let mut exchange = match &self.by {
            _ if frame::is_entered() => None,
            By::This(layer) => Some(Exchange::start(layer, &request)),
            By::Latest(latest) => latest.get().map(|layer| Exchange::start(&layer, &request)),
        };
        let inner = {
            let _entered = exchange.as_deref_mut().map(Exchange::enter);
            self.inner.call(request)
        };
        ResponseFuture { inner: Some(inner), exchange }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`HttpService`].
    ///
    /// Dropped before its response is ready, it counts the request as cancelled.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // `None` only while this is being dropped.
        #[pin]
        inner: Option<F>,
        exchange: Option<Box<Exchange>>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What a cancelled handler does in its destructors is still this request's.
            let unfinished = this.exchange.as_deref_mut().filter(|one| !one.has_ended());
            let entered = unfinished.map(Exchange::enter);
            this.inner.set(None);
            drop(entered);
            if let Some(exchange) = this.exchange.take() {
                exchange.recycle();
            }
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: http_body::Body<Data = Bytes> + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Output = Result<Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = {
            let _entered = this.exchange.as_deref_mut().map(Exchange::enter);
            match this.inner.as_pin_mut() {
                Some(inner) => ready!(inner.poll(cx)),
                None => return Poll::Pending,
            }
        };
        Poll::Ready(match result {
            Ok(response) => {
                let mut response = response.map(Body::new);
                let stream = this.exchange.as_mut().and_then(|one| one.respond(&mut response));
                Ok(match (stream, this.exchange.take_if(|_| stream.is_some())) {
                    (Some(stream), Some(exchange)) => {
                        ObservedBody::around(response, exchange.unboxed(), stream)
                    }
                    _ => response,
                })
            }
            Err(error) => {
                if let Some(exchange) = this.exchange {
                    exchange.fail();
                }
                Err(error)
            }
        })
    }
}
