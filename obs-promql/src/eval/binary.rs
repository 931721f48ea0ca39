//! Operators between two expressions.

use super::{Evaluated, Evaluator};
use crate::error::EvalError;
use crate::syntax::NodeId;

impl Evaluator<'_> {
    /// The chain of operators that ends with the node `id`, without a level of the stack for each.
    pub(super) fn binary(&mut self, id: NodeId) -> Result<Evaluated, EvalError> {
        Err(EvalError::expression("operators are not there yet", self.query[id].span))
    }
}
