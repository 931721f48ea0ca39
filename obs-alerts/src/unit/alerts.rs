//! Whether the alerts that fire are those that are expected.

use super::file::AlertTest;
use super::report::{Failure, braced, time};
use crate::rule::{Alert, AlertState, GroupState, Rule, RuleKind};

/// Names and values, sorted by name. An empty value is not the same as none.
type Pairs = Vec<(String, String)>;

/// What tells one firing alert from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    labels: Pairs,
    annotations: Pairs,
}

/// The failure of one case, if it is one.
pub(super) fn check(test: &str, case: &AlertTest, groups: &[GroupState]) -> Option<Failure> {
    let mut missing = expected(case);
    let mut unexpected = firing(case, groups);
    let counts = (missing.len(), unexpected.len());
    missing.sort();
    unexpected.sort();
    missing.retain(|one| match unexpected.iter().position(|other| one == other) {
        Some(same) => {
            unexpected.remove(same);
            false
        }
        None => true,
    });
    if missing.is_empty() && unexpected.is_empty() {
        return None;
    }
    let mut details = Vec::new();
    let mut absent = false;
    for one in missing {
        match nearest(&one, &unexpected) {
            Some(place) => differs(&one, &unexpected.remove(place), &mut details),
            None => {
                absent = true;
                details.push(format!("missing     {}", braced(&one.labels)));
                details.extend(annotations("want", &one.annotations));
            }
        }
    }
    for one in unexpected {
        details.push(format!("unexpected  {}", braced(&one.labels)));
        details.extend(annotations("got", &one.annotations));
    }
    if absent {
        details.extend(reasons(case, groups));
    }
    let (wanted, fire) = counts;
    let verb = if fire == 1 { "fires" } else { "fire" };
    let message = format!(
        "alert {} at {}: {wanted} expected, {fire} {verb}",
        case.alertname,
        time(case.eval_time)
    );
    Some(Failure { place: case.place.clone(), test: test.to_owned(), message, details })
}

fn expected(case: &AlertTest) -> Vec<Told> {
    let alerts = case.expected.iter().map(|alert| {
        let mut labels = alert.labels.clone();
        labels.retain(|(name, _)| name != "alertname");
        labels.push(("alertname".to_owned(), case.alertname.clone()));
        labels.sort();
        let mut annotations = alert.annotations.clone();
        annotations.sort();
        Told { labels, annotations }
    });
    alerts.collect()
}

/// All rules of the name, of all groups, with their alerts.
fn alerts<'a>(
    case: &'a AlertTest,
    groups: &'a [GroupState],
) -> impl Iterator<Item = (&'a Rule, &'a Alert)> {
    let rules = groups.iter().flat_map(GroupState::rules);
    let named = rules.filter(|(rule, _)| is_alert(rule, &case.alertname));
    named.flat_map(|(rule, state)| state.all_alerts().map(move |alert| (rule, alert)))
}

fn is_alert(rule: &Rule, wanted: &str) -> bool {
    matches!(&rule.kind, RuleKind::Alert { name, .. } if name == wanted)
}

fn firing(case: &AlertTest, groups: &[GroupState]) -> Vec<Told> {
    let firing = alerts(case, groups).filter(|(_, alert)| alert.state == AlertState::Firing);
    let told = firing.map(|(_, alert)| Told {
        labels: owned(&alert.labels),
        annotations: alert.annotations.clone(),
    });
    told.collect()
}

fn owned(labels: &obs_promql::Labels) -> Pairs {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The alert that is most like `one`, if it has a label in common beside the name.
fn nearest(one: &Told, others: &[Told]) -> Option<usize> {
    let shared =
        |other: &Told| one.labels.iter().filter(|pair| other.labels.contains(pair)).count();
    let best = others.iter().enumerate().max_by_key(|(_, other)| shared(other));
    let alone = others.len() == 1;
    best.filter(|(_, other)| alone || shared(other) > 1).map(|(place, _)| place)
}

fn differs(want: &Told, got: &Told, details: &mut Vec<String>) {
    details.push(format!("differs     {}", braced(&got.labels)));
    for (what, want, got) in
        [("label", &want.labels, &got.labels), ("annotation", &want.annotations, &got.annotations)]
    {
        let mut names: Vec<_> = want.iter().chain(got).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        for name in names {
            let value = |pairs: &Pairs| match pairs.iter().find(|(other, _)| other == name) {
                Some((_, value)) => format!("{value:?}"),
                None => "none".to_owned(),
            };
            let (want, got) = (value(want), value(got));
            if want != got {
                details.push(format!("  {what} {name}: want {want}, got {got}"));
            }
        }
    }
}

fn annotations(whose: &str, pairs: &Pairs) -> Vec<String> {
    let lines = pairs.iter().map(|(name, value)| format!("  annotation {name}: {whose} {value:?}"));
    lines.collect()
}

/// Why an alert may not fire.
fn reasons(case: &AlertTest, groups: &[GroupState]) -> Vec<String> {
    let mut rules = groups.iter().flat_map(GroupState::rules);
    if !rules.any(|(rule, _)| is_alert(rule, &case.alertname)) {
        return vec![format!("no rule makes an alert of the name {}", case.alertname)];
    }
    let waiting =
        alerts(case, groups).filter_map(|(rule, alert)| match (&rule.kind, alert.state) {
            (RuleKind::Alert { hold, .. }, AlertState::Pending) => Some(format!(
                "pending     {}: its `for` is {}",
                braced(&owned(&alert.labels)),
                time(*hold)
            )),
            (_, AlertState::Inactive) => {
                Some(format!("resolved    {}", braced(&owned(&alert.labels))))
            }
            _ => None,
        });
    waiting.collect()
}
