//! Metrics: declared once, recorded without locks, read without side effects.
//!
//! ```
//! use obs_core::metrics::{Config, Format, Metrics};
//!
//! obs_core::catalogue! {
//!     /// What the shop sells.
//!     pub static SHOP;
//!     /// Orders placed, by payment method.
//!     ORDERS: Counter = "shop_orders_total" (payment_method);
//! }
//!
//! let metrics = Metrics::new(Config::default());
//! ORDERS.of(&metrics, ["card"]).increment(1);
//! let text = metrics.render(Format::Text);
//! assert!(text.contains("shop_orders_total{payment_method=\"card\"} 1"));
//! ```
//!
//! A **metric** (or family) is a name with a kind: [`Counter`], [`Gauge`], [`Histogram`] or
//! [`ObservableCounter`]. A **series** is one metric with one set of label values. A **catalogue** is
//! the list of metrics that a crate declares, made by [`catalogue!`](crate::catalogue). A
//! [`Metrics`] holds the series of one application.
//!
//! # Recording
//!
//! Declared metrics record where the `metrics` facade records: `ORDERS.with(["card"])` finds the
//! current recorder, as `counter!("…")` does, and both may be used side by side. A handle is one
//! atomic operation to record into, from any thread, and never goes silent. Counters are integers;
//! histograms have fixed buckets, are never drained and need no upkeep: memory does not grow with
//! observations.
//!
//! While a [trace](crate::trace) is current on the thread, an observation may become its bucket's
//! exemplar: one a scrape.
//!
//! # Names
//!
//! Names and labels are lower-case words joined by single underscores. A counter ends in `_total`,
//! nothing else does. Values are in base units, which end the name: `_seconds`, `_bytes`, `_ratio`
//! (0 to 1). `_bucket`, `_count`, `_sum` and `_created` belong to the encoders. The compiler refuses
//! a declaration that breaks these rules. Names given to the facade's macros are only made valid:
//! other characters become underscores.
//!
//! # What keeps `/metrics` valid and small
//!
//! * A name keeps the kind it was first registered with. The same name with another kind is exposed
//!   under another name, `…_conflicting_…`, and counted in `obs_metric_conflicts_total`.
//! * A metric holds [`series_limit`](Config::series_limit) series. What comes after counts in one
//!   series marked `otel_metric_overflow="true"`, and in `obs_metric_series_overflow_total`.
//! * A label value keeps its first 1024 bytes. An empty one is an absent label, as in Prometheus.
//! * Bucket bounds are written in canonical form in both formats: `le="1.0"`, as Prometheus 3
//!   stores them.
//!
//! # What it does not do
//!
//! No summaries, no native histograms, no push.

mod bounds;
mod catalogue;
mod cell;
mod declared;
mod desc;
mod encode;
mod exemplar;
#[cfg(feature = "metrics-exporter-prometheus")]
mod exporter;
mod families;
mod family;
mod format;
mod histogram;
mod labels;
mod number;
pub(crate) mod own;
#[cfg(any(test, feature = "metrics-exporter-prometheus"))]
mod parse;
pub(crate) mod process;
mod recorder;
mod registry;
pub(crate) mod runtime;
mod series;
mod visit;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use std::{fmt, io};

use ::metrics::Recorder;

pub use declared::{Counter, Gauge, Histogram, ObservableCounter, Total};
pub use desc::{Desc, Kind};
pub use format::Format;
pub(crate) use histogram::thread_number;
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
    #[cfg(feature = "metrics-exporter-prometheus")]
    exporter: Option<exporter::Exporter>,
    collectors: RwLock<Vec<Arc<dyn Fn() + Send + Sync>>>,
}

/// What a [`Metrics`] is made with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Most series a metric holds. Further label sets count in one series more, marked
    /// `otel_metric_overflow="true"`. Default 2000.
    pub series_limit: usize,
    /// Drop a series that nobody holds a handle to, and that was neither asked for nor recorded into
    /// for this long, seen at a scrape. A handle keeps its series however long it is silent. Default: never.
    pub idle_timeout: Option<Duration>,
    /// Labels that each series gets unless it has one of that name.
    pub global_labels: Vec<(String, String)>,
    /// Write `_created` samples in OpenMetrics. Default: yes.
    pub created: bool,
    /// Metrics whose names are taken and whose buckets are known from the start.
    pub catalogue: Vec<&'static Desc>,
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
            catalogue: Vec::new(),
            clock: registry::system_millis,
        }
    }
}

impl Metrics {
    /// Metrics on our own recorder, empty and installed nowhere.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let inner = Inner {
            registry: Registry::new(config),
            #[cfg(feature = "metrics-exporter-prometheus")]
            exporter: None,
            collectors: RwLock::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Metrics on a `metrics-exporter-prometheus` recorder, empty and installed nowhere.
    ///
    /// `builder` brings the application's own settings; the global labels and the buckets of the
    /// catalogue in `config` are added, and histograms that no catalogue declares get buckets where
    /// the exporter would make a summary. `series_limit`, `idle_timeout` and `created` do not reach
    /// that recorder. Its idle timeout must stay off: handles that are held go silent with it.
    #[cfg(feature = "metrics-exporter-prometheus")]
    #[must_use]
    pub fn on_exporter(
        builder: metrics_exporter_prometheus::PrometheusBuilder,
        config: Config,
    ) -> Self {
        let exporter = exporter::Exporter::build(builder, &config);
        Self::with_exporter(exporter, config)
    }

