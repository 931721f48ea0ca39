//! Families by name, and the rules that keep what they expose valid.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use hashbrown::HashMap;

use super::bounds::Bounds;
use super::cell::{CounterCell, GaugeCell};
use super::desc::{Kind, counter_base, open_metrics_name};
use super::family::Family;
use super::histogram::HistogramCell;
use super::labels::metric_name;
use super::series::Cell;

/// All families of a registry.
#[derive(Debug, Default)]
pub(super) struct Families {
    /// By the name they were registered with, which may need sanitizing.
    counters: HashMap<Box<str>, Arc<Family<CounterCell>>>,
    gauges: HashMap<Box<str>, Arc<Family<GaugeCell>>>,
    /// Observable counters, which are gauges to whoever sets them.
    observables: HashMap<Box<str>, Arc<Family<GaugeCell>>>,
    histograms: HashMap<Box<str>, Arc<Family<HistogramCell>>>,
    /// Every name that stands in the output: of a family, or of the samples it writes.
    claims: HashMap<Box<str>, Kind>,
    descriptions: HashMap<(Kind, Box<str>), Description>,
    /// By exposed name.
    order: Vec<AnyFamily>,
}

#[derive(Clone, Debug)]
struct Description {
    unit: Option<metrics::Unit>,
    help: Box<str>,
}

/// A family of whichever kind.
#[derive(Clone, Debug)]
pub(super) enum AnyFamily {
    Counter(Arc<Family<CounterCell>>),
    Gauge(Arc<Family<GaugeCell>>),
    Histogram(Arc<Family<HistogramCell>>),
}

impl AnyFamily {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Counter(family) => &family.name,
            Self::Gauge(family) => &family.name,
            Self::Histogram(family) => &family.name,
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Counter(family) => family.len(),
            Self::Gauge(family) => family.len(),
            Self::Histogram(family) => family.len(),
        }
    }

    pub(super) fn expire(&self, idle: Duration, now: Instant) {
        match self {
            Self::Counter(family) => family.expire(idle, now),
            Self::Gauge(family) => family.expire(idle, now),
            Self::Histogram(family) => family.expire(idle, now),
        }
    }
}

/// A cell type and the part of [`Families`] that holds its families.
pub(super) trait Kept: Cell + Sized {
    fn by_name(families: &Families, kind: Kind) -> &HashMap<Box<str>, Arc<Family<Self>>>;
    fn by_name_mut(
        families: &mut Families,
        kind: Kind,
    ) -> &mut HashMap<Box<str>, Arc<Family<Self>>>;
    fn any(family: Arc<Family<Self>>) -> AnyFamily;
}

macro_rules! kept {
    ($Cell:ty, $Variant:ident, $($kind:pat => $field:ident),+) => {
        impl Kept for $Cell {
            fn by_name(families: &Families, kind: Kind) -> &HashMap<Box<str>, Arc<Family<Self>>> {
                match kind {
                    $($kind => &families.$field),+
                }
            }
            fn by_name_mut(
                families: &mut Families,
                kind: Kind,
            ) -> &mut HashMap<Box<str>, Arc<Family<Self>>> {
                match kind {
                    $($kind => &mut families.$field),+
                }
            }
            fn any(family: Arc<Family<Self>>) -> AnyFamily {
                AnyFamily::$Variant(family)
            }
        }
    };
}

kept!(CounterCell, Counter, _ => counters);
kept!(GaugeCell, Gauge, Kind::Counter => observables, _ => gauges);
kept!(HistogramCell, Histogram, _ => histograms);

/// A family, and the kind that has the name it asked for if it could not have it.
pub(super) struct Named<C> {
    pub(super) family: Arc<Family<C>>,
    pub(super) conflict: Option<Kind>,
}

impl Families {
    /// The family registered under `name`, if there is one of this kind and with such cells.
    pub(super) fn get<C: Kept>(&self, name: &str, kind: Kind) -> Option<Arc<Family<C>>> {
        C::by_name(self, kind).get(name).cloned()
    }

