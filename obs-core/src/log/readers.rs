//! What is installed: the filter, the log behind it, and layers that read on whatever the filter says.
//!
//! The filter is not a per-layer filter: those cost each event a look at a thread's map of them, and
//! cannot be added once a subscriber is installed. Here a callsite that only readers want is one that
//! the log passes over.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata};
use tracing_subscriber::layer::Context;
use tracing_subscriber::{Layer, Registry};

use super::bridge;
use super::layer::EcsLayer;
use super::level::LevelLayer;

/// A layer that [`Obs::add_layer`](crate::Obs::add_layer) was given.
type Reader = Arc<dyn Layer<Registry> + Send + Sync>;

/// The layers beside the log. A cheap handle; clones share everything.
#[derive(Clone, Default)]
pub(crate) struct Readers {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Whether there are any: without, they cost an event one load.
    any: AtomicBool,
    all: ArcSwap<Vec<Reader>>,
}

impl Readers {
    pub(crate) fn add(&self, layer: impl Layer<Registry> + Send + Sync) {
        let layer: Reader = Arc::new(layer);
        self.shared.all.rcu(|all| all.iter().chain([&layer]).cloned().collect::<Vec<_>>());
        self.shared.any.store(true, Ordering::Release);
        tracing_core::callsite::rebuild_interest_cache();
        bridge::follow_level();
    }

    /// Hands each that wants `metadata` to `then`; whether there was one.
    fn each(
        &self,
        metadata: &Metadata<'_>,
        context: &Context<'_, Registry>,
        then: impl Fn(&Reader),
    ) -> bool {
        if !self.shared.any.load(Ordering::Acquire) {
            return false;
        }
        let mut one_wants = false;
        for reader in self.shared.all.load().iter() {
            if reader.enabled(metadata, context.clone()) {
                one_wants = true;
                then(reader);
            }
        }
        one_wants
    }

    /// The same for a span that exists.
    fn each_of_span(&self, id: &Id, context: &Context<'_, Registry>, then: impl Fn(&Reader)) {
        if self.shared.any.load(Ordering::Acquire)
            && let Some(span) = context.span(id)
        {
            self.each(span.metadata(), context, then);
        }
    }

    /// What they say of a callsite, as one.
    fn interest(&self, metadata: &'static Metadata<'static>) -> Interest {
        let all = self.shared.all.load();
        let wanted = all.iter().any(|one| !one.register_callsite(metadata).is_never());
        if wanted { Interest::always() } else { Interest::never() }
    }

    fn max_level(&self) -> LevelFilter {
        let all = self.shared.all.load();
        let levels = all.iter().map(|one| one.max_level_hint().unwrap_or(LevelFilter::TRACE));
        levels.max().unwrap_or(LevelFilter::OFF)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("count", &self.shared.all.load().len()).finish()
    }
}

/// The one layer of the subscriber that [`init`](crate::Builder::init) installs.
pub(crate) struct Filtered {
    pub(crate) level: LevelLayer,
    pub(crate) log: EcsLayer,
    pub(crate) readers: Readers,
}

impl Filtered {
    /// Whether the filter lets it pass to the log: asked where a reader may be the only one who
    /// wanted it.
    fn is_logged(&self, metadata: &Metadata<'_>, context: &Context<'_, Registry>) -> bool {
        self.level.enabled(metadata, context.clone())
    }
}

impl Layer<Registry> for Filtered {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let logged = Layer::<Registry>::register_callsite(&self.level, metadata);
        if logged.is_always() || self.readers.interest(metadata).is_never() {
            logged
        } else {
            Interest::always()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let logged = Layer::<Registry>::max_level_hint(&self.level)?;
        Some(logged.max(self.readers.max_level()))
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, Registry>) -> bool {
        self.is_logged(metadata, &context) || self.readers.each(metadata, &context, |_| {})
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        let metadata = attributes.metadata();
        let read = self
            .readers
            .each(metadata, &context, |one| one.on_new_span(attributes, id, context.clone()));
        if !read || self.is_logged(metadata, &context) {
            self.level.on_new_span(attributes, id, context.clone());
            self.log.on_new_span(attributes, id, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, Registry>) {
        self.readers.each_of_span(id, &context, |one| one.on_record(id, values, context.clone()));
        self.level.on_record(id, values, context.clone());
        self.log.on_record(id, values, context);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, Registry>) {
        self.readers
            .each_of_span(id, &context, |one| one.on_follows_from(id, follows, context.clone()));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, Registry>) {
        let metadata = event.metadata();
        let read =
            self.readers.each(metadata, &context, |one| one.on_event(event, context.clone()));
        if !read || self.is_logged(metadata, &context) {
            self.log.on_event(event, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, Registry>) {
        self.readers.each_of_span(id, &context, |one| one.on_enter(id, context.clone()));
        self.level.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, Registry>) {
        self.readers.each_of_span(id, &context, |one| one.on_exit(id, context.clone()));
        self.level.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, Registry>) {
        self.readers.each_of_span(&id, &context, |one| one.on_close(id.clone(), context.clone()));
        self.level.on_close(id.clone(), context.clone());
        self.log.on_close(id, context);
    }
}
