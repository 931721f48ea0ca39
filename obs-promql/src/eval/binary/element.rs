//! What an operator makes of two samples.

use super::Operator;
use super::number::{self, Kept};
use crate::error::EvalError;
use crate::eval::{Cell, Grid, histograms_later};
use crate::syntax::BinaryOp;

/// A sample on one side of an operator.
#[derive(Clone, Copy)]
pub(super) enum Element {
    Float(f64),
    Histogram,
}

impl Element {
    /// The sample in a cell.
    pub(super) fn of(grid: &Grid, row: usize, step: usize) -> Option<Self> {
        match grid.kind(row, step) {
            Cell::Absent => None,
            Cell::Float => grid.float(row, step).map(Self::Float),
            Cell::Histogram => Some(Self::Histogram),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Float(_) => "float",
            Self::Histogram => "histogram",
        }
    }
}

/// What comes of two samples.
pub(super) enum Combined {
    Value(f64),
    /// They were compared, and it does not hold.
    Filtered,
    /// The operator makes nothing of a float and a histogram; the text says so.
    Incompatible(String),
}

/// What the operator makes of two samples.
///
/// # Errors
///
/// If it is a histogram.
pub(super) fn combine(
    operator: Operator,
    left: Element,
    right: Element,
) -> Result<Combined, EvalError> {
    let op = operator.op;
    let trims = matches!(op, BinaryOp::TrimUpper | BinaryOp::TrimLower);
    match (left, right) {
        (Element::Float(left), Element::Float(right)) if !trims => {
            let (mut kind, mut value) = ([Cell::Float], [left]);
            if op.is_comparison() {
                let kept = if operator.returns_bool { Kept::Bool } else { Kept::Own };
                number::compare(op, &mut kind, &mut value, &[right], false, kept);
            } else {
                number::arithmetic(op, &mut value, &[right], false);
            }
            let [kind] = kind;
            let [value] = value;
            Ok(if kind == Cell::Absent { Combined::Filtered } else { Combined::Value(value) })
        }
        _ if is_for_histograms(op, left, right) => Err(histograms_later(operator.span)),
        _ => Ok(Combined::Incompatible(incompatible(op, left, right))),
    }
}

/// Whether there is a meaning to it that needs arithmetic of histograms.
pub(super) const fn is_for_histograms(op: BinaryOp, left: Element, right: Element) -> bool {
    match (left, right) {
        (Element::Float(_), Element::Float(_)) => false,
        (Element::Float(_), Element::Histogram) => matches!(op, BinaryOp::Mul),
        (Element::Histogram, Element::Float(_)) => {
            matches!(op, BinaryOp::Mul | BinaryOp::Div | BinaryOp::TrimUpper | BinaryOp::TrimLower)
        }
        (Element::Histogram, Element::Histogram) => {
            matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Eq | BinaryOp::Ne)
        }
    }
}

/// What a query's writer is told of it.
pub(super) fn incompatible(op: BinaryOp, left: Element, right: Element) -> String {
    let (left, op, right) = (left.name(), op.as_str(), right.name());
    format!(
        "incompatible sample types encountered for binary operator \"{op}\": {left} {op} {right}"
    )
}
