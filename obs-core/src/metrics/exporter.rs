//! The `metrics-exporter-prometheus` recorder as a backend.
//!
//! It keeps what the application records through the facade. What that recorder cannot hold (our
//! observable counters, and what obs-core says of itself) stays in a registry of ours beside it, and
//! both are written as one exposition.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

use metrics::{KeyName, Recorder, SharedString};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use super::bounds::DEFAULT_BOUNDS;
use super::desc::{Desc, Kind};
use super::labels::{pairs, write_canonical};
use super::parse::{Line, lines};
use super::recorder::Installed;
use super::visit::{Sample, Series};
use super::{Config, Inner};

/// That recorder, or the way to one that was installed elsewhere.
pub(super) struct Exporter {
    recorder: Box<dyn Recorder + Send + Sync>,
    handle: PrometheusHandle,
    ids: Mutex<HashMap<String, u64>>,
    next_id: AtomicU64,
}

/// How often samples that nobody scrapes are folded into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Our ids start at one and theirs here, so that the two never meet.
const FIRST_ID: u64 = 1 << 48;

impl Exporter {
    /// A recorder of `builder`, with the buckets of the catalogues in `config`.
    pub(super) fn build(mut builder: PrometheusBuilder, config: &Config) -> Self {
        let declared = || config.catalogue.iter();
        // The setters refuse empty bounds only, which a declaration cannot have.
        builder = builder.set_buckets(DEFAULT_BOUNDS).unwrap_or_default();
        for desc in declared().filter(|desc| desc.kind == Kind::Histogram) {
            let matcher = Matcher::Full(desc.name.to_owned());
            builder = builder.set_buckets_for_metric(matcher, desc.buckets).unwrap_or_default();
        }
        for (name, value) in &config.global_labels {
            builder = builder.add_global_label(name, value);
        }
        let recorder = builder.build_recorder();
        for desc in declared() {
            describe(&recorder, desc);
        }
        let handle = recorder.handle();
        Self::new(Box::new(recorder), handle)
    }

    /// The recorder behind `handle`, which must be the one the facade records into.
    pub(super) fn installed(handle: PrometheusHandle) -> Self {
        Self::new(Box::new(Installed), handle)
    }

    fn new(recorder: Box<dyn Recorder + Send + Sync>, handle: PrometheusHandle) -> Self {
        Self { recorder, handle, ids: Mutex::default(), next_id: AtomicU64::new(FIRST_ID) }
    }

    pub(super) fn recorder(&self) -> &(dyn Recorder + Send + Sync) {
        &*self.recorder
    }

    pub(super) fn render(&self) -> String {
        self.handle.render()
    }

    /// Calls `f` with each series in `text`, which [`render`](Self::render) returned.
    pub(super) fn visit(&self, text: &str, f: &mut dyn FnMut(&Series<'_>, Sample<'_>)) {
        let mut family = ("", Kind::Gauge);
        let mut histogram = HistogramLines::default();
        for line in lines(text) {
            match line {
                Line::Type { name, kind } => family = (name, kind_of(kind)),
                Line::Sample { name, labels, value } => match family.1 {
                    Kind::Histogram => {
                        if histogram.add(family.0, name, labels, value) {
                            let buckets = histogram.counts();
                            let sample =
                                Sample::Histogram { buckets: &buckets, sum: histogram.sum };
                            self.call(family, &histogram.labels, &histogram.bounds, sample, f);
                            histogram = HistogramLines::default();
                        }
                    }
                    Kind::Counter => {
                        self.call((name, Kind::Counter), labels, &[], Sample::Counter(value), f);
                    }
                    Kind::Gauge => {
                        self.call((name, Kind::Gauge), labels, &[], Sample::Gauge(value), f);
                    }
                },
            }
        }
    }

    fn call(
        &self,
        (name, kind): (&str, Kind),
        labels: &str,
        bounds: &[f64],
        sample: Sample<'_>,
        f: &mut dyn FnMut(&Series<'_>, Sample<'_>),
    ) {
        let read: Vec<_> = pairs(labels).collect();
        let mut label_text = String::new();
        let borrowed = read.iter().map(|(name, value)| (*name, &**value));
        write_canonical(&mut label_text, &[], borrowed, false);
        let id = {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            let key = format!("{name}{{{label_text}");
            *ids.entry(key).or_insert_with(|| self.next_id.fetch_add(1, Relaxed))
        };
        let label_text = label_text.as_str();
        f(&Series { id, name, kind, label_text, bounds, created: None }, sample);
    }
}

/// Folds samples into buckets for as long as `metrics` lives: without this the exporter keeps every
/// observation until the next scrape.
pub(super) fn spawn_upkeep(metrics: Weak<Inner>) {
    let run = move || {
        while let Some(inner) = metrics.upgrade() {
            if let Some(exporter) = &inner.exporter {
                exporter.handle.run_upkeep();
            }
            drop(inner);
            #[expect(
                clippy::disallowed_methods,
                reason = "a thread of its own, which does nothing else"
            )]
            std::thread::sleep(UPKEEP);
        }
    };
    let spawned = std::thread::Builder::new().name("obs-upkeep".to_owned()).spawn(run);
    if let Err(error) = spawned {
        tracing::warn!(%error, "no thread for the exporter's upkeep: it runs at each scrape only");
    }
}

/// The names of the families in an exposition.
pub(super) fn family_names(text: &str) -> HashSet<&str> {
    lines(text)
        .filter_map(|line| match line {
            Line::Type { name, .. } => Some(name),
            Line::Sample { .. } => None,
        })
        .collect()
}

fn describe(recorder: &PrometheusRecorder, desc: &Desc) {
    let (name, help) = (KeyName::from_const_str(desc.name), SharedString::from(desc.help_line()));
    match desc.kind {
        Kind::Counter => recorder.describe_counter(name, None, help),
        Kind::Gauge => recorder.describe_gauge(name, None, help),
        Kind::Histogram => recorder.describe_histogram(name, None, help),
    }
}

fn kind_of(word: &str) -> Kind {
    match word {
        "counter" => Kind::Counter,
        "histogram" => Kind::Histogram,
        // A summary's quantiles are values that go up and down.
        _ => Kind::Gauge,
    }
}

/// The lines of one histogram series, gathered until its count comes.
#[derive(Default)]
struct HistogramLines {
    labels: String,
    bounds: Vec<f64>,
    cumulative: Vec<f64>,
    sum: f64,
}

impl HistogramLines {
    /// Takes a line; true when it was the last of its series.
    fn add(&mut self, family: &str, name: &str, labels: &str, value: f64) -> bool {
        match name.strip_prefix(family) {
            Some("_bucket") => {
                let le = pairs(labels).find(|(name, _)| *name == "le");
                match le.and_then(|(_, le)| le.parse::<f64>().ok()) {
                    Some(bound) if bound.is_finite() => self.bounds.push(bound),
                    _ => {}
                }
                self.cumulative.push(value);
            }
            Some("_sum") => self.sum = value,
            Some("_count") => {
                labels.clone_into(&mut self.labels);
                return true;
            }
            _ => {}
        }
        false
    }

    fn counts(&self) -> Vec<u64> {
        let mut before = 0.0;
        let count = |&total: &f64| {
            let count = total - before;
            before = total;
            count as u64
        };
        self.cumulative.iter().map(count).collect()
    }
}
