//! Series with the labels of a web service, in every library that is compared.

use metrics::{Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use obs_core::metrics::{Config, Counter, Histogram, Metrics};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter as ClientCounter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram as ClientHistogram;

/// Ten buckets, as in the comparisons of memory and rendering.
pub const BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];

/// The fourteen buckets of the OpenTelemetry HTTP conventions.
pub const HTTP_BOUNDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

pub const LABELS: &[&str; 3] = &["method", "route", "status"];

pub static METADATA: Metadata<'static> = Metadata::new("bench", Level::INFO, None);

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];
const STATUS: [&str; 10] = ["200", "201", "204", "302", "400", "403", "404", "409", "500", "503"];

/// Label values of the `i`th series: no two alike.
pub fn values(i: usize) -> (&'static str, String, &'static str) {
    let (method, status) = (METHODS[i % 5], STATUS[i / 5 % 10]);
    (method, format!("/api/v1/resource{}/{{id}}", i / 50), status)
}

/// The `n`th observation of the `i`th series, in seconds: all over the buckets.
pub fn observation(i: usize, n: usize) -> f64 {
    ((i * 31 + n * 7919) % 9973) as f64 * 0.000_61
}

/// Observations in each series that is rendered or sampled.
pub const OBSERVATIONS: usize = 5;

/// How the series are spread over names.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    pub families: usize,
    /// In each family.
    pub series: usize,
}

impl Shape {
    pub fn total(self) -> usize {
        self.families * self.series
    }

    fn names(self, suffix: &str) -> impl Iterator<Item = &'static str> {
        (0..self.families).map(move |i| &*format!("bench{i}_{suffix}").leak())
    }
}

/// Our metrics, empty, that take as many series as are compared.
pub fn ours() -> Metrics {
    let mut config = Config::default();
    config.series_limit = 1_000_000;
    Metrics::new(config)
}

/// The exporter's recorder, empty, with the same buckets.
pub fn exporter(bounds: &[f64]) -> PrometheusRecorder {
    let builder = PrometheusBuilder::new().set_buckets(bounds).expect("bounds are not empty");
    builder.build_recorder()
}

/// Makes and fills histograms; returns the handles.
pub fn our_histograms(metrics: &Metrics, shape: Shape) -> Vec<metrics::Histogram> {
    let mut handles = Vec::with_capacity(shape.total());
    for name in shape.names("duration_seconds") {
        let declared = Histogram::<3>::new(name, "Time of a request.", LABELS, BOUNDS);
        for i in 0..shape.series {
            let (method, route, status) = values(i);
            let handle = declared.of(metrics, [method, &route, status]);
            (0..OBSERVATIONS).for_each(|n| handle.record(observation(i, n)));
            handles.push(handle);
        }
    }
    handles
}

/// Makes and fills counters.
pub fn our_counters(metrics: &Metrics, shape: Shape) {
    for name in shape.names("requests_total") {
        let declared = Counter::<3>::new(name, "Requests.", LABELS, &[]);
        for i in 0..shape.series {
            let (method, route, status) = values(i);
            declared.of(metrics, [method, &route, status]).increment(i as u64 * 7919);
        }
    }
}

fn key(name: &'static str, i: usize) -> Key {
    let (method, route, status) = values(i);
    let [m, r, s] = *LABELS;
    let labels = vec![Label::new(m, method), Label::new(r, route), Label::new(s, status)];
    Key::from_parts(name, labels)
}

/// Makes and fills histograms in a recorder behind the facade; returns the handles.
pub fn facade_histograms(recorder: &dyn Recorder, shape: Shape) -> Vec<metrics::Histogram> {
    let mut handles = Vec::with_capacity(shape.total());
    for name in shape.names("duration_seconds") {
        recorder.describe_histogram(name.into(), None, "Time of a request.".into());
        for i in 0..shape.series {
            let handle = recorder.register_histogram(&key(name, i), &METADATA);
            (0..OBSERVATIONS).for_each(|n| handle.record(observation(i, n)));
            handles.push(handle);
        }
    }
    handles
}

/// Makes and fills counters in a recorder behind the facade.
pub fn facade_counters(recorder: &dyn Recorder, shape: Shape) {
    for name in shape.names("requests_total") {
        recorder.describe_counter(name.into(), None, "Requests.".into());
        for i in 0..shape.series {
            recorder.register_counter(&key(name, i), &METADATA).increment(i as u64 * 7919);
        }
    }
}

/// A `prometheus` registry with histograms.
pub fn prometheus_histograms(shape: Shape) -> prometheus::Registry {
    let registry = prometheus::Registry::new();
    for name in shape.names("duration_seconds") {
        let opts = prometheus::HistogramOpts::new(name, "Time of a request.");
        let vec = prometheus::HistogramVec::new(opts.buckets(BOUNDS.to_vec()), LABELS)
            .expect("the name is valid");
        for i in 0..shape.series {
            let (method, route, status) = values(i);
            let handle = vec.with_label_values(&[method, &route, status]);
            (0..OBSERVATIONS).for_each(|n| handle.observe(observation(i, n)));
        }
        registry.register(Box::new(vec)).expect("the name is new");
    }
    registry
}

/// A `prometheus` registry with counters.
pub fn prometheus_counters(shape: Shape) -> prometheus::Registry {
    let registry = prometheus::Registry::new();
    for name in shape.names("requests_total") {
        let opts = prometheus::Opts::new(name, "Requests.");
        let vec = prometheus::IntCounterVec::new(opts, LABELS).expect("the name is valid");
        for i in 0..shape.series {
            let (method, route, status) = values(i);
            vec.with_label_values(&[method, &route, status]).inc_by(i as u64 * 7919);
        }
        registry.register(Box::new(vec)).expect("the name is new");
    }
    registry
}

/// The labels, as `prometheus-client` wants them.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct ClientLabels {
    pub method: String,
    pub route: String,
    pub status: String,
}

impl ClientLabels {
    pub fn of(i: usize) -> Self {
        let (method, route, status) = values(i);
        Self { method: method.into(), route, status: status.into() }
    }
}

/// Makes histograms of ten buckets.
#[derive(Clone, Copy, Debug)]
pub struct TenBuckets;

impl MetricConstructor<ClientHistogram> for TenBuckets {
    fn new_metric(&self) -> ClientHistogram {
        ClientHistogram::new(BOUNDS.iter().copied())
    }
}

/// A `prometheus-client` registry with histograms.
pub fn client_histograms(shape: Shape) -> prometheus_client::registry::Registry {
    let mut registry = prometheus_client::registry::Registry::default();
    for name in shape.names("duration_seconds") {
        let family = Family::<ClientLabels, _, _>::new_with_constructor(TenBuckets);
        for i in 0..shape.series {
            let handle = family.get_or_create(&ClientLabels::of(i));
            (0..OBSERVATIONS).for_each(|n| handle.observe(observation(i, n)));
        }
        registry.register(name, "Time of a request", family);
    }
    registry
}

/// A `prometheus-client` registry with counters.
pub fn client_counters(shape: Shape) -> prometheus_client::registry::Registry {
    let mut registry = prometheus_client::registry::Registry::default();
    for name in shape.names("requests_total") {
        let family = Family::<ClientLabels, ClientCounter>::default();
        for i in 0..shape.series {
            family.get_or_create(&ClientLabels::of(i)).inc_by(i as u64 * 7919);
        }
        registry.register(name.trim_end_matches("_total"), "Requests", family);
    }
    registry
}
