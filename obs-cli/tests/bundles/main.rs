//! Holds the bundled dashboards, rules, rule tests and runbooks to the rules of this project, and
//! shows that each of these rules refuses what it is there to refuse.

mod board;
mod expr;
mod model;
mod mutations;
mod panel;
mod query;
mod rules;

use model::Shipped;

/// What is wrong, a line each, naming file, panel or rule, and what was expected.
type Lint = fn(&Shipped) -> Vec<String>;

const LINTS: &[(&str, Lint)] = &[
    ("canonical text", board::canonical_text),
    ("settings", board::settings),
    ("variables", board::variables),
    ("links", board::links),
    ("annotations", board::annotations),
    ("grid", board::grid),
    ("words", panel::words),
    ("units", panel::units),
    ("data sources", panel::data_sources),
    ("legends", panel::legends),
    ("thresholds", panel::thresholds),
    ("metrics exist", query::metrics_exist),
    ("labels are declared", query::labels_are_declared),
    ("variables are used", query::variables_are_used),
    ("rate intervals", query::rate_intervals),
    ("counters are rates", query::counters_are_rates),
    ("buckets exist", query::buckets_exist),
    ("latency has exemplars", query::latency_has_exemplars),
    ("legends have their labels", query::legends_have_their_labels),
    ("metrics are used", query::metrics_are_used),
    ("record names", rules::record_names),
    ("alerts", rules::alerts),
    ("alert annotations", rules::annotations),
    ("links stand on one line", rules::links_stand_on_one_line),
    ("dashboard links", rules::dashboard_links),
    ("runbooks", rules::runbooks),
    ("rule tests", rules::tests),
];

fn shipped() -> Shipped {
    Shipped::load(&[obs_core::BUNDLE, obs_axum::BUNDLE, obs_serenity::BUNDLE])
}

#[test]
fn the_bundles_hold_every_rule() {
    let shipped = shipped();
    assert_eq!((shipped.boards.len(), shipped.rules.len()), (4, 4), "the lints see all bundles");
    let found: Vec<_> = LINTS
        .iter()
        .flat_map(|(name, lint)| lint(&shipped).into_iter().map(move |f| format!("[{name}] {f}")))
        .collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}