    /// Metrics on the `metrics-exporter-prometheus` recorder behind `handle`, which the application
    /// has installed as the facade's.
    ///
    /// Its buckets are as the application set them.
    #[cfg(feature = "metrics-exporter-prometheus")]
    #[must_use]
    pub fn on_installed_exporter(
        handle: metrics_exporter_prometheus::PrometheusHandle,
        config: Config,
    ) -> Self {
        Self::with_exporter(exporter::Exporter::installed(handle), config)
    }

    #[cfg(feature = "metrics-exporter-prometheus")]
    fn with_exporter(exporter: exporter::Exporter, mut config: Config) -> Self {
        // Declared metrics live in the exporter; what is left for our registry declares itself.
        config.catalogue.clear();
        let inner = Inner {
            registry: Registry::new(config),
            exporter: Some(exporter),
            collectors: RwLock::default(),
        };
        let metrics = Self { inner: Arc::new(inner) };
        exporter::spawn_upkeep(Arc::downgrade(&metrics.inner));
        metrics
    }

    /// The recorder behind these metrics, for
    /// [`with_local_recorder`](::metrics::with_local_recorder) or a handle of one's own.
    #[must_use]
    pub fn recorder(&self) -> &(dyn Recorder + Send + Sync) {
        #[cfg(feature = "metrics-exporter-prometheus")]
        if let Some(exporter) = &self.inner.exporter {
            return exporter.recorder();
        }
        &self.inner.registry
    }

    fn registry(&self) -> &Registry {
        &self.inner.registry
    }

    /// Whether these metrics are on a `metrics-exporter-prometheus` recorder.
    #[cfg(feature = "metrics-exporter-prometheus")]
    #[must_use]
    pub fn is_on_exporter(&self) -> bool {
        self.inner.exporter.is_some()
    }

    /// The format to answer a request with this `Accept` header in: see [`Format::negotiate`].
    ///
    /// [`Format::Text`] on a `metrics-exporter-prometheus` recorder, which knows no other.
    #[must_use]
    pub fn negotiate(&self, accept: Option<&str>) -> Format {
        #[cfg(feature = "metrics-exporter-prometheus")]
        if self.is_on_exporter() {
            return Format::Text;
        }
        Format::negotiate(accept)
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
    /// The output is complete and valid in either format, whatever was registered. A
    /// `metrics-exporter-prometheus` recorder writes [`Format::Text`] whatever is asked, in one
    /// chunk and an order of its own, and a name twice that was registered as two kinds.
    ///
    /// # Errors
    ///
    /// The first error of `sink`, after which nothing more is written.
    pub fn encode(&self, format: Format, sink: &mut dyn io::Write) -> io::Result<()> {
        self.collect();
        #[cfg(feature = "metrics-exporter-prometheus")]
        if let Some(exporter) = &self.inner.exporter {
            let text = exporter.render();
            sink.write_all(text.as_bytes())?;
            let theirs = exporter::family_names(&text);
            let skip = |name: &str| theirs.contains(name);
            return encode::encode(self.registry(), Format::Text, &skip, sink);
        }
        encode::encode(self.registry(), format, &|_| false, sink)?;
        if format == Format::OpenMetrics {
            sink.write_all(encode::END)?;
        }
        Ok(())
    }

    /// All series as one string.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let mut out = Vec::new();
        // A vector takes everything.
        let _ = self.encode(format, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Calls `f` with each series and its present value, in stable order.
    ///
    /// Reads atomics and copies nothing: sampling every series each few seconds is what it is for. A
    /// `metrics-exporter-prometheus` recorder has no such access; its text is written and parsed.
    /// No lock is held while `f` runs, so it may record and register.
    pub fn visit(&self, f: &mut dyn FnMut(&Series<'_>, Sample<'_>)) {
        self.collect();
        #[cfg(feature = "metrics-exporter-prometheus")]
        if let Some(exporter) = &self.inner.exporter {
            let text = exporter.render();
            exporter.visit(&text, f);
            let theirs = exporter::family_names(&text);
            visit::visit(self.registry(), &|name| theirs.contains(name), f);
            return;
        }
        visit::visit(self.registry(), &|_| false, f);
    }

    fn collect(&self) {
        let collectors =
            self.inner.collectors.read().unwrap_or_else(PoisonError::into_inner).clone();
        for collect in collectors {
            collect();
        }
        let registry = &self.inner.registry;
        registry.log_warnings();
        #[expect(clippy::disallowed_methods, reason = "a scrape is the edge of the registry")]
        registry.sweep(Instant::now());
        own::METRIC_SERIES.of(self, []).set(registry.len() as f64);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("series", &self.inner.registry.len())
            .finish_non_exhaustive()
    }
}
