//! The counters of what becomes of events.

use metrics::Counter;

use super::events::Events;
use super::fields::Marks;
use crate::metrics::{Metrics, own};

#[derive(Clone)]
pub(crate) struct Meters {
    /// Events that passed the filter.
    pub(crate) events: Events,
    hidden_keys: Counter,
    hidden_values: Counter,
}

impl Meters {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let hidden = |kind| own::LOG_REDACTIONS.of(metrics, [kind]);
        Self {
            events: Events::new(metrics),
            hidden_keys: hidden("key"),
            hidden_values: hidden("value"),
        }
    }

    /// Counts what was hidden.
    pub(crate) fn count(&self, marks: Marks) {
        for (hidden, counter) in
            [(marks.hidden_keys, &self.hidden_keys), (marks.hidden_values, &self.hidden_values)]
        {
            if hidden > 0 {
                counter.increment(hidden.into());
            }
        }
    }
}
