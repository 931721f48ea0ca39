//! A counter for each level.

use ::metrics::Counter;
use tracing::Level;

use crate::metrics::{self, Metrics};

/// The series of a metric whose one label is `level`.
#[derive(Clone)]
pub(crate) struct ByLevel {
    /// From `TRACE` to `ERROR`.
    counters: [Counter; 5],
}

impl ByLevel {
    pub(crate) fn new(metrics: &Metrics, metric: &metrics::Counter<1>) -> Self {
        let counter = |level| metric.of(metrics, [level]);
        Self { counters: ["trace", "debug", "info", "warn", "error"].map(counter) }
    }

    pub(crate) fn of(&self, level: Level) -> &Counter {
        let [trace, debug, info, warn, error] = &self.counters;
        match level {
            Level::TRACE => trace,
            Level::DEBUG => debug,
            Level::INFO => info,
            Level::WARN => warn,
            Level::ERROR => error,
        }
    }
}
