//! Groups made by hand, and a store that is filled and read as text.

use std::sync::Arc;

use obs_alerts::rule::{Alert, Evaluation, Group, GroupState, Place, Rule, RuleKind, Settings};
use obs_alerts::store::{Memory, Storage};
use obs_promql::{is_stale, parse, parse_metric};

pub(crate) const SECOND: i64 = 1000;
pub(crate) const MINUTE: i64 = 60 * SECOND;

pub(crate) fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
    text.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn place(line: usize) -> Place {
    Place { file: Arc::from("rules.yml"), line, column: 1 }
}

pub(crate) fn record(name: &str, expr: &str) -> Rule {
    Rule {
        kind: RuleKind::Record { name: name.to_owned() },
        expr: parse(expr).expect(expr),
        labels: Vec::new(),
        annotations: Vec::new(),
        place: place(1),
    }
}

/// An alert with `for` in seconds.
pub(crate) fn alert(name: &str, expr: &str, hold: i64) -> Rule {
    Rule {
        kind: RuleKind::Alert { name: name.to_owned(), hold: hold * SECOND, keep_firing_for: 0 },
        ..record(name, expr)
    }
}

pub(crate) fn keep_firing(mut rule: Rule, seconds: i64) -> Rule {
    if let RuleKind::Alert { keep_firing_for, .. } = &mut rule.kind {
        *keep_firing_for = seconds * SECOND;
    }
    rule
}

pub(crate) fn labelled(mut rule: Rule, labels: &[(&str, &str)]) -> Rule {
    rule.labels = pairs(labels);
    rule
}

pub(crate) fn annotated(mut rule: Rule, annotations: &[(&str, &str)]) -> Rule {
    rule.annotations = pairs(annotations);
    rule
}

pub(crate) fn group(rules: Vec<Rule>) -> Group {
    Group {
        name: "shop".to_owned(),
        interval: None,
        query_offset: None,
        limit: 0,
        labels: Vec::new(),
        rules,
        place: place(1),
    }
}

/// One group and its store.
pub(crate) struct Bench {
    pub(crate) store: Memory,
    pub(crate) group: GroupState,
    pub(crate) settings: Settings,
}

impl Bench {
    /// A group that has nothing to restore.
    pub(crate) fn new(group: Group) -> Self {
        let settings = Settings::default();
        let group = GroupState::new(group, &settings).without_restore();
        Self { store: Memory::default(), group, settings }
    }

    /// A sample at some second.
    pub(crate) fn put(&mut self, series: &str, at: i64, value: f64) {
        let labels = parse_metric(series).expect(series);
        self.store.append(&labels, at * SECOND, value.into()).expect(series);
    }

    /// Evaluates at some second.
    pub(crate) fn at(&mut self, seconds: i64) -> Evaluation {
        self.group.evaluate(seconds * SECOND, &mut self.store, &self.settings)
    }

    /// Evaluates, and every rule succeeds.
    pub(crate) fn good(&mut self, seconds: i64) -> Evaluation {
        let evaluation = self.at(seconds);
        assert_eq!(self.errors(), [""; 0], "at {seconds}s");
        evaluation
    }

    pub(crate) fn errors(&self) -> Vec<String> {
        let states = self.group.rules().filter_map(|(_, state)| state.error());
        states.map(ToString::to_string).collect()
    }

    /// All alerts, resolved ones too: `{labels} state`.
    pub(crate) fn states(&self) -> Vec<String> {
        let alerts = self.group.rules().flat_map(|(_, state)| state.all_alerts());
        alerts.map(|alert| format!("{} {}", alert.labels, alert.state)).collect()
    }

    pub(crate) fn only_alert(&self) -> &Alert {
        let alerts: Vec<_> = self.group.rules().flat_map(|(_, state)| state.all_alerts()).collect();
        let [alert] = *alerts else { panic!("not one alert: {alerts:?}") };
        alert
    }

    /// The samples of a series: seconds and value.
    pub(crate) fn samples(&self, series: &str) -> String {
        let labels = parse_metric(series).expect(series);
        let Some(series) = self.store.get(&labels) else { return "no series".to_owned() };
        let samples = series.selected().samples;
        let times = samples.times.iter().zip(&*samples.values);
        let shown = times.map(|(at, value)| {
            let seconds = *at / SECOND;
            if is_stale(*value) {
                format!("{seconds}s:stale")
            } else {
                format!("{seconds}s:{value}")
            }
        });
        shown.collect::<Vec<_>>().join(" ")
    }
}
