//! What was known of alerts before the start.

use std::collections::HashMap;

use obs_promql::source::{Request, Selected, SourceError};
use obs_promql::{Labels, METRIC_NAME, MatchOp, Matcher, Source, is_stale};

use super::alerting::{ALERT_NAME, ALERTS_FOR_STATE};
use super::file::RuleKind;
use super::group::GroupState;
use super::settings::Settings;

/// The last sample of an alert's `ALERTS_FOR_STATE`.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// When it was written.
    at: i64,
    /// When the alert was first seen.
    active_at: i64,
}

impl GroupState {
    /// Restores since when alerts are active, from the series that the process before has written.
    ///
    /// Prometheus does so after the second evaluation, when there are alerts to restore: what recording
    /// rules write is there then. Alerts with a `for` below the grace period begin anew, and so does
    /// `keep_firing_for`. From here on the group writes these series itself.
    ///
    /// # Errors
    ///
    /// The first error of `source`. Alerts of that rule begin anew.
    pub fn restore(
        &mut self,
        now: i64,
        source: &dyn Source,
        settings: &Settings,
    ) -> Result<(), SourceError> {
        let mut outcome = Ok(());
        for (rule, state) in self.group.rules.iter().zip(&mut self.rules) {
            let RuleKind::Alert { name, hold, .. } = &rule.kind else { continue };
            state.alerts.restored = true;
            if *hold < settings.for_grace_period {
                continue;
            }
            let known = match known(name, &state.labels, now, source, settings) {
                Ok(known) => known,
                Err(error) => {
                    outcome = outcome.and(Err(error));
                    continue;
                }
            };
            for alert in state.alerts.by_labels.values_mut() {
                if let Some(known) = known.get(&alert.labels) {
                    alert.active_at = known.active_since(now, *hold, settings.for_grace_period);
                }
            }
        }
        outcome
    }
}

impl Known {
    /// Since when the alert counts as active, so that the time in which nothing was known does not count
    /// as time in which it was.
    fn active_since(self, now: i64, hold: i64, grace: i64) -> i64 {
        let left = hold - self.at.saturating_sub(self.active_at);
        if left <= 0 {
            // It was firing, and fires again at the next evaluation that finds it.
            self.active_at
        } else if left < grace {
            now.saturating_add(grace).saturating_sub(hold)
        } else {
            self.active_at.saturating_add(now.saturating_sub(self.at))
        }
    }
}

/// What is known of a rule's alerts, by their labels.
fn known(
    name: &str,
    labels: &[(String, String)],
    now: i64,
    source: &dyn Source,
    settings: &Settings,
) -> Result<HashMap<Labels, Known>, SourceError> {
    // The value of a template is another one for each alert.
    let fixed = labels.iter().filter(|(_, value)| !value.contains("{{") && !value.is_empty());
    let fixed = fixed.map(|(name, value)| (&**name, &**value));
    let wanted: Labels =
        fixed.chain([(METRIC_NAME, ALERTS_FOR_STATE), (ALERT_NAME, name)]).collect();
    let matchers = wanted.iter().map(|(name, value)| Matcher::new(name, MatchOp::Equal, value));
    let matchers = matchers.collect::<Result<Vec<_>, _>>()?;
    let after = now.saturating_sub(settings.outage_tolerance).saturating_sub(1);
    let request = Request { matchers: &matchers, after, until: now };
    let selected = source.select(&request)?;
    let known =
        selected.iter().filter_map(|one| Some((without_name(one.labels), last(one, &request)?)));
    Ok(known.collect())
}

fn without_name(labels: &Labels) -> Labels {
    labels.filtered(|name| name != METRIC_NAME)
}

fn last(selected: &Selected<'_>, request: &Request<'_>) -> Option<Known> {
    let samples = selected.samples.times.iter().zip(&*selected.samples.values);
    let mut asked = samples.filter(|(at, _)| **at > request.after && **at <= request.until);
    let (at, seconds) = asked.next_back()?;
    if is_stale(*seconds) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds since 1970, which end at the bounds"
    )]
    let active_at = (*seconds as i64).saturating_mul(1000);
    // Prometheus counts this in whole seconds.
    Some(Known { at: at.div_euclid(1000) * 1000, active_at })
}
