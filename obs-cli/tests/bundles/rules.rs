//! Lints of recording and alerting rules that are of this project.

use std::collections::BTreeSet;

use obs_promql::syntax::Aggregator;

use crate::model::{Shipped, list};
use crate::panel::alerts_of;
use crate::parts::{aggregates, grouping, selectors};

const SEVERITIES: &[&str] = &["critical", "warning", "info", "none"];
const CATEGORIES: &[&str] = &["availability", "latency", "saturation", "pipeline"];

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
            let Some(query) = rule.query() else { continue };
            let left: BTreeSet<_> = grouping(&query).into_iter().filter(|l| *l != "le").collect();
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
        let Some(query) = rule.query() else { continue };
        if !name.starts_with(|c: char| c.is_ascii_uppercase())
            || !name.chars().all(|c| c.is_ascii_alphanumeric())
        {
            say("a name in CamelCase");
        }
        if !names.insert(name) {
            say("two alerts of this name");
        }
        if aggregates(&query, &[Aggregator::Topk, Aggregator::Bottomk]) {
            say("topk makes an alert change its labels");
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
        for (_, selected) in selectors(&query) {
            let (of, what) = selected.rsplit_once(':').unwrap_or_default();
            let Some((_, window)) = what.split_once("_rate") else { continue };
            let level = of.split(':').next().unwrap_or_default();
            let guard = |other: &str| {
                other.starts_with(&format!("{level}:"))
                    && other.ends_with(&format!(":rate{window}"))
            };
            if !selectors(&query).any(|(_, other)| guard(other)) {
                say(&format!(
                    "{selected} is asked only where there is traffic: a rate over {window} by \
                     {level}"
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
