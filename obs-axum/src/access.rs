//! The span and the access-log event of a request.

use std::str;
use std::time::Duration;

use obs_core::trace::{self, TraceContext};
use tracing::{Level, Span};

use crate::handles::Labels;
use crate::request_id::RequestId;

/// The most bytes of a path in the access log.
const MAX_PATH: usize = 256;

/// The span that a request's handler runs in; its events inherit the ids.
///
/// Without `id_fields`, a log that knows of trace contexts takes the ids from the current one.
pub(crate) fn span(trace: TraceContext, id: &RequestId, id_fields: bool) -> Span {
    // Asked first: the ids are not worth formatting for a span that nobody takes.
    if !tracing::span_enabled!(target: "obs_axum", Level::INFO, "http.request") {
        return Span::none();
    }
    if !id_fields {
        let _entered = trace::enter(trace);
        return tracing::info_span!(
            target: "obs_axum",
            "http.request",
            http.request.id = id.as_str(),
        );
    }
    let (trace_id, span_id) = (trace.trace_id.to_hex(), trace.span_id.to_hex());
    tracing::info_span!(
        target: "obs_axum",
        "http.request",
        trace.id = text(&trace_id),
        span.id = text(&span_id),
        http.request.id = id.as_str(),
    )
}

/// What the access log says about a request.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    pub(crate) labels: Labels<'a>,
    pub(crate) path: &'a str,
    pub(crate) duration: Duration,
    pub(crate) request_bytes: Option<u64>,
    pub(crate) response_bytes: Option<u64>,
    pub(crate) request_id: Option<&'a str>,
    pub(crate) trace: Option<TraceContext>,
    /// Whether the ids of `trace` are fields of the event.
    pub(crate) id_fields: bool,
    /// Whether the response was a stream of server-sent events.
    pub(crate) events: bool,
}

/// One event at a level of its own: `tracing` wants levels, targets and fields as constants.
macro_rules! event {
    ($level:expr, $access:expr, $sample:expr) => {{
        if tracing::event_enabled!(target: "obs_axum::access", $level) {
            let access: &Access<'_> = $access;
            let labels = &access.labels;
            let ids = access.trace.filter(|_| access.id_fields);
            let ids = ids.map(|trace| (trace.trace_id.to_hex(), trace.span_id.to_hex()));
            // Not in the span: stock JSON would write the span's fields a second time.
            tracing::event!(
                target: "obs_axum::access",
                parent: None,
                $level,
                "http.request.method" = labels.method.name(),
                "http.route" = labels.route,
                "url.path" = shortened(access.path),
                "http.response.status_code" = labels.status.as_u16(),
                "error.type" = labels.error_type(),
                "event.duration" = u64::try_from(access.duration.as_nanos()).unwrap_or(u64::MAX),
                "http.request.body.bytes" = access.request_bytes,
                "http.response.body.bytes" = access.response_bytes,
                "http.request.id" = access.request_id,
                "trace.id" = ids.as_ref().map(|(trace, _)| text(trace)),
                "span.id" = ids.as_ref().map(|(_, span)| text(span)),
                "access.sample_rate" = $sample,
                "request"
            );
        }
    }};
}

impl Access<'_> {
    /// Writes the event, or not: one in `sample` successes is kept.
    pub(crate) fn log(&self, sample: u32) {
        let _entered = self.trace.filter(|_| !self.id_fields).map(trace::enter);
        match self.level() {
            Level::ERROR => event!(Level::ERROR, self, None::<u32>),
            Level::WARN => event!(Level::WARN, self, None::<u32>),
            _ if sample > 1 && self.is_success() => {
                if fastrand::u32(..sample) == 0 {
                    event!(Level::INFO, self, Some(sample));
                }
            }
            _ => event!(Level::INFO, self, None::<u32>),
        }
    }

    fn is_success(&self) -> bool {
        self.labels.status.as_u16() < 400 && self.labels.cause.is_none()
    }

    fn level(&self) -> Level {
        match self.labels.cause {
            // A broken body is the service's doing, whatever status went ahead of it.
            Some("panic" | "body_error") => Level::ERROR,
            _ if self.labels.status.is_server_error() => Level::ERROR,
            // An event stream has no other end than these.
            Some("cancelled" | "shutdown") if self.events => Level::INFO,
            Some("cancelled" | "shutdown") => Level::WARN,
            _ => Level::INFO,
        }
    }
}

fn shortened(path: &str) -> &str {
    let mut end = path.len().min(MAX_PATH);
    while !path.is_char_boundary(end) {
        end -= 1;
    }
    &path[..end]
}

fn text(hex: &[u8]) -> &str {
    str::from_utf8(hex).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_path_is_cut_between_characters() {
        let long = "é".repeat(200);
        // (path, bytes left)
        for (path, left) in [("/", 1), (long.as_str(), 256), (&format!("/{long}"), 255)] {
            assert_eq!(shortened(path).len(), left, "{path}");
        }
    }
}
