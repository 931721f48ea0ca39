//! Operators between two expressions.

mod element;
mod matching;
mod number;
mod pair;
mod power;
mod scalar;
mod set;
mod stepwise;
#[cfg(test)]
mod tests;

use super::{Evaluated, Evaluator, Grid, merge_same};
use crate::error::EvalError;
use crate::syntax::{BinaryOp, Kind, Matching, NodeId, Span};

/// An operator with what is written beside it.
#[derive(Clone, Copy, Debug)]
struct Operator {
    op: BinaryOp,
    returns_bool: bool,
    /// Where the operation stands.
    span: Span,
}

impl<'q> Evaluator<'q> {
    /// The chain of operators that ends with the node `id`, without a level of the stack for each.
    pub(super) fn binary(&mut self, id: NodeId) -> Result<Evaluated, EvalError> {
        let query = self.query;
        let before = self.held;
        let mut chain = Vec::new();
        let mut first = id;
        while let Kind::Binary { left, .. } = &query[first].kind {
            chain.push(first);
            first = *left;
            // What has one value for all steps is evaluated once, as a part of its own.
            if self.steps.count > 1 && self.is_constant(first) {
                break;
            }
        }
        let mut value = self.eval(first)?;
        for id in chain.into_iter().rev() {
            let node = &query[id];
            let Kind::Binary { op, right, returns_bool, matching, .. } = &node.kind else {
                continue;
            };
            let right = self.eval(*right)?;
            let operator = Operator { op: *op, returns_bool: *returns_bool, span: node.span };
            value = self.operate(operator, matching.as_ref(), value, right)?;
            self.held = before;
            if let Evaluated::Grid(grid) = &value {
                self.hold(grid.samples())?;
            }
        }
        Ok(value)
    }

    fn operate(
        &mut self,
        operator: Operator,
        matching: Option<&'q Matching>,
        left: Evaluated,
        right: Evaluated,
    ) -> Result<Evaluated, EvalError> {
        match (left, right) {
            (Evaluated::Scalar(mut left), Evaluated::Scalar(right)) => {
                number::of_scalars(operator, &mut left, &right)?;
                Ok(Evaluated::Scalar(left))
            }
            (Evaluated::Grid(vector), Evaluated::Scalar(scalar)) => {
                self.vector_and_scalar(operator, vector, &scalar, false).map(Evaluated::Grid)
            }
            (Evaluated::Scalar(scalar), Evaluated::Grid(vector)) => {
                self.vector_and_scalar(operator, vector, &scalar, true).map(Evaluated::Grid)
            }
            (Evaluated::Grid(left), Evaluated::Grid(right)) => {
                let Some(matching) = matching else {
                    return Err(operator.unexpected());
                };
                let grid = match operator.op {
                    BinaryOp::And => set::and(matching, left, &right),
                    BinaryOp::Unless => set::unless(matching, left, &right),
                    BinaryOp::Or => self.distinct(set::or(matching, left, right), operator.span)?,
                    _ => self.vectors(operator, matching, left, right)?,
                };
                Ok(Evaluated::Grid(grid))
            }
            (Evaluated::String(_), _) | (_, Evaluated::String(_)) => Err(operator.unexpected()),
        }
    }

    /// Refuses two samples with the same labels at one step.
    ///
    /// An instant vector whose names go at the end may have them until then, as in Prometheus.
    fn distinct(&self, mut grid: Grid, span: Span) -> Result<Grid, EvalError> {
        if self.steps.count > 1 || !self.options.delayed_name_removal {
            merge_same(&mut grid, span)?;
        }
        Ok(grid)
    }
}

impl Operator {
    /// The operands have not the types that were checked when the expression was parsed.
    fn unexpected(self) -> EvalError {
        let message = format!("operator {:?} not allowed here", self.op.as_str());
        EvalError::expression(message, self.span)
    }
}
