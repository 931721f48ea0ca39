//! Holds the bundled dashboards, rules, rule tests and runbooks to the rules of this project, and
//! shows that each of these rules refuses what it is there to refuse.

mod board;
mod model;
mod mutations;
mod panel;
mod parts;
mod query;
mod rules;
mod shared;

use model::Shipped;
use obs_test::bundle::Lint;
use shared::check;

/// What is wrong, a line each, naming file, panel or rule, and what was expected.
type Found = fn(&Shipped) -> Vec<String>;

const LINTS: &[(&str, Found)] = &[
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
    ("variables are used", query::variables_are_used),
    ("rate intervals", query::rate_intervals),
    ("latency has exemplars", query::latency_has_exemplars),
    ("metrics are used", query::metrics_are_used),
    ("record names", rules::record_names),
    ("alerts", rules::alerts),
    ("links stand on one line", rules::links_stand_on_one_line),
    ("dashboard links", rules::dashboard_links),
    ("runbooks", rules::runbooks),
    // Those of every bundle.
    ("file", |s| check(s, Lint::File)),
    ("parse", |s| check(s, Lint::Parse)),
    ("metric", |s| check(s, Lint::Metric)),
    ("label", |s| check(s, Lint::Label)),
    ("rate", |s| check(s, Lint::Rate)),
    ("bucket", |s| check(s, Lint::Bucket)),
    ("quantile", |s| check(s, Lint::Quantile)),
    ("matching", |s| check(s, Lint::Matching)),
    ("alert", |s| check(s, Lint::Alert)),
    ("rule-test", |s| check(s, Lint::RuleTest)),
    ("panel", |s| check(s, Lint::Panel)),
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

#[test]
fn every_check_of_obs_test_is_made() {
    for lint in Lint::ALL {
        assert!(LINTS.iter().any(|(name, _)| *name == lint.as_str()), "{lint}");
    }
}
