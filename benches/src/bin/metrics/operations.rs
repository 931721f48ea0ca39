//! One recording, with a handle at hand and through the macros.

use std::hint::black_box;

use metrics::{Recorder, counter, histogram, with_local_recorder};
use obs_benches::conditions;
use obs_benches::rounds::{self, Timings, Unit, Variant};
use obs_benches::series::{self, ClientLabels, HTTP_BOUNDS, LABELS, METADATA};
use prometheus_client::metrics::counter::Counter as ClientCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge as ClientGauge;
use prometheus_client::metrics::histogram::Histogram as ClientHistogram;

const ROUNDS: usize = 25;
const TIMES: u64 = 40_000;

pub fn run() {
    conditions::print("metrics: one operation, one thread, one series");
    cached_counter().ratio("cached_counter", "ours/exporter", "ours", "exporter");
    cached_gauge().ratio("cached_gauge", "ours/exporter", "ours", "exporter");
    let histogram = cached_histogram();
    histogram.ratio("cached_histogram", "ours/exporter", "ours", "exporter, drained");
    histogram.ratio("cached_histogram", "ours/prometheus", "ours", "prometheus");
    macros();
}

fn timed(title: &str, variants: Vec<Variant<'_>>) -> Timings {
    let timings = rounds::run(variants, ROUNDS, TIMES);
    timings.print(title, Unit::Nanos);
    timings
}

fn cached_counter() -> Timings {
    let key = metrics::Key::from_static_name("ops_total");
    let (ours, exporter) = (series::ours(), series::exporter(HTTP_BOUNDS));
    let our = ours.recorder().register_counter(&key, &METADATA);
    let theirs = exporter.register_counter(&key, &METADATA);
    let prometheus = prometheus::IntCounter::new("ops_total", "Operations.").expect("valid");
    let client = ClientCounter::<u64>::default();
    timed(
        "counter, handle at hand",
        vec![
            Variant::each("ours", || black_box(&our).increment(1)),
            Variant::each("exporter", || black_box(&theirs).increment(1)),
            Variant::each("prometheus", || black_box(&prometheus).inc()),
            Variant::each("prometheus-client", || {
                black_box(&client).inc();
            }),
        ],
    )
}

fn cached_gauge() -> Timings {
    let key = metrics::Key::from_static_name("ops");
    let (ours, exporter) = (series::ours(), series::exporter(HTTP_BOUNDS));
    let our = ours.recorder().register_gauge(&key, &METADATA);
    let theirs = exporter.register_gauge(&key, &METADATA);
    let prometheus = prometheus::Gauge::new("ops", "Operations.").expect("valid");
    let client = ClientGauge::<i64>::default();
    timed(
        "gauge up and down, handle at hand",
        vec![
            Variant::each("ours", || {
                black_box(&our).increment(1.0);
                black_box(&our).decrement(1.0);
            }),
            Variant::each("exporter", || {
                black_box(&theirs).increment(1.0);
                black_box(&theirs).decrement(1.0);
            }),
            Variant::each("prometheus", || {
                black_box(&prometheus).inc();
                black_box(&prometheus).dec();
            }),
            Variant::each("prometheus-client (integer)", || {
                black_box(&client).inc();
                black_box(&client).dec();
            }),
        ],
    )
}

/// Calls `record` with values that fall into different buckets.
fn observe(n: u64, mut record: impl FnMut(f64)) {
    let values: [f64; 64] = std::array::from_fn(|i| series::observation(i, i));
    for i in 0..n {
        record(values[(i % 64) as usize]);
    }
}

