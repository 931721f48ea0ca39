//! Expressions whose selectors are all pinned to one time.

use crate::syntax::{At, Kind, NodeId, Query};

/// The text of `query` with `@ time` on each selector and subquery that has no `@`; what is inside a
/// subquery stays. `None` if its value depends on the time of evaluation all the same.
pub(super) fn pinned(query: &Query, time: i64) -> Option<String> {
    let mut pinned = query.clone();
    let mut inside = vec![false; query.nodes.len()];
    // From the whole to its parts.
    for (index, node) in pinned.nodes.iter_mut().enumerate().rev() {
        let mut inside_here = inside[index];
        match &mut node.kind {
            _ if inside_here => {}
            Kind::Selector(selector) => {
                selector.time.at.get_or_insert(At::Time(time));
            }
            Kind::Subquery { time: modifiers, .. } => {
                modifiers.at.get_or_insert(At::Time(time));
                inside_here = true;
            }
            Kind::Call { function, .. } if tells_time(function.name) => return None,
            _ => {}
        }
        for part in parts(&node.kind) {
            inside[part.0 as usize] = inside_here;
        }
    }
    Some(pinned.to_string())
}

/// Prometheus' `AtModifierUnsafeFunctions`.
fn tells_time(function: &str) -> bool {
    matches!(
        function,
        "days_in_month"
            | "day_of_month"
            | "day_of_week"
            | "day_of_year"
            | "end"
            | "hour"
            | "minute"
            | "month"
            | "year"
            | "predict_linear"
            | "range"
            | "start"
            | "step"
            | "time"
            | "timestamp"
    )
}

fn parts(kind: &Kind) -> Vec<NodeId> {
    match kind {
        Kind::Number { .. } | Kind::String(_) | Kind::Selector(_) => Vec::new(),
        Kind::Matrix { selector, .. } => vec![*selector],
        Kind::Call { args, .. } => args.clone(),
        Kind::Aggregate { expr, param, .. } => [*expr].into_iter().chain(*param).collect(),
        Kind::Binary { left, right, .. } => vec![*left, *right],
        Kind::Subquery { expr, .. } | Kind::Unary { expr, .. } | Kind::Paren(expr) => vec![*expr],
    }
}

#[cfg(test)]
mod tests {
    use super::pinned;
    use crate::syntax::Syntax;

    #[test]
    fn selectors_and_subqueries_are_pinned_once() {
        for (text, expected) in [
            ("x", Some("x @ 60.000")),
            ("x @ 5 + y", Some("x @ 5.000 + y @ 60.000")),
            ("rate(x[5m] offset 1m)", Some("rate(x[5m] @ 60.000 offset 1m)")),
            (
                "sum_over_time(rate(x[1m])[5m:1m] @ 1)",
                Some("sum_over_time(rate(x[1m])[5m:1m] @ 1.000)"),
            ),
            ("topk(scalar(x), y)", Some("topk(scalar(x @ 60.000), y @ 60.000)")),
            ("time()", None),
            ("x + timestamp(y)", None),
            // What is inside a subquery has times of its own.
            ("max_over_time(timestamp(x)[5m:])", Some("max_over_time(timestamp(x)[5m:] @ 60.000)")),
        ] {
            let query = Syntax::everything().parse(text).expect(text);
            assert_eq!(pinned(&query, 60_000).as_deref(), expected, "{text}");
        }
    }
}
