//! The span and the event of a command.

use std::time::Duration;

use obs_core::trace::{self, TraceContext};
use tracing::{Level, Span};

use super::failure::Failure;
use super::{Kind, Outcome};

/// What a span or an event says of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    pub(crate) command: &'a str,
    pub(crate) kind: Kind,
    pub(crate) shard: u32,
    pub(crate) trace: TraceContext,
    /// Whether the ids of `trace` are fields.
    pub(crate) id_fields: bool,
}

/// The span that a command runs in; its events inherit the fields.
pub(crate) fn span(about: &About<'_>) -> Span {
    // Asked first: the ids are not worth formatting for a span that nobody takes.
    if !tracing::span_enabled!(target: "obs_serenity::command", Level::INFO, "discord.command") {
        return Span::none();
    }
    let _entered = trace::enter(about.trace);
    let ids =
        about.id_fields.then(|| (about.trace.trace_id.to_hex(), about.trace.span_id.to_hex()));
    tracing::info_span!(
        target: "obs_serenity::command",
        "discord.command",
        command = about.command,
        kind = about.kind.name(),
        shard = about.shard,
        trace.id = ids.as_ref().map(|(trace, _)| text(trace)),
        span.id = ids.as_ref().map(|(_, span)| text(span)),
    )
}

/// One event at a level of its own: `tracing` wants levels, targets and fields as constants.
macro_rules! event {
    ($level:expr, $about:expr, $outcome:expr, $duration:expr, $failure:expr) => {{
        if tracing::event_enabled!(target: "obs_serenity::command", $level) {
            let about: &About<'_> = $about;
            let failure: Option<&Failure> = $failure;
            let ids = about
                .id_fields
                .then(|| (about.trace.trace_id.to_hex(), about.trace.span_id.to_hex()));
            // Not in the span: stock JSON would write the span's fields a second time.
            tracing::event!(
                target: "obs_serenity::command",
                parent: None,
                $level,
                "command" = about.command,
                "kind" = about.kind.name(),
                "outcome" = $outcome.name(),
                "shard" = about.shard,
                "event.duration" = u64::try_from($duration.as_nanos()).unwrap_or(u64::MAX),
                "error.type" = ($outcome != Outcome::Ok).then(|| $outcome.name()),
                "error.message" = failure.and_then(|failure| failure.message.as_deref()),
                "error.stack_trace" = failure.and_then(|failure| failure.chain.as_deref()),
                "trace.id" = ids.as_ref().map(|(trace, _)| text(trace)),
                "span.id" = ids.as_ref().map(|(_, span)| text(span)),
                "command"
            );
        }
    }};
}

/// Writes the one event of a command that has ended.
pub(crate) fn log(
    about: &About<'_>,
    outcome: Outcome,
    duration: Duration,
    failure: Option<&Failure>,
) {
    let ours = failure.is_some_and(|failure| failure.ours);
    match outcome.level(ours) {
        Level::ERROR => event!(Level::ERROR, about, outcome, duration, failure),
        Level::WARN => event!(Level::WARN, about, outcome, duration, failure),
        _ => event!(Level::INFO, about, outcome, duration, failure),
    }
}

fn text(hex: &[u8]) -> &str {
    str::from_utf8(hex).unwrap_or_default()
}
