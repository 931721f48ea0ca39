//! Metrics: declared once, recorded without locks, read without side effects.

mod bounds;
mod catalogue;
mod cell;
mod declared;
mod desc;
mod encode;
mod exemplar;
mod families;
mod family;
mod format;
mod histogram;
mod labels;
mod number;
pub(crate) mod own;
mod recorder;
mod registry;
mod series;
mod visit;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use ::metrics::Recorder;

pub use declared::{Counter, Gauge, Histogram};
pub use desc::{Desc, Kind};
pub use format::Format;
use registry::Registry;
pub use visit::{Sample, Series};

/// The metrics of one application: where they are recorded and how they are read.
///
/// A cheap handle; clones share everything. [`Builder::build`](crate::Builder::build) makes one for
/// each [`Obs`](crate::Obs), so tests that run side by side do not see each other's numbers.
#[derive(Clone)]
pub struct Metrics {
    inner: Arc<Inner>,
}

struct Inner {
    registry: Registry,
    collectors: RwLock<Vec<Arc<dyn Fn() + Send + Sync>>>,
}

/// What a [`Metrics`] is made with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Most series a metric holds. Further label sets count in one series more, marked
    /// `otel_metric_overflow="true"`. Default 2000.
    pub series_limit: usize,
    /// Drop a series that nobody holds a handle to and that was not recorded into for this long,
    /// seen at a scrape. A handle keeps its series however long it is silent. Default: never.
    pub idle_timeout: Option<Duration>,
    /// Labels that each series gets unless it has one of that name.
    pub global_labels: Vec<(String, String)>,
    /// Write `_created` samples in OpenMetrics. Default: yes.
    pub created: bool,
    /// Catalogues whose names are reserved and whose buckets are known from the start.
    pub catalogues: Vec<&'static [&'static Desc]>,
    /// Milliseconds since the epoch, for creation times.
    pub clock: fn() -> u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            series_limit: 2000,
            idle_timeout: None,
            global_labels: Vec::new(),
            created: true,
            catalogues: Vec::new(),
            clock: registry::system_millis,
        }
    }
}

impl Metrics {
    /// Metrics on our own recorder, empty and installed nowhere.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let inner = Inner { registry: Registry::new(config), collectors: RwLock::default() };
        Self { inner: Arc::new(inner) }
    }

    /// The recorder behind these metrics, for
    /// [`metrics::with_local_recorder`](::metrics::with_local_recorder) or a handle of one's own.
    #[must_use]
    pub fn recorder(&self) -> &(dyn Recorder + Send + Sync) {
        &self.inner.registry
    }

    /// Runs `collect` before each scrape and visit, to bring sampled values up to date.
    ///
    /// It must not block: it runs on the thread that answers the scrape.
    pub fn on_collect(&self, collect: impl Fn() + Send + Sync + 'static) {
        let mut collectors = self.inner.collectors.write().unwrap_or_else(PoisonError::into_inner);
        collectors.push(Arc::new(collect));
    }

    /// Writes all series to `sink`, in chunks of about 64 KiB and in stable order.
    ///
    /// The output is complete and valid in either format, whatever was registered.
    pub fn encode(&self, format: Format, sink: &mut dyn FnMut(&[u8])) {
        self.collect();
        encode::encode(&self.inner.registry, format, &|_| false, sink);
        if format == Format::OpenMetrics {
            sink(encode::END);
        }
    }

    /// All series as one string.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let mut out = Vec::new();
        self.encode(format, &mut |chunk| out.extend_from_slice(chunk));
        String::from_utf8(out).unwrap_or_default()
    }

    /// Calls `f` with each series and its present value, in stable order.
    ///
    /// Reads atomics and copies nothing: sampling every series each few seconds is what it is for.
    /// No lock is held while `f` runs, so it may record and register.
    pub fn visit(&self, f: &mut dyn FnMut(&Series<'_>, Sample<'_>)) {
        self.collect();
        visit::visit(&self.inner.registry, f);
    }

    fn collect(&self) {
        let collectors =
            self.inner.collectors.read().unwrap_or_else(PoisonError::into_inner).clone();
        for collect in collectors {
            collect();
        }
        let registry = &self.inner.registry;
        registry.sweep(Instant::now());
        own::SERIES.of(self, []).set(registry.len() as f64);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("series", &self.inner.registry.len())
            .finish_non_exhaustive()
    }
}
