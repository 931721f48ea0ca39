//! Lints of recording and alerting rules and of their tests.

use std::collections::BTreeSet;

use crate::expr::Expr;
use crate::model::{Rule, Shipped, list};
use crate::panel::alerts_of;

const SEVERITIES: &[&str] = &["critical", "warning", "info", "none"];
const CATEGORIES: &[&str] = &["availability", "latency", "saturation", "pipeline"];

/// The number that an alert's expression is first greater or less than, unless it is 0 (any) or a
/// factor.
pub(crate) fn threshold(rule: &Rule) -> Option<f64> {
    let expr = Expr::scan(&rule.expr);
    let first = expr.comparisons.iter().find(|comparison| comparison.ordering)?;
    first.with.filter(|number| *number != 0.0)
}

/// `level:metric:operations`; the level names the labels that are left.
pub(crate) fn record_names(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for rules in &shipped.rules {
        for rule in &rules.rules {
            let Some(record) = &rule.record else { continue };
            let parts: Vec<_> = record.split(':').collect();
            if parts.len() != 3 || parts.iter().any(|part| part.is_empty()) {
                found.push(format!("{}: {record}: is called level:metric:operations", rules.file));
                continue;
            }
            let level: BTreeSet<_> = parts[0].split('_').collect();
            let expr = Expr::scan(&rule.expr);
            let left: BTreeSet<_> =
                expr.grouping.iter().map(String::as_str).filter(|l| *l != "le").collect();
            if !left.is_empty() && left != level {
                found.push(format!("{}: {record}: leaves the labels {left:?}", rules.file));
            }
        }
    }
    found
}

/// pint's alerts/comparison, promql/fragile, rule/duplicate, rule/for, rule/label.
pub(crate) fn alerts(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (file, name, rule) in shipped.alerts() {
        let mut say = |what: &str| found.push(format!("{file}: {name}: {what}"));
        let expr = Expr::scan(&rule.expr);
        if !name.starts_with(|c: char| c.is_ascii_uppercase())
            || !name.chars().all(|c| c.is_ascii_alphanumeric())
        {
            say("a name in CamelCase");
        }
        if !names.insert(name) {
            say("two alerts of this name");
        }
        // The watchdog is to fire always.
        if expr.comparisons.is_empty() && name != "Watchdog" {
            say("compares with something");
        }
        if expr.calls.iter().any(|call| call == "topk" || call == "bottomk") {
            say("topk makes an alert change its labels");
        }
        if rule.r#for.is_none() {
            say("says how long it must hold (for), be it 0m");
        }
        let label = |key: &str| rule.labels.get(key).map_or("", String::as_str);
        if !SEVERITIES.contains(&label("severity")) {
            say("has a severity: critical, warning, info or none");
        }
        if !CATEGORIES.contains(&label("category")) {
            say("has a category");
        }
        if rule.labels.values().any(|value| value.contains("{{")) {
            say("a template in a label makes a new alert of every value");
        }
        for selector in &expr.selectors {
            let (of, what) = selector.name.rsplit_once(':').unwrap_or_default();
            let Some((_, window)) = what.split_once("_rate") else { continue };
            let level = of.split(':').next().unwrap_or_default();
            let guard = |other: &str| {
                other.starts_with(&format!("{level}:"))
                    && other.ends_with(&format!(":rate{window}"))
            };
            if !expr.selectors.iter().any(|s| guard(&s.name)) {
                say(&format!(
                    "{} is asked only where there is traffic: a rate over {window} by {level}",
                    selector.name
                ));
            }
        }
    }
    let pages = shipped
        .alerts()
        .filter(|(_, _, rule)| rule.labels.get("severity").is_some_and(|s| s == "critical"));
    let (pages, all) = (pages.count(), shipped.alerts().count());
    if pages * 10 > all * 3 {
        found.push(format!("{pages} of {all} alerts are critical: at most 30 % wake people"));
    }
    found
}

/// pint's alerts/annotation and alerts/template.
pub(crate) fn annotations(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (file, name, rule) in shipped.alerts() {
        for key in ["summary", "description", "runbook_url", "dashboard_url"] {
            if rule.annotations.get(key).is_none_or(String::is_empty) {
                found.push(format!("{file}: {name}: has no {key}"));
            }
        }
        let expr = Expr::scan(&rule.expr);
        let mut left: Vec<String> = expr.grouping.clone();
        if left.is_empty() {
            left.extend(["job", "instance"].map(str::to_owned));
            left.extend(
                expr.selectors.iter().flat_map(|s| shipped.labels_of(&s.name).unwrap_or_default()),
            );
        }
        for used in rule.annotations.values().flat_map(|text| text.split("$labels.").skip(1)) {
            let label =
                used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            if !left.iter().any(|l| l == label) {
                found.push(format!("{file}: {name}: its alerts have no label {label}"));
            }
        }
    }
    found
}

