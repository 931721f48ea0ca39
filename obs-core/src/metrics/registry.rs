//! Where our own recorder keeps everything: families, their series, and what it counts of itself.

use std::cell::Cell;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use metrics::Key;

use super::bounds::{Bounds, DEFAULT_BOUNDS};
use super::cell::{CounterCell, GaugeCell};
use super::desc::{Desc, Kind};
use super::families::{AnyFamily, Families, Kept, Named};
use super::family::{Family, Found, Make};
use super::histogram::HistogramCell;
use super::labels::{EXPORTED_LE, label_name, write_canonical};
use super::series::Series;
use super::{Config, own};

/// Where our own recorder keeps everything.
#[derive(Debug)]
pub(super) struct Registry {
    config: Config,
    overflow_labels: String,
    default_bounds: Arc<Bounds>,
    no_bounds: Arc<Bounds>,
    next_id: AtomicU64,
    families: RwLock<Families>,
    swept: RwLock<Option<Instant>>,
    overflows: OnceLock<Arc<Family<CounterCell>>>,
    conflicts: OnceLock<Arc<Family<CounterCell>>>,
    /// One a metric at most.
    warnings: Mutex<Vec<Warning>>,
}

/// What the log is to be told.
#[derive(Debug)]
enum Warning {
    Overflow { metric: Box<str> },
    Conflict { metric: Box<str>, exposed: Box<str>, kind: Kind, other: Kind },
}

impl Registry {
    pub(super) fn new(mut config: Config) -> Self {
        let catalogue = std::mem::take(&mut config.catalogue);
        for (name, _) in &mut config.global_labels {
            *name = match &*label_name(name) {
                "le" => EXPORTED_LE.to_owned(),
                name => name.to_owned(),
            };
        }
        let mut overflow_labels = String::new();
        // The attribute OpenTelemetry SDKs mark such a series with.
        let mark = [("otel_metric_overflow", "true")];
        write_canonical(&mut overflow_labels, &config.global_labels, mark.into_iter(), false);
        let registry = Self {
            config,
            overflow_labels,
            default_bounds: Arc::new(Bounds::new(DEFAULT_BOUNDS)),
            no_bounds: Arc::new(Bounds::new(&[])),
            next_id: AtomicU64::new(1),
            families: RwLock::default(),
            swept: RwLock::default(),
            overflows: OnceLock::new(),
            conflicts: OnceLock::new(),
            warnings: Mutex::default(),
        };
        for desc in own::CORE.iter().copied().chain(catalogue) {
            registry.declare(desc);
        }
        registry
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// Makes the family of `desc`, so that nothing else takes its name.
    pub(super) fn declare(&self, desc: &Desc) {
        match desc.kind {
            Kind::Counter if desc.observable => {
                drop(self.family::<GaugeCell>(desc.name, desc.kind, Some(desc)));
            }
            Kind::Counter => drop(self.family::<CounterCell>(desc.name, desc.kind, Some(desc))),
            Kind::Gauge => drop(self.family::<GaugeCell>(desc.name, desc.kind, Some(desc))),
            Kind::Histogram => drop(self.family::<HistogramCell>(desc.name, desc.kind, Some(desc))),
        }
    }

    /// Sets the help text and unit of a name, whether or not it has a family yet.
    pub(super) fn describe(&self, name: &str, kind: Kind, unit: Option<metrics::Unit>, help: &str) {
        self.write().describe(name, kind, unit, help);
    }

    /// The series of `key` among the families of `C`, made if need be.
    pub(super) fn series<C: Kept>(
        &self,
        key: &Key,
        kind: Kind,
        declaration: Option<&Desc>,
    ) -> Arc<Series<C>> {
        let family = self.family::<C>(key.name(), kind, declaration);
        let labels = key.labels().map(|label| (label.key(), label.value()));
        self.series_of(&family, labels, declaration)
    }

    /// The series of an observable counter, made if need be.
    pub(super) fn observable<'a>(
        &'a self,
        desc: &Desc,
        labels: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Arc<Series<GaugeCell>> {
        let family = self.family(desc.name, desc.kind, Some(desc));
        self.series_of(&family, labels, Some(desc))
    }

    fn series_of<'a, C: Kept>(
        &'a self,
        family: &Family<C>,
        labels: impl Iterator<Item = (&'a str, &'a str)>,
        declaration: Option<&Desc>,
    ) -> Arc<Series<C>> {
        thread_local! {
            static TEXT: Cell<String> = const { Cell::new(String::new()) };
        }
        let histogram = matches!(family.kind, Kind::Histogram);
        let own_bounds = declaration
            .filter(|desc| histogram && desc.buckets != family.bounds.values())
            .map(|desc| Arc::new(Bounds::new(desc.buckets)));
        let bounds = own_bounds.as_ref().unwrap_or(&family.bounds);
        // Taken, not borrowed: nothing called below can meet it, nor a thread that is ending.
        let mut text = TEXT.try_with(Cell::take).unwrap_or_default();
        write_canonical(&mut text, &self.config.global_labels, labels, histogram);
        let found = family.series(&text, bounds, &self.make());
        let _ = TEXT.try_with(|kept| kept.set(text));
        match found {
            Found::Series(series) => series,
            Found::Overflow { series, first } => {
                self.overflowed(&family.name, first);
                series
            }
        }
    }

