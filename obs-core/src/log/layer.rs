//! The layer that turns `tracing`'s events into lines.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::control::Controls;
use super::limit::RateLimit;
use super::line::{Clock, Core, Line, Parts, Sink};
use super::meters::Meters;
use super::options::Options;
use super::redact::Redaction;
use super::sample::Sampling;
use super::span::{OfLayers, SpanFields};
use crate::Service;
use crate::metrics::{Config, Metrics};

/// A `tracing-subscriber` layer that writes each event as one line.
#[derive(Clone, Debug)]
pub struct EcsLayer(Arc<Core>);

impl EcsLayer {
    pub(crate) fn new(core: Core) -> Self {
        Self(Arc::new(core))
    }

    pub(crate) const fn core(&self) -> &Arc<Core> {
        &self.0
    }
}

impl EcsLayer {
    /// Begins a layer of its own for the service called `service`: for tests, and for a subscriber
    /// that the application puts together itself.
    ///
    /// What [`init`](crate::Builder::init) installs needs none of this.
    ///
    /// ```
    /// use std::sync::mpsc;
    /// use obs_core::log::EcsLayer;
    /// use tracing_subscriber::prelude::*;
    ///
    /// let (lines, read) = mpsc::channel();
    /// let layer = EcsLayer::builder("shop").build(move |_level, line| {
    ///     let _ = lines.send(String::from_utf8_lossy(line).into_owned());
    /// });
    /// let subscriber = tracing_subscriber::registry().with(layer);
    /// tracing::subscriber::with_default(subscriber, || {
    ///     tracing::info!(order.id = 42, user.id = "u-7", "order placed");
    /// });
    ///
    /// let line = read.recv()?;
    /// assert!(line.contains(r#""message":"order placed""#), "{line}");
    /// assert!(line.contains(r#""numeric_labels.order_id":42"#), "{line}");
    /// assert!(line.contains(r#""user.id":"u-7""#), "{line}");
    /// # Ok::<_, mpsc::RecvError>(())
    /// ```
    pub fn builder(service: impl Into<String>) -> EcsLayerBuilder {
        EcsLayerBuilder {
            service: Service {
                name: service.into(),
                version: None,
                environment: None,
                instance_id: None,
            },
            options: Options::default(),
            redaction: Redaction::default(),
            rate_limit: RateLimit::default(),
            sampling: Sampling::default(),
            fold: false,
            metrics: None,
            clock: None,
        }
    }
}

/// An [`EcsLayer`] in the making.
#[must_use = "nothing happens before `build`"]
pub struct EcsLayerBuilder {
    service: Service,
    options: Options,
    redaction: Redaction,
    rate_limit: RateLimit,
    sampling: Sampling,
    fold: bool,
    metrics: Option<Metrics>,
    clock: Option<Clock>,
}

impl EcsLayerBuilder {
    /// Bytes that a line may have, its line break included; 16,000 by default. See
    /// [`Builder::log_line_limit`](crate::Builder::log_line_limit).
    pub const fn line_limit(mut self, bytes: usize) -> Self {
        self.options.line_limit = bytes;
        self
    }

    /// Leaves out `log.origin.file.name` and `log.origin.file.line`.
    pub const fn without_origin(mut self) -> Self {
        self.options.origin = false;
        self
    }

    /// Adds a backtrace to errors in events of level `ERROR`; see
    /// [`Builder::log_backtrace`](crate::Builder::log_backtrace).
    pub const fn backtrace(mut self) -> Self {
        self.options.backtrace = true;
        self
    }

    /// What is hidden.
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// How many lines each callsite may write; by default as many as it likes.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = limit;
        self
    }

    /// Which events are written only now and then; by default none.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Counts repeated lines instead of writing them; see
    /// [`Builder::log_fold`](crate::Builder::log_fold).
    pub const fn fold(mut self) -> Self {
        self.fold = true;
        self
    }

    /// Where the log's own metrics are recorded, such as `obs_log_events_total`; by default nowhere.
    pub fn metrics(mut self, metrics: &Metrics) -> Self {
        self.metrics = Some(metrics.clone());
        self
    }

    /// Tells the time in place of the clock of the system: for tests.
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(now));
        self
    }

    /// The layer, which gives each line, with its line break, to `write`.
    ///
    /// `write` runs on the thread of the event, within it: what it logs itself is written too, but
    /// not without end. A line of a line of a line of a line that it logs is the last.
    pub fn build(self, write: impl Fn(Level, &[u8]) + Send + Sync + 'static) -> EcsLayer {
        let Self { service, options, redaction, rate_limit, sampling, fold, metrics, clock } = self;
        let metrics = metrics.unwrap_or_else(|| Metrics::new(Config::default()));
        let sinks: Vec<Box<dyn Sink>> =
            vec![Box::new(move |line: &Line<'_>| write(line.level, line.json))];
        let controls = Controls::new(rate_limit, sampling, fold, &metrics);
        let parts =
            Parts::new(&service, &options, &redaction, sinks, Meters::new(&metrics), controls);
        EcsLayer::new(Core::new(match clock {
            Some(clock) => Parts { clock, ..parts },
            None => parts,
        }))
    }
}

impl fmt::Debug for EcsLayerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EcsLayerBuilder").field("service", &self.service).finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for EcsLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let metadata = attributes.metadata();
        self.0.fields_of_span(
            metadata,
            |visitor| attributes.record(visitor),
            |fields| {
                let parent = self.outer(span.scope().skip(1));
                let fields = SpanFields::begin(metadata.name(), fields, parent);
                let mut extensions = span.extensions_mut();
                match extensions.get_mut::<OfLayers>() {
                    Some(layers) => layers.add(self.0.id(), fields),
                    None => extensions.insert(OfLayers::new(self.0.id(), fields)),
                }
            },
        );
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let Some(own) = self.fields_of(&span) else { return };
        let room = self.0.max_fields();
        self.0.fields_of_span(
            span.metadata(),
            |visitor| values.record(visitor),
            |fields| {
                own.record(fields, room);
            },
        );
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        // The first layer to hear of it does this for all.
        let layers = context.span(&id).and_then(|span| span.extensions_mut().remove::<OfLayers>());
        layers.into_iter().flat_map(OfLayers::into_fields).for_each(SpanFields::end);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.0.event(event, || self.outer(context.event_span(event)?.scope()));
    }
}

impl EcsLayer {
    fn fields_of<'a, S: LookupSpan<'a>>(&self, span: &SpanRef<'a, S>) -> Option<Arc<SpanFields>> {
        span.extensions().get::<OfLayers>()?.of(self.0.id()).cloned()
    }

    /// The fields of the innermost of `spans` that this layer saw begin.
    fn outer<'a, S: LookupSpan<'a> + 'a>(
        &self,
        mut spans: impl Iterator<Item = SpanRef<'a, S>>,
    ) -> Option<Arc<SpanFields>> {
        spans.find_map(|span| self.fields_of(&span))
    }
}
