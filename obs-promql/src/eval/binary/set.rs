//! `and`, `or` and `unless`.

use super::super::keys::{Keys, Numbers};
use crate::eval::{Cell, Grid};
use crate::syntax::Matching;

/// Where there is an element of each group: a step after the other, group by group.
struct Presence {
    steps: usize,
    cells: Vec<bool>,
}

impl Presence {
    /// `groups` has the group of each row, `None` for rows whose group nobody asks for.
    fn of(grid: &Grid, groups: &[Option<usize>], count: usize) -> Self {
        let mut cells = vec![false; count * grid.steps];
        for (row, group) in groups.iter().enumerate() {
            let Some(group) = group else { continue };
            let cells = &mut cells[group * grid.steps..][..grid.steps];
            for (cell, kind) in cells.iter_mut().zip(grid.kinds(row)) {
                *cell |= *kind != Cell::Absent;
            }
        }
        Self { steps: grid.steps, cells }
    }

    /// Leaves the elements of `grid` whose group is there, or is not.
    fn filter(&self, grid: &mut Grid, groups: &[Option<usize>], there: bool) {
        for (row, group) in groups.iter().enumerate() {
            let (kinds, _) = grid.cells_mut(row);
            match group {
                Some(group) => {
                    let cells = &self.cells[group * self.steps..][..self.steps];
                    for (kind, present) in kinds.iter_mut().zip(cells) {
                        if *present != there {
                            *kind = Cell::Absent;
                        }
                    }
                }
                None if there => kinds.fill(Cell::Absent),
                None => {}
            }
        }
        grid.drop_empty_rows();
    }
}

/// Keeps elements of `grid` whose group has an element of `by`, or has none.
fn filter(matching: &Matching, grid: &mut Grid, by: &Grid, there: bool) {
    let keys = Keys::matching(matching);
    let mut numbers = Numbers::default();
    let asked: Vec<_> = by.rows.iter().map(|row| Some(numbers.of(&keys, &row.labels))).collect();
    let presence = Presence::of(by, &asked, numbers.len());
    let groups: Vec<_> = grid.rows.iter().map(|row| numbers.find(&keys, &row.labels)).collect();
    presence.filter(grid, &groups, there);
}

pub(super) fn and(matching: &Matching, mut left: Grid, right: &Grid) -> Grid {
    filter(matching, &mut left, right, true);
    left
}

pub(super) fn unless(matching: &Matching, mut left: Grid, right: &Grid) -> Grid {
    filter(matching, &mut left, right, false);
    left
}

/// Rows may have the same labels.
pub(super) fn or(matching: &Matching, mut left: Grid, mut right: Grid) -> Grid {
    filter(matching, &mut right, &left, false);
    left.append(&mut right);
    left
}
