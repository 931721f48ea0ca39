//! The log: stock `tracing-subscriber` lines on standard output, and a count of them.

mod appender;
mod bridge;
mod chain;
mod clock;
mod escape;
mod fields;
mod file;
mod json;
mod layer;
mod line;
mod local;
mod options;
mod output;
mod plan;
mod rules;
mod schema;
mod span;
mod stub;
mod visit;

use std::io::Write;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{EnvFilter, Registry};

use line::{Core, Line, Meters, Parts, Sink};
pub(crate) use options::Options;

use crate::Service;
use crate::metrics::Metrics;

#[expect(unused_imports, reason = "called where outputs are made")]
pub(crate) use appender::count_losses;
pub use appender::{Appender, appender};
#[expect(unused_imports, reason = "called where outputs are made")]
pub(crate) use file::reopen_on_hangup;
pub(crate) use file::{A_MODE, A_PATH, is_mode, is_path};
pub use file::{File, FileOutput, Rotation};
pub use json::json;
pub use layer::{EcsLayer, EcsLayerBuilder};
pub use output::{Losses, Output};
pub use schema::{ECS_VERSION, EcsField, EcsKind, ecs_fields};
pub use stub::Redaction;

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
    /// A filter that parses.
    pub(crate) filter: String,
    pub(crate) format: LogFormat,
    pub(crate) options: Options,
    /// Not opened yet.
    #[cfg_attr(not(test), expect(dead_code, reason = "opened where outputs are made"))]
    pub(crate) file: Option<File>,
    /// The application's own.
    #[expect(dead_code, reason = "written to where outputs are made")]
    pub(crate) outputs: Vec<Box<dyn Output>>,
}

/// What was expected where [`is_filter`] says no.
pub(crate) const A_FILTER: &str = "a `tracing` filter such as `info,sqlx=warn`; levels are error, warn, info, debug, trace and off";

pub(crate) fn is_filter(text: &str) -> bool {
    filter(text).is_some()
}

fn filter(text: &str) -> Option<EnvFilter> {
    EnvFilter::builder().parse(text).ok()
}

pub(crate) fn parse_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "text" => Ok(LogFormat::Text),
        _ => Err("`json`, `text` or `auto`"),
    }
}

/// Makes this the subscriber of the process; `false` if there is one already.
pub(crate) fn install(config: &LogConfig, service: &Service, metrics: &Metrics) -> bool {
    let registry = Registry::default().with(filter(&config.filter));
    let sinks: Vec<Box<dyn Sink>> = vec![Box::new(|line: &Line<'_>| {
        let _ = std::io::stdout().lock().write_all(line.json);
    })];
    let redaction = Redaction::default();
    let parts = Parts::new(service, &config.options, &redaction, sinks, Meters::of(metrics));
    let layer = EcsLayer::new(Core::new(parts));
    if tracing::subscriber::set_global_default(registry.with(layer)).is_err() {
        return false;
    }
    bridge::install();
    true
}

/// Writes out what standard output still holds.
pub(crate) fn flush() {
    // Nobody is left to be told.
    let _ = std::io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        for (text, good) in [
            ("info", true),
            ("info,sqlx=warn", true),
            ("off", true),
            ("shop[request{method=GET}]=debug", true),
            ("lo=ud", false),
            ("info,=,", false),
        ] {
            assert_eq!(is_filter(text), good, "{text}");
        }
    }
}
