//! Rule files and their tests.

use std::collections::BTreeMap;

use obs_promql::Query;
use obs_promql::syntax::{BinaryOp, Kind};
use serde_yaml_ng::Value;

use super::finding::Lint;
use super::flow::Flow;
use super::known::{Known, Record};
use super::labels::Labels;
use super::lines::{self, RuleLines};
use super::report::Report;

/// A recording or alerting rule.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: String,
    pub(super) alerts: bool,
    expr: String,
    /// `None` where it does not parse.
    query: Option<Query>,
    waits: bool,
    /// With those of its group.
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    pub(super) lines: Option<RuleLines>,
}

/// A unit test of alerts.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    /// Alerts that it looks at, and whether it expects any of each.
    pub(super) alerts: Vec<(String, bool)>,
}

/// All documents of a YAML text.
pub(super) fn documents(text: &str) -> Result<Vec<Value>, serde_yaml_ng::Error> {
    use serde::Deserialize as _;
    serde_yaml_ng::Deserializer::from_str(text).map(Value::deserialize).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map_or(&[], Vec::as_slice)
}

fn get<'a>(value: &'a Value, key: &str) -> &'a Value {
    const NULL: &Value = &Value::Null;
    value.get(key).unwrap_or(NULL)
}

/// A scalar as text: Prometheus takes `expr: 1`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn map(value: &Value) -> BTreeMap<String, String> {
    let entries = value.as_mapping().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((text(key)?, text(value)?))).collect()
}

/// The groups of a rule file, or of Kubernetes' `PrometheusRule`.
fn groups(document: &Value) -> &Value {
    match get(document, "groups") {
        Value::Null => get(get(document, "spec"), "groups"),
        groups => groups,
    }
}

/// Whether a document is of a rule file.
pub(super) fn are_rules(document: &Value) -> bool {
    !groups(document).is_null()
        && list(groups(document)).iter().all(|group| get(group, "rules").is_sequence())
}

/// Whether a document is of a file of rule tests.
pub(super) fn are_tests(document: &Value) -> bool {
    list(get(document, "tests")).iter().any(|test| {
        ["alert_rule_test", "promql_expr_test"].iter().any(|key| !get(test, key).is_null())
    })
}

/// The rules of a file. What is no rule is reported.
pub(super) fn read(documents: &[Value], source: &str, report: &mut Report<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for group in documents.iter().flat_map(|document| list(groups(document))) {
        for rule in list(get(group, "rules")) {
            let (record, alert) = (text(get(rule, "record")), text(get(rule, "alert")));
            let alerts = alert.is_some();
            let (Some(name), Some(expr)) = (alert.or(record), text(get(rule, "expr"))) else {
                let group = text(get(group, "name")).unwrap_or_default();
                let message = "a rule has alert or record, and expr".to_owned();
                report.say(Lint::File, None, &format!("group {group}"), message);
                continue;
            };
            let mut labels = map(get(group, "labels"));
            labels.extend(map(get(rule, "labels")));
            rules.push(Rule {
                name,
                alerts,
                query: obs_promql::parse(&expr).ok(),
                expr,
                waits: !get(rule, "for").is_null(),
                labels,
                annotations: map(get(rule, "annotations")),
                lines: None,
            });
        }
    }
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let found = lines::of_rules(source, &names);
    for (rule, lines) in rules.iter_mut().zip(found) {
        rule.lines = lines;
    }
    rules
}

/// The tests of a file.
pub(super) fn read_tests(documents: &[Value]) -> Vec<Case> {
    let tests = documents.iter().flat_map(|document| list(get(document, "tests")));
    tests
        .map(|test| Case {
            name: text(get(test, "name")).unwrap_or_default(),
            alerts: list(get(test, "alert_rule_test"))
                .iter()
                .filter_map(|one| {
                    let fires = !list(get(one, "exp_alerts")).is_empty();
                    Some((text(get(one, "alertname"))?, fires))
                })
                .collect(),
        })
        .collect()
}

