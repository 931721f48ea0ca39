//! The handles of a bot's commands, for as many names as may become labels.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use metrics::{Counter, Histogram};
use obs_core::metrics::Metrics;

use super::{Kind, Outcome};
use crate::metrics::{COMMAND_DURATION, COMMANDS};

/// Most names that become labels.
pub(crate) const MAX_NAMES: usize = 200;
/// The name of all commands beyond those.
pub(crate) const OTHER: &str = "other";

/// The names seen so far. Grows up to [`MAX_NAMES`] and keeps them: a name once counted apart always is.
#[derive(Debug)]
pub(crate) struct Table {
    names: RwLock<HashMap<Box<str>, Arc<Entry>>>,
    other: Arc<Entry>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { names: RwLock::default(), other: Arc::new(Entry::new(OTHER)) }
    }

    /// The handles of a command by this name, or of [`OTHER`] ones.
    pub(crate) fn entry(&self, name: &str) -> Arc<Entry> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = names.get(name) {
            return Arc::clone(entry);
        }
        let full = names.len() >= MAX_NAMES;
        drop(names);
        if full {
            return Arc::clone(&self.other);
        }
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        // Others may have come in between.
        if let Some(entry) = names.get(name) {
            return Arc::clone(entry);
        }
        if names.len() >= MAX_NAMES {
            return Arc::clone(&self.other);
        }
        let entry = Arc::new(Entry::new(name));
        names.insert(name.into(), Arc::clone(&entry));
        entry
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.names.read().unwrap().len()
    }
}

/// One name and its series, each made when first needed.
#[derive(Debug)]
pub(crate) struct Entry {
    name: Box<str>,
    kinds: [OnceLock<Box<Series>>; Kind::ALL.len()],
}

impl Entry {
    fn new(name: &str) -> Self {
        Self { name: name.into(), kinds: Default::default() }
    }

    /// The `command` label.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn record(&self, metrics: &Metrics, kind: Kind, outcome: Outcome, seconds: f64) {
        let series = self.kinds[kind.index()].get_or_init(Box::default);
        series
            .duration
            .get_or_init(|| COMMAND_DURATION.of(metrics, [&self.name, kind.name()]))
            .record(seconds);
        series.outcomes[outcome.index()]
            .get_or_init(|| COMMANDS.of(metrics, [&self.name, kind.name(), outcome.name()]))
            .increment(1);
    }
}

#[derive(Default)]
struct Series {
    duration: OnceLock<Histogram>,
    outcomes: [OnceLock<Counter>; Outcome::COUNT],
}

impl std::fmt::Debug for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Series").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beyond_the_limit_are_other_and_those_before_it_stay() {
        let table = Table::new();
        for i in 0..MAX_NAMES {
            assert_eq!(table.entry(&format!("command {i}")).name(), format!("command {i}"));
        }
        for i in 0..100_000 {
            assert_eq!(table.entry(&format!("made up {i}")).name(), OTHER);
        }
        assert_eq!(table.entry("command 7").name(), "command 7");
        assert_eq!(table.len(), MAX_NAMES);
    }
}
