//! Grafana dashboards: the classic JSON model, as exported and as provisioned.

use std::collections::HashMap;

use obs_promql::Query;
use obs_promql::syntax::Kind;
use serde_json::Value;

use super::finding::Lint;
use super::flow::Flow;
use super::known::Known;
use super::lines;
use super::report::Report;
use super::template::DashboardQuery;

/// A dashboard and where its parts stand.
#[derive(Debug)]
pub(super) struct Board {
    json: Value,
    /// Where the dashboard is in the file: `/dashboard` as the API has it.
    root: &'static str,
    lines: HashMap<String, usize>,
}

/// What a JSON file is.
pub(super) enum Found {
    Board(Board),
    /// A dashboard of a form that is not read, and what to do.
    Unread(&'static str),
    /// Something else.
    Other,
}

pub(super) fn read(text: &str) -> Result<Found, serde_json::Error> {
    let json: Value = serde_json::from_str(text)?;
    let roots = ["", "/dashboard", "/spec"];
    let is_board = |value: &Value| value["panels"].is_array() || value["rows"].is_array();
    if let Some(root) = roots.into_iter().find(|root| json.pointer(root).is_some_and(is_board)) {
        let lines = lines::of_json(text);
        return Ok(Found::Board(Board { json, root, lines }));
    }
    if roots.iter().any(|root| json.pointer(root).is_some_and(|of| of["elements"].is_object())) {
        return Ok(Found::Unread("a dashboard of schema v2: export it as the classic model"));
    }
    Ok(Found::Other)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Board {
    pub(super) fn check(&self, known: &Known, report: &mut Report<'_>) {
        report.flat = true;
        let mut panels = Vec::new();
        self.panels(self.root, &mut panels);
        for pointer in &panels {
            self.check_panel(pointer, known, report);
        }
        self.each("/annotations/list", |pointer, annotation| {
            let place = format!("annotation {:?}", text(&annotation["name"]));
            for part in ["", "/target"] {
                self.target(
                    &format!("{pointer}{part}"),
                    &annotation["datasource"],
                    &place,
                    known,
                    report,
                );
            }
        });
        self.each("/templating/list", |pointer, variable| {
            if variable["type"] == "query" && is_prometheus(&variable["datasource"], &Value::Null) {
                self.variable(pointer, variable, known, report);
            }
        });
    }

    /// The pointers of all panels of `at`, those in rows too.
    fn panels(&self, at: &str, found: &mut Vec<String>) {
        for key in ["panels", "rows"] {
            let below = format!("{at}/{key}");
            let count = self.json.pointer(&below).map_or(0, |of| list(of).len());
            for number in 0..count {
                let pointer = format!("{below}/{number}");
                // Rows hold panels, and no rows.
                if at == self.root {
                    self.panels(&pointer, found);
                }
                if key == "panels" {
                    found.push(pointer);
                }
            }
        }
    }

    fn each(&self, list_at: &str, mut of: impl FnMut(&str, &Value)) {
        let at = format!("{}{list_at}", self.root);
        for (number, value) in self.json.pointer(&at).map_or(&[][..], list).iter().enumerate() {
            of(&format!("{at}/{number}"), value);
        }
    }

    fn line(&self, pointer: &str) -> Option<usize> {
        self.lines.get(pointer).copied()
    }

    fn check_panel(&self, pointer: &str, known: &Known, report: &mut Report<'_>) {
        let Some(panel) = self.json.pointer(pointer) else { return };
        let title = text(&panel["title"]);
        let place = format!("panel {} {title:?}", panel["id"]);
        let mut queries = 0;
        for number in 0..list(&panel["targets"]).len() {
            let target = format!("{pointer}/targets/{number}");
            queries +=
                usize::from(self.target(&target, &panel["datasource"], &place, known, report));
        }
        if queries == 0 {
            return;
        }
        let mut say = |message: &str| {
            report.say(Lint::Panel, self.line(pointer), &place, message.to_owned());
        };
        if title.trim().is_empty() {
            say("has no title");
        }
        if text(&panel["description"]).trim().is_empty() {
            say("has no description: what it means, and what to do");
        }
        if !has_unit(panel) {
            say("has no unit; `none` or `short` where it is a plain number");
        }
    }

    /// Checks the query at `pointer`, if it is one of Prometheus.
    fn target(
        &self,
        pointer: &str,
        datasource: &Value,
        place: &str,
        known: &Known,
        report: &mut Report<'_>,
    ) -> bool {
        let Some(target) = self.json.pointer(pointer) else { return false };
        let expr = text(&target["expr"]);
        if expr.trim().is_empty() || !is_prometheus(&target["datasource"], datasource) {
            return false;
        }
        let line = self.line(&format!("{pointer}/expr"));
        if let Some(query) = query(expr, line, place, known, report) {
            let labels = Flow::new(&query, known).labels(query.root());
            let named = matches!(query[query.unwrapped(query.root())].kind, Kind::Selector(_));
            for key in ["legendFormat", "titleFormat", "textFormat"] {
                for label in legend_labels(text(&target[key])) {
                    if !(labels.has(label) || label == "__name__" && named) {
                        let message =
                            format!("the query leaves no label {label} for the legend: {labels}");
                        let line = self.line(&format!("{pointer}/{key}"));
                        report.say(Lint::Label, line, place, message);
                    }
                }
            }
        }
        true
    }

    /// `label_values(selector, label)` and `query_result(expression)`.
    fn variable(&self, pointer: &str, variable: &Value, known: &Known, report: &mut Report<'_>) {
        let place = format!("variable {}", text(&variable["name"]));
        let (written, key) = match &variable["query"] {
            Value::String(written) => (written.as_str(), "query"),
            object => (text(&object["query"]), "query/query"),
        };
        let line = self.line(&format!("{pointer}/{key}"));
        let inside = |name: &str| {
            let rest = written.trim().strip_prefix(name)?.trim_start();
            rest.strip_prefix('(')?.strip_suffix(')')
        };
        if let Some(expr) = inside("query_result") {
            query(expr, line, &place, known, report);
        } else if let Some(arguments) = inside("label_values")
            && let Some((selector, label)) = arguments.rsplit_once(',')
            // In `count`, which asks for the series and not for their values.
            && let Some(query) = query(&format!("count({})", selector.trim()), line, &place, known, report)
        {
            let selected = query.nodes().find(|(_, node)| matches!(node.kind, Kind::Selector(_)));
            let selected = selected.map_or(query.root(), |(id, _)| id);
            let (label, labels) = (label.trim(), Flow::new(&query, known).labels(selected));
            if !label.starts_with('$') && !labels.has(label) && label != "__name__" {
                let message = format!("{} has no label {label}; it has: {labels}", selector.trim());
                report.say(Lint::Label, line, &place, message);
            }
        }
    }
}

/// Parses and checks a query.
fn query(
    expr: &str,
    line: Option<usize>,
    place: &str,
    known: &Known,
    report: &mut Report<'_>,
) -> Option<Query> {
    match DashboardQuery::parse(expr) {
        Ok(query) => {
            report.query(query.query(), line, place, known);
            Some(query.query().clone())
        }
        Err(error) => {
            report.unparsed(line, place, &error);
            None
        }
    }
}

/// Whether queries of a target with this data source, or else with that of its panel, are PromQL.
fn is_prometheus(own: &Value, of_panel: &Value) -> bool {
    let ty = own["type"].as_str().or(of_panel["type"].as_str()).unwrap_or("prometheus");
    // A panel with several data sources is itself of none; its targets say.
    ty.contains("prometheus") || ["datasource", "mixed"].contains(&ty)
}

/// Shows no number with a unit.
const WITHOUT_UNIT: &[&str] =
    &["geomap", "logs", "nodeGraph", "state-timeline", "status-history", "traces"];

fn has_unit(panel: &Value) -> bool {
    let overrides = list(&panel["fieldConfig"]["overrides"]).iter();
    let mut properties = overrides.flat_map(|one| list(&one["properties"]));
    WITHOUT_UNIT.contains(&text(&panel["type"]))
        || !text(&panel["fieldConfig"]["defaults"]["unit"]).is_empty()
        || panel["type"] == "table" && properties.any(|one| one["id"] == "unit")
        // The panels of Grafana 7 and before.
        || !text(&panel["format"]).is_empty()
        || list(&panel["yaxes"]).iter().any(|axis| !text(&axis["format"]).is_empty())
}

/// The labels of `{{method}} {{ route }}`.
fn legend_labels(format: &str) -> impl Iterator<Item = &str> {
    format.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()))
}
