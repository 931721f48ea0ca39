//! Metrics: declared once, recorded without locks, read without side effects.

mod catalogue;
mod declared;
mod desc;
pub(crate) mod own;

pub use declared::{Counter, Gauge, Histogram};
pub use desc::{Desc, Kind};

/// The metrics of one application: where they are recorded and how they are read.
///
/// A cheap handle; clones share everything.
#[derive(Clone, Debug)]
pub struct Metrics {
    _inner: (),
}

impl Metrics {
    /// The recorder behind the `metrics` facade, for a scope or a handle of one's own.
    #[must_use]
    pub fn recorder(&self) -> &(dyn ::metrics::Recorder + Send + Sync) {
        &::metrics::NoopRecorder
    }

    /// Writes all series to `sink` in chunks of about 64 KiB.
    pub fn encode(&self, format: Format, sink: &mut dyn FnMut(&[u8])) {
        let _ = (format, sink);
    }

    /// All series as one string.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let _ = format;
        String::new()
    }

    /// Calls `f` with each series and its present value, in stable order.
    pub fn visit(&self, f: &mut dyn FnMut(&Series<'_>, Sample<'_>)) {
        let _ = f;
    }

    /// Runs `collect` before each `encode` and `visit`, to bring sampled values up to date.
    pub fn on_collect(&self, collect: impl Fn() + Send + Sync + 'static) {
        let _ = collect;
    }
}

/// How `/metrics` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text, version 0.0.4.
    Text,
    /// OpenMetrics text, version 1.0.0.
    OpenMetrics,
}

impl Format {
    /// The format that an `Accept` header asks for; [`Format::Text`] where it asks for neither.
    #[must_use]
    pub fn negotiate(accept: Option<&str>) -> Self {
        let _ = accept;
        Self::Text
    }

    /// The `Content-Type` of this format.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// What is known of a series besides its value.
#[derive(Debug)]
pub struct Series<'a> {
    /// The same for as long as the series lives, never used again for another.
    pub id: u64,
    /// The family's name.
    pub name: &'a str,
    /// The family's kind.
    pub kind: Kind,
    /// The labels as they are exposed: `a="1",b="2"`, sorted by name, escaped.
    pub labels: &'a str,
    /// Upper bounds of a histogram's buckets, without `+Inf`.
    pub bounds: &'a [f64],
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
        /// Observations per bucket, not cumulative; the last is `+Inf`.
        buckets: &'a [u64],
        /// Sum of all observations.
        sum: f64,
    },
}
