//! `count_values`.

use std::collections::HashMap;

use super::super::keys::{Keys, Numbers};
use super::{Evaluator, Grid, Row};
use crate::error::EvalError;
use crate::eval::{Cell, histograms_later};
use crate::float::Fixed;
use crate::labels::Labels;
use crate::syntax::{Grouping, Kind, NodeId, Span};

impl Evaluator<'_> {
    /// How many elements of each group have each value, which becomes a label.
    pub(super) fn count_values(
        &mut self,
        expr: NodeId,
        param: Option<NodeId>,
        grouping: &Grouping,
        span: Span,
    ) -> Result<Grid, EvalError> {
        let query = self.query;
        let Some(Kind::String(label)) = param.map(|id| &query[query.unwrapped(id)].kind) else {
            return Err(EvalError::expression("a label is missing", span));
        };
        let Some(label) = label.as_str().filter(|label| !label.is_empty()) else {
            return Err(EvalError::expression(format!("invalid label name {label}"), span));
        };
        let grid = self.eval_grid(expr)?;
        let groups = Groups::of(&grid, &Keys::grouping(grouping), label);
        // The label of the value is among those to be left out: values are no difference.
        let hidden = grouping.without && grouping.labels.iter().any(|name| name == label);
        let mut output = Grid::new(grid.steps);
        let mut places: HashMap<(usize, u64), usize> = HashMap::new();
        for (row, group) in groups.of_row.iter().enumerate() {
            let mut last = None;
            for step in 0..grid.steps {
                let value = match grid.kind(row, step) {
                    Cell::Absent => continue,
                    Cell::Float => grid.values(row)[step],
                    Cell::Histogram => return Err(histograms_later(query[expr].span)),
                };
                // All that is not a number has one name.
                let bits = if hidden {
                    0
                } else if value.is_nan() {
                    f64::NAN.to_bits()
                } else {
                    value.to_bits()
                };
                // Most series have the same value for a while.
                let place = match last.filter(|(known, _)| *known == bits) {
                    Some((_, place)) => place,
                    None => match places.get(&(*group, bits)) {
                        Some(place) => *place,
                        None => {
                            self.refuse_rows(output.rows.len())?;
                            let labels = &groups.labels[*group];
                            let labels = if hidden {
                                labels.clone()
                            } else {
                                labels.with(label, &Fixed(value).to_string())
                            };
                            let place = output.push_row(Row { labels, drop_name: false });
                            places.insert((*group, bits), place);
                            place
                        }
                    },
                };
                last = Some((bits, place));
                let count = output.float(place, step).unwrap_or_default();
                output.set_float(place, step, count + 1.0);
            }
        }
        Ok(output)
    }

    /// A row for each value can be many: they are bounded as samples are.
    fn refuse_rows(&self, rows: usize) -> Result<(), EvalError> {
        if rows.saturating_mul(self.steps.count) < self.options.max_samples {
            return Ok(());
        }
        let message = "count_values found more values than samples may be held";
        Err(EvalError::Limit(message.to_owned()))
    }
}

/// Groups by all labels that count but that of the value.
struct Groups {
    of_row: Vec<usize>,
    labels: Vec<Labels>,
}

impl Groups {
    fn of(grid: &Grid, keys: &Keys<'_>, label: &str) -> Self {
        let mut numbers = Numbers::default();
        let mut groups = Self { of_row: Vec::with_capacity(grid.rows.len()), labels: Vec::new() };
        for row in &grid.rows {
            let labels = row.labels.filtered(|name| name != label);
            let number = numbers.of(keys, &labels);
            if number == groups.labels.len() {
                groups.labels.push(keys.of(&labels));
            }
            groups.of_row.push(number);
        }
        groups
    }
}
