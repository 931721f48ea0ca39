//! How many events there were.

use std::array;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::Level;

use super::by_level::ByLevel;
use crate::metrics::{Metrics, own, thread_number};

/// Threads count apart: on one word, they would wait for each other at every event.
const STRIPES: usize = 16;

/// Counts events by level; brought into `obs_log_events_total` at each scrape.
#[derive(Clone)]
pub(crate) struct Events(Arc<[Stripe; STRIPES]>);

/// From `TRACE` to `ERROR`, on a line of the cache of its own.
#[derive(Default)]
#[repr(align(128))]
struct Stripe([AtomicU64; 5]);

impl Events {
    pub(crate) fn new(metrics: &Metrics) -> Self {
        let events = Self(Arc::new(array::from_fn(|_| Stripe::default())));
        let (stripes, counters) = (events.clone(), ByLevel::new(metrics, &own::LOG_EVENTS));
        let told = Mutex::new([0; 5]);
        metrics.on_collect(move || {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            for level in [Level::TRACE, Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR] {
                // Differences: another layer may count into the same series.
                let (events, told) = (stripes.of(level), &mut told[place(level)]);
                counters.of(level).increment(events - std::mem::replace(told, events));
            }
        });
        events
    }

    pub(crate) fn count(&self, level: Level) {
        let stripe = &self.0[thread_number() % STRIPES];
        stripe.0[place(level)].fetch_add(1, Relaxed);
    }

    fn of(&self, level: Level) -> u64 {
        self.0.iter().map(|stripe| stripe.0[place(level)].load(Relaxed)).sum()
    }
}

const fn place(level: Level) -> usize {
    match level {
        Level::TRACE => 0,
        Level::DEBUG => 1,
        Level::INFO => 2,
        Level::WARN => 3,
        Level::ERROR => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Config, Format};

    #[test]
    fn a_scrape_has_what_all_threads_counted() {
        let metrics = Metrics::new(Config::default());
        let events = Events::new(&metrics);
        std::thread::scope(|scope| {
            for _ in 0..STRIPES + 4 {
                scope.spawn(|| (0..100).for_each(|_| events.count(Level::INFO)));
            }
        });
        events.count(Level::ERROR);
        let text = metrics.render(Format::Text);
        for line in ["{level=\"info\"} 2000", "{level=\"error\"} 1", "{level=\"debug\"} 0"] {
            assert!(text.contains(&format!("obs_log_events_total{line}\n")), "{line}\n{text}");
        }
    }
}
