//! `topk` and `bottomk`.

use super::Input;
use super::columns::{Columns, Entry, blocks};
use super::param::{Param, count};
use crate::error::EvalError;
use crate::eval::Grid;
use crate::notes::Notes;
use crate::syntax::{Aggregator, Span};

/// Leaves the greatest elements of each group, or the least.
///
/// An instant vector is sorted, group by group.
pub(super) fn top(
    op: Aggregator,
    input: Input,
    param: &Param,
    span: Span,
    notes: &mut Notes,
) -> Result<Grid, EvalError> {
    if !param.is_some_count()? {
        return Ok(Grid::new(input.grid.steps));
    }
    input.ignore_histograms(op.as_str(), span, notes);
    // `bottomk` is `topk` of the values with the other sign.
    let sign = if op == Aggregator::Bottomk { -1.0 } else { 1.0 };
    let members = input.members();
    let mut grid = input.grid;
    grid.clear_histograms();
    let most = grid.rows.len();
    // For each row the last step at which it remains.
    let mut kept = vec![usize::MAX; most];
    let mut heap: Vec<Entry> = Vec::new();
    let mut order = Vec::new();
    let mut columns = Columns::default();
    for members in &members {
        for steps in blocks(grid.steps) {
            for (step, entries) in columns.read(&grid, members, steps) {
                heap.clear();
                let count = count(param.values[step], most);
                let signed = entries.iter().map(|(value, row)| (sign * value, *row));
                signed.for_each(|entry| offer(&mut heap, entry, count));
                if grid.steps == 1 {
                    sort_descending(&mut heap);
                    order.extend(heap.iter().map(|(_, row)| *row));
                }
                heap.iter().for_each(|(_, row)| kept[*row] = step);
                for (_, row) in entries.iter().filter(|(_, row)| kept[*row] != step) {
                    grid.clear(*row, step);
                }
            }
        }
    }
    if grid.steps == 1 {
        return Ok(grid.reordered(&order));
    }
    grid.drop_empty_rows();
    Ok(grid)
}

/// Whether the first has to go before the second. What is not a number goes before all.
fn less(a: Entry, b: Entry) -> bool {
    a.0.is_nan() || a.0 < b.0
}

/// Takes the entry into a heap of `count` at most, the least of which lies on top.
///
/// Of equal values it is the heap that decides which of them remain: it moves as Go's
/// `container/heap` does.
fn offer(heap: &mut Vec<Entry>, entry: Entry, count: usize) {
    if heap.len() < count {
        heap.push(entry);
        rise(heap);
    } else if let Some(top) = heap.first_mut()
        && (top.0 < entry.0 || (top.0.is_nan() && !entry.0.is_nan()))
    {
        *top = entry;
        sink(heap);
    }
}

/// Moves the last entry up to where it belongs.
fn rise(heap: &mut [Entry]) {
    let Some(mut at) = heap.len().checked_sub(1) else { return };
    while at > 0 {
        let above = (at - 1) / 2;
        if !less(heap[at], heap[above]) {
            return;
        }
        heap.swap(at, above);
        at = above;
    }
}

/// Moves the entry on top down to where it belongs.
fn sink(heap: &mut [Entry]) {
    let mut at = 0;
    loop {
        let mut below = 2 * at + 1;
        if below >= heap.len() {
            return;
        }
        if below + 1 < heap.len() && less(heap[below + 1], heap[below]) {
            below += 1;
        }
        if !less(heap[below], heap[at]) {
            return;
        }
        heap.swap(at, below);
        at = below;
    }
}

/// Sorts from the greatest to the least, what is not a number last.
fn sort_descending(entries: &mut [Entry]) {
    /// Up to here Go sorts by insertion, and the order of equal values follows from it.
    const FEW: usize = 12;
    if entries.len() > FEW {
        entries.sort_by(|a, b| b.0.partial_cmp(&a.0).unwrap_or(a.0.is_nan().cmp(&b.0.is_nan())));
        return;
    }
    for end in 1..entries.len() {
        let mut at = end;
        while at > 0 && less(entries[at - 1], entries[at]) {
            entries.swap(at - 1, at);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{offer, sort_descending};

    fn top(count: usize, values: &[f64]) -> Vec<(f64, usize)> {
        let mut heap = Vec::new();
        values.iter().enumerate().for_each(|(row, value)| offer(&mut heap, (*value, row), count));
        sort_descending(&mut heap);
        heap
    }

    #[test]
    fn the_greatest_come_first() {
        assert_eq!(top(2, &[1.0, 5.0, 3.0, 4.0]), [(5.0, 1), (4.0, 3)]);
        assert_eq!(top(9, &[1.0, 5.0]), [(5.0, 1), (1.0, 0)]);
        let many: Vec<f64> = (0..100).map(|number| f64::from(number * 37 % 100)).collect();
        let found: Vec<f64> = top(20, &many).into_iter().map(|(value, _)| value).collect();
        assert_eq!(found, (80..100).rev().map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_no_number_is_taken_last() {
        let rows = |count| top(count, &[f64::NAN, 1.0, f64::NAN, 2.0]).into_iter().map(|e| e.1);
        assert_eq!(rows(2).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(rows(3).collect::<Vec<_>>()[..2], [3, 1]);
    }

    #[test]
    fn of_equal_values_the_first_remain() {
        let mut rows: Vec<_> = top(2, &[1.0, 1.0, 1.0]).into_iter().map(|e| e.1).collect();
        rows.sort_unstable();
        assert_eq!(rows, [0, 1]);
    }
}
