//! `limitk` and `limit_ratio`: some elements, whatever their values.

use super::Input;
use super::hash::hash;
use super::param::{Param, count};
use crate::error::EvalError;
use crate::eval::{Cell, Grid};
use crate::float::General;
use crate::notes::Notes;

/// Leaves the first elements of each group.
pub(super) fn limitk(input: Input, param: &Param) -> Result<Grid, EvalError> {
    if !param.is_some_count()? {
        return Ok(Grid::new(input.grid.steps));
    }
    let Input { mut grid, group_of, groups, .. } = input;
    let (steps, most) = (grid.steps, grid.rows.len());
    let mut taken = vec![0; groups * steps];
    for (row, group) in group_of.iter().enumerate() {
        let taken = &mut taken[group * steps..][..steps];
        let (kinds, _) = grid.cells_mut(row);
        for ((kind, taken), param) in kinds.iter_mut().zip(taken).zip(&param.values) {
            if *kind == Cell::Absent {
                continue;
            }
            if *taken < count(*param, most) {
                *taken += 1;
            } else {
                *kind = Cell::Absent;
            }
        }
    }
    grid.drop_empty_rows();
    Ok(grid)
}

/// Leaves about this part of all elements: those whose labels have a hash below it; or above it, if it
/// is negative, so that the two make the whole.
pub(super) fn limit_ratio(
    input: Input,
    param: &Param,
    notes: &mut Notes,
) -> Result<Grid, EvalError> {
    if param.max == 0.0 && param.min == 0.0 {
        return Ok(Grid::new(input.grid.steps));
    }
    if param.any_nan {
        return Err(EvalError::expression("Ratio value is NaN", param.span));
    }
    for (value, beyond, end) in [(param.max, param.max > 1.0, 1), (param.min, param.min < -1.0, -1)]
    {
        if beyond {
            let value = General(value);
            let message =
                format!("ratio value should be between -1 and 1, got {value}, capping to {end}");
            notes.warn(param.span, message);
        }
    }
    let mut grid = input.grid;
    for row in 0..grid.rows.len() {
        #[expect(clippy::cast_precision_loss, reason = "as Prometheus makes a part of one of it")]
        let place = hash(&grid.rows[row].labels) as f64 / u64::MAX as f64;
        let (kinds, _) = grid.cells_mut(row);
        for (kind, ratio) in kinds.iter_mut().zip(&param.values) {
            let ratio = ratio.clamp(-1.0, 1.0);
            let taken = if ratio < 0.0 { place >= 1.0 + ratio } else { place < ratio };
            if !taken {
                *kind = Cell::Absent;
            }
        }
    }
    grid.drop_empty_rows();
    Ok(grid)
}
