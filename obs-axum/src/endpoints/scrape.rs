//! The answer to a scrape: encoded while it is sent, so that its size does not matter.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderName,
    RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body::Frame;
use obs_core::metrics::{Format, Metrics};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Endpoints;
use super::auth::unauthorized;
use super::encoding::accepts_gzip;

/// Chunks that wait for the client; with those in hand at either end, 64 KiB each, all the memory
/// that a scrape takes.
const WAITING: usize = 2;

/// What a chunk holds at most.
const CHUNK: usize = 64 * 1024;

/// A client that takes nothing for this long is given up: it holds a thread.
const STALLED: Duration = Duration::from_secs(10);

/// Scrapes that are answered at the same time; each may hold a thread of the runtime's pool, which
/// files and name lookups share. Prometheus and a person or two need fewer.
pub(super) const AT_ONCE: usize = 4;

pub(super) async fn metrics(
    State(endpoints): State<Arc<Endpoints>>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    if endpoints.token.as_ref().is_some_and(|token| !token.is_in(&headers)) {
        return unauthorized();
    }
    let Ok(permit) = Arc::clone(&endpoints.scrapes).try_acquire_owned() else {
        return (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")], "too many scrapes\n")
            .into_response();
    };
    let format = endpoints.metrics.negotiate(text(&headers, ACCEPT));
    let gzip = text(&headers, ACCEPT_ENCODING).is_some_and(accepts_gzip);
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        Body::new(stream(endpoints.metrics.clone(), format, gzip, permit))
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A header as text; an unreadable one counts as absent.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

fn stream(
    metrics: Metrics,
    format: Format,
    gzip: bool,
    permit: OwnedSemaphorePermit,
) -> Exposition {
    let (sender, chunks) = mpsc::channel(WAITING);
    let runtime = Handle::current();
    runtime.clone().spawn_blocking(move || {
        let _permit = permit;
        let chunks = Chunks { buffer: Vec::with_capacity(CHUNK), sender: Some(sender), runtime };
        // An error is a client that has gone; nobody is left to be told.
        let _ = if gzip {
            encode(&metrics, format, GzEncoder::new(chunks, Compression::fast()))
                .and_then(GzEncoder::finish)
                .and_then(Chunks::finish)
        } else {
            encode(&metrics, format, chunks).and_then(Chunks::finish)
        };
    });
    Exposition { chunks, complete: false }
}

fn encode<W: Write>(metrics: &Metrics, format: Format, mut sink: W) -> io::Result<W> {
    metrics.encode(format, &mut sink)?;
    Ok(sink)
}

enum Part {
    Chunk(Bytes),
    /// The last part. Without it, a client would take a broken-off exposition for a whole one.
    End,
}

/// Sends what is written in chunks.
struct Chunks {
    buffer: Vec<u8>,
    sender: Option<mpsc::Sender<Part>>,
    runtime: Handle,
}

impl Chunks {
    fn send(&mut self, part: Part) -> io::Result<()> {
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let sender = self.sender.as_ref().ok_or_else(gone)?;
        let sent = match sender.try_send(part) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(part)) => self
                .runtime
                .block_on(tokio::time::timeout(STALLED, sender.send(part)))
                .is_ok_and(|sent| sent.is_ok()),
        };
        if !sent {
            self.sender = None;
            return Err(gone());
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.send(Part::End)
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.buffer.len() + bytes.len() > CHUNK {
            self.flush()?;
        }
        let taken = bytes.len().min(CHUNK);
        self.buffer.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(CHUNK));
        self.send(Part::Chunk(chunk.into()))
    }
}

/// The body of a scrape.
struct Exposition {
    chunks: mpsc::Receiver<Part>,
    complete: bool,
}

impl http_body::Body for Exposition {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.complete {
            return Poll::Ready(None);
        }
        let part = ready!(self.chunks.poll_recv(cx));
        self.complete = !matches!(part, Some(Part::Chunk(_)));
        Poll::Ready(match part {
            Some(Part::Chunk(chunk)) => Some(Ok(Frame::data(chunk))),
            Some(Part::End) => None,
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.complete
    }
}
