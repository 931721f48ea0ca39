//! The order of elements.

use std::cmp::Ordering;

use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Cell, Evaluated};
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "sort",
        &[Type::Vector],
        Type::Vector,
        "The elements by value, the smallest first, NaN last. Histograms are left out.",
        Body::Whole(|call| by_value(call, |a, b| a.partial_cmp(&b))),
    ),
    Function::new(
        "sort_desc",
        &[Type::Vector],
        Type::Vector,
        "The elements by value, the largest first, NaN last. Histograms are left out.",
        Body::Whole(|call| by_value(call, |a, b| b.partial_cmp(&a))),
    ),
    Function::new(
        "sort_by_label",
        &[Type::Vector, Type::String],
        Type::Vector,
        "The elements by the values of labels, numbers in them by size, and then by all labels.",
        Body::Whole(|call| by_label(call, |order| order)),
    )
    .repeating(None)
    .experimental(),
    Function::new(
        "sort_by_label_desc",
        &[Type::Vector, Type::String],
        Type::Vector,
        "What sort_by_label has, the other way round.",
        Body::Whole(|call| by_label(call, Ordering::reverse)),
    )
    .repeating(None)
    .experimental(),
];

/// Notes that a range query has an order of its own.
fn warn_of_range(call: &mut Call<'_, '_>) {
    if call.evaluator.steps.count > 1 {
        let message =
            "sort is ineffective for range queries since results are always ordered by labels";
        call.evaluator.notes.warn(call.span, message);
    }
}

fn by_value(
    call: &mut Call<'_, '_>,
    order: fn(f64, f64) -> Option<Ordering>,
) -> Result<Evaluated, EvalError> {
    warn_of_range(call);
    let mut grid = call.grid(0)?;
    for row in 0..grid.rows.len() {
        for step in 0..grid.steps {
            if grid.kind(row, step) == Cell::Histogram {
                grid.clear(row, step);
            }
        }
    }
    grid.drop_empty_rows();
    if grid.steps != 1 {
        return Ok(Evaluated::Grid(grid));
    }
    let mut rows: Vec<usize> = (0..grid.rows.len()).collect();
    rows.sort_by(|a, b| {
        let (x, y) = (grid.values(*a)[0], grid.values(*b)[0]);
        // Prometheus' sort turns the order of NaNs round, as long as there are few.
        let nan = || x.is_nan().cmp(&y.is_nan()).then(b.cmp(a));
        order(x, y).unwrap_or_else(nan)
    });
    Ok(Evaluated::Grid(grid.reordered(&rows)))
}

fn by_label(
    call: &mut Call<'_, '_>,
    direction: fn(Ordering) -> Ordering,
) -> Result<Evaluated, EvalError> {
    warn_of_range(call);
    let labels = (1..call.args.len())
        .map(|number| Ok(call.text(number)?.as_str().unwrap_or_default()))
        .collect::<Result<Vec<_>, EvalError>>()?;
    let grid = call.grid(0)?;
    if grid.steps != 1 {
        return Ok(Evaluated::Grid(grid));
    }
    let mut rows: Vec<usize> = (0..grid.rows.len()).collect();
    rows.sort_by(|a, b| {
        let (a, b) = (&grid.rows[*a].labels, &grid.rows[*b].labels);
        let by_names = labels
            .iter()
            .map(|name| natural(a.get(name).unwrap_or_default(), b.get(name).unwrap_or_default()));
        let order = by_names.fold(Ordering::Equal, Ordering::then);
        direction(order.then_with(|| a.cmp(b)))
    });
    Ok(Evaluated::Grid(grid.reordered(&rows)))
}

/// The natural order of two texts: runs of digits count as numbers, what is between them as text.
///
/// Prometheus' has circles: `a1` is before `a01` and after it, and numbers above 64 bits count as text
/// beside smaller ones that do not. There is an order here: by text and by size.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    loop {
        if rest_a.is_empty() || rest_b.is_empty() {
            return rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b));
        }
        let (chunk_a, chunk_b);
        (chunk_a, rest_a) = chunk(rest_a);
        (chunk_b, rest_b) = chunk(rest_b);
        let order = match (number(chunk_a), number(chunk_b)) {
            (Some(a), Some(b)) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            _ => chunk_a.cmp(chunk_b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits, or the text without digits, that `text` begins with, and the rest.
fn chunk(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

/// The digits of a number without zeros before them.
fn number(chunk: &str) -> Option<&str> {
    chunk.starts_with(|c: char| c.is_ascii_digit()).then(|| chunk.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_count_as_numbers() {
        let sorted = [
            "",
            "1.2.3",
            "1.11.3",
            "1.111.3",
            "4m5",
            "4m600",
            "9",
            "10",
            "99999999999999999999",
            "100000000000000000000",
            "a",
            "a01",
            "a1",
            "a1b",
        ];
        for (number, a) in sorted.iter().enumerate() {
            for b in &sorted[number + 1..] {
                assert_eq!(natural(a, b), Ordering::Less, "{a:?} {b:?}");
                assert_eq!(natural(b, a), Ordering::Greater, "{b:?} {a:?}");
            }
        }
    }
}
