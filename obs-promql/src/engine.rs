//! Queries, evaluated.

use std::collections::HashSet;

use crate::error::EvalError;
use crate::eval::{Evaluated, Evaluator, Grid, Steps, merge_same};
use crate::notes::Notes;
use crate::options::Options;
use crate::source::Source;
use crate::syntax::Query;
use crate::value::{MatrixSeries, Type, Value, VectorElement};

/// The value of a query, and what its writer should know.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The value.
    pub value: Value,
    /// Warnings and infos.
    pub notes: Notes,
}

/// The times of a range query, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first.
    pub start: i64,
    /// The last, or later than the last.
    pub end: i64,
    /// From one to the next.
    pub step: i64,
}

impl Query {
    /// The value at one time, in milliseconds since 1970.
    ///
    /// # Errors
    ///
    /// If there is no value, a limit is reached, or the source fails.
    pub fn instant(
        &self,
        source: &dyn Source,
        time: i64,
        options: &Options,
    ) -> Result<Outcome, EvalError> {
        let mut evaluator = Evaluator::new(self, source, options, Steps::one(time), true);
        let value = match self.ty() {
            Type::Matrix => Value::Matrix(evaluator.matrix(self.root())?),
            _ => match evaluator.eval(self.root())? {
                Evaluated::Scalar(values) => {
                    Value::Scalar(values.first().copied().unwrap_or_default())
                }
                Evaluated::String(text) => Value::String(text.to_str_lossy().into_owned()),
                Evaluated::Grid(grid) => {
                    let grid = named(grid, self, options)?;
                    let rows = grid.rows.iter().enumerate();
                    Value::Vector(
                        rows.filter_map(|(number, row)| {
                            let value = grid.get(number, 0)?;
                            Some(VectorElement { labels: row.labels.clone(), value })
                        })
                        .collect(),
                    )
                }
            },
        };
        Ok(Outcome { value, notes: evaluator.notes })
    }

    /// The values at many times.
    ///
    /// # Errors
    ///
    /// If there is no value, a limit is reached, the source fails, or the step is not above zero.
    /// Texts and range vectors have no values over time.
    pub fn range(
        &self,
        source: &dyn Source,
        range: Range,
        options: &Options,
    ) -> Result<Outcome, EvalError> {
        let root = &self[self.root()];
        if matches!(self.ty(), Type::Matrix | Type::String) {
            let message = format!(
                "invalid expression type {:?} for range query, must be Scalar or instant Vector",
                self.ty().document_name()
            );
            return Err(EvalError::expression(message, root.span));
        }
        if range.step <= 0 {
            let message = "zero or negative query resolution step widths are not accepted";
            return Err(EvalError::expression(message, root.span));
        }
        let steps = Steps::range(range.start, range.end, range.step);
        let mut evaluator = Evaluator::new(self, source, options, steps, false);
        evaluator.end = range.end;
        let series = match evaluator.eval(self.root())? {
            Evaluated::Scalar(values) => vec![MatrixSeries {
                labels: crate::Labels::empty(),
                samples: steps.times().zip(values.into_iter().map(Into::into)).collect(),
            }],
            Evaluated::String(_) => Vec::new(),
            Evaluated::Grid(grid) => {
                let grid = named(grid, self, options)?;
                let rows = grid.rows.iter().enumerate();
                let mut series: Vec<MatrixSeries> = rows
                    .map(|(number, row)| MatrixSeries {
                        labels: row.labels.clone(),
                        samples: (0..steps.count)
                            .filter_map(|step| Some((steps.time(step), grid.get(number, step)?)))
                            .collect(),
                    })
                    .filter(|series| !series.samples.is_empty())
                    .collect();
                series.sort_by(|a, b| a.labels.cmp(&b.labels));
                series
            }
        };
        Ok(Outcome { value: Value::Matrix(series), notes: evaluator.notes })
    }
}

/// The grid without the names that go at the end.
fn named(mut grid: Grid, query: &Query, options: &Options) -> Result<Grid, EvalError> {
    if options.delayed_name_removal {
        for row in grid.rows.iter_mut().filter(|row| row.drop_name) {
            row.labels = row.labels.without_name();
        }
        let labels: HashSet<_> = grid.rows.iter().map(|row| &row.labels).collect();
        if labels.len() < grid.rows.len() {
            merge_same(&mut grid, query[query.root()].span)?;
        }
    }
    Ok(grid)
}
