//! The log: `tracing`'s events as lines of JSON, or of text for people.

mod bridge;
mod by_level;
mod chain;
mod clock;
mod control;
mod escape;
mod fields;
mod fold;
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
mod redact;
mod rules;
mod sample;
mod schema;
mod span;
mod target;
mod visit;

use std::io::Write;

use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

pub use json::json;
pub use layer::{EcsLayer, EcsLayerBuilder};
pub use level::{FilterError, LevelHandle, LevelState};
pub use limit::RateLimit;
pub use output::Output;
pub use redact::{Redaction, Secret};
pub use sample::Sampling;
pub use schema::{ECS_VERSION, EcsField, EcsKind, ecs_fields};

pub(crate) use options::Options;
#[cfg(test)]
pub(crate) use redact::Redactor;
pub(crate) use redact::{A_NAME, is_name, parse_mode, parse_names};

use crate::Service;
use crate::metrics::Metrics;
use control::Controls;
use line::{Core, Line, Parts, Sink};
use meters::Meters;

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

#[derive(Clone, Debug)]
pub(crate) struct LogConfig {
    pub(crate) level: LevelHandle,
    pub(crate) rate_limit: RateLimit,
    pub(crate) sampling: Sampling,
    /// Whether lines that are the same as the one before are counted instead.
    pub(crate) fold: bool,
    pub(crate) format: LogFormat,
    pub(crate) options: Options,
    pub(crate) redaction: Redaction,
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
    let sinks: Vec<Box<dyn Sink>> = vec![Box::new(|line: &Line<'_>| {
        let _ = std::io::stdout().lock().write_all(line.json);
    })];
    let LogConfig { options, redaction, rate_limit, sampling, fold, .. } = config;
    let controls = Controls::new(rate_limit.clone(), sampling.clone(), *fold, metrics);
    let parts = Parts::new(service, options, redaction, sinks, Meters::new(metrics), controls);
    let layer = EcsLayer::new(Core::new(parts));
    let registry = Registry::default().with(config.level.layer()).with(layer);
    if tracing::subscriber::set_global_default(registry).is_err() {
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
