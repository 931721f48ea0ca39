//! When selectors look, and what does not depend on when.

use super::{Evaluator, Steps};
use crate::error::EvalError;
use crate::syntax::{
    At, BinaryOp, DurationArg, DurationExpr, DurationKind, Kind, Query, Span, TimeModifiers,
};

/// Functions that tell the time, with or without being asked; Prometheus' `AtModifierUnsafeFunctions`.
const UNSAFE: &[&str] = &[
    "days_in_month",
    "day_of_month",
    "day_of_week",
    "day_of_year",
    "hour",
    "minute",
    "month",
    "predict_linear",
    "time",
    "timestamp",
    "year",
];

/// For each node whether it has the same value at every step of the query.
///
/// Nodes come after those that they are made of, so one loop sees all.
pub(super) fn constant_nodes(query: &Query) -> Vec<bool> {
    let mut constant: Vec<bool> = Vec::with_capacity(query.nodes.len());
    for node in &query.nodes {
        let of = |id: &crate::syntax::NodeId| constant[id.0 as usize];
        let value = match &node.kind {
            // Cheaper made again than repeated.
            Kind::Number { .. } | Kind::String(_) => true,
            Kind::Selector(selector) => selector.time.at.is_some(),
            Kind::Matrix { selector, .. } => of(selector),
            Kind::Subquery { time, .. } => time.at.is_some(),
            Kind::Call { function, args } => {
                !UNSAFE.contains(&function.name) && args.iter().all(of)
            }
            Kind::Binary { left, right, .. } => of(left) && of(right),
            // Prometheus does not look at the parameter of an aggregation: `topk(scalar(k), x @ 0)` is of
            // the `k` at the first step.
            Kind::Aggregate { expr, .. } | Kind::Unary { expr, .. } | Kind::Paren(expr) => of(expr),
        };
        constant.push(value);
    }
    constant
}

impl Evaluator<'_> {
    /// The times that a selector with these modifiers looks at, one for each step.
    pub(crate) fn looked_at(&self, time: &TimeModifiers) -> Result<Vec<i64>, EvalError> {
        let offset = match &time.offset {
            Some(offset) => self.duration(offset)?,
            None => 0,
        };
        let at = time.at.map(|at| match at {
            At::Time(time) => time,
            At::Start => self.whole.start,
            At::End => self.end,
        });
        let times = self.steps.times().map(|step| at.unwrap_or(step).saturating_sub(offset));
        Ok(times.collect())
    }

    /// A duration in milliseconds.
    pub(crate) fn duration(&self, duration: &DurationArg) -> Result<i64, EvalError> {
        match duration {
            DurationArg::Fixed(millis) => Ok(*millis),
            DurationArg::Expr(expr) => self.computed(expr).map(milliseconds),
        }
    }

    /// The same for a range or a step, which are above zero.
    pub(super) fn positive_duration(&self, duration: &DurationArg) -> Result<i64, EvalError> {
        match duration {
            DurationArg::Fixed(millis) => Ok(*millis),
            DurationArg::Expr(expr) => {
                let seconds = self.computed(expr)?;
                if seconds <= 0.0 {
                    return Err(wrong("duration must be greater than 0", expr.span));
                }
                Ok(milliseconds(seconds))
            }
        }
    }

    /// Seconds, as many as Go can have in nanoseconds.
    fn computed(&self, expr: &DurationExpr) -> Result<f64, EvalError> {
        let seconds = self.seconds(expr)?;
        if !seconds.is_finite() {
            return Err(wrong("duration is NaN or infinite", expr.span));
        }
        if seconds.abs() > 9_223_372_036.854_775 {
            return Err(wrong("duration is out of range", expr.span));
        }
        Ok(seconds)
    }

    fn seconds(&self, expr: &DurationExpr) -> Result<f64, EvalError> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a query's length")]
        let seconds = |millis: i64| millis as f64 / 1000.0;
        let Steps { start, step, .. } = self.whole;
        Ok(match &expr.kind {
            DurationKind::Number { value, .. } => *value,
            DurationKind::Step if self.instant => 0.0,
            DurationKind::Step => seconds(step),
            DurationKind::Range => seconds(self.end.saturating_sub(start)),
            DurationKind::Paren(inner) => self.seconds(inner)?,
            DurationKind::Unary { minus, expr } => {
                let value = self.seconds(expr)?;
                if *minus { -value } else { value }
            }
            DurationKind::Extreme { max, left, right } => {
                let (left, right) = (self.seconds(left)?, self.seconds(right)?);
                match (left.is_nan() || right.is_nan(), *max) {
                    (true, _) => f64::NAN,
                    (false, true) => left.max(right),
                    (false, false) => left.min(right),
                }
            }
            DurationKind::Binary { op, left, right } => {
                let (left, right) = (self.seconds(left)?, self.seconds(right)?);
                match op {
                    BinaryOp::Add => left + right,
                    BinaryOp::Sub => left - right,
                    BinaryOp::Mul => left * right,
                    BinaryOp::Div if right == 0.0 => {
                        return Err(wrong("division by zero", expr.span));
                    }
                    BinaryOp::Div => left / right,
                    BinaryOp::Mod if right == 0.0 => {
                        return Err(wrong("modulo by zero", expr.span));
                    }
                    BinaryOp::Mod => left % right,
                    BinaryOp::Pow => left.powf(right),
                    _ => {
                        return Err(EvalError::expression(
                            "unexpected duration expression",
                            expr.span,
                        ));
                    }
                }
            }
        })
    }
}

/// As Prometheus cuts them.
#[expect(clippy::cast_possible_truncation, reason = "the bounds were checked")]
const fn milliseconds(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

/// Prometheus puts the place before what is wrong with a duration.
fn wrong(message: &str, span: Span) -> EvalError {
    EvalError::expression(format!("{}:{}: {message}", span.start, span.end), span)
}
