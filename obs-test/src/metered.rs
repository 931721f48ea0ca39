//! A capture of metrics.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use obs_core::metrics::{Config, Format, Metrics, Sample};

use crate::claim::{self, Captured, Claim, Member, Target};
use crate::logs::SHARED_RUNTIME;

/// Captures the metrics that this test records through the `metrics` facade and
/// [`catalogue!`](obs_core::catalogue), until the returned value is dropped.
///
/// What belongs to the test is as with [logs](crate#what-is-captured), but for spans, which metrics
/// know nothing of. A handle records where it was made: one that the code under test keeps in a static
/// stays with the first test that made it. Of captures that nest, the innermost one gets the metric.
/// What goes to an [`Obs`](obs_core::Obs), as the metrics of `obs-axum` do, is in its
/// [`metrics`](obs_core::Obs::metrics) and not here; see [`Metered::of`].
///
/// ```
/// obs_core::catalogue! {
///     /// What the shop sells.
///     static SHOP;
///     /// Orders placed, by payment method.
///     ORDERS: Counter = "shop_orders_total" (payment_method);
/// }
///
/// let metrics = obs_test::capture_metrics();
/// ORDERS.with(["card"]).increment(2);
///
/// metrics.assert_value("shop_orders_total", [("payment_method", "card")], 2.0);
/// metrics.assert_none("shop_refunds_total");
/// ```
///
/// # Panics
///
/// If the process has a recorder of the `metrics` facade that is not this crate's, or if a test on
/// another thread captures in the same tokio runtime.
#[track_caller]
pub fn capture_metrics() -> Metered {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    assert!(
        INSTALLED.get_or_init(|| metrics::set_global_recorder(RouteRecorder).is_ok()),
        "the process has a `metrics` recorder already, and metrics go there: take `build()` in place \
         of `init()` in tests, or `without_global_recorder()`"
    );
    let metered = Metered::of(&Metrics::new(Config::default()));
    metered.claim.thread();
    assert!(metered.claim.current_runtime(), "{SHARED_RUNTIME}");
    metered
}

/// What a test measures, from [`capture_metrics`]. Dropping it ends the capture.
#[derive(Debug)]
#[must_use = "the capture ends when this is dropped"]
pub struct Metered {
    claim: Claim,
    metrics: Metrics,
}

impl Metered {
    /// The assertions for metrics that something else fills, such as
    /// [`Obs::metrics`](obs_core::Obs::metrics). Captures nothing but what runs
    /// [`in_scope`](Self::in_scope) or is [`wrap`](Self::wrap_future)ped.
    ///
    /// ```
    /// let obs = obs_core::builder("shop").environment("test").build()?;
    /// let labels = [("environment", "test"), ("service", "shop")];
    /// obs_test::Metered::of(obs.metrics()).assert_value("obs_build_info", labels, 1.0);
    /// # Ok::<_, obs_core::InitError>(())
    /// ```
    pub fn of(metrics: &Metrics) -> Self {
        let member = Member::new(Target::Metrics(metrics.clone()));
        Self { claim: Claim(Arc::new(member)), metrics: metrics.clone() }
    }

    /// The metrics themselves.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The value of the series of a metric that has exactly these labels, in any order: a counter's
    /// total, a gauge's value, the number of a histogram's observations.
    #[must_use]
    pub fn value<'a>(
        &self,
        name: &str,
        labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<f64> {
        let mut labels: Vec<_> = labels.into_iter().collect();
        labels.sort_unstable();
        let mut found = None;
        self.metrics.visit(&mut |series, sample| {
            let own = series.labels();
            if series.name == name && own.eq(labels.iter().map(|(k, v)| (*k, (*v).into()))) {
                found = Some(match sample {
                    Sample::Counter(value) | Sample::Gauge(value) => value,
                    Sample::Histogram { buckets, .. } => buckets.iter().sum::<u64>() as f64,
                });
            }
        });
        found
    }

    /// Asserts what [`value`](Self::value) is.
    ///
    /// # Panics
    ///
    /// If there is no such series, or its value is another.
    #[track_caller]
    pub fn assert_value<'a>(
        &self,
        name: &str,
        labels: impl IntoIterator<Item = (&'a str, &'a str)>,
        expected: f64,
    ) {
        let labels: Vec<_> = labels.into_iter().collect();
        match self.value(name, labels.iter().copied()) {
            Some(value) if value == expected => {}
            Some(value) => panic!(
                "`{name}`{} is {value}, expected {expected}{}",
                text_of(&labels),
                self.samples(name)
            ),
            None => panic!(
                "there is no `{name}`{}, expected {expected}{}",
                text_of(&labels),
                self.samples(name)
            ),
        }
    }

    /// Asserts that a metric has no series.
    ///
    /// # Panics
    ///
    /// If it has.
    #[track_caller]
    pub fn assert_none(&self, name: &str) {
        let mut series = 0;
        self.metrics.visit(&mut |own, _| series += usize::from(own.name == name));
        assert!(series == 0, "`{name}` has {series} series, expected none{}", self.samples(name));
    }

    /// Captures what `run` records, on whatever thread this is.
    pub fn in_scope<T>(&self, run: impl FnOnce() -> T) -> T {
        claim::in_scope(&self.claim.0, run)
    }

    /// `future`, captured wherever it is polled and dropped.
    pub fn wrap_future<F: Future>(&self, future: F) -> Captured<F> {
        Captured::new(&self.claim.0, future)
    }

    /// The samples of a metric, after a statement of what they are not.
    fn samples(&self, name: &str) -> String {
        let text = self.metrics.render(Format::Text);
        let own = |line: &&str| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' ', '_']))
        };
        let mut samples = text.lines().filter(own).peekable();
        let mut out =
            if samples.peek().is_some() { ":".to_owned() } else { "; it has no series".to_owned() };
        for sample in samples {
            let _ = write!(out, "\n  {sample}");
        }
        out
    }
}

fn text_of(labels: &[(&str, &str)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", labels.join(","))
}

/// The recorder of the process, which hands metrics to the capture that they belong to.
struct RouteRecorder;

impl RouteRecorder {
    fn innermost<T>(then: impl FnOnce(&dyn Recorder) -> T) -> Option<T> {
        let here = claim::here();
        let metrics = here.iter().rev().find_map(|member| match &member.target {
            Target::Metrics(metrics) => Some(metrics),
            Target::Logs(_) => None,
        })?;
        Some(then(metrics.recorder()))
    }
}

impl Recorder for RouteRecorder {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        Self::innermost(|to| to.describe_counter(name, unit, description));
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        Self::innermost(|to| to.describe_gauge(name, unit, description));
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        Self::innermost(|to| to.describe_histogram(name, unit, description));
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        Self::innermost(|to| to.register_counter(key, metadata)).unwrap_or_else(Counter::noop)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        Self::innermost(|to| to.register_gauge(key, metadata)).unwrap_or_else(Gauge::noop)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        Self::innermost(|to| to.register_histogram(key, metadata)).unwrap_or_else(Histogram::noop)
    }
}
