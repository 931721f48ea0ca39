//! Metrics declared as `static`s: the type fixes the kind and the number of labels.

use std::cell::Cell;
use std::sync::Arc;

use metrics::{Key, Label, Level, Metadata};

use super::Metrics;
use super::cell::GaugeCell;
use super::desc::{self, Desc, Kind};
use super::series::Series;

/// Defines one declared kind: the type and its constructor.
macro_rules! declared {
    ($(#[$doc:meta])* $Type:ident, $kind:ident, observable: $observable:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $Type<const L: usize> {
            desc: Desc,
        }

        impl<const L: usize> $Type<L> {
            /// Declares the metric; [`catalogue!`](crate::catalogue) calls this.
            ///
            /// # Panics
            ///
            /// At compile time in a `static`, where a name, label or bound breaks a rule of the
            /// catalogue.
            #[must_use]
            pub const fn new(
                name: &'static str,
                help: &'static str,
                labels: &'static [&'static str; L],
                buckets: &'static [f64],
            ) -> Self {
                let kind = Kind::$kind;
                let desc = Desc { name, help, kind, labels, buckets, observable: $observable };
                desc::check(&desc);
                Self { desc }
            }

            /// This metric's entry in the catalogue.
            #[must_use]
            pub const fn desc(&self) -> &Desc {
                &self.desc
            }
        }
    };
}

/// Adds the two ways to a series that the facade knows.
macro_rules! recorded {
    ($Type:ident, $register:ident) => {
        impl<const L: usize> $Type<L> {
            /// The series with these label values, in declared order, in the current recorder: the
            /// one that [`init`](crate::Builder::init) installed, or the scoped one of a test.
            ///
            /// Finding a series allocates; a hot loop keeps what this returns. The handle stays
            /// good for as long as it is held, also across idle expiry.
            pub fn with(&self, values: [&str; L]) -> ::metrics::$Type {
                ::metrics::with_recorder(|recorder| {
                    register(&self.desc, values, |key| recorder.$register(key, &METADATA))
                })
            }

            /// The same series in `metrics`, whichever recorder is current.
            pub fn of(&self, metrics: &Metrics, values: [&str; L]) -> ::metrics::$Type {
                register(&self.desc, values, |key| metrics.recorder().$register(key, &METADATA))
            }
        }
    };
}

declared! {
    /// A counter with `L` labels, declared by [`catalogue!`](crate::catalogue).
    Counter, Counter, observable: false
}
recorded!(Counter, register_counter);

declared! {
    /// A gauge with `L` labels, declared by [`catalogue!`](crate::catalogue).
    Gauge, Gauge, observable: false
}
recorded!(Gauge, register_gauge);

declared! {
    /// A histogram with `L` labels, declared by [`catalogue!`](crate::catalogue).
    Histogram, Histogram, observable: false
}
recorded!(Histogram, register_histogram);

declared! {
    /// A counter with `L` labels whose total is kept elsewhere and read at each scrape, declared by
    /// [`catalogue!`](crate::catalogue).
    ///
    /// For totals that something else counts, the operating system or a library, and that may be
    /// fractions: CPU seconds, say. OpenTelemetry has the same under this name.
    ObservableCounter, Counter, observable: true
}

impl<const L: usize> ObservableCounter<L> {
    /// The series with these label values, in declared order, in `metrics`.
    ///
    /// Set it from [`Metrics::on_collect`].
    #[must_use]
    pub fn of(&self, metrics: &Metrics, values: [&str; L]) -> Total {
        Total(
            metrics.registry().observable(&self.desc, self.desc.labels.iter().copied().zip(values)),
        )
    }
}

/// A handle to one series of an [`ObservableCounter`].
#[derive(Clone, Debug)]
pub struct Total(Arc<Series<GaugeCell>>);

impl Total {
    /// Sets the total. A total that falls is a restart to whoever reads it; one that is negative or
    /// NaN is none, and changes nothing.
    pub fn set(&self, total: f64) {
        if total >= 0.0 {
            self.0.cell.set(total);
        }
    }
}

impl<const L: usize> Histogram<L> {
    /// The same series with bounds of its own, fixed when the series is first made.
    ///
    /// A quantile over series with different bounds is only as fine as the bounds they share, so
    /// `bounds` is best a superset of the declared ones. On the `metrics-exporter-prometheus`
    /// backend bounds belong to the name and these are ignored.
    ///
    /// # Panics
    ///
    /// If the bounds are empty, not finite or not strictly increasing.
    pub fn of_with_bounds(
        &self,
        metrics: &Metrics,
        values: [&str; L],
        bounds: &'static [f64],
    ) -> ::metrics::Histogram {
        let desc = Desc { buckets: bounds, ..self.desc };
        desc::check(&desc);
        register(&desc, values, |key| metrics.recorder().register_histogram(key, &METADATA))
    }

    /// `bound`, which must be one of this histogram's bucket bounds: an objective on any other
    /// threshold cannot be computed. In a `const`, a wrong one does not compile.
    ///
    /// # Panics
    ///
    /// If `bound` is no bucket bound.
    #[must_use]
    pub const fn bound(&self, bound: f64) -> f64 {
        let mut i = 0;
        while i < self.desc.buckets.len() {
            if self.desc.buckets[i] == bound {
                return bound;
            }
            i += 1;
        }
        panic!("a threshold is one of its histogram's bucket bounds")
    }
}

static METADATA: Metadata<'static> = Metadata::new("obs", Level::INFO, None);

thread_local! {
    static DECLARED: Cell<Option<Desc>> = const { Cell::new(None) };
}

/// The declaration behind the registration in progress on this thread.
///
/// The facade's `register_*` carry a key only. Without this a declared histogram would get default
/// buckets, silently, unless its catalogue had been handed to the builder.
pub(super) fn declaration() -> Option<Desc> {
    DECLARED.get()
}

fn declare(desc: Option<Desc>) -> Restored {
    Restored(DECLARED.replace(desc))
}

/// Restores the declaration before it, on unwind too: a foreign recorder may panic.
struct Restored(Option<Desc>);

impl Drop for Restored {
    fn drop(&mut self) {
        DECLARED.set(self.0);
    }
}

fn register<T, const L: usize>(
    desc: &Desc,
    values: [&str; L],
    register: impl FnOnce(&Key) -> T,
) -> T {
    let labels: Vec<Label> = desc
        .labels
        .iter()
        .zip(values)
        .map(|(&name, value)| Label::new(name, value.to_owned()))
        .collect();
    let _restored = declare(Some(*desc));
    register(&Key::from_parts(desc.name, labels))
}
