//! The log: `tracing`'s events as lines of JSON, or of text for people.
//!
//! There is nothing to learn: [`init`](crate::Builder::init) installs it, and `tracing`'s macros are
//! the whole interface. Records of the `log` crate are in it too.
//!
//! ```
//! # let number = 42; let total = 99.95;
//! tracing::info!(order.id = number, total, http.request.method = "POST", "order placed");
//! ```
//!
//! is, without the line breaks,
//!
//! ```json
//! {"@timestamp":"2026-11-23T14:05:07.123456789Z","log.level":"info","message":"order placed",
//!  "ecs.version":"8.11.0","service.name":"shop","event.dataset":"shop","log.logger":"shop::orders",
//!  "log.origin.file.name":"src/orders.rs","log.origin.file.line":27,"numeric_labels.order_id":42,
//!  "numeric_labels.total":99.95,"http.request.method":"POST","trace.id":"0af7…","span.id":"b7ad…"}
//! ```
//!
//! # What a line says
//!
//! Names and types are those of the Elastic Common Schema; [`ecs_fields`] lists them. A field that is
//! called like one of them, such as `user.id`, `url.path` or `http.response.status_code`, is that
//! field. Every other one is a label:
//!
//! * text, `bool`s and what is formatted with `?` or `%`: `labels.NAME`, always a string;
//! * numbers: `numeric_labels.NAME`, always a number. What a number cannot say exactly is a string
//!   in `labels`: integers beyond 2⁵³, such as Discord's ids, `NaN` and the infinities;
//! * bytes: `labels.NAME`, as hexadecimal digits;
//! * [`json`]: one label for each value within.
//!
//! Dots and what else does not belong in a label's name become `_`. A value of another type than its
//! field wants is moved to a label, `http.response.status_code = "teapot"` to
//! `labels.http_response_status_code`; so is a field that the layer writes itself, such as `level`,
//! `@timestamp` or `service.name`. So no line has a key twice, no field is a value here and an
//! object there, and nothing that a client sends can pretend to be another line or another time.
//!
//! The fields of all spans around an event are in its line; where a name stands several times, the
//! event's own wins, then the innermost span's. `Span::record` counts at any time, and takes the place
//! of all that the value before it became.
//!
//! `error` and `err` are special. Given as an error (`error = &error as &dyn Error`) they become
//! `error.message`, and `error.stack_trace` with all that caused it; given as text,
//! `error.message`.
//!
//! `trace.id` and `span.id` are those of [`trace::current`](crate::trace::current), or else those that
//! were current when the span around the event began, unless a field says otherwise.
//!
//! # What a line does not say
//!
//! Secrets: see [`Redaction`]. Control characters and marks that turn the direction of writing are
//! escaped. A value that panics while it is formatted is left out, and so are the values of an event
//! that values of events log four deep. A value has at most half of what a line may have (16,000 bytes, see
//! [`Builder::log_line_limit`](crate::Builder::log_line_limit)); a line of which something was cut
//! or left out has `labels.log_truncated`.
//!
//! # Where lines go, and which of them
//!
//! To standard output, or a [`File`] that is rotated, or an [`Output`] of the application's own, by
//! way of a [`Queue`] that never grows beyond its size and accounts for each line it could not
//! keep: `obs_log_lines_dropped_total{level,reason}`, and a line in the log itself.
//!
//! [`LevelHandle`] changes the filter while the service runs. [`RateLimit`], [`Sampling`] and
//! [`Builder::log_fold`](crate::Builder::log_fold) hold lines back where asked to, and say so.
//!
//! # With other layers
//!
//! [`Builder::without_global_subscriber`](crate::Builder::without_global_subscriber) leaves it to
//! the application to put [`Obs::log_layer`](crate::Obs::log_layer) into a subscriber of its own.
//! Several of these layers in one subscriber are independent of each other, and each may have a filter.

mod appender;
mod bridge;
mod by_level;
mod chain;
pub(crate) mod clock;
mod control;
pub(crate) mod escape;
mod events;
mod fields;
mod file;
mod fold;
mod install;
mod json;
mod layer;
mod level;
mod limit;
mod line;
mod local;
mod meters;
mod options;
mod output;
mod own;
mod plan;
mod readers;
mod redact;
mod rules;
mod sample;
mod schema;
mod span;
mod stdout;
mod sweep;
mod target;
mod text;
mod visit;
mod writer;

pub use appender::{Appender, appender};
pub use file::{File, FileOutput, Rotation};
pub use json::json;
pub use layer::{EcsLayer, EcsLayerBuilder};
pub use level::{FilterError, LevelHandle, LevelLayer, LevelState};
pub use limit::RateLimit;
pub use output::{DroppedLines, Output};
pub use redact::{Redaction, Secret};
pub use sample::Sampling;
pub use schema::{ECS_VERSION, EcsField, EcsKind, ecs_fields};
pub use writer::{LossReason, Losses, Policy, Queue};

pub(crate) use file::{A_MODE, A_PATH, is_mode, is_path};
pub(crate) use install::Log;
pub(crate) use options::Options;
#[cfg(test)]
pub(crate) use redact::Redactor;
pub(crate) use redact::{A_NAME, is_name, parse_mode, parse_names};
pub(crate) use text::Colours;
pub(crate) use writer::{A_QUEUE_SIZE, QueueConfig, is_queue_size, parse_policy, parse_sync_level};

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogFormat {
    /// Text where standard output is a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// One line of text, for people.
    Text,
}

pub(crate) struct LogConfig {
    pub(crate) level: LevelHandle,
    pub(crate) rate_limit: RateLimit,
    pub(crate) sampling: Sampling,
    /// Whether lines that are the same as the one before are counted instead.
    pub(crate) fold: bool,
    pub(crate) format: LogFormat,
    pub(crate) options: Options,
    pub(crate) redaction: Redaction,
    pub(crate) queue: QueueConfig,
    pub(crate) colours: Colours,
    /// Whether lines go to standard output.
    pub(crate) stdout: bool,
    /// Not opened yet.
    pub(crate) file: Option<File>,
    /// The application's own.
    pub(crate) outputs: Vec<Box<dyn Output>>,
}

pub(crate) fn parse_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "text" => Ok(LogFormat::Text),
        _ => Err("`json`, `text` or `auto`"),
    }
}
