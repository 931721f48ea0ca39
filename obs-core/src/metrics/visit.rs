//! Every series and its value, without text in between.

use std::borrow::Cow;

use super::desc::Kind;
use super::families::AnyFamily;
use super::family::Family;
use super::labels;
use super::registry::Registry;
use super::series::{self, Cell};

/// What is known of a series besides its value.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Series<'a> {
    /// The same for as long as the series lives, never used again for another of these metrics.
    pub id: u64,
    /// The metric's name.
    pub name: &'a str,
    /// The metric's kind.
    pub kind: Kind,
    /// The labels as they are exposed: `a="1",b="2"`, sorted by name, values escaped.
    pub label_text: &'a str,
    /// Upper bounds of a histogram's buckets, without `+Inf`; empty for other kinds.
    pub bounds: &'a [f64],
    /// When the series was made, in milliseconds since the epoch, if the recorder knows.
    pub created: Option<u64>,
}

impl<'a> Series<'a> {
    /// The labels, sorted by name. Never an empty value.
    pub fn labels(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + use<'a> {
        labels::pairs(self.label_text)
    }
}

/// The value of a series at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sample<'a> {
    /// A counter's total.
    Counter(f64),
    /// A gauge's value.
    Gauge(f64),
    /// A histogram's state.
    Histogram {
        /// Observations in each bucket (not cumulative); the last is that of `+Inf`.
        buckets: &'a [u64],
        /// Sum of all observations.
        sum: f64,
    },
}

/// Visits everything in `registry` but the families in `skip`.
pub(super) fn visit(
    registry: &Registry,
    skip: &dyn Fn(&str) -> bool,
    f: &mut dyn FnMut(&Series<'_>, Sample<'_>),
) {
    let mut buckets = Vec::new();
    for family in registry.families() {
        if skip(family.name()) {
            continue;
        }
        match &family {
            AnyFamily::Counter(family) => each(family, &mut |meta, series| {
                f(meta, Sample::Counter(series.cell.get() as f64));
            }),
            AnyFamily::Gauge(family) => each(family, &mut |meta, series| {
                let value = series.cell.get();
                f(
                    meta,
                    match meta.kind {
                        Kind::Counter => Sample::Counter(value),
                        Kind::Gauge | Kind::Histogram => Sample::Gauge(value),
                    },
                );
            }),
            AnyFamily::Histogram(family) => each(family, &mut |meta, series| {
                let sum = series.cell.read(&mut buckets);
                let bounds = series.cell.bounds().values();
                f(&Series { bounds, ..*meta }, Sample::Histogram { buckets: &buckets, sum });
            }),
        }
    }
}

fn each<C: Cell>(family: &Family<C>, f: &mut dyn FnMut(&Series<'_>, &series::Series<C>)) {
    let snapshot = family.snapshot();
    for series in snapshot.iter().chain(family.overflow_series()) {
        let meta = Series {
            id: series.id,
            name: &family.name,
            kind: family.kind,
            label_text: &series.labels,
            bounds: &[],
            created: Some(series.created),
        };
        f(&meta, series);
    }
}
