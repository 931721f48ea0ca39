//! Lints of queries: those of dashboards, rules and runbooks.

use std::collections::BTreeSet;

use crate::expr::{Expr, Selector};
use crate::model::{Board, Part, Shipped, list, text};

/// Added to every series by the scrape.
const SCRAPE: &[&str] = &["job", "instance"];

/// Counters that are read as they stand, with the reason.
const RAW_COUNTERS: &[(&str, &str)] = &[(
    "obs_metric_conflicts_total",
    "a refused metric stays refused until the process is replaced",
)];

/// All expressions: dashboards', rules' and runbooks'.
fn all(shipped: &Shipped) -> Vec<(String, Expr, String)> {
    let mut all = Vec::new();
    for query in shipped.boards.iter().flat_map(Board::queries) {
        all.push((query.place, query.expr, text(&query.target["expr"]).to_owned()));
    }
    for rules in &shipped.rules {
        for rule in &rules.rules {
            let name = rule.alert.as_ref().or(rule.record.as_ref()).map_or("", String::as_str);
            all.push((
                format!("{}: {name}", rules.file),
                Expr::scan(&rule.expr),
                rule.expr.clone(),
            ));
        }
    }
    for book in &shipped.runbooks {
        for block in book.text.split("```promql\n").skip(1) {
            let query = block.split("```").next().unwrap_or_default();
            let place = format!("{}: {}", book.file, query.trim());
            all.push((place, Expr::scan(query), query.to_owned()));
        }
    }
    all
}

/// pint's promql/series: a query of a metric that nobody exposes never returns anything.
pub(crate) fn metrics_exist(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (place, expr, _) in all(shipped) {
        for selector in &expr.selectors {
            if shipped.labels_of(&selector.name).is_none() {
                found.push(format!("{place}: nothing exposes {}", selector.name));
            }
        }
    }
    for board in &shipped.boards {
        for (variable, selector, label) in variable_queries(board) {
            let place = format!("{}: variable {variable}", board.file);
            match shipped.labels_of(&selector.name) {
                None => found.push(format!("{place}: nothing exposes {}", selector.name)),
                Some(labels) if !known(&labels, &label) => {
                    found.push(format!("{place}: {} has no label {label}", selector.name));
                }
                Some(_) => {}
            }
        }
    }
    found
}

/// `(variable, selector, label)` of each `label_values(selector, label)`.
fn variable_queries(board: &Board) -> Vec<(String, Selector, String)> {
    list(&board.json["templating"]["list"])
        .iter()
        .filter_map(|variable| {
            let query = text(&variable["query"]["query"]).strip_prefix("label_values(")?;
            let (series, label) = query.strip_suffix(')')?.rsplit_once(", ")?;
            let selector = Expr::scan(series).selectors.pop()?;
            Some((text(&variable["name"]).to_owned(), selector, label.to_owned()))
        })
        .collect()
}

pub(crate) fn labels_are_declared(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (place, expr, _) in all(shipped) {
        let mut union = expr.made.clone();
        for selector in &expr.selectors {
            let labels = shipped.labels_of(&selector.name).unwrap_or_default();
            for (label, ..) in &selector.matchers {
                if !known(&labels, label) {
                    found.push(format!("{place}: {} has no label {label}", selector.name));
                }
            }
            union.extend(labels);
        }
        for label in &expr.grouping {
            if !known(&union, label) {
                found.push(format!("{place}: no series in it has the label {label}"));
            }
        }
    }
    found
}

fn known(labels: &[String], label: &str) -> bool {
    SCRAPE.contains(&label) || labels.iter().any(|l| l == label)
}

/// A variable that not every series can be limited by, and the label that it limits.
const NARROWER: &[(&str, &str)] =
    &[("route", "http_route"), ("shard", "shard"), ("command", "command")];

/// dashboard-linter: target-job, target-instance; and the same for the narrower variables of the
/// dashboard, on series that have their label.
pub(crate) fn variables_are_used(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for board in &shipped.boards {
        let variables = list(&board.json["templating"]["list"]);
        let narrower: Vec<_> = NARROWER
            .iter()
            .filter(|(name, _)| variables.iter().any(|variable| variable["name"] == *name))
            .map(|(name, label)| (*label, format!("${name}")))
            .collect();
        for query in board.queries() {
            for selector in &query.expr.selectors {
                let labels = shipped.labels_of(&selector.name).unwrap_or_default();
                let mut wanted = vec![("job", "$job")];
                // Most alerts are about a whole job: their series have no instance.
                if selector.name != "ALERTS" {
                    wanted.push(("instance", "$instance"));
                }
                for (label, variable) in &narrower {
                    if known(&labels, label) {
                        wanted.push((*label, variable));
                    }
                }
                for (label, variable) in wanted {
                    if !selector.has(label, "=~", variable) {
                        found.push(format!(
                            "{}: {} is limited by {label}=~\"{variable}\"",
                            query.place, selector.text
                        ));
                    }
                }
            }
        }
    }
    found
}

