//! Rows turned into columns, for aggregations that see all elements of a step at once.

use std::ops::Range;

use crate::eval::{Cell, Grid};

/// A value and its row.
pub(super) type Entry = (f64, usize);

/// As many steps as have their values side by side in memory: rows far from each other are not fetched
/// anew for each step.
const WIDTH: usize = 8;

/// All steps, a few at a time.
pub(super) fn blocks(steps: usize) -> impl Iterator<Item = Range<usize>> {
    (0..steps).step_by(WIDTH).map(move |first| first..steps.min(first + WIDTH))
}

/// The elements of a few steps.
#[derive(Default)]
pub(super) struct Columns {
    columns: [Vec<Entry>; WIDTH],
}

impl Columns {
    /// The floats of these rows at each step of one of the [`blocks`].
    pub(super) fn read(
        &mut self,
        grid: &Grid,
        rows: &[usize],
        steps: Range<usize>,
    ) -> impl Iterator<Item = (usize, &[Entry])> + use<'_> {
        self.columns.iter_mut().for_each(Vec::clear);
        for &row in rows {
            let kinds = &grid.kinds(row)[steps.clone()];
            let values = &grid.values(row)[steps.clone()];
            for ((kind, value), column) in kinds.iter().zip(values).zip(&mut self.columns) {
                if *kind == Cell::Float {
                    column.push((*value, row));
                }
            }
        }
        steps.zip(self.columns.iter().map(Vec::as_slice))
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, blocks};
    use crate::Labels;
    use crate::eval::{Grid, Row};

    #[test]
    fn every_step_is_seen_with_all_that_is_there() {
        let mut grid = Grid::new(19);
        for row in 0..3 {
            grid.push_row(Row { labels: Labels::empty(), drop_name: false });
            for step in (0..19).filter(|step| step % 3 != row) {
                grid.set_float(row, step, f64::from(u8::try_from(step).unwrap()));
            }
        }
        let mut seen = Vec::new();
        let mut columns = Columns::default();
        for steps in blocks(19) {
            for (step, entries) in columns.read(&grid, &[0, 2], steps) {
                let value = f64::from(u8::try_from(step).unwrap());
                assert!(entries.iter().all(|(found, row)| *found == value && step % 3 != *row));
                seen.push((step, entries.len()));
            }
        }
        let want: Vec<_> = (0..19).map(|step| (step, if step % 3 == 1 { 2 } else { 1 })).collect();
        assert_eq!(seen, want);
    }
}
