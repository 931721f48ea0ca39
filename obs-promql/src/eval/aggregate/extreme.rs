//! `min`, `max`, `count` and `group`.

use super::Input;
use super::sum::{accumulate, write};
use crate::eval::{Cell, Grid};
use crate::notes::Notes;
use crate::syntax::Aggregator;

/// `min` or `max`. What is not a number remains only where there is nothing else.
pub(super) fn extreme(op: Aggregator, input: &Input, output: &mut Grid, notes: &mut Notes) {
    let found = if op == Aggregator::Min {
        accumulate(
            input,
            output,
            |first| first,
            |least, value| {
                if *least > value || least.is_nan() {
                    *least = value;
                }
            },
        )
    } else {
        accumulate(
            input,
            output,
            |first| first,
            |most, value| {
                if *most < value || most.is_nan() {
                    *most = value;
                }
            },
        )
    };
    write(&found, output, |value| value);
    input.ignore_histograms(op.as_str(), input.span, notes);
}

pub(super) fn count(input: &Input, output: &mut Grid) {
    each(input, output, |value, first| if first { 1.0 } else { value + 1.0 });
}

pub(super) fn group(input: &Input, output: &mut Grid) {
    each(input, output, |_, _| 1.0);
}

/// Makes another value of that of the group for each sample, histograms too.
fn each(input: &Input, output: &mut Grid, next: impl Fn(f64, bool) -> f64) {
    for (group, kinds, _) in input.rows() {
        let (seen, values) = output.cells_mut(group);
        for ((kind, seen), value) in kinds.iter().zip(seen).zip(values) {
            if *kind != Cell::Absent {
                *value = next(*value, *seen == Cell::Absent);
                *seen = Cell::Float;
            }
        }
    }
}
