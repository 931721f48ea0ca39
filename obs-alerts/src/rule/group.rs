//! A group of rules, and what they have come to.

use std::collections::HashSet;

use obs_promql::{Labels, STALE, Sample};

use super::alert::{Alert, Timing};
use super::alerting::{Alerts, Spec};
use super::error::RuleError;
use super::file::{Group, Rule, RuleKind};
use super::send::{Notification, generator_url};
use super::settings::Settings;
use super::{evaluate, recording};
use crate::store::{AppendError, Storage};

/// A group of rules, and what they have come to.
///
/// Nothing here knows the time: each evaluation is told it. Times are milliseconds since 1970.
#[derive(Debug)]
pub struct GroupState {
    pub(super) group: Group,
    pub(super) interval: i64,
    pub(super) rules: Vec<RuleState>,
    /// Series of rules that are no more: to be ended by the next evaluation.
    pub(super) gone: Vec<Labels>,
    pub(super) last_evaluation: Option<i64>,
}

/// What one rule has come to.
#[derive(Debug, Default)]
pub struct RuleState {
    /// The labels that the rule sets, its group's among them.
    pub(super) labels: Vec<(String, String)>,
    /// What it wrote at the last evaluation that succeeded.
    pub(super) series: HashSet<Labels>,
    pub(super) alerts: Alerts,
    health: Health,
    error: Option<RuleError>,
    last_evaluation: Option<i64>,
}

/// How a rule is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Health {
    /// It was not evaluated.
    #[default]
    Unknown,
    /// Its last evaluation succeeded.
    Good,
    /// Its last evaluation failed.
    Bad,
}

/// What an evaluation came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evaluation {
    /// How many samples the rules made.
    pub samples: usize,
    /// How many rules failed; see [`RuleState::error`].
    pub failed: usize,
    /// Alerts to send. They count as sent.
    pub notifications: Vec<Notification>,
}

impl GroupState {
    /// A group that was never evaluated, as after a start: its alerts write no series until they are
    /// [restored](Self::restore).
    #[must_use]
    pub fn new(group: Group, settings: &Settings) -> Self {
        let rules = group
            .rules
            .iter()
            .map(|rule| RuleState { labels: group.labels_of(rule), ..RuleState::default() });
        Self {
            rules: rules.collect(),
            interval: group.interval.unwrap_or(settings.interval),
            gone: Vec::new(),
            last_evaluation: None,
            group,
        }
    }

    /// The same with nothing to restore, as when a group is added to others that run.
    #[must_use]
    pub fn without_restore(mut self) -> Self {
        for rule in &mut self.rules {
            rule.alerts.restored = true;
        }
        self
    }

    /// What its file says.
    #[must_use]
    pub const fn group(&self) -> &Group {
        &self.group
    }

    /// Milliseconds from one evaluation to the next.
    #[must_use]
    pub const fn interval(&self) -> i64 {
        self.interval
    }

    /// When it was last evaluated.
    #[must_use]
    pub const fn last_evaluation(&self) -> Option<i64> {
        self.last_evaluation
    }

    /// Its rules, each with what it has come to, in the order of evaluation.
    pub fn rules(&self) -> impl Iterator<Item = (&Rule, &RuleState)> {
        self.group.rules.iter().zip(&self.rules)
    }

    /// Evaluates all rules as of `now`, one after the other: what a rule writes is read by the next.
    ///
    /// A rule that fails leaves its alerts and series as they are, and the others go on.
    pub fn evaluate(
        &mut self,
        now: i64,
        storage: &mut dyn Storage,
        settings: &Settings,
    ) -> Evaluation {
        let at = now.saturating_sub(self.query_offset(settings));
        let mut evaluation = Evaluation::default();
        for (rule, state) in self.group.rules.iter().zip(&mut self.rules) {
            let run = Run { rule, limit: self.group.limit, interval: self.interval, now, at };
            let outcome = run.evaluate(state, storage, settings, &mut evaluation);
            evaluation.failed += usize::from(outcome.is_err());
            state.health = if outcome.is_ok() { Health::Good } else { Health::Bad };
            state.error = outcome.err();
            state.last_evaluation = Some(now);
        }
        self.last_evaluation = Some(now);
        end_series(self.gone.drain(..), at, storage);
        evaluation
    }

