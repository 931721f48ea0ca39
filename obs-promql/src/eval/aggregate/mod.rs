//! Aggregations: rows are put into groups once, and aggregated along their steps.

mod columns;
mod count_values;
mod extreme;
mod hash;
mod limit;
mod param;
mod quantile;
mod spread;
mod sum;
#[cfg(test)]
mod tests;
mod top;

use super::keys::{Keys, Numbers};
use super::{Cell, Evaluator, Grid, Row};
use crate::error::EvalError;
use crate::notes::Notes;
use crate::syntax::{Aggregator, Grouping, NodeId, Span};
use param::Param;

/// What an aggregation has before it.
struct Input {
    grid: Grid,
    /// The group of each row.
    group_of: Vec<usize>,
    /// How many groups there are.
    groups: usize,
    /// Where the expression that is aggregated stands.
    span: Span,
}

impl<'q> Evaluator<'q> {
    pub(super) fn aggregate(
        &mut self,
        op: Aggregator,
        expr: NodeId,
        param: Option<NodeId>,
        grouping: &'q Grouping,
        span: Span,
    ) -> Result<Grid, EvalError> {
        let before = self.held;
        let grid = if op == Aggregator::CountValues {
            self.count_values(expr, param, grouping, span)?
        } else {
            let param = match param {
                Some(param) => Some(self.param(param)?),
                None => None,
            };
            let grid = self.eval_grid(expr)?;
            let keys = Keys::grouping(grouping);
            let mut numbers = Numbers::default();
            let group_of = grid.rows.iter().map(|row| numbers.of(&keys, &row.labels)).collect();
            let span_of_expr = self.query[expr].span;
            let input = Input { grid, group_of, groups: numbers.len(), span: span_of_expr };
            self.aggregated(op, input, param.as_ref(), &keys, span)?
        };
        self.held = before;
        self.hold(grid.samples())?;
        Ok(grid)
    }

    fn aggregated(
        &mut self,
        op: Aggregator,
        input: Input,
        param: Option<&Param>,
        keys: &Keys<'_>,
        span: Span,
    ) -> Result<Grid, EvalError> {
        let missing = || EvalError::expression("a parameter is missing", span);
        let notes = &mut self.notes;
        // These leave some elements as they are.
        match op {
            Aggregator::Topk | Aggregator::Bottomk => {
                let param = param.ok_or_else(missing)?;
                return top::top(op, input, param, span, notes);
            }
            Aggregator::Limitk => return limit::limitk(input, param.ok_or_else(missing)?),
            Aggregator::LimitRatio => {
                return limit::limit_ratio(input, param.ok_or_else(missing)?, notes);
            }
            _ => {}
        }
        let mut output = input.output(keys);
        match op {
            Aggregator::Sum => sum::sum(&input, &mut output, notes)?,
            Aggregator::Avg => sum::mean(&input, &mut output, notes)?,
            Aggregator::Count => extreme::count(&input, &mut output),
            Aggregator::Group => extreme::group(&input, &mut output),
            Aggregator::Min | Aggregator::Max => extreme::extreme(op, &input, &mut output, notes),
            Aggregator::Stddev | Aggregator::Stdvar => {
                spread::spread(op, &input, &mut output, notes);
            }
            Aggregator::Quantile => {
                quantile::quantile(&input, &mut output, param.ok_or_else(missing)?, notes);
            }
            _ => return Err(EvalError::expression("unexpected aggregation", span)),
        }
        input.pass_on_names(&mut output);
        output.drop_empty_rows();
        Ok(output)
    }
}

impl Input {
    /// A row without samples for each group.
    fn output(&self, keys: &Keys<'_>) -> Grid {
        let mut output = Grid::with_capacity(self.grid.steps, self.groups);
        for (row, group) in self.grid.rows.iter().zip(&self.group_of) {
            // Groups are numbered as they are first seen.
            if *group == output.rows.len() {
                output.push_row(Row { labels: keys.of(&row.labels), drop_name: false });
            }
        }
        output
    }

    /// Row by row: its group, its kinds and its values.
    fn rows(&self) -> impl Iterator<Item = (usize, &[Cell], &[f64])> {
        let groups = self.group_of.iter().enumerate();
        groups.map(|(row, group)| (*group, self.grid.kinds(row), self.grid.values(row)))
    }

    /// A name goes from a group if it goes from an element at the last step that has a value.
    fn pass_on_names(&self, output: &mut Grid) {
        for (row, group) in self.group_of.iter().enumerate() {
            if !self.grid.rows[row].drop_name || output.rows[*group].drop_name {
                continue;
            }
            let last = output.kinds(*group).iter().rposition(|kind| *kind != Cell::Absent);
            let there = last.is_some_and(|step| self.grid.kind(row, step) != Cell::Absent);
            output.rows[*group].drop_name = there;
        }
    }

    /// The rows of each group, in their order.
    fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.groups];
        for (row, group) in self.group_of.iter().enumerate() {
            members[*group].push(row);
        }
        members
    }

    /// Says that the aggregation passes over histograms, if there are any.
    fn ignore_histograms(&self, name: &str, span: Span, notes: &mut Notes) {
        let any = |row| self.grid.kinds(row).contains(&Cell::Histogram);
        if self.grid.has_histograms() && (0..self.grid.rows.len()).any(any) {
            notes.info(span, format!("ignored histogram in {name} aggregation"));
        }
    }
}
