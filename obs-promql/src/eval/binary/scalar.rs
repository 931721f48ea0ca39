//! Operators between a vector and a scalar.

use super::Operator;
use super::element::{self, Element};
use super::number::{self, Kept};
use crate::error::EvalError;
use crate::eval::{Cell, Evaluator, Grid, histograms_later};

impl Evaluator<'_> {
    /// What the operator makes of each element and the scalar, which stands on the left if `swapped`.
    pub(super) fn vector_and_scalar(
        &mut self,
        operator: Operator,
        mut vector: Grid,
        scalar: &[f64],
        swapped: bool,
    ) -> Result<Grid, EvalError> {
        let Operator { op, returns_bool, span } = operator;
        self.leave_floats(operator, &mut vector, swapped)?;
        let kept = if returns_bool { Kept::Bool } else { Kept::Own };
        for row in 0..vector.rows.len() {
            let (kinds, values) = vector.cells_mut(row);
            if op.is_comparison() {
                number::compare(op, kinds, values, scalar, swapped, kept);
            } else if number::is_arithmetic(op) {
                number::arithmetic(op, values, scalar, swapped);
            } else {
                // Trimming is for histograms.
                kinds.fill(Cell::Absent);
            }
        }
        if !number::is_arithmetic(op) || vector.has_histograms() {
            vector.drop_empty_rows();
        }
        if number::is_arithmetic(op) || returns_bool {
            self.drop_names(&mut vector, span)?;
        }
        Ok(vector)
    }

    /// Takes away what the operator makes nothing of, and says so.
    fn leave_floats(
        &mut self,
        operator: Operator,
        vector: &mut Grid,
        swapped: bool,
    ) -> Result<(), EvalError> {
        let Operator { op, span, .. } = operator;
        let trims = !op.is_comparison() && !number::is_arithmetic(op);
        if !vector.has_histograms() && !trims {
            return Ok(());
        }
        for row in 0..vector.rows.len() {
            for step in 0..vector.steps {
                let Some(own) = Element::of(vector, row, step) else { continue };
                if matches!(own, Element::Float(_)) && !trims {
                    continue;
                }
                let (left, right) =
                    if swapped { (Element::Float(0.0), own) } else { (own, Element::Float(0.0)) };
                if element::is_for_histograms(op, left, right) {
                    return Err(histograms_later(span));
                }
                let message = element::incompatible(op, left, right);
                self.notes.info(span, message);
                vector.clear(row, step);
            }
        }
        Ok(())
    }
}
