//! Why a rule was not evaluated.

use std::fmt;

use obs_promql::{EvalError, Labels};

use crate::store::AppendError;

/// Why the evaluation of a rule failed. In Prometheus' words.
#[derive(Debug)]
#[non_exhaustive]
pub enum RuleError {
    /// The expression has no value.
    Query(EvalError),
    /// The expression has a value that is of no use to a rule.
    NotAVector,
    /// With the rule's labels two of the recorded series are the same.
    SameSeries(Labels),
    /// With the rule's labels two of the alerts are the same.
    SameAlerts(Labels),
    /// There are more series or alerts than the group allows.
    Limit {
        /// The group's limit.
        limit: usize,
        /// How many there are.
        count: usize,
        /// Whether they are alerts.
        alerts: bool,
    },
    /// A sample was not taken. All others were.
    Append {
        /// The series.
        series: Labels,
        /// Why.
        source: AppendError,
    },
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(error) => write!(f, "{error}"),
            Self::NotAVector => f.write_str("rule result is not a vector or scalar"),
            Self::SameSeries(labels) => write!(
                f,
                "vector contains metrics with the same labelset after applying rule labels: {labels}"
            ),
            Self::SameAlerts(labels) => write!(
                f,
                "vector contains metrics with the same labelset after applying alert labels: {labels}"
            ),
            Self::Limit { limit, count, alerts } => {
                let what = if *alerts { "alerts" } else { "series" };
                write!(f, "exceeded limit of {limit} with {count} {what}")
            }
            Self::Append { series, source } => write!(f, "{source}: {series}"),
        }
    }
}

impl std::error::Error for RuleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Query(error) => std::error::Error::source(error),
            Self::Append { source, .. } => std::error::Error::source(source),
            _ => None,
        }
    }
}
