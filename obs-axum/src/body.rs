//! A response body that is followed to its end.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Response};
use http_body::{Body as _, Frame, SizeHint};

use crate::deadline::Wait;
use crate::exchange::{End, Exchange, Stream};

/// Passes a body on unchanged and tells its [`Exchange`] once how it ended.
pub(crate) struct ObservedBody {
    inner: Body,
    exchange: Exchange,
    stream: Stream,
    /// What the headers promise. A server drops the body once it has that much.
    length: Option<u64>,
    deadline: Wait,
}

impl ObservedBody {
    pub(crate) fn around(
        response: Response<Body>,
        exchange: Exchange,
        stream: Stream,
    ) -> Response<Body> {
        let length = content_length(response.headers());
        let deadline = exchange.deadline(stream);
        response.map(|inner| Body::new(Self { inner, exchange, stream, length, deadline }))
    }

    /// Lets go of the body before its end. What its destructors do is still this request's.
    fn release(&mut self, end: End) {
        if !self.exchange.has_ended() {
            let _entered = self.exchange.enter();
            self.inner = Body::empty();
        }
        self.exchange.body_ended(end);
    }

    /// Whether a server that asks no further has all of the body.
    fn is_complete(&self) -> bool {
        self.inner.is_end_stream()
            || self.inner.size_hint().exact() == Some(0)
            || self.length.is_some_and(|length| self.exchange.has_sent(length))
    }

    /// What is left of the response when the shutdown's deadline has come.
    ///
    /// An event stream has no last event, so it ends; anything else is cut with an error, or its
    /// reader would take a part for the whole.
    fn cut(&mut self) -> Option<Result<Frame<Bytes>, BoxError>> {
        self.release(End::Shutdown);
        match self.stream {
            Stream::Events => None,
            Stream::Unsized | Stream::Tracked { .. } => Some(Err("the service shuts down".into())),
        }
    }
}

impl http_body::Body for ObservedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if this.exchange.has_ended() {
            return Pin::new(&mut this.inner).poll_frame(cx).map_err(Into::into);
        }
        let polled = {
            let _entered = this.exchange.enter();
            Pin::new(&mut this.inner).poll_frame(cx)
        };
        let last = match &polled {
            // Nothing follows trailers, and servers do not ask whether something does.
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || this.inner.is_end_stream(),
            Poll::Ready(_) => true,
            Poll::Pending => false,
        };
        // Also where there is a frame: to a slow client some streams always have one.
        if !last && this.deadline.poll(cx).is_ready() {
            return Poll::Ready(this.cut());
        }
        let frame = ready!(polled);
        match &frame {
            Some(Ok(frame)) => {
                this.exchange.sent(frame.data_ref().map_or(0, Bytes::len));
                if last {
                    this.exchange.body_ended(End::Complete);
                }
            }
            Some(Err(_)) => this.exchange.body_ended(End::Failed),
            None => this.exchange.body_ended(End::Complete),
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for ObservedBody {
    fn drop(&mut self) {
        let end = if self.is_complete() { End::Complete } else { End::Dropped };
        self.release(end);
    }
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl fmt::Debug for ObservedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedBody").field("exchange", &self.exchange).finish_non_exhaustive()
    }
}
