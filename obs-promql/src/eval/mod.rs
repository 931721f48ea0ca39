//! From an expression and a source of series to a value.

mod aggregate;
mod binary;
mod call;
mod column;
mod grid;
mod keys;
mod matrix;
mod moved;
#[cfg(test)]
mod script_tests;
mod selector;
mod smoothed;
mod subquery;
mod time;
mod window;

pub(crate) use call::Call;
pub(crate) use grid::{Cell, Evaluated, Grid, Row, Steps};

use crate::error::EvalError;
use crate::notes::Notes;
use crate::options::Options;
use crate::source::Source;
use crate::syntax::{Kind, NodeId, Query, Span};

/// Evaluates one query.
pub(crate) struct Evaluator<'q> {
    pub(crate) query: &'q Query,
    pub(crate) source: &'q dyn Source,
    pub(crate) options: &'q Options,
    /// The steps of the part that is evaluated: a subquery has others than the query.
    pub(crate) steps: Steps,
    /// The steps of the query: what `start()` and `step()` are of.
    pub(crate) whole: Steps,
    /// The end of the query, which may be after its last step: what `end()` and `range()` are of.
    pub(crate) end: i64,
    /// Whether the query is for one instant: `step()` is 0 then.
    pub(crate) instant: bool,
    pub(crate) notes: Notes,
    /// For each node whether it has the same value at every step.
    constant: Vec<bool>,
    /// Samples held at this time.
    held: usize,
    /// How deep the part that is evaluated lies.
    depth: usize,
}

/// Deeper expressions are refused: each level takes a part of the stack. Chains of operators are no
/// levels.
const MAX_DEPTH: usize = 300;

impl<'q> Evaluator<'q> {
    pub(crate) fn new(
        query: &'q Query,
        source: &'q dyn Source,
        options: &'q Options,
        steps: Steps,
        instant: bool,
    ) -> Self {
        Self {
            query,
            source,
            options,
            steps,
            whole: steps,
            end: steps.end(),
            instant,
            notes: Notes::default(),
            constant: time::constant_nodes(query),
            held: 0,
            depth: 0,
        }
    }

    /// The value of a part of the query at all steps.
    pub(crate) fn eval(&mut self, id: NodeId) -> Result<Evaluated, EvalError> {
        self.interrupted()?;
        if self.steps.count > self.options.max_samples {
            return Err(too_many_samples());
        }
        if self.depth >= MAX_DEPTH {
            let message = format!("the expression is more than {MAX_DEPTH} levels deep");
            return Err(EvalError::Limit(message));
        }
        self.depth += 1;
        let value = if self.steps.count > 1 && self.is_constant(id) {
            self.eval_once(id)
        } else {
            self.eval_here(id)
        };
        self.depth -= 1;
        value
    }

    /// Whether a part has the same value at every step.
    fn is_constant(&self, id: NodeId) -> bool {
        self.constant[id.0 as usize]
    }

    /// What does not depend on time is evaluated at one step.
    fn eval_once(&mut self, id: NodeId) -> Result<Evaluated, EvalError> {
        let steps = self.steps;
        self.steps = Steps::one(steps.start);
        let value = self.eval_here(id);
        self.steps = steps;
        Ok(match value? {
            Evaluated::Scalar(values) => {
                Evaluated::Scalar(vec![values.first().copied().unwrap_or_default(); steps.count])
            }
            Evaluated::Grid(grid) => {
                if grid.rows.len().saturating_mul(steps.count) > self.options.max_samples {
                    return Err(too_many_samples());
                }
                Evaluated::Grid(grid.repeated(steps.count))
            }
            text @ Evaluated::String(_) => text,
        })
    }

    fn eval_here(&mut self, id: NodeId) -> Result<Evaluated, EvalError> {
        let query = self.query;
        let node = &query[id];
        match &node.kind {
            Kind::Number { value, .. } => Ok(Evaluated::Scalar(vec![*value; self.steps.count])),
            Kind::String(text) => Ok(Evaluated::String(text.clone())),
            Kind::Paren(inner) => self.eval(*inner),
            Kind::Unary { minus, expr } => self.unary(*minus, *expr, node.span),
            Kind::Selector(selector) => self.selector(selector, node.span).map(Evaluated::Grid),
            Kind::Call { function, args } => self.call(function, args, node.span),
            Kind::Aggregate { op, expr, param, grouping } => {
                self.aggregate(*op, *expr, *param, grouping, node.span).map(Evaluated::Grid)
            }
            Kind::Binary { .. } => self.binary(id),
            // The functions that take them, and the whole query, do not come here.
            Kind::Matrix { .. } | Kind::Subquery { .. } => {
                Err(EvalError::expression("a range vector has no value at one time", node.span))
            }
        }
    }

    /// The value of a part that is known to be an instant vector.
    pub(crate) fn eval_grid(&mut self, id: NodeId) -> Result<Grid, EvalError> {
        match self.eval(id)? {
            Evaluated::Grid(grid) => Ok(grid),
            Evaluated::Scalar(_) | Evaluated::String(_) => Err(self.unexpected(id)),
        }
    }

    /// The value of a part that is known to be a number.
    pub(crate) fn eval_scalar(&mut self, id: NodeId) -> Result<Vec<f64>, EvalError> {
        match self.eval(id)? {
            Evaluated::Scalar(values) => Ok(values),
            Evaluated::Grid(_) | Evaluated::String(_) => Err(self.unexpected(id)),
        }
    }