/// `obs assets export` rewrites these links by the line.
pub(crate) fn links_stand_on_one_line(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for rules in &shipped.rules {
        let alerts = rules.rules.iter().filter(|rule| rule.alert.is_some()).count();
        for (key, start) in [("runbook_url: ", ""), ("dashboard_url: ", "/d/")] {
            let lines = rules.text.lines().filter_map(|line| line.trim_start().strip_prefix(key));
            let good = lines
                .filter(|link| !link.starts_with(['"', '\'', '|', '>']) && link.starts_with(start))
                .count();
            if good != alerts {
                found.push(format!("{}: {good} lines of {key}for {alerts} alerts", rules.file));
            }
        }
    }
    found
}

/// The panel that an alert opens exists, and names the alert.
pub(crate) fn dashboard_links(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (file, name, rule) in shipped.alerts() {
        let link = rule.annotations.get("dashboard_url").map_or("", String::as_str);
        let uid = link.trim_start_matches("/d/").split('?').next().unwrap_or_default();
        let Some(board) = shipped.boards.iter().find(|board| board.json["uid"] == uid) else {
            found.push(format!("{file}: {name}: no dashboard {uid:?}"));
            continue;
        };
        let Some((_, id)) = link.split_once("viewPanel=") else {
            // The watchdog is about no panel.
            if name != "Watchdog" {
                found.push(format!("{file}: {name}: opens a panel (viewPanel)"));
            }
            continue;
        };
        let top = list(&board.json["panels"]).iter();
        let id: u64 = id.parse().unwrap_or_default();
        match top.clone().chain(top.flat_map(|row| list(&row["panels"]))).find(|p| p["id"] == id) {
            None => found.push(format!("{file}: {name}: {uid} has no panel {id}")),
            Some(panel) if !alerts_of(panel).contains(&name) => {
                found.push(format!("{file}: {name}: panel {id} of {uid} does not name this alert"));
            }
            Some(_) => {}
        }
    }
    found
}

/// A section per alert with the five questions, and no section without an alert.
pub(crate) fn runbooks(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    let mut sections = BTreeSet::new();
    for book in &shipped.runbooks {
        for section in book.text.split("\n## ").skip(1) {
            let name = section.lines().next().unwrap_or_default();
            sections.insert(format!("{}#{}", book.file, name.to_lowercase()));
            if !shipped.alerts().any(|(_, alert, _)| alert == name) {
                found.push(format!("{}: {name}: no alert is called so", book.file));
            }
            for part in ["Meaning.", "Impact.", "Check first.", "Mitigate.", "When it is noise."] {
                if !section.contains(&format!("\n**{part}**")) {
                    found.push(format!(
                        "{}: {name}: says nothing about \u{201c}{part}\u{201d}",
                        book.file
                    ));
                }
            }
        }
    }
    for (file, name, rule) in shipped.alerts() {
        let link = rule.annotations.get("runbook_url").map_or("", String::as_str);
        if !sections.contains(link) || !link.ends_with(&format!("#{}", name.to_lowercase())) {
            found.push(format!("{file}: {name}: {link:?} is not its section of a runbook"));
        }
    }
    found
}

/// Each alert is shown to fire, to be quiet in a healthy service, and to be quiet without traffic
/// and without series. A test's name ends in what it shows.
pub(crate) fn tests(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for (file, name, _) in shipped.alerts() {
        for kind in ["fires", "quiet", "zero traffic", "missing series"] {
            // The watchdog fires always; that it does without any series is tested.
            if name == "Watchdog" && (kind == "quiet" || kind == "zero traffic") {
                continue;
            }
            let fires = kind == "fires" || name == "Watchdog";
            let tests = shipped.tests.iter().flat_map(|tests| &tests.tests);
            let shown =
                tests.filter(|test| test.name.ends_with(&format!(": {kind}"))).any(|test| {
                    test.alert_rule_test
                        .iter()
                        .any(|t| t.alertname == name && t.exp_alerts.is_empty() != fires)
                });
            if !shown {
                found.push(format!("{file}: {name}: no test \u{201c}…: {kind}\u{201d} shows it"));
            }
        }
    }
    found
}
