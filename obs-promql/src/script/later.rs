//! Evals that are not judged yet.

use std::fmt;

use super::eval::{Eval, Expected};
use super::run::Mode;
use super::series::Point;
use super::store::Store;
use crate::matcher::matches_all;
use crate::syntax::{BinaryOp, Kind, Query};

/// Why an eval is not judged: what it is about is not evaluated yet.
///
/// Found in its text and in the series that it selects, whether its value is right or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Later {
    /// It selects, computes or expects native histograms.
    NativeHistograms,
    /// It has `anchored` or `smoothed`.
    ExtendedSelectors,
    /// It selects series that say when their counters began, or asks when.
    StartTimestamps,
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NativeHistograms => "native histograms",
            Self::ExtendedSelectors => "anchored or smoothed",
            Self::StartTimestamps => "start timestamps",
        })
    }
}

pub(super) fn later(eval: &Eval, query: &Query, store: &Store, mode: Mode) -> Option<Later> {
    let starts = mode.options().start_timestamps;
    let mut found = expects_histogram(&eval.value).then_some(Later::NativeHistograms);
    for (_, node) in query.nodes() {
        let reason = match &node.kind {
            Kind::Selector(selector) if selector.extension.is_some() => {
                return Some(Later::ExtendedSelectors);
            }
            Kind::Selector(selector) => {
                let selected =
                    store.iter().filter(|one| matches_all(&selector.matchers, one.labels()));
                let of = selected.filter_map(|series| {
                    let samples = series.selected().samples;
                    if starts && !samples.starts.is_empty() {
                        Some(Later::StartTimestamps)
                    } else {
                        (!samples.histograms.is_empty()).then_some(Later::NativeHistograms)
                    }
                });
                of.max()
            }
            Kind::Call { function, .. } if function.name == "start_timestamp" => {
                Some(Later::StartTimestamps)
            }
            Kind::Binary { op: BinaryOp::TrimUpper | BinaryOp::TrimLower, .. } => {
                Some(Later::NativeHistograms)
            }
            _ => None,
        };
        found = found.max(reason);
    }
    found
}

fn expects_histogram(value: &Expected) -> bool {
    match value {
        Expected::Scalar(_) | Expected::String(_) => false,
        Expected::Series(series) | Expected::RangeVector(_, series) => {
            let points = series.iter().flat_map(|(_, points)| points);
            points.into_iter().any(|point| matches!(point, Point::Histogram { .. }))
        }
    }
}
