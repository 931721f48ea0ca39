//! Where windows lie among the samples of a series.

use super::selector::seek;
use crate::function::{Falls, Points};

/// Where the window lies among the samples.
#[derive(Default)]
pub(super) struct Ends {
    from: usize,
    to: usize,
}

impl Ends {
    /// The samples after `after` and up to `until`, neither of which is before those of the last call.
    pub(super) fn moved<'a, T>(
        &mut self,
        points: &Points<'a, T>,
        after: i64,
        until: i64,
    ) -> Points<'a, T> {
        self.from = seek(points.times, self.from, after);
        // All that is left: so it is for an instant, whose times need not be looked at one by one.
        self.to = match points.times.last() {
            Some(last) if *last > until => seek(points.times, self.to.max(self.from), until),
            _ => points.len(),
        };
        points.part(self.from, self.to)
    }

    /// Those among `all` that are in the window `of`, but for its first, neither of whose ends is
    /// before those of the last call.
    pub(super) fn falls<'a>(&mut self, all: &'a [usize], of: &Self) -> Falls<'a> {
        let passed = |from: usize, end: usize| {
            let rest = all.get(from..).unwrap_or_default();
            from + rest.iter().take_while(|number| **number < end).count()
        };
        self.from = passed(self.from, of.from + 1);
        self.to = passed(self.to.max(self.from), of.to);
        Falls { numbers: all.get(self.from..self.to).unwrap_or_default(), from: of.from }
    }
}

/// The numbers of the values that are less than the one before.
pub(super) fn find_falls(values: &[f64], found: &mut Vec<usize>) {
    // Most counters do not fall: a whole block is looked at without a branch for each value.
    const BLOCK: usize = 64;
    let mut from = 0;
    while from + 1 < values.len() {
        let to = (from + BLOCK).min(values.len() - 1);
        let (before, after) = (&values[from..to], &values[from + 1..=to]);
        let falls =
            before.iter().zip(after).fold(false, |any, (before, after)| any | (after < before));
        if falls {
            let pairs = before.iter().zip(after).enumerate();
            found.extend(
                pairs.filter(|(_, (before, after))| after < before).map(|(at, _)| from + at + 1),
            );
        }
        from = to;
    }
}
