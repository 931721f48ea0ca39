//! Queries over the same series in this process and in a real Prometheus, by its own engine's clock.

use std::time::Instant;

use obs_benches::promql::{self, Loaded, NOW, Sampled};
use obs_benches::{conditions, ratio};
use obs_promql::{Options, Sample, Value};

const ROUNDS: usize = 15;

const QUERIES: [(&str, &str); 3] = [
    ("rate", "sum by (route) (rate(http_requests_total[5m]))"),
    (
        "histogram_quantile",
        "histogram_quantile(0.99, sum by (le, route) (rate(http_duration_seconds_bucket[5m])))",
    ),
    (
        "burn_rate",
        "(sum by (route) (rate(http_requests_total{code=\"500\"}[5m])) \
           / sum by (route) (rate(http_requests_total[5m])) > 0.001 \
         and sum by (route) (rate(http_requests_total{code=\"500\"}[1h])) \
           / sum by (route) (rate(http_requests_total[1h])) > 0.001) \
         or (sum by (route) (rate(http_requests_total{code=\"500\"}[30m])) \
           / sum by (route) (rate(http_requests_total[30m])) > 0.001 \
         and sum by (route) (rate(http_requests_total{code=\"500\"}[2h])) \
           / sum by (route) (rate(http_requests_total[2h])) > 0.001)",
    ),
];

fn main() {
    conditions::print(
        "promql: instant queries over two hours at 15 s, time of the evaluation alone",
    );
    println!(
        "{:<10} {:<20} {:>9} {:>10} {:>10} {:>10} {:>10}",
        "series", "query", "elements", "ours ms", "median", "peer ms", "median"
    );
    for count in [1_000, 10_000, 100_000] {
        let series = promql::series(count);
        let mut peer = Loaded::new(&format!("promql-bench-{count}"), &series);
        let ours = Sampled::new(&series);
        drop(series);
        for (name, text) in QUERIES {
            compare((name, count), text, &ours, &mut peer);
        }
    }
}

fn compare((name, count): (&str, usize), text: &str, source: &Sampled, peer: &mut Loaded) {
    let query = obs_promql::parse(text).expect("a good query");
    let options = Options::default();
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    let mut values = Vec::new();
    // By turns, so that what disturbs one disturbs the other.
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        let outcome = query.instant(source, NOW, &options).expect("a value");
        let took = begun.elapsed().as_nanos() as f64;
        let (peers, elements) = peer.evaluate(text);
        values = floats(outcome.value);
        assert_eq!(values.len(), elements, "{text}");
        if round > 0 {
            ours.push(took);
            theirs.push(peers);
        }
    }
    values.sort_by(f64::total_cmp);
    let same = values.iter().zip(peer.values(text)).all(|(a, b)| (a - b).abs() <= 1e-9 * a.abs());
    assert!(same, "both sides have the same values: {text}");
    for taken in [&mut ours, &mut theirs] {
        taken.sort_by(f64::total_cmp);
    }
    let millis = |taken: &[f64]| (taken[0] / 1e6, taken[taken.len() / 2] / 1e6);
    let ((best, median), (peer_best, peer_median)) = (millis(&ours), millis(&theirs));
    println!(
        "{:<10} {name:<20} {:>9} {best:>10.3} {median:>10.3} {peer_best:>10.3} {peer_median:>10.3}",
        count,
        values.len(),
    );
    ratio(&format!("promql_{name}_{count}"), "ours/prometheus", best, peer_best);
}

fn floats(value: Value) -> Vec<f64> {
    let Value::Vector(elements) = value else { return Vec::new() };
    let float = |sample| match sample {
        Sample::Float(value) => value,
        Sample::Histogram(_) => f64::NAN,
    };
    elements.into_iter().map(|element| float(element.value)).collect()
}
