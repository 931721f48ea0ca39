//! Whether alerts are tested.

use super::finding::Lint;
use super::report::Report;
use super::rules::{Case, Rule};

/// Reports the tests that alerts among `rules` lack.
pub(super) fn missing(
    rules: &[Rule],
    tests: &[(String, String, Vec<Case>)],
    four: bool,
    report: &mut Report<'_>,
) {
    let cases = || tests.iter().flat_map(|(_, _, cases)| cases);
    for rule in rules.iter().filter(|rule| rule.alerts) {
        let line = rule.lines.map(|lines| lines.rule);
        // Whether a test looks at the alert and expects it, or not.
        let shows = |case: &&Case, fires: bool| {
            case.alerts.iter().any(|(name, expected)| *name == rule.name && *expected == fires)
        };
        let mut lacks = |what: &str| {
            report.say(Lint::RuleTest, line, &rule.name, format!("no test {what}"));
        };
        if four {
            for kind in ["fires", "quiet", "zero traffic", "missing series"] {
                let named: Vec<_> =
                    cases().filter(|case| case.name.ends_with(&format!(": {kind}"))).collect();
                let any = |fires| named.iter().any(|case| shows(case, fires));
                let shown = match kind {
                    "fires" => any(true),
                    // The watchdog reads nothing and fires always.
                    "missing series" if rule.is_constant() => any(true),
                    "missing series" => any(false) || rule.fires_on_absence() && any(true),
                    _ => any(false) || rule.is_constant(),
                };
                if !shown {
                    lacks(&format!("\u{201c}…: {kind}\u{201d} shows it"));
                }
            }
            continue;
        }
        if !cases().any(|case| shows(&case, true)) {
            lacks("makes it fire");
        }
        if !rule.is_constant() && !cases().any(|case| shows(&case, false)) {
            lacks("shows it to be quiet");
        }
    }
}

/// Reports tests of alerts that no rule is called.
pub(super) fn of_nothing(cases: &[Case], text: &str, rules: &[&Rule], report: &mut Report<'_>) {
    for (name, _) in cases.iter().flat_map(|case| &case.alerts) {
        if !rules.iter().any(|rule| rule.alerts && rule.name == *name) {
            let named = |line: &str| {
                line.trim()
                    .trim_start_matches("- ")
                    .strip_prefix("alertname:")
                    .is_some_and(|value| value.trim().trim_matches(['"', '\'']) == *name)
            };
            let line = text.lines().position(named).map(|at| at + 1);
            report.say(Lint::RuleTest, line, name, "no rule has this alert".to_owned());
        }
    }
}
