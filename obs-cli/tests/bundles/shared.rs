//! The checks that `obs-test` has for every bundle, on ours.

use obs_core::AssetKind;
use obs_test::bundle::{Check, Findings, Lint};
use serde_json::json;

use crate::model::Shipped;

/// What `lint` finds in all files, as they are, spoilt or not.
pub(crate) fn check(shipped: &Shipped, lint: Lint) -> Vec<String> {
    let found = findings(shipped);
    found.iter().filter(|finding| finding.lint == lint).map(ToString::to_string).collect()
}

fn findings(shipped: &Shipped) -> Findings {
    let mut check = Check::new()
        .metrics(&shipped.metrics)
        .four_tests()
        // A refused metric stays refused until the process is replaced.
        .raw_counter("obs_metric_conflicts_total");
    for board in &shipped.boards {
        check = check.file(AssetKind::Dashboard, board.file, board.json.to_string());
    }
    for rules in &shipped.rules {
        // JSON is YAML.
        let text = json!({"groups": [{"name": "all", "rules": rules.rules}]}).to_string();
        check = check.file(AssetKind::Rules, rules.file, text);
    }
    for tests in &shipped.tests {
        let text = serde_json::to_string(tests).expect("JSON");
        check = check.file(AssetKind::RuleTests, tests.file, text);
    }
    for book in &shipped.runbooks {
        check = check.file(AssetKind::Runbook, book.file, book.text.clone());
    }
    check.run()
}
