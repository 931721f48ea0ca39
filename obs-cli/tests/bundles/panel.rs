//! Lints of single panels.

use serde_json::{Value, json};

use crate::model::{Board, Shipped, list, text};
use crate::parts::threshold;

/// Ids of Grafana's units (categories.ts), as far as a panel of ours needs one.
const UNITS: &[&str] = &["Bps", "bytes", "none", "ops", "percentunit", "reqps", "s", "short"];

/// What it means, and what to do: dashboard-linter's panel-title-description and a little more.
pub(crate) fn words(shipped: &Shipped) -> Vec<String> {
    each(shipped, |panel| {
        let description = text(&panel["description"]);
        let mut found = Vec::new();
        if description.len() < 80
            || description.matches(". ").count() < 1
            || !description.ends_with('.')
        {
            found.push("has a description that says what it means and what to do".to_owned());
        }
        if text(&panel["fieldConfig"]["defaults"]["noValue"]).is_empty() {
            found.push("says what no value means (noValue)".to_owned());
        }
        found
    })
}

pub(crate) fn units(shipped: &Shipped) -> Vec<String> {
    each(shipped, |panel| {
        let defaults = &panel["fieldConfig"]["defaults"];
        let overrides = list(&panel["fieldConfig"]["overrides"]).iter();
        let properties =
            overrides.flat_map(|o| list(&o["properties"])).filter(|p| p["id"] == "unit");
        let mut found = Vec::new();
        for unit in std::iter::once(&defaults["unit"]).chain(properties.map(|p| &p["value"])) {
            if !UNITS.contains(&text(unit)) {
                found.push(format!("unit {unit} is one of {UNITS:?}"));
            }
        }
        // A heatmap's axis is its buckets, a table has a minimum a column.
        let free = panel["type"] == "heatmap" || panel["type"] == "table";
        if !free && defaults["min"] != 0 {
            found.push("starts at 0 (min)".to_owned());
        }
        found
    })
}

pub(crate) fn data_sources(shipped: &Shipped) -> Vec<String> {
    let variable = json!({"type": "prometheus", "uid": "${datasource}"});
    each(shipped, |panel| {
        let mut found = Vec::new();
        if list(&panel["targets"]).is_empty() {
            found.push("has a query".to_owned());
        }
        for of in std::iter::once(panel).chain(list(&panel["targets"])) {
            if of["datasource"] != variable {
                found.push(format!("reads from ${{datasource}}, not from {}", of["datasource"]));
            }
        }
        found
    })
}

/// A reader compares series by the table under the graph, and at one moment by the tooltip.
pub(crate) fn legends(shipped: &Shipped) -> Vec<String> {
    each(shipped, |panel| {
        if panel["type"] != "timeseries" {
            return Vec::new();
        }
        let options = &panel["options"];
        let mut found = Vec::new();
        if options["legend"]["displayMode"] != "table"
            || options["legend"]["calcs"] != json!(["mean", "max", "lastNotNull"])
        {
            found.push("has a legend table with mean, max, last".to_owned());
        }
        if options["tooltip"] != json!({"mode": "multi", "sort": "desc"}) {
            found.push("has a tooltip with all series, largest first".to_owned());
        }
        found
    })
}

/// A panel whose description ends in `Alerts: A, B.` draws the thresholds of these alerts; no other
/// panel draws any.
pub(crate) fn thresholds(shipped: &Shipped) -> Vec<String> {
    each(shipped, |panel| {
        let mut found = Vec::new();
        let steps = list(&panel["fieldConfig"]["defaults"]["thresholds"]["steps"]);
        if steps.first().is_none_or(|base| base.get("value") != Some(&Value::Null)) {
            found.push("has a base threshold with the value null".to_owned());
        }
        let drawn: Vec<f64> = steps.iter().filter_map(|step| step["value"].as_f64()).collect();
        let mut wanted = Vec::new();
        for name in alerts_of(panel) {
            match shipped.alerts().find(|(_, alert, _)| *alert == name) {
                Some((_, _, rule)) => wanted.extend(rule.query().as_ref().and_then(threshold)),
                None => found.push(format!("names {name}, which no rule file has")),
            }
        }
        wanted.sort_by(f64::total_cmp);
        if drawn != wanted {
            found.push(format!("draws the thresholds {drawn:?}, its alerts have {wanted:?}"));
        }
        found
    })
}

/// The alerts that a panel's description names.
pub(crate) fn alerts_of(panel: &Value) -> Vec<&str> {
    text(&panel["description"])
        .split_once("Alerts: ")
        .map_or_else(Vec::new, |(_, names)| names.trim_end_matches('.').split(", ").collect())
}

fn each(shipped: &Shipped, lint: impl Fn(&Value) -> Vec<String>) -> Vec<String> {
    let panels = shipped.boards.iter().flat_map(Board::panels);
    panels
        .flat_map(|(place, panel)| {
            lint(panel)
                .into_iter()
                .map(move |finding| format!("{place}: {finding}"))
                .collect::<Vec<_>>()
        })
        .collect()
}
