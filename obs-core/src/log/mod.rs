//! The log: stock `tracing-subscriber` lines on standard output, and a count of them.

mod by_level;
mod clock;
#[cfg_attr(not(test), expect(dead_code, reason = "the layer calls it"))]
mod fold;
mod level;
#[cfg_attr(not(test), expect(dead_code, reason = "the layer calls it"))]
mod limit;
mod output;
#[cfg_attr(not(test), expect(dead_code, reason = "the layer calls it"))]
mod sample;
mod target;

use std::io::{IsTerminal, Write};

use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry, fmt};

use by_level::ByLevel;

use crate::metrics::{Metrics, own};

pub use level::{FilterError, LevelHandle, LevelState};
pub use limit::RateLimit;
pub use output::Output;
pub use sample::Sampling;

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
    #[cfg_attr(not(test), expect(dead_code, reason = "the layer reads it"))]
    pub(crate) rate_limit: RateLimit,
    #[cfg_attr(not(test), expect(dead_code, reason = "the layer reads it"))]
    pub(crate) sampling: Sampling,
    /// Whether lines that are the same as the one before are counted instead.
    #[cfg_attr(not(test), expect(dead_code, reason = "the layer reads it"))]
    pub(crate) fold: bool,
    pub(crate) format: LogFormat,
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
pub(crate) fn install(config: &LogConfig, metrics: &Metrics) -> bool {
    let registry = Registry::default()
        .with(config.level.layer())
        .with(CountEvents(ByLevel::new(metrics, &own::LOG_EVENTS)));
    let lines = fmt::layer().with_writer(std::io::stdout);
    let json = match config.format {
        LogFormat::Auto => !std::io::stdout().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    if json {
        let lines = lines.json().flatten_event(true).with_span_list(false);
        tracing::subscriber::set_global_default(registry.with(lines)).is_ok()
    } else {
        tracing::subscriber::set_global_default(registry.with(lines)).is_ok()
    }
}

/// Writes out what standard output still holds.
pub(crate) fn flush() {
    // Nobody is left to be told.
    let _ = std::io::stdout().flush();
}

/// Counts the events that pass the filter.
struct CountEvents(ByLevel);

impl<S: Subscriber> Layer<S> for CountEvents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.of(*event.metadata().level()).increment(1);
    }
}
