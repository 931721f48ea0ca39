//! How queries are evaluated.

use std::fmt;
use std::sync::Arc;

/// How queries are evaluated, and what they may cost.
///
/// The default is what Prometheus does in production.
#[derive(Clone)]
pub struct Options {
    /// How far back an instant selector looks for a sample, in milliseconds; five minutes. A sample
    /// exactly this old is not seen.
    pub lookback: i64,
    /// The steps of a subquery that names none, in milliseconds; one minute. Prometheus takes its
    /// global evaluation interval.
    pub subquery_step: i64,
    /// Samples that a query may hold at one time; 50 million, as in Prometheus.
    pub max_samples: usize,
    /// Whether the metric's name is taken away at the end of the query and not at each function. Off;
    /// Prometheus' `promql-delayed-name-removal`.
    pub delayed_name_removal: bool,
    /// Whether functions over a counter look at when it began. Off; Prometheus'
    /// `use-start-timestamps`.
    pub start_timestamps: bool,
    /// Asked now and then whether to stop: for a time limit.
    pub interrupt: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lookback: 5 * 60_000,
            subquery_step: 60_000,
            max_samples: 50_000_000,
            delayed_name_removal: false,
            start_timestamps: false,
            interrupt: None,
        }
    }
}

impl Options {
    /// What Prometheus' own test files are run with.
    #[must_use]
    pub fn test_engine() -> Self {
        Self { delayed_name_removal: true, start_timestamps: true, ..Self::default() }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("lookback", &self.lookback)
            .field("subquery_step", &self.subquery_step)
            .field("max_samples", &self.max_samples)
            .field("delayed_name_removal", &self.delayed_name_removal)
            .field("start_timestamps", &self.start_timestamps)
            .finish_non_exhaustive()
    }
}
