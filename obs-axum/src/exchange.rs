//! One request, from its start to the end of its response: what is measured and when.

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, OriginalUri};
use http::header::CONTENT_TYPE;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::Body as _;
use obs_core::trace::TraceContext;
use tracing::Span;

use crate::ErrorCause;
use crate::access::Access;
use crate::deadline::Wait;
use crate::frame::{self, Frame, TraceScope};
use crate::handles::{self, Labels, Series};
use crate::layer::{InFlight, Shared};
use crate::method::Known;
use crate::pool;
use crate::request_id::{self, RequestId, TRACEPARENT, X_REQUEST_ID};

/// The route of a request that no template matched: one value, whatever was asked for.
pub(crate) const UNMATCHED: &str = "_unmatched";

/// A request's size is what its client declares, and a sum that took in one absurd number would
/// show no other any more. No body of a request has a tebibyte.
const MAX_DECLARED: u64 = 1 << 40;

/// The observation of one request. Dropped before its end, it counts the request as cancelled.
#[derive(Debug)]
pub(crate) struct Exchange {
    started: Instant,
    route: Option<MatchedPath>,
    /// For the access log only.
    path: Option<PathAndQuery>,
    request_bytes: Option<u64>,
    trace: Option<TraceContext>,
    span: Span,
    /// On the thread while the request is polled, here in between, and so whenever it is asked for.
    frame: Option<Frame>,
    stage: Stage,
    /// Bytes of the response's body so far, where it is followed.
    sent: u64,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// No response yet.
    Handling,
    /// Headers are out, the body follows.
    Responding { status: StatusCode, stream: Stream },
    /// Recorded.
    Ended,
}

/// Why a body is followed to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stream {
    /// Its size is unknown: the duration has been recorded, the stream's follows.
    Unsized,
    /// Server-sent events: only the stream's duration is recorded.
    Events,
    /// An option asks for it: the duration, taken at the headers, is recorded at the end.
    Tracked {
        /// Seconds to the headers.
        headers: f64,
    },
}

/// How a body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Complete,
    /// Dropped before its end: the client went away.
    Dropped,
    Failed,
    /// Cut by the shutdown.
    Shutdown,
}

impl Exchange {
    pub(crate) fn start<B: http_body::Body>(
        shared: &Arc<Shared>,
        request: &Request<B>,
    ) -> Box<Self> {
        #[expect(clippy::disallowed_methods, reason = "a request begins where the layer meets it")]
        let started = Instant::now();
        let options = &shared.options;
        let route = request.extensions().get::<MatchedPath>().cloned();
        let (trace, request_id) = if options.ids {
            let (trace, id) = ids(request.headers(), options.incoming_ids);
            (Some(trace), Some(id))
        } else {
            (None, None)
        };
        let span = match (&trace, &request_id) {
            (Some(trace), Some(id)) if options.span => {
                crate::access::span(*trace, id, options.id_fields)
            }
            _ => Span::none(),
        };
        let path = if options.access_log { original_path(request) } else { None };
        let sized = options.access_log || options.body_sizes;
        let mut exchange = pool::take().unwrap_or_else(|| Box::new(Self::vacant(started)));
        exchange.frame = Some(Frame {
            in_flight: InFlight::new(shared, Known::of(request.method())),
            request_id,
            matched: route.is_some(),
            route: None,
            buckets: None,
            cause: None,
            skip: false,
        });
        exchange.started = started;
        exchange.route = route;
        exchange.path = path;
        exchange.request_bytes = if sized { request.body().size_hint().exact() } else { None };
        exchange.trace = trace;
        exchange.span = span;
        exchange.stage = Stage::Handling;
        exchange.sent = 0;
        exchange
    }

    /// No request's.
    fn vacant(started: Instant) -> Self {
        Self {
            started,
            route: None,
            path: None,
            request_bytes: None,
            trace: None,
            span: Span::none(),
            frame: None,
            stage: Stage::Ended,
            sent: 0,
        }
    }

    /// Takes this out of its box to follow a body, and keeps the box for another request.
    pub(crate) fn unboxed(mut self: Box<Self>) -> Self {
        let vacant = Self::vacant(self.started);
        let exchange = mem::replace(&mut *self, vacant);
        pool::give(self);
        exchange
    }

    /// Ends the request, as cancelled if it has not ended, and keeps the box for another one.
    pub(crate) fn recycle(mut self: Box<Self>) {
        self.cancel();
        self.route = None;
        self.path = None;
        self.trace = None;
        self.span = Span::none();
        self.frame = None;
        pool::give(self);
    }

