//! The same series in this process and in a real Prometheus.

#[path = "../../../obs-promql/tests/prometheus/remote_write.rs"]
mod remote_write;
#[path = "../../../obs-promql/tests/prometheus/server.rs"]
mod server;

use std::collections::BTreeMap;

use obs_promql::source::{Request, Selected, SourceError};
use obs_promql::{Labels, METRIC_NAME, MatchOp, Matcher, Series, Source, matches_all};
use serde_json::Value;

use server::Prometheus;

/// The first sample, in milliseconds since 1970.
const START: i64 = 1_700_000_000_000;
const STEP: i64 = 15_000;
/// Two hours.
const SAMPLES: i64 = 480;
/// When queries are asked for.
pub const NOW: i64 = START + (SAMPLES - 1) * STEP;

/// This many series, as services have them: for each of two methods of a route five counters by
/// status code and a histogram of twelve buckets, and two gauges a route.
pub fn series(count: usize) -> Vec<Series> {
    let bounds =
        ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"];
    let mut all = Vec::with_capacity(count);
    let mut seed = 42_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 40) as f64 / (1_u64 << 24) as f64
    };
    for route in 0..count / 40 {
        let route = format!("/route/{route}");
        for method in ["GET", "POST"] {
            let labels = [("job", "api"), ("route", route.as_str()), ("method", method)];
            for code in ["200", "201", "400", "404", "500"] {
                let own = [("__name__", "http_requests_total"), ("code", code)];
                all.push(counter(&labels, &own, &mut random, 1.0));
            }
            for (number, le) in bounds.iter().enumerate() {
                let own = [("__name__", "http_duration_seconds_bucket"), ("le", *le)];
                all.push(counter(&labels, &own, &mut random, (number + 1) as f64));
            }
            for name in ["http_duration_seconds_sum", "http_duration_seconds_count"] {
                all.push(counter(&labels, &[("__name__", name)], &mut random, 12.0));
            }
        }
        let labels = [("job", "api"), ("route", route.as_str())];
        for name in ["http_in_flight", "http_queue_length"] {
            let mut gauge = named(&labels, &[("__name__", name)]);
            for step in 0..SAMPLES {
                gauge.push(START + step * STEP, (random() * 50.0).floor());
            }
            all.push(gauge);
        }
    }
    all.sort_by(|a, b| a.labels().cmp(b.labels()));
    all
}

fn named(labels: &[(&str, &str)], own: &[(&str, &str)]) -> Series {
    let labels: Labels = labels.iter().chain(own).copied().collect();
    Series::new(labels)
}

fn counter(
    labels: &[(&str, &str)],
    own: &[(&str, &str)],
    random: &mut impl FnMut() -> f64,
    pace: f64,
) -> Series {
    let mut series = named(labels, own);
    let mut value = 0.0;
    for step in 0..SAMPLES {
        value += (random() * 10.0 * pace).floor();
        series.push(START + step * STEP, value);
    }
    series
}

/// The series as a store in the process has them: sampled at the same ticks, so that one column of
/// times serves all, and found by the metric's name.
pub struct Sampled {
    times: Vec<i64>,
    metrics: BTreeMap<String, Vec<(Labels, Vec<f64>)>>,
}

impl Sampled {
    pub fn new(series: &[Series]) -> Self {
        let mut metrics = BTreeMap::<String, Vec<_>>::new();
        for one in series {
            let labels = one.labels().clone();
            let name = labels.metric_name().unwrap_or_default().to_owned();
            let values = one.selected().samples.values.to_vec();
            metrics.entry(name).or_default().push((labels, values));
        }
        let times = series.first().map(|one| one.selected().samples.times.to_vec());
        Self { times: times.unwrap_or_default(), metrics }
    }
}

impl Source for Sampled {
    fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError> {
        let named = |one: &&Matcher| one.name() == METRIC_NAME && one.op() == MatchOp::Equal;
        let name = request.matchers.iter().find(named).and_then(|one| one.value().as_str());
        let name = name.ok_or("only metrics of a name are asked for")?;
        let others: Vec<_> = request.matchers.iter().filter(|one| !named(one)).cloned().collect();
        let series = self.metrics.get(name).into_iter().flatten();
        let found = series.filter(|(labels, _)| matches_all(&others, labels));
        Ok(found
            .map(|(labels, values)| Selected::floats(labels, &self.times[..], &values[..]))
            .collect())
    }
}

/// A Prometheus that has `series`.
pub struct Loaded(Prometheus);

impl Loaded {
    pub fn new(name: &str, series: &[Series]) -> Self {
        let below = std::env::current_exe().expect("own path");
        let below = below.parent().expect("a directory");
        let program = server::program(below.join("../../peers/bin"));
        let mut prometheus = Prometheus::start(&program, &below.join(name));
        for request in remote_write::requests(series) {
            prometheus.write(&request);
        }
        Self(prometheus)
    }

    /// What its engine says an evaluation took, in nanoseconds, and how many elements came.
    pub fn evaluate(&mut self, query: &str) -> (f64, usize) {
        let time = (NOW / 1000).to_string();
        let answer = self.0.api("query", &[("query", query), ("time", &time), ("stats", "all")]);
        assert_eq!(answer["status"], "success", "{answer}");
        let seconds = &answer["data"]["stats"]["timings"]["evalTotalTime"];
        let elements = answer["data"]["result"].as_array().map_or(0, Vec::len);
        (seconds.as_f64().map(|seconds| seconds * 1e9).unwrap_or(f64::NAN), elements)
    }

    /// The values, to see that both sides compute the same.
    pub fn values(&mut self, query: &str) -> Vec<f64> {
        let time = (NOW / 1000).to_string();
        let answer = self.0.api("query", &[("query", query), ("time", &time)]);
        let value = |element: &Value| element["value"][1].as_str()?.parse().ok();
        let mut values: Vec<f64> =
            answer["data"]["result"].as_array().into_iter().flatten().filter_map(value).collect();
        values.sort_by(f64::total_cmp);
        values
    }
}
