//! Our registry behind the `metrics` facade.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

use super::Metrics;
use super::declared::declaration;
use super::desc::Kind;
use super::registry::Registry;

impl Recorder for Registry {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(key.as_str(), Kind::Counter, unit, &help);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(key.as_str(), Kind::Gauge, unit, &help);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(key.as_str(), Kind::Histogram, unit, &help);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.series(key, Kind::Counter, declaration().as_ref()))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.series(key, Kind::Gauge, declaration().as_ref()))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(self.series(key, Kind::Histogram, declaration().as_ref()))
    }
}

/// Makes `$Type` a recorder that calls the one `$with` hands to its closure.
macro_rules! delegate {
    ($Type:ty, $with:expr) => {
        impl ::metrics::Recorder for $Type {
            fn describe_counter(
                &self,
                key: ::metrics::KeyName,
                unit: Option<::metrics::Unit>,
                help: ::metrics::SharedString,
            ) {
                $with(self, |recorder| recorder.describe_counter(key, unit, help));
            }

            fn describe_gauge(
                &self,
                key: ::metrics::KeyName,
                unit: Option<::metrics::Unit>,
                help: ::metrics::SharedString,
            ) {
                $with(self, |recorder| recorder.describe_gauge(key, unit, help));
            }

            fn describe_histogram(
                &self,
                key: ::metrics::KeyName,
                unit: Option<::metrics::Unit>,
                help: ::metrics::SharedString,
            ) {
                $with(self, |recorder| recorder.describe_histogram(key, unit, help));
            }

            fn register_counter(
                &self,
                key: &::metrics::Key,
                metadata: &::metrics::Metadata<'_>,
            ) -> ::metrics::Counter {
                $with(self, |recorder| recorder.register_counter(key, metadata))
            }

            fn register_gauge(
                &self,
                key: &::metrics::Key,
                metadata: &::metrics::Metadata<'_>,
            ) -> ::metrics::Gauge {
                $with(self, |recorder| recorder.register_gauge(key, metadata))
            }

            fn register_histogram(
                &self,
                key: &::metrics::Key,
                metadata: &::metrics::Metadata<'_>,
            ) -> ::metrics::Histogram {
                $with(self, |recorder| recorder.register_histogram(key, metadata))
            }
        }
    };
}

fn with_own<R>(metrics: &Metrics, f: impl FnOnce(&dyn Recorder) -> R) -> R {
    f(metrics.recorder())
}

// What `init` hands to the facade, which wants to own its recorder.
delegate!(Metrics, with_own);

/// The recorder that the facade has at the time of each call.
#[cfg(feature = "metrics-exporter-prometheus")]
pub(super) struct Installed;

#[cfg(feature = "metrics-exporter-prometheus")]
fn with_installed<R>(_: &Installed, f: impl FnOnce(&dyn Recorder) -> R) -> R {
    metrics::with_recorder(f)
}

#[cfg(feature = "metrics-exporter-prometheus")]
delegate!(Installed, with_installed);