    fn cancel(&mut self) {
        if let Stage::Handling = self.stage {
            let status = StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST);
            self.measure_duration(status, Some("cancelled"), self.elapsed());
            self.end(status, Some("cancelled"), None);
        }
    }

    /// Makes this the request that the thread works on, until the guard is dropped.
    ///
    /// A panic that unwinds through the guard ends the request.
    pub(crate) fn enter(&mut self) -> Entered<'_> {
        frame::swap(&mut self.frame);
        self.span.with_subscriber(|(id, dispatch)| dispatch.enter(id));
        let trace = TraceScope::new(self.trace);
        Entered { exchange: self, _trace: trace }
    }

    /// Completes the response that the routes made. Where its body is to be followed, says why;
    /// otherwise the request has ended.
    pub(crate) fn respond(&mut self, response: &mut Response<Body>) -> Option<Stream> {
        let status = response.status();
        let frame = self.frame.as_mut()?;
        if let Some(&ErrorCause(cause)) = response.extensions().get() {
            frame.cause = Some(cause);
        }
        let (cause, method) = (frame.cause, frame.in_flight.method);
        self.add_headers(response.headers_mut());
        let upgrade = status == StatusCode::SWITCHING_PROTOCOLS
            || (method.is_connect() && status.is_success());
        if upgrade {
            self.measure(status, cause, |series, shared, labels| {
                series.upgrades(&shared.metrics, labels).increment(1);
            });
            self.end(status, cause, None);
            return None;
        }
        let elapsed = self.elapsed();
        let has_body = has_body(method, status);
        let stream = if has_body { self.stream(response, elapsed) } else { None };
        if matches!(stream, None | Some(Stream::Unsized)) {
            self.measure_duration(status, cause, elapsed);
        }
        if let Some(stream) = stream {
            self.stage = Stage::Responding { status, stream };
        } else {
            let size = response.body().size_hint().exact().filter(|_| has_body);
            self.end(status, cause, Some(size.unwrap_or(0)));
        }
        stream
    }

    /// When the shutdown ends a response of this kind.
    pub(crate) fn deadline(&self, stream: Stream) -> Wait {
        let shared = self.frame.as_ref().map(|frame| &frame.in_flight.shared);
        shared.map_or_else(Wait::for_ever, |shared| shared.deadline.of_stream(stream))
    }

    /// Ends a request whose service failed instead of answering: status 500 to the client.
    pub(crate) fn fail(&mut self) {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        self.measure_duration(status, self.cause(), self.elapsed());
        self.end(status, self.cause(), None);
    }

    /// Counts bytes of the body that were handed on.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.sent += bytes as u64;
    }

    /// Whether at least so many bytes of the body were handed on.
    pub(crate) fn has_sent(&self, bytes: u64) -> bool {
        self.sent >= bytes
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    /// Ends a request whose body has come to an end; only the first end counts.
    pub(crate) fn body_ended(&mut self, end: End) {
        let Stage::Responding { status, stream } = self.stage else { return };
        let cause = match end {
            End::Complete => self.cause(),
            End::Dropped => Some("cancelled"),
            End::Failed => self.cause().or(Some("body_error")),
            End::Shutdown => Some("shutdown"),
        };
        self.stream_ended(status, stream, cause);
    }

    fn stream_ended(&mut self, status: StatusCode, stream: Stream, cause: Option<&'static str>) {
        match stream {
            Stream::Tracked { headers } => self.measure_duration(status, cause, headers),
            Stream::Unsized | Stream::Events => {
                let elapsed = self.elapsed();
                self.measure(status, cause, |series, shared, labels| {
                    series.stream(&shared.metrics, labels).record(elapsed);
                });
            }
        }
        self.end(status, cause, Some(self.sent));
    }

    fn panicked(&mut self) {
        let cause = Some("panic");
        match self.stage {
            Stage::Handling => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                self.measure_duration(status, cause, self.elapsed());
                self.end(status, cause, None);
            }
            Stage::Responding { status, stream } => self.stream_ended(status, stream, cause),
            Stage::Ended => {}
        }
    }

    /// Why this response is followed to the end of its body, if it is.
    fn stream(&self, response: &Response<Body>, elapsed: f64) -> Option<Stream> {
        let body = response.body();
        if body.is_end_stream() {
            return None;
        }
        if body.size_hint().exact().is_none() {
            let events = is_event_stream(response.headers());
            return Some(if events { Stream::Events } else { Stream::Unsized });
        }
        let tracked = self.frame.as_ref()?.in_flight.shared.options.track_all_bodies;
        tracked.then_some(Stream::Tracked { headers: elapsed })
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        let Some(trace) = self.trace else { return };
        let id = self.frame.as_ref().and_then(|frame| frame.request_id.as_ref());
        if let Some(id) = id.and_then(RequestId::to_header) {
            headers.entry(&X_REQUEST_ID).or_insert(id);
        }
        if let Ok(value) = HeaderValue::from_bytes(&trace.to_header()) {
            headers.entry(&TRACEPARENT).or_insert(value);
        }
    }

    fn elapsed(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    fn cause(&self) -> Option<&'static str> {
        self.frame.as_ref()?.cause
    }

    fn measure_duration(&self, status: StatusCode, cause: Option<&'static str>, seconds: f64) {
        self.measure(status, cause, |series, shared, labels| {
            series.duration(&shared.metrics, labels).record(seconds);
        });
    }

    fn measure(
        &self,
        status: StatusCode,
        cause: Option<&'static str>,
        record: impl FnOnce(&mut Series, &Shared, &Labels<'_>),
    ) {
        let Some(frame) = self.frame.as_ref().filter(|frame| !frame.skip) else { return };
        let labels = self.labels(frame, status, cause);
        let _current = TraceScope::new(self.trace);
        let shared = &frame.in_flight.shared;
        handles::with(shared, &labels, |series| record(series, shared, &labels));
    }

    fn labels<'a>(
        &'a self,
        frame: &'a Frame,
        status: StatusCode,
        cause: Option<&'static str>,
    ) -> Labels<'a> {
        let matched = self.route.as_ref().map_or(UNMATCHED, MatchedPath::as_str);
        let route = frame.route.as_deref().unwrap_or(matched);
        let method = frame.in_flight.method;
        Labels { method, route, status, cause, buckets: frame.buckets }
    }

    /// The one end of every request: sizes, the access log, and the active gauge.
    fn end(&mut self, status: StatusCode, cause: Option<&'static str>, response: Option<u64>) {
        let Some(frame) = &self.frame else { return };
        let options = &frame.in_flight.shared.options;
        if options.body_sizes {
            self.measure(status, cause, |series, shared, labels| {
                if let Some(bytes) = self.request_bytes.filter(|&bytes| bytes <= MAX_DECLARED) {
                    series.request_size(&shared.metrics, labels).record(bytes as f64);
                }
                if let Some(bytes) = response {
                    series.response_size(&shared.metrics, labels).record(bytes as f64);
                }
            });
        }
        if options.access_log && !frame.skip {
            Access {
                labels: self.labels(frame, status, cause),
                path: self.path.as_ref().map_or("", PathAndQuery::path),
                duration: self.started.elapsed(),
                request_bytes: self.request_bytes.filter(|&bytes| bytes > 0),
                response_bytes: response,
                request_id: frame.request_id.as_ref().map(RequestId::as_str),
                trace: self.trace,
                id_fields: options.id_fields,
                events: matches!(self.stage, Stage::Responding { stream: Stream::Events, .. }),
            }
            .log(options.sample);
        }
        self.stage = Stage::Ended;
        if let Some(frame) = &mut self.frame {
            frame.in_flight.release();
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// See [`Exchange::enter`].
#[derive(Debug)]
pub(crate) struct Entered<'a> {
    exchange: &'a mut Exchange,
    _trace: TraceScope,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let exchange = &mut *self.exchange;
        exchange.span.with_subscriber(|(id, dispatch)| dispatch.exit(id));
        frame::swap(&mut exchange.frame);
        // Whoever catches the panic drops the request only afterwards, when nothing tells it from
        // a cancelled one.
        if std::thread::panicking() {
            exchange.panicked();
        }
    }
}

/// Whether a response of this status sends its body: the server drops any other unread.
fn has_body(method: Known, status: StatusCode) -> bool {
    !method.is_head() && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

fn ids(headers: &HeaderMap, incoming: bool) -> (TraceContext, RequestId) {
    if incoming {
        (request_id::trace_context(headers), RequestId::from_headers(headers))
    } else {
        (TraceContext::new_root(), RequestId::random())
    }
}

/// The path as the client sent it, also where a router above has stripped a prefix.
fn original_path<B>(request: &Request<B>) -> Option<PathAndQuery> {
    let original = request.extensions().get::<OriginalUri>();
    original.map_or_else(|| request.uri(), |uri| &uri.0).path_and_query().cloned()
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    const EVENT_STREAM: &[u8] = b"text/event-stream";
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    value
        .and_then(|value| value.get(..EVENT_STREAM.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(EVENT_STREAM))
}
