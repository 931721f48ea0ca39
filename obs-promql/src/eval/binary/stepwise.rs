//! Operators between two vectors whose elements find each other anew at each step: where keys are not
//! unique over time, values are filled in, or histograms are among them.

use std::collections::{HashMap, HashSet};

use super::element::{Combined, Element, combine};
use super::matching::Sides;
use super::pair::Pairing;
use crate::error::EvalError;
use crate::eval::{Grid, Row};
use crate::labels::Labels;
use crate::notes::Notes;

/// Where rows of the many and of the one side meet; `None` is a value that is filled in.
type Meeting = (Option<usize>, Option<usize>);

/// Computes a step after the other.
///
/// With one step rows may have the same labels.
pub(super) fn by_steps(
    pairing: &Pairing<'_>,
    sides: &Sides,
    notes: &mut Notes,
) -> Result<Grid, EvalError> {
    let mut steps = Steps {
        pairing,
        sides,
        one_of_key: vec![(NEVER, 0); sides.keys],
        matched: vec![NEVER; sides.keys],
        results: HashSet::new(),
        rows: Rows::default(),
        grid: Grid::new(sides.many.steps),
        note: None,
    };
    for step in 0..sides.many.steps {
        steps.step(step)?;
        if let Some(note) = steps.note.take() {
            notes.info(pairing.operator.span, note);
        }
    }
    Ok(steps.grid)
}

const NEVER: usize = usize::MAX;

struct Steps<'a, 'q> {
    pairing: &'a Pairing<'q>,
    sides: &'a Sides,
    /// For each key the last step with an element on the one side, and its row.
    one_of_key: Vec<(usize, usize)>,
    /// For each key the last step at which two elements met.
    matched: Vec<usize>,
    /// The labels that came of each key at this step, where the many may share one.
    results: HashSet<(usize, usize)>,
    rows: Rows,
    grid: Grid,
    /// Of a step the last is told, as Prometheus does.
    note: Option<String>,
}

impl Steps<'_, '_> {
    fn step(&mut self, step: usize) -> Result<(), EvalError> {
        let sides = self.sides;
        let (left, right) = self.pairing.fills();
        // Both vectors have to have elements before anything is looked at.
        let any =
            |grid: &Grid| (0..grid.rows.len()).any(|row| Element::of(grid, row, step).is_some());
        if left.is_none() && right.is_none() && !(any(&sides.many) && any(&sides.one)) {
            return Ok(());
        }
        self.results.clear();
        for (row, key) in sides.one_keys.iter().enumerate() {
            if Element::of(&sides.one, row, step).is_none() {
                continue;
            }
            let (last, known) = std::mem::replace(&mut self.one_of_key[*key], (step, row));
            if last == step {
                let (new, known) = (&sides.one.rows[row].labels, &sides.one.rows[known].labels);
                return Err(self.error(self.pairing.duplicate(new, known)));
            }
        }
        for (row, key) in sides.many_keys.iter().enumerate() {
            let Some(many) = Element::of(&sides.many, row, step) else { continue };
            let (last, found) = self.one_of_key[*key];
            if last == step {
                if let Some(one) = Element::of(&sides.one, found, step) {
                    self.meet(step, *key, (Some(row), Some(found)), (many, one))?;
                }
            } else if let Some(fill) = right {
                self.meet(step, *key, (Some(row), None), (many, Element::Float(fill)))?;
            }
        }
        let Some(fill) = left else { return Ok(()) };
        for (row, key) in sides.one_keys.iter().enumerate() {
            if self.matched[*key] == step {
                continue;
            }
            if let Some(one) = Element::of(&sides.one, row, step) {
                self.meet(step, *key, (None, Some(row)), (Element::Float(fill), one))?;
            }
        }
        Ok(())
    }

    fn meet(
        &mut self,
        step: usize,
        key: usize,
        meeting: Meeting,
        (many, one): (Element, Element),
    ) -> Result<(), EvalError> {
        let (left, right) = if self.pairing.swapped() { (one, many) } else { (many, one) };
        let value = match combine(self.pairing.operator, left, right)? {
            Combined::Value(value) => Some(value),
            Combined::Filtered => None,
            Combined::Incompatible(note) => {
                self.note = Some(note);
                return Ok(());
            }
        };
        let result = self.rows.number(meeting, self.pairing, self.sides);
        // What is filtered counts too: whether a query has an answer does not depend on values.
        let before = std::mem::replace(&mut self.matched[key], step);
        if self.pairing.one_to_one() {
            if before == step {
                let message = "multiple matches for labels: many-to-one matching must be explicit \
                               (group_left/group_right)";
                return Err(self.error(message));
            }
        } else if !self.results.insert((key, result)) {
            let message = "multiple matches for labels: grouping labels must ensure unique matches";
            return Err(self.error(message));
        }
        let Some(value) = value else { return Ok(()) };
        if let Some(row) = self.rows.place(result, step, &mut self.grid) {
            self.grid.set_float(row, step, value);
            return Ok(());
        }
        Err(self.error("vector cannot contain metrics with the same labelset"))
    }

    fn error(&self, message: impl Into<String>) -> EvalError {
        EvalError::expression(message, self.pairing.operator.span)
    }
}

/// The rows that come of two rows.
#[derive(Default)]
struct Rows {
    of_meeting: HashMap<Meeting, usize>,
    of_labels: HashMap<Labels, usize>,
    /// The row, and where it is in the result once it has a sample.
    rows: Vec<(Row, Option<usize>)>,
}

impl Rows {
    /// The number of the labels that come of a meeting.
    fn number(&mut self, meeting: Meeting, pairing: &Pairing<'_>, sides: &Sides) -> usize {
        if let Some(number) = self.of_meeting.get(&meeting) {
            return *number;
        }
        let row = match (
            meeting.0.map(|row| &sides.many.rows[row].labels),
            meeting.1.map(|row| &sides.one.rows[row].labels),
        ) {
            (Some(many), Some(one)) => pairing.row(many, one),
            // What is filled in has the labels that count.
            (Some(many), None) => pairing.row(many, &pairing.keys().of(many)),
            (None, Some(one)) => pairing.row(&pairing.keys().of(one), one),
            (None, None) => pairing.row(&Labels::empty(), &Labels::empty()),
        };
        let next = self.rows.len();
        let number = *self.of_labels.entry(row.labels.clone()).or_insert(next);
        if number == next {
            self.rows.push((row, None));
        }
        self.of_meeting.insert(meeting, number);
        number
    }

    /// The row of the result for one sample more, or `None` if it has one at this step.
    fn place(&mut self, number: usize, step: usize, grid: &mut Grid) -> Option<usize> {
        let (row, place) = &mut self.rows[number];
        match *place {
            // An instant vector may hold the same labels twice for a while.
            Some(_) if grid.steps == 1 => Some(grid.push_row(row.clone())),
            Some(place) => Element::of(grid, place, step).is_none().then_some(place),
            None => {
                let new = grid.push_row(row.clone());
                *place = Some(new);
                Some(new)
            }
        }
    }
}