/// dashboard-linter's target-rate-interval. `$__range` is for a figure over the selected time.
pub(crate) fn rate_intervals(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for query in shipped.boards.iter().flat_map(Board::queries) {
        let whole_range = ["stat", "table"].contains(&text(&query.panel["type"]));
        for selector in &query.expr.selectors {
            let function = selector.function.as_deref().unwrap_or_default();
            if !["rate", "irate", "increase"].contains(&function) {
                continue;
            }
            match selector.range.as_deref() {
                Some("$__rate_interval") => {}
                Some("$__range") if whole_range => {}
                range => found.push(format!(
                    "{}: {function} over $__rate_interval, not over {range:?}",
                    query.place
                )),
            }
        }
    }
    found
}

/// dashboard-linter's target-counter-agg, pint's promql/rate: counters only below `rate` and its
/// like, and nothing else there.
pub(crate) fn counters_are_rates(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (place, expr, source) in all(shipped) {
        let source = source.split_whitespace().collect::<Vec<_>>().join(" ");
        for selector in &expr.selectors {
            let Some((_, part)) = shipped.metric(&selector.name) else { continue };
            let function = selector.function.as_deref().unwrap_or_default();
            let rated =
                ["rate", "irate", "increase"].contains(&function) && selector.range.is_some();
            // Series that are new: the one way to see the first increment of a counter.
            let new = source.contains(&format!("{0} unless {0} offset", selector.text));
            let raw = RAW_COUNTERS.iter().any(|(name, _)| *name == selector.name);
            let counted = ["count", "absent"].contains(&function);
            if part == Part::Gauge && rated {
                found.push(format!("{place}: {function} of the gauge {}", selector.name));
            }
            if part != Part::Gauge && !(rated || new || raw || counted) {
                found.push(format!(
                    "{place}: the counter {} without rate or increase",
                    selector.name
                ));
            }
        }
    }
    found
}

pub(crate) fn buckets_exist(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (place, expr, _) in all(shipped) {
        for selector in &expr.selectors {
            let Some((desc, Part::Bucket)) = shipped.metric(&selector.name) else { continue };
            for (_, _, le) in selector.matchers.iter().filter(|(label, ..)| label == "le") {
                // The exposed form always has a fraction: 1.0, not 1.
                if !desc.buckets.iter().any(|bound| format!("{bound:?}") == *le) {
                    found.push(format!("{place}: le=\"{le}\" is no bucket of {}", desc.name));
                }
            }
        }
        let quantile = expr.calls.iter().any(|call| call == "histogram_quantile");
        if quantile && !expr.grouping.iter().any(|label| label == "le") {
            found.push(format!("{place}: histogram_quantile over sum by (le, …)"));
        }
    }
    found
}

pub(crate) fn latency_has_exemplars(shipped: &Shipped) -> Vec<String> {
    let queries = shipped.boards.iter().flat_map(Board::queries);
    queries
        .filter(|query| {
            let duration = query.expr.selectors.iter().any(|s| s.name.ends_with("_seconds_bucket"));
            let kind = text(&query.panel["type"]);
            let quantile = query.expr.calls.iter().any(|call| call == "histogram_quantile");
            duration
                && (kind == "heatmap" || kind == "timeseries" && quantile)
                && query.target["exemplar"] != true
        })
        .map(|query| format!("{}: asks for exemplars", query.place))
        .collect()
}

/// A legend can show only the labels that an aggregation leaves.
pub(crate) fn legends_have_their_labels(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for query in shipped.boards.iter().flat_map(Board::queries) {
        let of = ["legendFormat", "titleFormat", "textFormat"].map(|key| text(&query.target[key]));
        for label in of.iter().flat_map(|text| text.split("{{").skip(1)) {
            let label = label.split("}}").next().unwrap_or_default();
            let grouped = query.expr.grouping.iter().any(|l| l == label);
            let labels = || {
                let selectors = query.expr.selectors.iter();
                selectors
                    .flat_map(|s| shipped.labels_of(&s.name).unwrap_or_default())
                    .collect::<Vec<_>>()
            };
            if !(grouped || query.expr.grouping.is_empty() && known(&labels(), label)) {
                found.push(format!(
                    "{}: the query leaves no label {label} for the legend",
                    query.place
                ));
            }
        }
    }
    found
}

/// A metric that no panel and no rule reads is one that nobody would miss.
pub(crate) fn metrics_are_used(shipped: &Shipped) -> Vec<String> {
    let used: BTreeSet<&str> = all(shipped)
        .iter()
        .filter(|(place, ..)| !place.contains(".runbook.md"))
        .flat_map(|(_, expr, _)| &expr.selectors)
        .filter_map(|selector| Some(shipped.metric(&selector.name)?.0.name))
        .collect();
    let unused = shipped.metrics.iter().filter(|desc| !used.contains(desc.name));
    unused.map(|desc| format!("{}: no panel and no rule reads it", desc.name)).collect()
}
