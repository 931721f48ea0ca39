//! Operators between two vectors whose elements find each other once for all steps.

use std::collections::HashSet;

use super::super::keys::Numbers;
use super::number::{self, Kept};
use super::pair::Pairing;
use super::{Operator, stepwise};
use crate::error::EvalError;
use crate::eval::{Cell, Evaluator, Grid, Row};
use crate::syntax::{BinaryOp, Matching};

impl<'q> Evaluator<'q> {
    /// Arithmetic and comparisons of two vectors.
    pub(super) fn vectors(
        &mut self,
        operator: Operator,
        matching: &'q Matching,
        left: Grid,
        right: Grid,
    ) -> Result<Grid, EvalError> {
        let delayed = self.options.delayed_name_removal;
        let pairing = Pairing { operator, matching, delayed };
        let (many, one) = if pairing.swapped() { (right, left) } else { (left, right) };
        let keys = pairing.keys();
        let mut numbers = Numbers::default();
        let mut number = |row: &Row| numbers.of(&keys, &row.labels);
        let sides = Sides {
            one_keys: one.rows.iter().map(&mut number).collect(),
            many_keys: many.rows.iter().map(&mut number).collect(),
            keys: numbers.len(),
            many,
            one,
        };
        match meetings(&pairing, &sides) {
            Some(meetings) => Ok(by_rows(&pairing, sides, meetings)),
            None => {
                let grid = stepwise::by_steps(&pairing, &sides, &mut self.notes)?;
                self.distinct(grid, operator.span)
            }
        }
    }
}

/// The two vectors, and the key of each row as a number below `keys`.
pub(super) struct Sides {
    pub(super) many: Grid,
    pub(super) one: Grid,
    pub(super) many_keys: Vec<usize>,
    pub(super) one_keys: Vec<usize>,
    pub(super) keys: usize,
}

/// A row of the one side, and the row that is made of both.
struct Meeting {
    one: usize,
    row: Row,
}

/// For each row of the many side whom it meets; or `None` if that depends on the step.
fn meetings(pairing: &Pairing<'_>, sides: &Sides) -> Option<Vec<Option<Meeting>>> {
    let Sides { many, one, many_keys, one_keys, keys } = sides;
    let trims = matches!(pairing.operator.op, BinaryOp::TrimUpper | BinaryOp::TrimLower);
    let filled = pairing.fills() != (None, None);
    if trims || filled || many.has_histograms() || one.has_histograms() {
        return None;
    }
    let mut of_key = vec![None; *keys];
    for (row, key) in one_keys.iter().enumerate() {
        if of_key[*key].replace(row).is_some() {
            return None;
        }
    }
    let mut taken = vec![false; *keys];
    let mut unique = true;
    let mut found = Vec::with_capacity(many.rows.len());
    for (row, key) in many.rows.iter().zip(many_keys) {
        let Some(number) = of_key[*key] else {
            found.push(None);
            continue;
        };
        if pairing.one_to_one() && std::mem::replace(&mut taken[*key], true) {
            return None;
        }
        unique &= pairing.keeps_keys(&row.labels);
        let row = pairing.row(&row.labels, &one.rows[number].labels);
        found.push(Some(Meeting { one: number, row }));
    }
    if !unique {
        let mut seen = HashSet::with_capacity(found.len());
        if !found.iter().flatten().all(|meeting| seen.insert(&meeting.row.labels)) {
            return None;
        }
    }
    Some(found)
}

/// Computes where the many are, a row at a time.
fn by_rows(pairing: &Pairing<'_>, sides: Sides, meetings: Vec<Option<Meeting>>) -> Grid {
    let Sides { mut many, one, .. } = sides;
    let Operator { op, returns_bool, .. } = pairing.operator;
    let swapped = pairing.swapped();
    let kept = match (returns_bool, swapped) {
        (true, _) => Kept::Bool,
        // What stands on the left is kept.
        (false, false) => Kept::Own,
        (false, true) => Kept::Other,
    };
    for (number, meeting) in meetings.into_iter().enumerate() {
        let (kinds, values) = many.cells_mut(number);
        let Some(meeting) = meeting else {
            kinds.fill(Cell::Absent);
            continue;
        };
        for (kind, other) in kinds.iter_mut().zip(one.kinds(meeting.one)) {
            if *other == Cell::Absent {
                *kind = Cell::Absent;
            }
        }
        let others = one.values(meeting.one);
        if op.is_comparison() {
            number::compare(op, kinds, values, others, swapped, kept);
        } else {
            number::arithmetic(op, values, others, swapped);
        }
        many.rows[number] = meeting.row;
    }
    many.drop_empty_rows();
    many
}
