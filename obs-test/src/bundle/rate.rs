//! Counters are read through `rate` and `increase`, and nothing else is.

use obs_promql::Type;
use obs_promql::syntax::{Aggregator, BinaryOp, Kind, NodeId, Selector};

use super::finding::Lint;
use super::flow::name_of;
use super::known::{Meaning, Part};
use super::query::Check;

/// What a counter is read through.
const RATES: &[&str] = &["rate", "irate", "increase"];

/// What is of gauges: of a counter it is wrong whenever a process starts again.
const OF_GAUGES: &[&str] =
    &["delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing"];

/// What does not look at how large a value is.
const PRESENCE: &[&str] = &[
    "absent",
    "absent_over_time",
    "changes",
    "count_over_time",
    "present_over_time",
    "resets",
    "timestamp",
    "ts_of_first_over_time",
    "ts_of_last_over_time",
];

/// Checks what is done with the series of the selector `id`.
pub(super) fn check(check: &mut Check<'_>, id: NodeId, name: &str) {
    let part = check.known.part(name);
    let counter = matches!(part, Part::Counter | Part::Bucket);
    let span = check.query[id].span;
    let mut at = id;
    while let Some(parent) = check.flow.parent(at) {
        let node = &check.query[parent];
        match &node.kind {
            Kind::Matrix { .. } | Kind::Subquery { .. } | Kind::Paren(_) | Kind::Unary { .. } => {}
            Kind::Call { function, .. } => {
                // Whether it sees samples over time, not one value.
                let over_time = check.query[at].ty == Type::Matrix;
                if RATES.contains(&function.name) && over_time {
                    if !counter {
                        not_a_counter(check, id, name, function.name);
                    }
                    return;
                }
                if counter && OF_GAUGES.contains(&function.name) {
                    let message = format!(
                        "{} of the counter {name}: use rate or increase, which see restarts",
                        function.name
                    );
                    check.say(Lint::Rate, span, message);
                    return;
                }
                if PRESENCE.contains(&function.name) {
                    return;
                }
            }
            Kind::Aggregate { op, .. } => {
                if matches!(op, Aggregator::Count | Aggregator::Group) || !counter {
                    return;
                }
            }
            Kind::Binary { op, left, right, .. } => {
                let other = if *left == at { *right } else { *left };
                let asked_whether_it_exists =
                    *right == at && matches!(op, BinaryOp::And | BinaryOp::Unless);
                let nothing_of_it = *op == BinaryOp::Mul && check.flow.number(other) == Some(0.0);
                if asked_whether_it_exists || nothing_of_it || is_new(check, *op, at, other) {
                    return;
                }
                if !op.is_set() && !counter {
                    return;
                }
            }
            Kind::Number { .. } | Kind::String(_) | Kind::Selector(_) => return,
        }
        at = parent;
    }
    if counter && !check.known.raw_counters.contains(name) {
        let message = format!("the counter {name} without rate or increase");
        check.say(Lint::Rate, span, message);
    }
}

/// `x unless x offset 15m`: series that are new, the one way to see a counter's first increment.
fn is_new(check: &Check<'_>, op: BinaryOp, of: NodeId, other: NodeId) -> bool {
    let selector = |id: NodeId| match &check.query[check.query.unwrapped(id)].kind {
        Kind::Selector(selector) => Some(selector),
        _ => None,
    };
    let (Some(of), Some(other)) = (selector(of), selector(other)) else { return false };
    let same = |a: &Selector, b: &Selector| name_of(a) == name_of(b) && a.matchers == b.matchers;
    op == BinaryOp::Unless && same(of, other) && other.time.offset.is_some()
}

fn not_a_counter(check: &mut Check<'_>, id: NodeId, name: &str, function: &str) {
    let span = check.query[id].span;
    let message = match check.known.meaning(name) {
        Meaning::Record(_) => {
            format!("{function} of the recorded {name}: take the {function} first, then aggregate")
        }
        Meaning::Own | Meaning::Series(_) if check.known.part(name) == Part::Gauge => {
            format!("{function} of the gauge {name}: use delta, deriv or changes")
        }
        // As Prometheus says of the same query.
        _ if !["_sum", "_count"].iter().any(|suffix| name.ends_with(suffix))
            && !name.contains(super::template::ANY) =>
        {
            format!(
                "{function} of {name}, whose name says nothing of a counter: it ends in _total, \
                 _sum, _count or _bucket"
            )
        }
        _ => return,
    };
    check.say(Lint::Rate, span, message);
}
