//! `sum` and `avg`.

use super::Input;
use crate::error::EvalError;
use crate::eval::{Cell, Grid, histograms_later};
use crate::kahan::{Kahan, Mean};
use crate::notes::Notes;

pub(super) fn sum(input: &Input, output: &mut Grid, notes: &mut Notes) -> Result<(), EvalError> {
    let sums = accumulate(input, output, Kahan::new, |sum, value| *sum = sum.plus(value));
    write(&sums, output, Kahan::total);
    histograms(input, output, notes)
}

pub(super) fn mean(input: &Input, output: &mut Grid, notes: &mut Notes) -> Result<(), EvalError> {
    let means = accumulate(input, output, Mean::new, Mean::push);
    write(&means, output, Mean::value);
    histograms(input, output, notes)
}

/// Adds rows to their groups, in their order, a step beside the other.
///
/// Cells of `output` say where there is a value already.
pub(super) fn accumulate<T: Copy>(
    input: &Input,
    output: &mut Grid,
    first: impl Fn(f64) -> T,
    push: impl Fn(&mut T, f64),
) -> Vec<T> {
    let steps = output.steps;
    let mut all = vec![first(0.0); input.groups * steps];
    for (group, kinds, values) in input.rows() {
        let (seen, _) = output.cells_mut(group);
        let cells = seen.iter_mut().zip(&mut all[group * steps..][..steps]);
        for ((kind, value), (seen, state)) in kinds.iter().zip(values).zip(cells) {
            if *kind != Cell::Float {
                continue;
            }
            if *seen == Cell::Absent {
                *seen = Cell::Float;
                *state = first(*value);
            } else {
                push(state, *value);
            }
        }
    }
    all
}

/// Writes what was accumulated into the cells that have a value.
pub(super) fn write<T: Copy>(all: &[T], output: &mut Grid, value: impl Fn(T) -> f64) {
    let steps = output.steps;
    for group in 0..output.rows.len() {
        let states = &all[group * steps..][..steps];
        for (to, state) in output.values_mut(group).iter_mut().zip(states) {
            *to = value(*state);
        }
    }
}

/// A histogram alone is its own sum and mean. One beside floats leaves nothing.
fn histograms(input: &Input, output: &mut Grid, notes: &mut Notes) -> Result<(), EvalError> {
    if !input.grid.has_histograms() {
        return Ok(());
    }
    let floats = output.clone();
    let mut several = false;
    for (row, group) in input.group_of.iter().enumerate() {
        for step in 0..output.steps {
            if input.grid.kind(row, step) != Cell::Histogram {
                continue;
            }
            if floats.kind(*group, step) == Cell::Float {
                notes
                    .warn(input.span, "encountered a mix of histograms and floats for aggregation");
                output.clear(*group, step);
            } else if output.kind(*group, step) == Cell::Histogram {
                several = true;
            } else if let Some(sample) = input.grid.get(row, step) {
                output.set(*group, step, sample);
            }
        }
    }
    if several { Err(histograms_later(input.span)) } else { Ok(()) }
}
