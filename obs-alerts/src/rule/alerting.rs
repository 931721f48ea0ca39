//! Alerting rules: the alerts of one rule, together.

use std::collections::{BTreeMap, HashSet};

use obs_promql::{Labels, METRIC_NAME, Sample, Source, VectorElement};

use super::alert::{Alert, Timing};
use super::error::RuleError;
use super::evaluate::Renderer;
use super::send::Notification;
use super::settings::Settings;

pub(super) const ALERTS: &str = "ALERTS";
pub(super) const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";
pub(super) const ALERT_NAME: &str = "alertname";
const ALERT_STATE: &str = "alertstate";

/// What an alerting rule says, with its group's labels and limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec<'a> {
    pub(super) name: &'a str,
    pub(super) timing: Timing,
    pub(super) labels: &'a [(String, String)],
    pub(super) annotations: &'a [(String, String)],
    pub(super) limit: usize,
}

/// The alerts of one rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Alerts {
    /// Those that are active, and those that were not long ago.
    pub(super) by_labels: BTreeMap<Labels, Alert>,
    /// Whether what was known before the start is known. Before that no state is written, since it would
    /// take the place of what is to be restored.
    pub(super) restored: bool,
}

impl Alerts {
    /// The step of one evaluation that found `elements`. After an error the alerts are as they were,
    /// but where there are too many: then there are none.
    pub(super) fn step(
        &mut self,
        spec: Spec<'_>,
        elements: &[VectorElement],
        now: i64,
        source: &dyn Source,
        settings: &Settings,
    ) -> Result<(), RuleError> {
        let renderer = Renderer { alert: spec.name, now, source, settings };
        let mut seen = HashSet::with_capacity(elements.len());
        let mut found = Vec::with_capacity(elements.len());
        for element in elements {
            let alert = alert_of(spec, element, renderer);
            if !seen.insert(alert.labels.clone()) {
                return Err(RuleError::SameAlerts(alert.labels));
            }
            found.push(alert);
        }
        for alert in found {
            match self.by_labels.get_mut(&alert.labels) {
                Some(known) if known.is_active() => {
                    known.value = alert.value;
                    known.annotations = alert.annotations;
                }
                _ => {
                    self.by_labels.insert(alert.labels.clone(), alert);
                }
            }
        }
        self.by_labels.retain(|labels, alert| alert.step(seen.contains(labels), now, spec.timing));
        let count = self.by_labels.values().filter(|alert| alert.is_active()).count();
        if spec.limit > 0 && count > spec.limit {
            self.by_labels.clear();
            return Err(RuleError::Limit { limit: spec.limit, count, alerts: true });
        }
        Ok(())
    }

    /// The series that tell the states, to be written.
    pub(super) fn samples(&self, spec: Spec<'_>) -> Vec<(Labels, Sample)> {
        if !self.restored {
            return Vec::new();
        }
        let active = self.by_labels.values().filter(|alert| alert.is_active());
        active
            .flat_map(|alert| {
                let state = alert.state.as_str();
                let told = series(spec, alert, ALERTS, Some((ALERT_STATE, state)));
                #[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
                let since = alert.active_at.div_euclid(1000) as f64;
                let since = (series(spec, alert, ALERTS_FOR_STATE, None), Sample::Float(since));
                [(told, Sample::Float(1.0)), since]
            })
            .collect()
    }

    /// What is to be sent at `now`; `round` is the longer of the group's interval and the resend delay.
    pub(super) fn due(
        &mut self,
        now: i64,
        interval: i64,
        resend_delay: i64,
        generator_url: &str,
    ) -> Vec<Notification> {
        let round = interval.max(resend_delay);
        let alerts = self.by_labels.values_mut();
        let due = alerts.filter(|alert| alert.needs_sending(now, resend_delay));
        due.map(|alert| alert.send(now, round, generator_url)).collect()
    }
}

/// The alert that `element` is, if it is a new one.
fn alert_of(spec: Spec<'_>, element: &VectorElement, renderer: Renderer<'_>) -> Alert {
    let rendered = |pairs: &[(String, String)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, text)| (name.clone(), renderer.render(text, element))).collect()
    };
    let own = rendered(spec.labels);
    let labels = element.labels.iter().filter(|(name, _)| *name != METRIC_NAME);
    let own = own.iter().map(|(name, value)| (&**name, &**value));
    let labels = labels.chain(own).chain([(ALERT_NAME, spec.name)]).collect();
    let value = match element.value {
        Sample::Float(value) => value,
        Sample::Histogram(_) => 0.0,
    };
    Alert::new(labels, rendered(spec.annotations), value, renderer.now)
}

/// The labels of a series that tells of `alert`. A rule's label that was rendered to nothing is there as
/// the rule has it, as in Prometheus.
fn series(spec: Spec<'_>, alert: &Alert, name: &str, more: Option<(&str, &str)>) -> Labels {
    let own = spec.labels.iter().map(|(name, value)| (&**name, &**value));
    let last = [(METRIC_NAME, name), (ALERT_NAME, spec.name)];
    own.chain(&alert.labels).chain(last).chain(more).collect()
}
