//! Subqueries: a range vector of what an expression was at steps of its own.

use super::{Cell, Evaluator, Steps};
use crate::error::EvalError;
use crate::source::{Samples, Selected};
use crate::syntax::{DurationArg, NodeId, TimeModifiers};

/// The rows of a subquery, as a source has them.
pub(super) struct SubquerySeries {
    rows: Vec<(super::Row, Samples<'static>)>,
}

impl SubquerySeries {
    pub(super) fn selected(&self) -> impl Iterator<Item = (Selected<'_>, bool)> {
        self.rows.iter().map(|(row, samples)| {
            let selected = Selected { labels: &row.labels, samples: samples.clone() };
            (selected, row.drop_name)
        })
    }
}

impl Evaluator<'_> {
    /// The samples of `expr` for ranges that end at `times`.
    pub(super) fn subquery(
        &mut self,
        expr: NodeId,
        range: i64,
        step: Option<&DurationArg>,
        time: &TimeModifiers,
    ) -> Result<SubquerySeries, EvalError> {
        let step = match step {
            Some(step) => self.duration(step)?,
            None => self.options.subquery_step,
        };
        let step = if step > 0 { step } else { self.options.subquery_step };
        let times = self.looked_at(time)?;
        let (Some(first), Some(last)) = (times.first(), times.last()) else {
            return Ok(SubquerySeries { rows: Vec::new() });
        };
        // The first multiple of the step after the beginning of the range.
        let after = first.saturating_sub(range);
        let mut start = step * (after / step);
        if start <= after {
            start += step;
        }
        let outer = std::mem::replace(&mut self.steps, Steps::range(start, *last, step));
        let steps = self.steps;
        let grid = self.eval_grid(expr);
        self.steps = outer;
        let grid = grid?;
        let rows = (0..grid.rows.len()).map(|row| {
            let mut samples = Samples::default();
            for (number, kind) in grid.kinds(row).iter().enumerate() {
                if *kind == Cell::Absent {
                    continue;
                }
                samples.times.to_mut().push(steps.time(number));
                samples.values.to_mut().push(grid.values(row)[number]);
                if grid.has_histograms() {
                    samples.histograms.to_mut().push(grid.histogram(row, number).cloned());
                }
            }
            (grid.rows[row].clone(), samples)
        });
        Ok(SubquerySeries { rows: rows.collect() })
    }
}
