//! Calls of functions.

use super::{Evaluated, Evaluator, Grid};
use crate::error::EvalError;
use crate::function::{Body, Function};
use crate::syntax::{Kind, NodeId, Selector, Span};
use crate::text::Text;
use crate::value::Type;

/// A call whose function sees its arguments before they are evaluated.
pub(crate) struct Call<'e, 'q> {
    pub(crate) evaluator: &'e mut Evaluator<'q>,
    pub(crate) function: &'static Function,
    pub(crate) args: &'q [NodeId],
    /// Where the call stands.
    pub(crate) span: Span,
}

impl<'q> Call<'_, 'q> {
    /// Evaluates the argument of this number, which is known to be an instant vector.
    pub(crate) fn grid(&mut self, number: usize) -> Result<Grid, EvalError> {
        let id = self.arg(number)?;
        self.evaluator.eval_grid(id)
    }

    /// The same for a number.
    pub(crate) fn scalar(&mut self, number: usize) -> Result<Vec<f64>, EvalError> {
        let id = self.arg(number)?;
        self.evaluator.eval_scalar(id)
    }

    /// The same for a text.
    pub(crate) fn text(&self, number: usize) -> Result<&'q Text, EvalError> {
        let id = self.arg(number)?;
        let query = self.evaluator.query;
        match &query[query.unwrapped(id)].kind {
            Kind::String(text) => Ok(text),
            _ => Err(EvalError::expression("expected type string", query[id].span)),
        }
    }

    /// The argument of this number, if it is an instant selector and no more.
    pub(crate) fn selector(&self, number: usize) -> Result<Option<&'q Selector>, EvalError> {
        let id = self.arg(number)?;
        let query = self.evaluator.query;
        Ok(match &query[query.unwrapped(id)].kind {
            Kind::Selector(selector) => Some(selector),
            _ => None,
        })
    }

    /// The same number at every step.
    pub(crate) fn constant(&self, value: f64) -> Result<Evaluated, EvalError> {
        Ok(Evaluated::Scalar(vec![value; self.evaluator.steps.count]))
    }

    /// Of each float of the argument of this number, and the number of its step, makes another, or
    /// leaves it out. Histograms are left out. The metric's name goes.
    pub(crate) fn map_floats(
        &mut self,
        number: usize,
        map: impl Fn(f64, usize) -> Option<f64>,
    ) -> Result<Evaluated, EvalError> {
        let mut grid = self.grid(number)?;
        map_floats(&mut grid, map);
        self.evaluator.drop_names(&mut grid, self.span)?;
        Ok(Evaluated::Grid(grid))
    }

    /// Where the argument of this number stands; the call, if it is not there.
    pub(crate) fn arg_span(&self, number: usize) -> Span {
        self.args.get(number).map_or(self.span, |id| self.evaluator.query[*id].span)
    }

    pub(crate) fn arg(&self, number: usize) -> Result<NodeId, EvalError> {
        let missing = || EvalError::expression("an argument is missing", self.span);
        self.args.get(number).copied().ok_or_else(missing)
    }
}

impl<'q> Evaluator<'q> {
    pub(super) fn call(
        &mut self,
        function: &'static Function,
        args: &'q [NodeId],
        span: Span,
    ) -> Result<Evaluated, EvalError> {
        match function.body {
            Body::Map(map) => self.map(map, args, span).map(Evaluated::Grid),
            Body::Window { body, keeps_name } => {
                self.windows(function, (body, keeps_name), args, span).map(Evaluated::Grid)
            }
            Body::Whole(whole) => whole(&mut Call { evaluator: self, function, args, span }),
        }
    }

    fn map(
        &mut self,
        map: fn(f64, &[f64]) -> f64,
        args: &'q [NodeId],
        span: Span,
    ) -> Result<Grid, EvalError> {
        let scalars = self.scalars(args)?;
        let vector = args.iter().find(|id| self.query[**id].ty == Type::Vector);
        let Some(vector) = vector else {
            return Err(EvalError::expression("an argument is missing", span));
        };
        let mut grid = self.eval_grid(*vector)?;
        let mut at_step = vec![0.0; scalars.len()];
        let has_histograms = grid.has_histograms();
        for row in 0..grid.rows.len() {
            for step in 0..grid.steps {
                for (to, from) in at_step.iter_mut().zip(&scalars) {
                    *to = from[step];
                }
                match grid.float(row, step) {
                    Some(value) => grid.set_float(row, step, map(value, &at_step)),
                    None => grid.clear(row, step),
                }
            }
        }
        if has_histograms {
            grid.drop_empty_rows();
        }
        self.drop_names(&mut grid, span)?;
        Ok(grid)
    }

    /// The scalars among `args`, in their order.
    pub(super) fn scalars(&mut self, args: &[NodeId]) -> Result<Vec<Vec<f64>>, EvalError> {
        let scalars = args.iter().filter(|id| self.query[**id].ty == Type::Scalar);
        let scalars: Vec<NodeId> = scalars.copied().collect();
        scalars.into_iter().map(|id| self.eval_scalar(id)).collect()
    }
}

fn map_floats(grid: &mut Grid, map: impl Fn(f64, usize) -> Option<f64>) {
    for row in 0..grid.rows.len() {
        for step in 0..grid.steps {
            match grid.float(row, step).and_then(|value| map(value, step)) {
                Some(value) => grid.set_float(row, step, value),
                None => grid.clear(row, step),
            }
        }
    }
    grid.drop_empty_rows();
}
