//! The log: stock `tracing-subscriber` lines on standard output, and a count of them.

mod clock;
mod level;
mod output;

use std::io::{IsTerminal, Write};

use metrics::Counter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::{Layer, Registry, fmt};

use crate::metrics::{Metrics, own};

pub use level::{FilterError, LevelHandle, LevelState};
pub use output::Output;

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
    let registry = Registry::default().with(config.level.layer()).with(CountEvents::new(metrics));
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
struct CountEvents {
    /// From `TRACE` to `ERROR`.
    by_level: [(Level, Counter); 5],
}

impl CountEvents {
    fn new(metrics: &Metrics) -> Self {
        let counter = |level: Level| {
            let name = level.as_str().to_ascii_lowercase();
            (level, own::LOG_EVENTS.of(metrics, [&name]))
        };
        Self {
            by_level: [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR]
                .map(counter),
        }
    }
}

impl<S: Subscriber> Layer<S> for CountEvents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = event.metadata().level();
        if let Some((_, counter)) = self.by_level.iter().find(|(counted, _)| counted == level) {
            counter.increment(1);
        }
    }
}
