//! Lints of queries that are of this project: variables, intervals and exemplars of dashboards.

use std::collections::BTreeSet;

use obs_promql::MatchOp;
use obs_promql::syntax::{Kind, Selector};
use obs_test::bundle::DashboardQuery;

use crate::model::{Board, Rule, Shipped, list, text};
use crate::parts::{calls, selectors};

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
            let Some(parsed) = &query.query else { continue };
            for (selector, name) in selectors(parsed.query()) {
                let mut wanted = vec![("job", "$job")];
                // Most alerts are about a whole job: their series have no instance.
                if name != "ALERTS" {
                    wanted.push(("instance", "$instance"));
                }
                for (label, variable) in &narrower {
                    if shipped.has_label(name, label) {
                        wanted.push((*label, variable));
                    }
                }
                for (label, variable) in wanted {
                    if !limited(selector, label, variable) {
                        found.push(format!(
                            "{}: {name} is limited by {label}=~\"{variable}\"",
                            query.place
                        ));
                    }
                }
            }
        }
    }
    found
}

fn limited(selector: &Selector, label: &str, variable: &str) -> bool {
    selector.matchers.iter().any(|matcher| {
        matcher.name() == label
            && matcher.op() == MatchOp::Regex
            && matcher.value().as_str() == Some(variable)
    })
}

/// dashboard-linter's target-rate-interval. `$__range` is for a figure over the selected time.
pub(crate) fn rate_intervals(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for query in shipped.boards.iter().flat_map(Board::queries) {
        let whole_range = ["stat", "table"].contains(&text(&query.panel["type"]));
        let Some(parsed) = &query.query else { continue };
        for (_, node) in parsed.query().nodes() {
            let Kind::Call { function, args } = &node.kind else { continue };
            if !["rate", "irate", "increase"].contains(&function.name) {
                continue;
            }
            let [arg] = args[..] else { continue };
            let written = parsed.original(parsed.query()[arg].span);
            let range = written.rsplit_once('[').map_or("", |(_, range)| range);
            match range.trim_end_matches(']') {
                "$__rate_interval" => {}
                "$__range" if whole_range => {}
                range => found.push(format!(
                    "{}: {} over $__rate_interval, not over {range:?}",
                    query.place, function.name
                )),
            }
        }
    }
    found
}

pub(crate) fn latency_has_exemplars(shipped: &Shipped) -> Vec<String> {
    let queries = shipped.boards.iter().flat_map(Board::queries);
    queries
        .filter(|query| {
            let Some(parsed) = query.query.as_ref().map(DashboardQuery::query) else {
                return false;
            };
            let duration = selectors(parsed).any(|(_, name)| name.ends_with("_seconds_bucket"));
            let kind = text(&query.panel["type"]);
            let quantile = calls(parsed, "histogram_quantile");
            duration
                && (kind == "heatmap" || kind == "timeseries" && quantile)
                && query.target["exemplar"] != true
        })
        .map(|query| format!("{}: asks for exemplars", query.place))
        .collect()
}

/// A metric that no panel and no rule reads is one that nobody would miss.
pub(crate) fn metrics_are_used(shipped: &Shipped) -> Vec<String> {
    let of_boards = shipped.boards.iter().flat_map(Board::queries);
    let of_boards = of_boards.filter_map(|query| Some(query.query?.query().clone()));
    let of_rules = shipped.rules.iter().flat_map(|rules| &rules.rules);
    let mut used = BTreeSet::new();
    for query in of_boards.chain(of_rules.filter_map(Rule::query)) {
        used.extend(selectors(&query).filter_map(|(_, name)| Some(shipped.metric(name)?.name)));
    }
    let unused = shipped.metrics.iter().filter(|desc| !used.contains(desc.name));
    unused.map(|desc| format!("{}: no panel and no rule reads it", desc.name)).collect()
}
