//! Evals that are not judged yet.

use std::fmt;

use super::eval::{Eval, Expected};
use super::series::Point;
use super::store::Store;
use crate::matcher::{Matcher, matches_all};
use crate::syntax::{BinaryOp, Kind, Node, Query};

/// Why an eval is not judged: it is about what is not evaluated yet, which is found in its text and in the
/// series that it selects, and the evaluator has refused it as such.
///
/// An eval of that kind that has a value is judged by it like all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Later {
    /// It selects, computes or expects native histograms.
    NativeHistograms,
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NativeHistograms => "native histograms",
        })
    }
}

pub(super) fn later(eval: &Eval, query: &Query, store: &Store) -> Option<Later> {
    let has_histograms = |matchers: &[Matcher]| {
        let mut selected = store.iter().filter(|one| matches_all(matchers, one.labels()));
        selected.any(|series| !series.selected().samples.histograms.is_empty())
    };
    let of_histograms = |node: &Node| match &node.kind {
        Kind::Selector(selector) => has_histograms(&selector.matchers),
        Kind::Binary { op: BinaryOp::TrimUpper | BinaryOp::TrimLower, .. } => true,
        _ => false,
    };
    let touches =
        expects_histogram(&eval.value) || query.nodes().any(|(_, node)| of_histograms(node));
    touches.then_some(Later::NativeHistograms)
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
