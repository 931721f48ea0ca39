//! Operators on numbers, many at a time.

use super::{Operator, power};
use crate::error::EvalError;
use crate::eval::Cell;
use crate::go_math;
use crate::syntax::BinaryOp;

/// What remains of a comparison that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// The number that is there.
    Own,
    /// The other.
    Other,
    /// 1, and 0 where it does not hold.
    Bool,
}

/// Makes each of `values` what the operator makes of it and the value beside it.
///
/// `values` are what stands before the operator, or after it if `swapped`.
///
/// # Errors
///
/// If the operator is not for numbers.
pub(super) fn of_scalars(
    operator: Operator,
    values: &mut [f64],
    others: &[f64],
) -> Result<(), EvalError> {
    if operator.op.is_comparison() {
        let mut kinds = vec![Cell::Float; values.len()];
        compare(operator.op, &mut kinds, values, others, false, Kept::Bool);
        Ok(())
    } else if is_arithmetic(operator.op) {
        arithmetic(operator.op, values, others, false);
        Ok(())
    } else {
        Err(operator.unexpected())
    }
}

/// Whether it makes another number, which is not what the metric's name says any more.
pub(super) const fn is_arithmetic(op: BinaryOp) -> bool {
    matches!(
        op,
        BinaryOp::Add
            | BinaryOp::Sub
            | BinaryOp::Mul
            | BinaryOp::Div
            | BinaryOp::Mod
            | BinaryOp::Pow
            | BinaryOp::Atan2
    )
}

/// Makes each of `values` what the operator makes of it and the value beside it, which stands on the
/// left if `swapped`.
pub(super) fn arithmetic(op: BinaryOp, values: &mut [f64], others: &[f64], swapped: bool) {
    // One loop for each operator, so that each is compiled by itself.
    match op {
        BinaryOp::Add => each(values, others, swapped, |a, b| a + b),
        BinaryOp::Sub => each(values, others, swapped, |a, b| a - b),
        BinaryOp::Mul => each(values, others, swapped, |a, b| a * b),
        BinaryOp::Div => each(values, others, swapped, |a, b| a / b),
        BinaryOp::Mod => each(values, others, swapped, |a, b| a % b),
        BinaryOp::Pow => each(values, others, swapped, power::power),
        BinaryOp::Atan2 => each(values, others, swapped, go_math::atan2),
        _ => {}
    }
}

#[inline]
fn each(values: &mut [f64], others: &[f64], swapped: bool, of: impl Fn(f64, f64) -> f64) {
    let pairs = values.iter_mut().zip(others);
    if swapped {
        pairs.for_each(|(value, other)| *value = of(*other, *value));
    } else {
        pairs.for_each(|(value, other)| *value = of(*value, *other));
    }
}

/// Compares each of `values` with the value beside it, which stands on the left if `swapped`.
///
/// Cells where it does not hold are [`Cell::Absent`] after it; those that are absent stay so.
pub(super) fn compare(
    op: BinaryOp,
    kinds: &mut [Cell],
    values: &mut [f64],
    others: &[f64],
    swapped: bool,
    kept: Kept,
) {
    let cells = (kinds, values, others);
    match op {
        BinaryOp::Eq => filter(cells, swapped, kept, |a, b| a == b),
        BinaryOp::Ne => filter(cells, swapped, kept, |a, b| a != b),
        BinaryOp::Gt => filter(cells, swapped, kept, |a, b| a > b),
        BinaryOp::Lt => filter(cells, swapped, kept, |a, b| a < b),
        BinaryOp::Ge => filter(cells, swapped, kept, |a, b| a >= b),
        BinaryOp::Le => filter(cells, swapped, kept, |a, b| a <= b),
        _ => {}
    }
}

#[inline]
fn filter(
    (kinds, values, others): (&mut [Cell], &mut [f64], &[f64]),
    swapped: bool,
    kept: Kept,
    holds: impl Fn(f64, f64) -> bool,
) {
    for ((kind, value), other) in kinds.iter_mut().zip(values).zip(others) {
        let holds = if swapped { holds(*other, *value) } else { holds(*value, *other) };
        match kept {
            Kept::Bool => *value = f64::from(u8::from(holds)),
            Kept::Own | Kept::Other if !holds => *kind = Cell::Absent,
            Kept::Own => {}
            Kept::Other => *value = *other,
        }
    }
}
