//! The parameter of an aggregation, such as the 5 of `topk(5, x)`.

use super::Evaluator;
use crate::error::EvalError;
use crate::float::General;
use crate::syntax::{Kind, NodeId, Span};

/// A number for each step.
pub(super) struct Param {
    pub(super) values: Vec<f64>,
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) any_nan: bool,
    /// Where it stands.
    pub(super) span: Span,
}

impl Evaluator<'_> {
    pub(super) fn param(&mut self, id: NodeId) -> Result<Param, EvalError> {
        let values = self.eval_scalar(id)?;
        let node = &self.query[id];
        let any_nan = values.iter().any(|value| value.is_nan());
        let (min, max) = match node.kind {
            Kind::Number { value, .. } => (value, value),
            // A computed one starts from the largest floats, as in Prometheus: infinities of the
            // other sign are not seen.
            _ => (
                values.iter().copied().fold(f64::MAX, min),
                values.iter().copied().fold(f64::MIN, max),
            ),
        };
        Ok(Param { values, min, max, any_nan, span: node.span })
    }
}

/// Go's: an infinity wins over what is not a number, and that over all else.
fn max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

fn min(a: f64, b: f64) -> f64 {
    -max(-a, -b)
}

impl Param {
    /// Whether any step asks for an element, of a parameter that counts elements.
    ///
    /// # Errors
    ///
    /// If it is no number, or one that no integer has.
    pub(super) fn is_some_count(&self) -> Result<bool, EvalError> {
        /// The least and the greatest that Prometheus takes.
        const BOUNDS: (f64, f64) = (-9_223_372_036_854_775_808.0, 9_223_372_036_854_774_784.0);
        let error = |message: String| Err(EvalError::expression(message, self.span));
        if self.max < 1.0 {
            Ok(false)
        } else if self.any_nan {
            error("Parameter value is NaN".to_owned())
        } else if self.min <= BOUNDS.0 {
            error(format!("Scalar value {} underflows int64", General(self.min)))
        } else if self.max >= BOUNDS.1 {
            error(format!("Scalar value {} overflows int64", General(self.max)))
        } else {
            Ok(true)
        }
    }
}

/// A parameter as a number of elements, `most` at most.
pub(super) fn count(value: f64, most: usize) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 0 is 0")]
    let count = value as usize;
    count.min(most)
}
