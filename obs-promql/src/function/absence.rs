//! What is not there.

use std::borrow::Cow;

use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Cell, Evaluated, Grid, Row};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::{MatchOp, Matcher};
use crate::syntax::Kind;
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    ABSENT,
    Function {
        name: "absent_over_time",
        args: &[Type::Matrix],
        min_args: 1,
        max_args: Some(1),
        returns: Type::Vector,
        experimental: false,
        doc: "1 where no series has a sample in the range, with the labels that the selector asks for.",
        body: Body::Whole(absent_over_time),
    },
];

const ABSENT: Function = Function::new(
    "absent",
    &[Type::Vector],
    Type::Vector,
    "1 where the argument has no element, with the labels that a selector asks for.",
    Body::Whole(absent),
);

fn absent(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let labels =
        call.selector(0)?.map_or_else(Labels::empty, |one| labels_of_absent(&one.matchers));
    let found = call.grid(0)?;
    Ok(Evaluated::Grid(where_absent(&found, Row { labels, drop_name: false })))
}

/// 1 where no row has a sample.
fn where_absent(found: &Grid, row: Row) -> Grid {
    let mut grid = Grid::new(found.steps);
    let to = grid.push_row(row);
    for step in 0..found.steps {
        if (0..found.rows.len()).all(|row| found.kind(row, step) == Cell::Absent) {
            grid.set_float(to, step, 1.0);
        }
    }
    grid.pop_if_empty();
    grid
}

fn absent_over_time(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let present = call.evaluator.windows(
        call.function,
        (|_, _| Ok(Some(1.0.into())), true),
        call.args,
        call.span,
    )?;
    let query = call.evaluator.query;
    let labels = match &query[query.unwrapped(call.arg(0)?)].kind {
        Kind::Matrix { selector, .. } => match &query[query.unwrapped(*selector)].kind {
            Kind::Selector(selector) => labels_of_absent(&selector.matchers),
            _ => Labels::empty(),
        },
        _ => Labels::empty(),
    };
    Ok(Evaluated::Grid(where_absent(&present, Row { labels, drop_name: true })))
}

/// The labels of what a selector does not find: those that it asks for by `=`, once each.
fn labels_of_absent(matchers: &[Matcher]) -> Labels {
    let mut pairs: Vec<(&str, Cow<'_, str>)> = Vec::new();
    let mut set: Vec<&str> = Vec::new();
    for matcher in matchers.iter().filter(|matcher| matcher.name() != METRIC_NAME) {
        let name = matcher.name();
        pairs.retain(|(found, _)| *found != name);
        if matcher.op() == MatchOp::Equal && !set.contains(&name) {
            pairs.push((name, matcher.value().to_str_lossy()));
            set.push(name);
        }
    }
    pairs.iter().map(|(name, value)| (*name, &**value)).collect()
}
