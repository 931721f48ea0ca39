//! Groups that are read again while they run.

use std::collections::HashMap;

use super::file::{Group, Rule};
use super::group::GroupState;
use super::settings::Settings;

/// What a reload came to.
#[derive(Debug)]
pub struct Reloaded {
    /// The groups that run from here on, in the order of their files.
    pub groups: Vec<GroupState>,
    /// Groups that are no more: to be [ended](GroupState::end).
    pub gone: Vec<GroupState>,
}

/// Changes `running` groups for those of the files as they are `read` again.
///
/// A group is known by its file and name. One that reads as before goes on untouched; of one that has
/// changed each rule goes on that has its name and labels in both, the first of several with the first.
#[must_use]
pub fn reload(running: Vec<GroupState>, read: Vec<Group>, settings: &Settings) -> Reloaded {
    let key = |group: &Group| (group.place.file.clone(), group.name.clone());
    let mut running: HashMap<_, _> =
        running.into_iter().map(|state| (key(&state.group), state)).collect();
    let groups = read
        .into_iter()
        .map(|group| {
            let old = running.remove(&key(&group));
            let new = GroupState::new(group, settings);
            match old {
                Some(old) if old.reads_as(&new) => old,
                Some(old) => new.without_restore().taking_over(old),
                None => new.without_restore(),
            }
        })
        .collect();
    let mut gone: Vec<_> = running.into_values().collect();
    gone.sort_by_key(|state| key(&state.group));
    Reloaded { groups, gone }
}

impl GroupState {
    /// Whether both do the same, at the same times.
    fn reads_as(&self, other: &Self) -> bool {
        let (a, b) = (&self.group, &other.group);
        self.interval == other.interval
            && (a.limit, a.query_offset) == (b.limit, b.query_offset)
            && a.rules.len() == b.rules.len()
            && self.rules().zip(other.rules()).all(|((a, a_state), (b, b_state))| {
                a_state.labels == b_state.labels && same_rule(a, b)
            })
    }

    /// The group with what `old`, the same in an older form, has come to.
    fn taking_over(mut self, mut old: Self) -> Self {
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, (rule, state)) in self.group.rules.iter().zip(&self.rules).enumerate() {
            places.entry((rule.name(), &*state.labels)).or_default().push(place);
        }
        let mut pairs = Vec::new();
        for (from, (rule, state)) in old.group.rules.iter().zip(&old.rules).enumerate() {
            let to = places.get_mut(&(rule.name(), &*state.labels));
            let to = to.filter(|places| !places.is_empty()).map(|places| places.remove(0));
            pairs.push((from, to));
        }
        self.last_evaluation = old.last_evaluation;
        self.gone = old.gone;
        for (from, to) in pairs {
            let state = std::mem::take(&mut old.rules[from]);
            match to {
                Some(to) => {
                    self.rules[to].series = state.series;
                    self.rules[to].alerts.by_labels = state.alerts.by_labels;
                }
                None => self.gone.extend(state.series),
            }
        }
        self
    }
}

fn same_rule(a: &Rule, b: &Rule) -> bool {
    a.kind == b.kind && a.annotations == b.annotations && a.expr.to_string() == b.expr.to_string()
}