    /// The same, made if need be. `help` is asked for where nothing described the name before.
    pub(super) fn get_or_make<C: Kept>(
        &mut self,
        name: &str,
        kind: Kind,
        bounds: Arc<Bounds>,
        limit: usize,
        help: impl FnOnce() -> String,
    ) -> Named<C> {
        if let Some(family) = self.get(name, kind) {
            return Named { family, conflict: None };
        }
        let valid = metric_name(name);
        // Two names that differ only in what is not allowed in one are one family.
        if let Some(family) = self.get::<C>(&valid, kind) {
            C::by_name_mut(self, kind).insert(name.into(), Arc::clone(&family));
            return Named { family, conflict: None };
        }
        let conflict = self.taken(&valid, kind);
        let mut exposed = valid.clone().into_owned();
        while self.taken(&exposed, kind).is_some() {
            exposed = renamed(&exposed, kind);
        }
        let family = Arc::new(Family::<C>::new(&exposed, kind, bounds, limit));
        match self.descriptions.get(&(kind, (&*valid).into())) {
            Some(description) => description.apply(&family),
            None => {
                *family.help.write().unwrap_or_else(PoisonError::into_inner) = help().into();
            }
        }
        for claim in claims(&exposed, kind) {
            self.claims.insert(claim, kind);
        }
        for name in [name, &*valid, &exposed] {
            C::by_name_mut(self, kind).insert(name.into(), Arc::clone(&family));
        }
        let at = self.order.partition_point(|other| other.name() < exposed.as_str());
        self.order.insert(at, C::any(Arc::clone(&family)));
        Named { family, conflict }
    }

    /// Sets the help text and unit of a name, whether or not it has a family yet.
    pub(super) fn describe(
        &mut self,
        name: &str,
        kind: Kind,
        unit: Option<metrics::Unit>,
        help: &str,
    ) {
        let name = metric_name(name);
        let description = Description { unit, help: help.into() };
        match kind {
            Kind::Counter => {
                self.counters.get(&*name).into_iter().for_each(|it| description.apply(it));
                self.observables.get(&*name).into_iter().for_each(|it| description.apply(it));
            }
            Kind::Gauge => self.gauges.get(&*name).into_iter().for_each(|it| description.apply(it)),
            Kind::Histogram => {
                self.histograms.get(&*name).into_iter().for_each(|it| description.apply(it));
            }
        }
        self.descriptions.insert((kind, (&*name).into()), description);
    }

    /// All of them, by exposed name.
    pub(super) fn in_order(&self) -> Vec<AnyFamily> {
        self.order.clone()
    }

    /// The kind of the family that already writes a name which a new one would write.
    fn taken(&self, exposed: &str, kind: Kind) -> Option<Kind> {
        claims(exposed, kind).iter().find_map(|claim| self.claims.get(claim).copied())
    }
}

impl Description {
    fn apply<C>(&self, family: &Family<C>) {
        *family.help.write().unwrap_or_else(PoisonError::into_inner) = self.help.clone();
        // OpenMetrics has a unit only where the name ends in it.
        if let Some(unit) = self.unit.map(|unit| unit.as_str())
            && open_metrics_name(&family.name, family.kind).ends_with(&format!("_{unit}"))
        {
            *family.unit.write().unwrap_or_else(PoisonError::into_inner) = unit;
        }
    }
}

/// The names that a family writes, in either format: its own, its samples', and in OpenMetrics a
/// counter's without `_total`.
fn claims(name: &str, kind: Kind) -> Vec<Box<str>> {
    let with = |suffix: &str| format!("{name}{suffix}").into_boxed_str();
    match kind {
        Kind::Gauge => vec![name.into()],
        Kind::Counter => match counter_base(name) {
            Some(base) => vec![name.into(), base.into(), format!("{base}_created").into()],
            None => vec![name.into()],
        },
        Kind::Histogram => {
            vec![name.into(), with("_bucket"), with("_sum"), with("_count"), with("_created")]
        }
    }
}

/// Another name for a family whose own is taken: the values stay visible.
fn renamed(name: &str, kind: Kind) -> String {
    match (kind, counter_base(name)) {
        (Kind::Counter, Some(base)) => format!("{base}_conflicting_total"),
        _ => format!("{name}_conflicting_{kind}"),
    }
}