/// Says what the rules record, and which labels alerts have.
pub(super) fn learn(rules: &[&Rule], known: &mut Known) {
    let unknown = Record { labels: Labels::any(), quantile_of: None };
    for rule in rules.iter().filter(|rule| !rule.alerts) {
        known.records.insert(rule.name.clone(), unknown.clone());
    }
    known.alert_labels = Labels::any();
    // A record may be of another that stands further down. Each round sees through one more.
    for _ in 0..ROUNDS {
        let mut records: BTreeMap<String, Record> = BTreeMap::new();
        let mut alert_labels = Labels::default();
        for rule in rules {
            let shape = match &rule.query {
                Some(query) => Flow::new(query, known).shape(query.root()),
                None => continue,
            };
            let mut labels = shape.labels;
            labels.extend(rule.labels.keys().cloned());
            if rule.alerts {
                alert_labels = alert_labels.union(&labels);
                continue;
            }
            let record = Record { labels, quantile_of: shape.quantile_of };
            records
                .entry(rule.name.clone())
                .and_modify(|there| there.labels = there.labels.union(&record.labels))
                .or_insert(record);
        }
        // What does not parse is recorded nonetheless.
        for (name, record) in &known.records {
            if !records.contains_key(name) {
                records.insert(name.clone(), record.clone());
            }
        }
        let settled = records == known.records && alert_labels == known.alert_labels;
        known.records = records;
        known.alert_labels = alert_labels;
        if settled {
            break;
        }
    }
}

/// More than chains of records are long.
const ROUNDS: usize = 16;

impl Rule {
    /// Checks the rule but for its tests.
    pub(super) fn check(&self, known: &Known, report: &mut Report<'_>) {
        let line = self.lines.map(|lines| lines.expr);
        if let Err(error) = obs_promql::parse(&self.expr) {
            report.unparsed(line, &self.name, &error);
        }
        let Some(query) = &self.query else { return };
        report.query(query, line, &self.name, known);
        if self.alerts {
            self.check_alert(query, known, report);
        }
    }

    fn check_alert(&self, query: &Query, known: &Known, report: &mut Report<'_>) {
        let line = self.lines.map(|lines| lines.rule);
        let mut say = |lint, message: String| report.say(lint, line, &self.name, message);
        if !self.is_constant() && !decides(query) {
            let message = "has no comparison: it fires for each series there is".to_owned();
            say(Lint::Alert, message);
        }
        if !self.waits {
            let message = "says how long it must hold (for), be it 0m".to_owned();
            say(Lint::Alert, message);
        }
        let empty = |map: &BTreeMap<String, String>, key| map.get(key).is_none_or(String::is_empty);
        if empty(&self.labels, "severity") {
            say(Lint::Alert, "has no label severity".to_owned());
        }
        for key in ["summary", "description", "runbook_url"] {
            if empty(&self.annotations, key) {
                say(Lint::Alert, format!("has no annotation {key}"));
            }
        }
        for (label, value) in &self.labels {
            if value.contains("{{") && value.contains("$value") {
                let message =
                    format!("the value in the label {label} makes a new alert of each value");
                say(Lint::Alert, message);
            }
        }
        let labels = Flow::new(query, known).labels(query.root());
        let texts = self.annotations.values().chain(self.labels.values());
        for label in texts.flat_map(|text| shown_labels(text)) {
            if !labels.has(label) {
                let message = format!("shows the label {label}, its series have: {labels}");
                say(Lint::Label, message);
            }
        }
    }

    /// Whether it reads no series, as the watchdog does.
    pub(super) fn is_constant(&self) -> bool {
        let selects =
            |query: &Query| query.nodes().any(|(_, node)| matches!(node.kind, Kind::Selector(_)));
        self.query.as_ref().is_some_and(|query| !selects(query))
    }

    /// Whether it may fire because series are missing.
    pub(super) fn fires_on_absence(&self) -> bool {
        self.query.as_ref().is_some_and(|query| {
            query.nodes().any(|(_, node)| match &node.kind {
                Kind::Call { function, .. } => function.name.starts_with("absent"),
                Kind::Binary { op, .. } => *op == BinaryOp::Unless,
                _ => false,
            })
        })
    }
}

/// Whether an expression holds for some series and not for others.
fn decides(query: &Query) -> bool {
    query.nodes().any(|(_, node)| match &node.kind {
        Kind::Binary { op, returns_bool, .. } => {
            op.is_comparison() && !returns_bool || matches!(op, BinaryOp::And | BinaryOp::Unless)
        }
        Kind::Call { function, .. } => function.name.starts_with("absent"),
        _ => false,
    })
}

/// The labels that a template shows: `{{ $labels.job }}`.
fn shown_labels(template: &str) -> impl Iterator<Item = &str> {
    ["$labels.", ".Labels."].into_iter().flat_map(move |start| template.split(start).skip(1)).map(
        |rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
        },
    )
}
