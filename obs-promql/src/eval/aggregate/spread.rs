//! `stddev` and `stdvar`.

use super::Input;
use super::sum::{accumulate, write};
use crate::eval::Grid;
use crate::notes::Notes;
use crate::syntax::Aggregator;

/// Squares of distances to a mean that moves along; after Welford.
#[derive(Clone, Copy)]
struct Spread {
    squares: f64,
    mean: f64,
    count: f64,
}

impl Spread {
    fn new(first: f64) -> Self {
        let squares = if first.is_finite() { 0.0 } else { f64::NAN };
        Self { squares, mean: first, count: 1.0 }
    }

    fn push(&mut self, value: f64) {
        self.count += 1.0;
        let distance = value - self.mean;
        self.mean += distance / self.count;
        self.squares += distance * (value - self.mean);
    }

    fn variance(self) -> f64 {
        self.squares / self.count
    }
}

pub(super) fn spread(op: Aggregator, input: &Input, output: &mut Grid, notes: &mut Notes) {
    let spreads = accumulate(input, output, Spread::new, Spread::push);
    if op == Aggregator::Stddev {
        write(&spreads, output, |spread| spread.variance().sqrt());
    } else {
        write(&spreads, output, Spread::variance);
    }
    input.ignore_histograms(op.as_str(), input.span, notes);
}
