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