    /// Ends what the group has written, when it is no more. Prometheus waits two intervals with it, so
    /// that a group of another name may go on with the same series, and then ends them as of the time
    /// of the stop: samples that came later stay.
    pub fn end(self, stopped_at: i64, storage: &mut dyn Storage, settings: &Settings) {
        let at = stopped_at.saturating_sub(self.query_offset(settings));
        let series = self.rules.into_iter().flat_map(|rule| rule.series);
        end_series(series.chain(self.gone), at, storage);
    }

    pub(super) fn query_offset(&self, settings: &Settings) -> i64 {
        self.group.query_offset.unwrap_or(settings.query_offset)
    }
}

impl RuleState {
    /// How it is.
    #[must_use]
    pub const fn health(&self) -> Health {
        self.health
    }

    /// Why the last evaluation failed, if it did.
    #[must_use]
    pub const fn error(&self) -> Option<&RuleError> {
        self.error.as_ref()
    }

    /// When it was last evaluated.
    #[must_use]
    pub const fn last_evaluation(&self) -> Option<i64> {
        self.last_evaluation
    }

    /// The labels that the rule sets, its group's among them, sorted by name.
    #[must_use]
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// Alerts that are pending or firing, by labels.
    pub fn active_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.all_alerts().filter(|alert| alert.is_active())
    }

    /// The same, and those that have been resolved for a short time.
    pub fn all_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.by_labels.values()
    }
}

/// One evaluation of one rule.
struct Run<'a> {
    rule: &'a Rule,
    limit: usize,
    interval: i64,
    now: i64,
    /// When the rule looks, and what its samples are stamped with.
    at: i64,
}

impl Run<'_> {
    fn evaluate(
        &self,
        state: &mut RuleState,
        storage: &mut dyn Storage,
        settings: &Settings,
        evaluation: &mut Evaluation,
    ) -> Result<(), RuleError> {
        let elements = evaluate::vector(&self.rule.expr, &*storage, self.at, settings)?;
        let samples = match &self.rule.kind {
            RuleKind::Record { name } => {
                recording::record(name, &state.labels, elements, self.limit)?
            }
            RuleKind::Alert { name, hold, keep_firing_for } => {
                let spec = Spec {
                    name,
                    timing: Timing { hold: *hold, keep_firing_for: *keep_firing_for },
                    labels: &state.labels,
                    annotations: &self.rule.annotations,
                    limit: self.limit,
                };
                state.alerts.step(spec, &elements, self.now, &*storage, settings)?;
                let url = generator_url(&settings.external_url, &self.rule.expr.to_string());
                let delay = settings.resend_delay;
                let due = state.alerts.due(self.now, self.interval, delay, &url);
                evaluation.notifications.extend(due);
                state.alerts.samples(spec)
            }
        };
        evaluation.samples += samples.len();
        self.write(state, samples, storage)
    }

    /// Writes the samples, and ends the series that were there before and are not any more.
    fn write(
        &self,
        state: &mut RuleState,
        samples: Vec<(Labels, Sample)>,
        storage: &mut dyn Storage,
    ) -> Result<(), RuleError> {
        let mut written = HashSet::with_capacity(samples.len());
        let mut outcome = Ok(());
        for (series, sample) in samples {
            match storage.append(&series, self.at, sample) {
                Ok(()) => {
                    written.insert(series);
                }
                Err(source) => outcome = Err(RuleError::Append { series, source }),
            }
        }
        let before = std::mem::replace(&mut state.series, written);
        let gone = before.into_iter().filter(|series| !state.series.contains(series));
        end_series(gone, self.at, storage);
        outcome
    }
}

/// Marks series as ended. One that another rule has written to meanwhile goes on.
fn end_series(series: impl Iterator<Item = Labels>, at: i64, storage: &mut dyn Storage) {
    for series in series {
        let _: Result<(), AppendError> = storage.append(&series, at, Sample::Float(STALE));
    }
}
