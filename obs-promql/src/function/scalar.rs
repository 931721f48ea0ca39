//! Numbers, and the way between numbers and vectors.

use super::math::{go_max, go_min};
use super::{Body, Function, WholeBody};
use crate::error::EvalError;
use crate::eval::{Call, Cell, Evaluated, Grid, Row};
use crate::labels::Labels;
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "scalar",
        &[Type::Vector],
        Type::Scalar,
        "The value of the one float among the elements; NaN if there is none or more than one.",
        Body::Whole(scalar),
    ),
    Function::new(
        "vector",
        &[Type::Scalar],
        Type::Vector,
        "One element without labels that has the argument for a value.",
        Body::Whole(vector),
    ),
    number("pi", "π.", |call| call.constant(std::f64::consts::PI)),
    number("start", "When the query starts, in seconds since 1970.", |call| {
        call.constant(seconds(call.evaluator.whole.start))
    })
    .experimental(),
    number("end", "When the query ends, in seconds since 1970.", |call| {
        call.constant(seconds(call.evaluator.end))
    })
    .experimental(),
    number("range", "Seconds from the start of the query to its end.", |call| {
        let evaluator = &call.evaluator;
        call.constant(seconds(evaluator.end.saturating_sub(evaluator.whole.start)))
    })
    .experimental(),
    number("step", "Seconds from one step of the query to the next; 0 if it has one.", |call| {
        let evaluator = &call.evaluator;
        let one = evaluator.instant || evaluator.end == evaluator.whole.start;
        call.constant(if one { 0.0 } else { seconds(evaluator.whole.step) })
    })
    .experimental(),
    number("time", "The time of the step, in seconds since 1970.", |call| {
        Ok(Evaluated::Scalar(call.evaluator.steps.times().map(seconds).collect()))
    }),
    Function::new(
        "max_of",
        &[Type::Scalar, Type::Scalar],
        Type::Scalar,
        "The larger of two numbers.",
        Body::Whole(|call| pairwise(call, go_max)),
    )
    .experimental(),
    Function::new(
        "min_of",
        &[Type::Scalar, Type::Scalar],
        Type::Scalar,
        "The smaller of two numbers.",
        Body::Whole(|call| pairwise(call, go_min)),
    )
    .experimental(),
];

/// A function without arguments.
const fn number(name: &'static str, doc: &'static str, body: WholeBody) -> Function {
    Function::new(name, &[], Type::Scalar, doc, Body::Whole(body))
}

/// Milliseconds in seconds.
#[expect(clippy::cast_precision_loss, reason = "times are far from where floats have gaps")]
pub(super) fn seconds(millis: i64) -> f64 {
    millis as f64 / 1000.0
}

fn scalar(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let grid = call.grid(0)?;
    let mut values = vec![f64::NAN; grid.steps];
    let mut found = vec![0_usize; grid.steps];
    for row in 0..grid.rows.len() {
        for (step, kind) in grid.kinds(row).iter().enumerate() {
            if *kind == Cell::Float {
                found[step] += 1;
                values[step] = if found[step] == 1 { grid.values(row)[step] } else { f64::NAN };
            }
        }
    }
    Ok(Evaluated::Scalar(values))
}

fn vector(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let values = call.scalar(0)?;
    let mut grid = Grid::with_capacity(values.len(), 1);
    let row = grid.push_row(Row { labels: Labels::empty(), drop_name: false });
    for (step, value) in values.into_iter().enumerate() {
        grid.set_float(row, step, value);
    }
    Ok(Evaluated::Grid(grid))
}

fn pairwise(call: &mut Call<'_, '_>, of: fn(f64, f64) -> f64) -> Result<Evaluated, EvalError> {
    let (left, right) = (call.scalar(0)?, call.scalar(1)?);
    Ok(Evaluated::Scalar(left.into_iter().zip(right).map(|(a, b)| of(a, b)).collect()))
}