    fn make(&self) -> Make<'_> {
        Make {
            next_id: &self.next_id,
            created: self.config.clock,
            overflow_labels: &self.overflow_labels,
        }
    }

    fn family<C: Kept>(
        &self,
        name: &str,
        kind: Kind,
        declaration: Option<&Desc>,
    ) -> Arc<Family<C>> {
        if let Some(family) = self.read().get(name, kind) {
            return family;
        }
        let bounds = match (kind, declaration) {
            (Kind::Histogram, Some(desc)) => Arc::new(Bounds::new(desc.buckets)),
            (Kind::Histogram, None) => Arc::clone(&self.default_bounds),
            _ => Arc::clone(&self.no_bounds),
        };
        let Named { family, conflict } =
            self.write().get_or_make(name, kind, bounds, self.config.series_limit, || {
                declaration.map(Desc::help_line).unwrap_or_default()
            });
        if let Some(other) = conflict {
            self.conflicted(name, kind, &family.name, other);
        }
        family
    }

    /// All families, by exposed name.
    pub(super) fn families(&self) -> Vec<AnyFamily> {
        self.read().in_order()
    }

    fn read(&self) -> RwLockReadGuard<'_, Families> {
        self.families.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Families> {
        self.families.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many series all families hold together.
    pub(super) fn len(&self) -> usize {
        self.families().iter().map(AnyFamily::len).sum()
    }

    /// Removes idle series, if that is asked for and was not done a moment ago.
    pub(super) fn sweep(&self, now: Instant) {
        let Some(idle) = self.config.idle_timeout else { return };
        {
            let mut swept = self.swept.write().unwrap_or_else(PoisonError::into_inner);
            if swept.is_some_and(|at| now.saturating_duration_since(at) < idle / 4) {
                return;
            }
            *swept = Some(now);
        }
        for family in self.families() {
            family.expire(idle, now);
        }
    }

    fn overflowed(&self, metric: &str, first: bool) {
        self.own_counter(&self.overflows, own::METRIC_SERIES_OVERFLOW.desc(), metric)
            .cell
            .increment(1);
        if first {
            self.warn_later(Warning::Overflow { metric: metric.into() });
        }
    }

    fn conflicted(&self, name: &str, kind: Kind, exposed: &str, other: Kind) {
        self.own_counter(&self.conflicts, own::METRIC_CONFLICTS.desc(), name).cell.increment(1);
        self.warn_later(Warning::Conflict {
            metric: name.into(),
            exposed: exposed.into(),
            kind,
            other,
        });
    }

    fn warn_later(&self, warning: Warning) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// Logs what was found since the last time.
    ///
    /// Not where it is found: a subscriber records metrics of its own, and the recording may come
    /// from the end of a thread, where a subscriber may panic.
    pub(super) fn log_warnings(&self) {
        let warnings =
            std::mem::take(&mut *self.warnings.lock().unwrap_or_else(PoisonError::into_inner));
        for warning in warnings {
            match warning {
                Warning::Overflow { metric } => tracing::warn!(
                    metric = &*metric,
                    limit = self.config.series_limit,
                    "a metric reached its series limit: new label sets count in its series with \
                     otel_metric_overflow=\"true\""
                ),
                Warning::Conflict { metric, exposed, kind, other } => tracing::warn!(
                    metric = &*metric,
                    exposed = &*exposed,
                    "a {kind} was registered under a name that a {other} has: it is exposed as \
                     {exposed}"
                ),
            }
        }
    }

    /// Our own counters, which hold a series for each metric and know no limit but that.
    fn own_counter(
        &self,
        family: &OnceLock<Arc<Family<CounterCell>>>,
        desc: &Desc,
        metric: &str,
    ) -> Arc<Series<CounterCell>> {
        let family = family.get_or_init(|| self.family(desc.name, desc.kind, Some(desc)));
        let mut text = String::new();
        let labels = [("metric", metric)].into_iter();
        write_canonical(&mut text, &self.config.global_labels, labels, false);
        match family.series(&text, &family.bounds, &self.make()) {
            Found::Series(series) | Found::Overflow { series, .. } => series,
        }
    }
}

/// Milliseconds since the epoch, as the system clock has them.
#[expect(clippy::disallowed_methods, reason = "the default of `Config::clock`")]
pub(super) fn system_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
