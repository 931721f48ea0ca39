//! Rendering `/metrics`, and reading every series within the process.

use std::hint::black_box;
use std::io;

use metrics_exporter_prometheus::PrometheusHandle;
use obs_benches::rounds::{self, Timings, Unit, Variant};
use obs_benches::series::{self, BOUNDS, Shape};
use obs_benches::{conditions, text};
use obs_core::metrics::{Format, Metrics, Sample};

/// Text of `prometheus` and `prometheus-client`.
struct Peers {
    prometheus: prometheus::Registry,
    client: prometheus_client::registry::Registry,
}

pub fn run() {
    conditions::print("metrics: exposition and sampling, 3 labels, CPU time of one thread");
    for (shape, rounds) in [
        (Shape { families: 1, series: 1_000 }, 15),
        (Shape { families: 1, series: 10_000 }, 11),
        (Shape { families: 20, series: 500 }, 11),
        (Shape { families: 1, series: 100_000 }, 3),
    ] {
        counters(shape, rounds);
    }
    for (shape, rounds) in [
        (Shape { families: 1, series: 1_000 }, 15),
        (Shape { families: 20, series: 500 }, 11),
        (Shape { families: 1, series: 100_000 }, 3),
    ] {
        histograms(shape, rounds);
    }
    let timings = histograms(Shape { families: 1, series: 10_000 }, 11);
    let ratio = |name, against, ours, peer| timings.ratio(name, against, ours, peer);
    ratio("render_10k_histograms", "ours/exporter", OUR_RENDER, THEIR_RENDER);
    ratio("encode_10k_histograms", "ours/exporter", OUR_ENCODE, THEIR_ENCODE);
    ratio("openmetrics_10k_histograms", "ours/exporter", OUR_OPENMETRICS, THEIR_RENDER);
    ratio("render_10k_histograms", "ours/prometheus", OUR_RENDER, PROMETHEUS);
    ratio("render_10k_histograms", "ours/prometheus-client", OUR_OPENMETRICS, CLIENT);
    ratio("visit_10k_histograms", "ours/render_and_parse", OUR_VISIT, THEIR_PARSE);
    println!("visit_10k_histograms_ms {:.3}", timings.of(OUR_VISIT).min / 1e6);
}

const OUR_RENDER: &str = "ours: render, text";
const OUR_ENCODE: &str = "ours: encode, text, chunks dropped";
const OUR_OPENMETRICS: &str = "ours: render, OpenMetrics";
const OUR_VISIT: &str = "ours: visit";
const THEIR_RENDER: &str = "exporter: render";
const THEIR_ENCODE: &str = "exporter: render_to_write, dropped";
const THEIR_PARSE: &str = "exporter: render and parse";
const PROMETHEUS: &str = "prometheus: gather and TextEncoder";
const CLIENT: &str = "prometheus-client: encode";

fn counters(shape: Shape, rounds: usize) {
    let metrics = series::ours();
    series::our_counters(&metrics, shape);
    let recorder = series::exporter(BOUNDS);
    series::facade_counters(&recorder, shape);
    let peers = Peers {
        prometheus: series::prometheus_counters(shape),
        client: series::client_counters(shape),
    };
    compare("counters", shape, rounds, &metrics, &recorder.handle(), &peers);
}

fn histograms(shape: Shape, rounds: usize) -> Timings {
    let metrics = series::ours();
    series::our_histograms(&metrics, shape);
    let recorder = series::exporter(BOUNDS);
    series::facade_histograms(&recorder, shape);
    let peers = Peers {
        prometheus: series::prometheus_histograms(shape),
        client: series::client_histograms(shape),
    };
    compare("histograms of 10 buckets", shape, rounds, &metrics, &recorder.handle(), &peers)
}

fn compare(
    what: &str,
    shape: Shape,
    rounds: usize,
    ours: &Metrics,
    theirs: &PrometheusHandle,
    peers: &Peers,
) -> Timings {
    // Ours has more, of itself.
    let samples = |text: &str| text.lines().filter(|line| line.starts_with("bench")).count();
    let (lines, our_lines) = (samples(&theirs.render()), samples(&ours.render(Format::Text)));
    assert_eq!(our_lines, lines, "both sides render the same samples");
    let Shape { families, series } = shape;
    let timings = rounds::run(
        vec![
            Variant::each(OUR_RENDER, || drop(black_box(ours.render(Format::Text)))),
            Variant::each(OUR_ENCODE, || {
                ours.encode(Format::Text, &mut io::sink()).expect("a sink takes everything");
            }),
            Variant::each(OUR_OPENMETRICS, || drop(black_box(ours.render(Format::OpenMetrics)))),
            Variant::each(OUR_VISIT, || {
                ours.visit(&mut |series, sample| {
                    black_box((series.id, sampled(sample)));
                });
            }),
            Variant::each(THEIR_RENDER, || drop(black_box(theirs.render()))),
            Variant::each(THEIR_ENCODE, || {
                theirs.render_to_write(&mut io::sink()).expect("a sink takes everything");
            }),
            Variant::each(THEIR_PARSE, || {
                text::parse(&theirs.render(), &mut |name, labels, value| {
                    black_box((name, labels.len(), value));
                });
            }),
            Variant::each("exporter: run_upkeep, nothing new", || theirs.run_upkeep()),
            Variant::each("prometheus: gather", || drop(black_box(peers.prometheus.gather()))),
            Variant::each(PROMETHEUS, || {
                let text = prometheus::TextEncoder::new()
                    .encode_to_string(&peers.prometheus.gather())
                    .expect("what was gathered is valid");
                drop(black_box(text));
            }),
            Variant::each(CLIENT, || {
                let mut text = String::new();
                prometheus_client::encoding::text::encode(&mut text, &peers.client)
                    .expect("a string takes everything");
                drop(black_box(text));
            }),
        ],
        rounds,
        1,
    );
    timings.print(&format!("{families} x {series} {what}, {lines} samples"), Unit::Millis);
    timings
}

fn sampled(sample: Sample<'_>) -> f64 {
    match sample {
        Sample::Counter(value) | Sample::Gauge(value) => value,
        Sample::Histogram { buckets, sum } => buckets.iter().sum::<u64>() as f64 + sum,
    }
}
