//! What is written in a native histogram. Floats are left out.

use super::super::{Body, Function, WholeBody};
use crate::error::EvalError;
use crate::eval::{Call, Cell, Evaluated, Grid, histograms_later};
use crate::histogram::Histogram;
use crate::value::Type;

pub(super) const COUNT: Function =
    of_histogram("histogram_count", "The observations in each native histogram.", |call| {
        map(call, |histogram| histogram.count)
    });

pub(super) const SUM: Function = of_histogram(
    "histogram_sum",
    "The sum of all observations in each native histogram.",
    |call| map(call, |histogram| histogram.sum),
);

pub(super) const AVG: Function = of_histogram(
    "histogram_avg",
    "The mean of all observations in each native histogram.",
    |call| map(call, |histogram| histogram.sum / histogram.count),
);

pub(super) const STDDEV: Function = of_histogram(
    "histogram_stddev",
    "About the standard deviation of the observations in each native histogram.",
    deviation,
);

pub(super) const STDVAR: Function = of_histogram(
    "histogram_stdvar",
    "About the variance of the observations in each native histogram.",
    deviation,
);

const fn of_histogram(name: &'static str, doc: &'static str, body: WholeBody) -> Function {
    Function::new(name, &[Type::Vector], Type::Vector, doc, Body::Whole(body))
}

fn map(call: &mut Call<'_, '_>, value: fn(&Histogram) -> f64) -> Result<Evaluated, EvalError> {
    let mut grid = call.grid(0)?;
    for row in 0..grid.rows.len() {
        for step in 0..grid.steps {
            match grid.histogram(row, step).map(|histogram| value(histogram)) {
                Some(value) if grid.kind(row, step) == Cell::Histogram => {
                    grid.set_float(row, step, value);
                }
                _ => grid.clear(row, step),
            }
        }
    }
    grid.drop_empty_rows();
    call.evaluator.drop_names(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

fn deviation(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let grid = call.grid(0)?;
    for row in 0..grid.rows.len() {
        if grid.kinds(row).contains(&Cell::Histogram) {
            return Err(histograms_later(call.span));
        }
    }
    // There are floats alone, which are left out.
    Ok(Evaluated::Grid(Grid::new(grid.steps)))
}
