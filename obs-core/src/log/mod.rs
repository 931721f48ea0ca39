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
mod stdout;
mod target;
mod visit;
mod writer;

use std::io;
use std::sync::{Arc, OnceLock, Weak};

use tracing::Level;
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

pub use writer::{LossReason, Losses, Policy, Queue};

pub(crate) use options::Options;
#[cfg(test)]
pub(crate) use redact::Redactor;
pub(crate) use redact::{A_NAME, is_name, parse_mode, parse_names};
pub(crate) use writer::{
    A_QUEUE_SIZE, QueueConfig, Writer, is_queue_size, parse_policy, parse_sync_level,
};

use crate::Service;
use crate::metrics::Metrics;
use control::Controls;
use line::{Core, Line, Parts, Sink};
use meters::Meters;
use own::Own;
use stdout::Stdout;

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
    pub(crate) queue: QueueConfig,
}

pub(crate) fn parse_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "json" => Ok(LogFormat::Json),
        "text" => Ok(LogFormat::Text),
        _ => Err("`json`, `text` or `auto`"),
    }
}

/// The layer that `config` asks for, and the writer of its lines.
///
/// # Errors
///
/// The system refuses a thread or a file descriptor.
pub(crate) fn open(
    config: &LogConfig,
    service: &Service,
    metrics: &Metrics,
) -> io::Result<(EcsLayer, Writer)> {
    let teller = Arc::new(OnceLock::new());
    let writer = Writer::spawn(
        Box::new(Stdout::open()?),
        &config.queue,
        metrics,
        notice(Arc::clone(&teller)),
    )?;
    let sink = writer.clone();
    let sinks: Vec<Box<dyn Sink>> =
        vec![Box::new(move |line: &Line<'_>| sink.write(line.level, line.json))];
    let LogConfig { options, redaction, rate_limit, sampling, fold, .. } = config;
    let controls = Controls::new(rate_limit.clone(), sampling.clone(), *fold, metrics);
    let parts = Parts::new(service, options, redaction, sinks, Meters::new(metrics), controls);
    let layer = EcsLayer::new(Core::new(parts));
    // Set once, here.
    let _ = teller.set(layer.downgrade());
    Ok((layer, writer))
}

/// Makes the line about lines that are missing, once there is a layer for it.
fn notice(teller: Arc<OnceLock<Weak<Core>>>) -> writer::Notice {
    Box::new(move |losses| {
        let Some(core) = teller.get().and_then(Weak::upgrade) else { return Vec::new() };
        let own = Own {
            level: Level::WARN,
            target: level::TARGET,
            origin: None,
            message: &losses.to_string(),
            numbers: &[("log_lines_lost", losses.total())],
        };
        core.own(&own, core.now(), |line| line.json.to_vec())
    })
}

/// Makes `layer` the subscriber of the process; `false` if there is one already.
pub(crate) fn install(config: &LogConfig, layer: EcsLayer) -> bool {
    let registry = Registry::default().with(config.level.layer()).with(layer);
    if tracing::subscriber::set_global_default(registry).is_err() {
        return false;
    }
    bridge::install();
    true
}