    /// A part has not the type that was checked when it was parsed.
    fn unexpected(&self, id: NodeId) -> EvalError {
        let node = &self.query[id];
        EvalError::expression(format!("unexpected {}", node.ty.document_name()), node.span)
    }

    fn unary(&mut self, minus: bool, expr: NodeId, span: Span) -> Result<Evaluated, EvalError> {
        let value = self.eval(expr)?;
        if !minus {
            return Ok(value);
        }
        Ok(match value {
            Evaluated::Scalar(values) => {
                Evaluated::Scalar(values.into_iter().map(|v| -v).collect())
            }
            Evaluated::Grid(mut grid) => {
                if grid.has_histograms() {
                    return Err(histograms_later(span));
                }
                for row in 0..grid.rows.len() {
                    grid.values_mut(row).iter_mut().for_each(|value| *value = -*value);
                }
                self.drop_names(&mut grid, span)?;
                Evaluated::Grid(grid)
            }
            Evaluated::String(_) => return Err(self.unexpected(expr)),
        })
    }

    /// Takes the metric's name from all rows, or notes that it goes at the end.
    ///
    /// # Errors
    ///
    /// If two rows are the same then, and have samples at the same step.
    pub(crate) fn drop_names(&mut self, grid: &mut Grid, span: Span) -> Result<(), EvalError> {
        if self.options.delayed_name_removal {
            grid.rows.iter_mut().for_each(|row| row.drop_name = true);
            return Ok(());
        }
        for row in &mut grid.rows {
            row.labels = row.labels.without_name();
        }
        merge_same(grid, span)
    }

    /// Counts samples that are held from here on, and refuses those above the limit.
    pub(crate) fn hold(&mut self, samples: usize) -> Result<(), EvalError> {
        self.held = self.held.saturating_add(samples);
        if self.held > self.options.max_samples {
            return Err(too_many_samples());
        }
        Ok(())
    }

    /// Refuses more cells than there may be samples: a few series by very many steps.
    pub(crate) fn room_for(&self, grid: &Grid) -> Result<(), EvalError> {
        if grid.rows.len().saturating_mul(grid.steps) > self.options.max_samples {
            return Err(too_many_samples());
        }
        Ok(())
    }

    /// # Errors
    ///
    /// If the caller asks to stop.
    pub(crate) fn interrupted(&self) -> Result<(), EvalError> {
        match &self.options.interrupt {
            Some(stop) if stop() => Err(EvalError::Interrupted),
            _ => Ok(()),
        }
    }

    /// Samples that are held no longer.
    pub(crate) const fn release(&mut self, samples: usize) {
        self.held = self.held.saturating_sub(samples);
    }
}

fn too_many_samples() -> EvalError {
    let message = "query processing would load too many samples into memory in query execution";
    EvalError::Limit(message.to_owned())
}

/// # Errors
///
/// If two rows have the same labels.
pub(crate) fn refuse_same(grid: &Grid, span: Span) -> Result<(), EvalError> {
    if is_ascending(grid) {
        return Ok(());
    }
    let labels: std::collections::HashSet<_> = grid.rows.iter().map(|row| &row.labels).collect();
    if labels.len() < grid.rows.len() { Err(same_labels(span)) } else { Ok(()) }
}

/// Whether each row has other labels than all before it, as rows of one metric have that a source lent
/// in their order.
fn is_ascending(grid: &Grid) -> bool {
    grid.rows.is_sorted_by(|a, b| a.labels < b.labels)
}

pub(crate) fn same_labels(span: Span) -> EvalError {
    EvalError::expression("vector cannot contain metrics with the same labelset", span)
}

/// Makes one row of rows with the same labels.
///
/// # Errors
///
/// If two of them have samples at the same step.
pub(crate) fn merge_same(grid: &mut Grid, span: Span) -> Result<(), EvalError> {
    if is_ascending(grid) {
        return Ok(());
    }
    let mut seen = std::collections::HashMap::with_capacity(grid.rows.len());
    let mut order: Vec<usize> = Vec::with_capacity(grid.rows.len());
    let mut merged: Vec<(usize, usize)> = Vec::new();
    for (number, row) in grid.rows.iter().enumerate() {
        match seen.entry(row.labels.clone()) {
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(number);
                order.push(number);
            }
            std::collections::hash_map::Entry::Occupied(entry) => {
                merged.push((*entry.get(), number));
            }
        }
    }
    if merged.is_empty() {
        return Ok(());
    }
    let first = |grid: &Grid, row: usize| {
        grid.kinds(row).iter().position(|kind| *kind != Cell::Absent).unwrap_or(grid.steps)
    };
    for (to, from) in merged {
        // Whether the name goes is said by the first sample.
        if first(grid, from) < first(grid, to) {
            grid.rows[to].drop_name = grid.rows[from].drop_name;
        }
        for step in 0..grid.steps {
            let Some(sample) = grid.get(from, step) else { continue };
            if grid.kind(to, step) != Cell::Absent {
                return Err(same_labels(span));
            }
            grid.set(to, step, sample);
        }
    }
    *grid = grid.reordered(&order);
    Ok(())
}

/// Arithmetic of native histograms is not there yet, and is refused.
pub(crate) fn histograms_later(span: Span) -> EvalError {
    let message = "native histograms cannot be computed with yet".to_owned();
    EvalError::Unsupported { message, span }
}