fn cached_histogram() -> Timings {
    let key = metrics::Key::from_static_name("ops_seconds");
    let (ours, exporter) = (series::ours(), series::exporter(HTTP_BOUNDS));
    // Undeclared, so it has the default buckets: the same fourteen.
    let our = ours.recorder().register_histogram(&key, &METADATA);
    let theirs = exporter.register_histogram(&key, &METADATA);
    let handle = exporter.handle();
    let opts = prometheus::HistogramOpts::new("ops_seconds", "Operations.");
    let prometheus = prometheus::Histogram::with_opts(opts.buckets(HTTP_BOUNDS.to_vec()))
        .expect("the name is valid");
    let client = ClientHistogram::new(HTTP_BOUNDS.iter().copied());
    timed(
        "histogram of 14 buckets, handle at hand",
        vec![
            Variant::new("ours", |n| observe(n, |v| black_box(&our).record(v))),
            Variant::new("exporter, not drained", |n| {
                observe(n, |v| black_box(&theirs).record(v));
            })
            .after(|| handle.run_upkeep()),
            Variant::new("exporter, drained", |n| {
                observe(n, |v| black_box(&theirs).record(v));
                handle.run_upkeep();
            }),
            Variant::new("prometheus", |n| observe(n, |v| black_box(&prometheus).observe(v))),
            Variant::new("prometheus-client", |n| observe(n, |v| black_box(&client).observe(v))),
        ],
    )
}

obs_core::catalogue! {
    /// For comparison with the macros.
    static DECLARED;

    /// Operations.
    DECLARED_OPS: Counter = "declared_ops_total" (method, route, status);
}

fn macros() {
    let (ours, exporter) = (series::ours(), series::exporter(HTTP_BOUNDS));
    let handle = exporter.handle();
    let exporter: &dyn Recorder = &exporter;
    let none = |_: u64| counter!("ops_total").increment(1);
    let literal = |_: u64| {
        counter!("ops_total", "method" => "GET", "route" => "/users/{id}", "status" => "200")
            .increment(1);
    };
    let (method, route, status) = (String::from("GET"), String::from("/users/{id}"), 200_u16);
    let strings = |_: u64| {
        counter!(
            "ops_total",
            "method" => black_box(&method).clone(),
            "route" => black_box(&route).clone(),
            "status" => black_box(status).to_string()
        )
        .increment(1);
    };
    let record = |i: u64| {
        histogram!(
            "ops_seconds",
            "method" => black_box(&method).clone(),
            "route" => black_box(&route).clone(),
            "status" => black_box(status).to_string()
        )
        .record(i as f64 * 0.0001);
    };
    let compare = |title: &str, name: &str, operation: &dyn Fn(u64)| {
        let timings = timed(
            title,
            vec![
                Variant::new("ours", |n| {
                    with_local_recorder(ours.recorder(), || (0..n).for_each(operation));
                }),
                Variant::new("exporter", |n| {
                    with_local_recorder(exporter, || (0..n).for_each(operation));
                })
                .after(|| handle.run_upkeep()),
                Variant::new("no recorder", |n| (0..n).for_each(operation)),
            ],
        );
        timings.ratio(name, "ours/exporter", "ours", "exporter");
    };
    compare("counter!, no labels", "macro_counter_no_labels", &none);
    compare("counter!, 3 literal labels", "macro_counter_literals", &literal);
    compare("counter!, 3 String labels", "macro_counter_strings", &strings);
    compare("histogram!, 3 String labels", "macro_histogram_strings", &record);
    by_labels();
}

/// The same lookup in other words.
fn by_labels() {
    let ours = series::ours();
    let (method, route, status) = series::values(0);
    let opts = prometheus::Opts::new("ops_total", "Operations.");
    let vec = prometheus::IntCounterVec::new(opts, LABELS).expect("the name is valid");
    let family = Family::<ClientLabels, ClientCounter>::default();
    timed(
        "counter looked up by 3 labels, in each library's own way",
        vec![
            Variant::each("ours, declared", || {
                DECLARED_OPS.of(&ours, [method, black_box(&route), status]).increment(1);
            }),
            Variant::each("prometheus with_label_values", || {
                vec.with_label_values(&[method, black_box(&route), status]).inc();
            }),
            Variant::each("prometheus-client get_or_create", || {
                let labels = ClientLabels {
                    method: method.into(),
                    route: black_box(&route).clone(),
                    status: status.into(),
                };
                family.get_or_create(&labels).inc();
            }),
        ],
    );
}
