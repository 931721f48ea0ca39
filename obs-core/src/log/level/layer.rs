//! The filter as a layer whose filter can be changed.
//!
//! `tracing_subscriber::reload` around a filtered layer panics, or reports a wrong maximum level
//! (tracing#1629, #2413), and hides the layer from downcasts. Here the layer stays, and what it asks
//! is replaced.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{EnvFilter, Layer};

use super::filter::Filter;
use crate::log::bridge;

/// The filter in force.
#[derive(Debug)]
pub(super) struct Live {
    filter: ArcSwap<EnvFilter>,
    /// Whether the filter looks at spans. Where it does not, entering one costs it nothing;
    /// `EnvFilter` would take a lock each time.
    spans: AtomicBool,
}

impl Live {
    pub(super) fn new(filter: Filter) -> Self {
        Self { spans: AtomicBool::new(filter.spans), filter: ArcSwap::from_pointee(filter.filter) }
    }

    /// Puts `filter` in force at every callsite, those known already included.
    ///
    /// A filter is used once: it remembers spans by ids that are given again after their end.
    pub(super) fn replace(&self, filter: Filter) {
        if filter.spans {
            self.spans.store(true, Ordering::Release);
        }
        self.filter.store(Arc::new(filter.filter));
        self.spans.store(filter.spans, Ordering::Release);
        tracing_core::callsite::rebuild_interest_cache();
        bridge::follow_level();
    }

    /// Asks the filter, if it cares about spans.
    fn of_spans(&self, ask: impl FnOnce(&EnvFilter)) {
        if self.spans.load(Ordering::Acquire) {
            ask(&self.filter.load());
        }
    }
}

/// Decides for the whole subscriber which spans and events there are.
///
/// From [`LevelHandle::layer`](crate::log::LevelHandle::layer).
#[derive(Debug)]
pub struct LevelLayer(pub(super) Arc<Live>);

impl<S: Subscriber> Layer<S> for LevelLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        Layer::<S>::register_callsite(&**self.0.filter.load(), metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.0.filter.load().max_level_hint()
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.0.filter.load().enabled(metadata, context)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.0.of_spans(|filter| filter.on_new_span(attributes, id, context));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.0.of_spans(|filter| filter.on_record(id, values, context));
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.0.of_spans(|filter| filter.on_enter(id, context));
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.0.of_spans(|filter| filter.on_exit(id, context));
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.0.of_spans(|filter| filter.on_close(id, context));
    }
}
