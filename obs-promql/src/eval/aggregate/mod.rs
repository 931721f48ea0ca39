//! Aggregations.

use super::{Evaluator, Grid};
use crate::error::EvalError;
use crate::syntax::{Aggregator, Grouping, NodeId, Span};

impl Evaluator<'_> {
    pub(super) fn aggregate(
        &mut self,
        op: Aggregator,
        expr: NodeId,
        param: Option<NodeId>,
        grouping: &Grouping,
        span: Span,
    ) -> Result<Grid, EvalError> {
        let _ = (op, expr, param, grouping);
        Err(EvalError::expression("aggregations are not there yet", span))
    }
}
