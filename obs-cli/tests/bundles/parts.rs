//! Parts of an expression that several lints look at.

use obs_promql::Query;
use obs_promql::syntax::{Aggregator, BinaryOp, Kind, NodeId, Selector};

pub(crate) fn selectors(query: &Query) -> impl Iterator<Item = (&Selector, &str)> {
    query.nodes().filter_map(|(_, node)| match &node.kind {
        Kind::Selector(selector) => Some((selector, selector.name.as_deref().unwrap_or_default())),
        _ => None,
    })
}

pub(crate) fn calls(query: &Query, name: &str) -> bool {
    query
        .nodes()
        .any(|(_, node)| matches!(&node.kind, Kind::Call { function, .. } if function.name == name))
}

pub(crate) fn aggregates(query: &Query, wanted: &[Aggregator]) -> bool {
    query
        .nodes()
        .any(|(_, node)| matches!(&node.kind, Kind::Aggregate { op, .. } if wanted.contains(op)))
}

/// Labels named by `by`, `without`, `on`, `group_left` and their like.
pub(crate) fn grouping(query: &Query) -> Vec<&str> {
    let mut labels = Vec::new();
    for (_, node) in query.nodes() {
        match &node.kind {
            Kind::Aggregate { grouping, .. } => labels.extend(&grouping.labels),
            Kind::Binary { matching: Some(matching), .. } => {
                labels.extend(matching.labels.iter().chain(&matching.include));
            }
            _ => {}
        }
    }
    labels.into_iter().map(String::as_str).collect()
}

/// The number that an alert's expression is first greater or less than, unless it is 0 (any) or a
/// factor.
pub(crate) fn threshold(query: &Query) -> Option<f64> {
    let compared = query.nodes().filter_map(|(_, node)| match &node.kind {
        Kind::Binary {
            op: BinaryOp::Gt | BinaryOp::Lt | BinaryOp::Ge | BinaryOp::Le,
            right,
            ..
        } => {
            let with = number(query, *right).map(Some).or_else(|| factor(query, *right))?;
            Some((query[*right].span.start, with))
        }
        _ => None,
    });
    let (_, first) = compared.min_by_key(|(at, _)| *at)?;
    first.filter(|number| *number != 0.0)
}

fn number(query: &Query, id: NodeId) -> Option<f64> {
    match query[query.unwrapped(id)].kind {
        Kind::Number { value, .. } => Some(value),
        _ => None,
    }
}

/// `Some(None)` if the expression is a number of times something.
fn factor(query: &Query, id: NodeId) -> Option<Option<f64>> {
    match query[id].kind {
        Kind::Binary { op: BinaryOp::Mul, left, .. } => number(query, left).map(|_| None),
        _ => None,
    }
}

#[test]
fn the_threshold_is_the_first_number_that_is_no_factor() {
    for (text, want) in [
        ("a > 0.05 and on (job) b > 1", Some(0.05)),
        ("a < 0.3 * (a offset 1w) and b > 1", None),
        ("sum(a) / (sum(b) > 0) > 0.9", None),
        ("a == 0", None),
        ("(a == 0) >= (2)", Some(2.0)),
    ] {
        assert_eq!(threshold(&obs_promql::parse(text).unwrap()), want, "{text}");
    }
}
