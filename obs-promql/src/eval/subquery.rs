//! Subqueries: a range vector of what an expression was at steps of its own.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Cell, Evaluator, Grid, Steps};
use crate::error::EvalError;
use crate::histogram::{Histogram, ResetHint};
use crate::source::{Samples, Selected};
use crate::syntax::{DurationArg, NodeId};

/// The rows of a subquery, as a source has them.
pub(super) struct SubquerySeries {
    grid: Grid,
    /// The times of its steps.
    times: Vec<i64>,
}

impl SubquerySeries {
    pub(super) const fn len(&self) -> usize {
        self.grid.rows.len()
    }

    /// Samples that are held.
    pub(super) fn held(&self) -> usize {
        self.grid.samples()
    }

    /// The series of this number, and whether the metric's name goes at the end of the query.
    pub(super) fn selected(&self, number: usize) -> (Selected<'_>, bool) {
        let row = &self.grid.rows[number];
        let (kinds, values) = (self.grid.kinds(number), self.grid.values(number));
        let samples = if kinds.iter().all(|kind| *kind == Cell::Float) {
            Samples {
                times: Cow::Borrowed(&self.times),
                values: Cow::Borrowed(values),
                ..Samples::default()
            }
        } else {
            let mut samples = Samples::default();
            for (step, _) in kinds.iter().enumerate().filter(|(_, kind)| **kind != Cell::Absent) {
                samples.times.to_mut().push(self.times[step]);
                samples.values.to_mut().push(values[step]);
                if self.grid.has_histograms() {
                    let histogram = self.grid.histogram(number, step).map(without_hint);
                    samples.histograms.to_mut().push(histogram);
                }
            }
            samples
        };
        (Selected { labels: &row.labels, samples }, row.drop_name)
    }
}

/// What was known of resets is of the samples before, which need not be among those of a subquery.
fn without_hint(histogram: &Arc<Histogram>) -> Arc<Histogram> {
    match histogram.reset {
        ResetHint::Unknown | ResetHint::Gauge => Arc::clone(histogram),
        ResetHint::Reset | ResetHint::NotReset => {
            Arc::new(Histogram { reset: ResetHint::Unknown, ..Histogram::clone(histogram) })
        }
    }
}

impl Evaluator<'_> {
    /// The samples of `expr` for ranges of this length that end at `times`.
    pub(super) fn subquery(
        &mut self,
        expr: NodeId,
        length: i64,
        step: Option<&DurationArg>,
        times: &[i64],
    ) -> Result<SubquerySeries, EvalError> {
        let step = step.map(|step| self.positive_duration(step)).transpose()?;
        let step = step.filter(|step| *step > 0).unwrap_or(self.options.subquery_step).max(1);
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return Ok(SubquerySeries { grid: Grid::default(), times: Vec::new() });
        };
        // The first multiple of the step after the beginning of the range.
        let after = first.saturating_sub(length);
        let mut start = step * (after / step);
        if start <= after {
            start = start.saturating_add(step);
        }
        let steps = Steps::range(start, *last, step);
        if steps.count == 0 {
            return Ok(SubquerySeries { grid: Grid::default(), times: Vec::new() });
        }
        let outer = std::mem::replace(&mut self.steps, steps);
        let grid = self.eval_grid(expr);
        self.steps = outer;
        Ok(SubquerySeries { grid: grid?, times: steps.times().collect() })
    }
}
