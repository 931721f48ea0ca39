//! What a declared metric is: its name, meaning, labels and buckets, all known to the compiler.

use std::fmt;

/// The kind of a metric, in the words of the Prometheus text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A count that only grows; it starts at zero with the process.
    Counter,
    /// A value that goes up and down.
    Gauge,
    /// A distribution over fixed buckets.
    Histogram,
}

impl Kind {
    /// The word after the name in a `# TYPE` line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A declared metric: one entry of a catalogue.
///
/// Made by [`catalogue!`](crate::catalogue), read by everything that must know a metric before its
/// first sample: the recorder (buckets, help), the encoders, the tests of dashboards and rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Desc {
    /// The exposed name, complete with unit and `_total`.
    pub name: &'static str,
    /// What the metric means: the text of its `# HELP` line.
    pub help: &'static str,
    /// Counter, gauge or histogram.
    pub kind: Kind,
    /// Label names, in the order in which `with` takes their values.
    pub labels: &'static [&'static str],
    /// Upper bounds of a histogram's buckets, without `+Inf`; empty for other kinds.
    pub buckets: &'static [f64],
    /// Whether this is an [`ObservableCounter`](super::ObservableCounter).
    pub observable: bool,
}

impl Desc {
    /// The unit at the end of the name (`seconds`, `bytes`, `ratio`), if it has one.
    ///
    /// The base units of the Prometheus naming guide; anything else is no unit.
    #[must_use]
    pub fn unit(&self) -> Option<&'static str> {
        unit_of(self.name, self.kind)
    }

    /// The help text without the indentation and line breaks of the doc comment it came from.
    #[must_use]
    pub fn help_line(&self) -> String {
        self.help.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The name of a counter before `_total`, unless there is none.
pub(super) fn counter_base(name: &str) -> Option<&str> {
    name.strip_suffix("_total").filter(|base| !base.is_empty())
}

/// The name of a family in OpenMetrics, which has `_total` at the samples of a counter only.
pub(super) fn open_metrics_name(name: &str, kind: Kind) -> &str {
    match kind {
        Kind::Counter => counter_base(name).unwrap_or(name),
        Kind::Gauge | Kind::Histogram => name,
    }
}

/// The base unit that ends the name of a metric, before the `_total` of a counter.
pub(super) fn unit_of(name: &str, kind: Kind) -> Option<&'static str> {
    let name = open_metrics_name(name, kind);
    BASE_UNITS.iter().copied().find(|unit| {
        name.strip_suffix(unit).is_some_and(|head| head.len() > 1 && head.ends_with('_'))
    })
}

/// <https://prometheus.io/docs/practices/naming/#base-units>, as far as a service meets them.
const BASE_UNITS: &[&str] =
    &["seconds", "bytes", "ratio", "meters", "grams", "volts", "amperes", "joules", "celsius"];

/// Units that the naming guide replaces by a base unit.
const NOT_BASE_UNITS: &[&str] = &[
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "kilobytes",
    "megabytes",
    "gigabytes",
    "bits",
    "percent",
];

/// Panics if `desc` breaks a naming rule: a compile error where a `static` is initialised.
pub(super) const fn check(desc: &Desc) {
    assert!(
        is_name(desc.name),
        "a metric name matches [a-z][a-z0-9_]* and has no double underscore"
    );
    assert!(!desc.help.is_empty(), "a metric has a doc comment: it is the help text");
    let mut i = 0;
    while i < NOT_BASE_UNITS.len() {
        assert!(
            !has_word(desc.name, NOT_BASE_UNITS[i]),
            "a metric is in base units: seconds, bytes, ratio (0 to 1)"
        );
        i += 1;
    }
    match desc.kind {
        Kind::Counter => {
            assert!(ends_with(desc.name, "_total"), "a counter's name ends in `_total`");
            assert!(desc.buckets.is_empty(), "only a histogram has buckets");
        }
        Kind::Gauge => {
            assert!(!ends_with(desc.name, "_total"), "only a counter's name ends in `_total`");
            assert!(desc.buckets.is_empty(), "only a histogram has buckets");
        }
        Kind::Histogram => {
            assert!(!ends_with(desc.name, "_total"), "only a counter's name ends in `_total`");
            check_buckets(desc.buckets);
        }
    }
    // The encoder adds these suffixes to a histogram's or counter's samples.
    assert!(
        !ends_with(desc.name, "_bucket")
            && !ends_with(desc.name, "_count")
            && !ends_with(desc.name, "_sum")
            && !ends_with(desc.name, "_created"),
        "a metric name does not end in `_bucket`, `_count`, `_sum` or `_created`"
    );
    check_labels(desc.labels, matches!(desc.kind, Kind::Histogram));
}

const fn check_labels(labels: &[&str], histogram: bool) {
    let mut i = 0;
    while i < labels.len() {
        assert!(
            is_name(labels[i]),
            "a label name matches [a-z][a-z0-9_]* and has no double underscore"
        );
        assert!(!(histogram && equal(labels[i], "le")), "`le` is the label of histogram buckets");
        let mut j = 0;
        while j < i {
            assert!(!equal(labels[i], labels[j]), "a label stands once");
            j += 1;
        }
        i += 1;
    }
}

const fn check_buckets(buckets: &[f64]) {
    assert!(!buckets.is_empty(), "a histogram has buckets: `\"name\" (labels) [0.1, 0.5, 1.0]`");
    let mut i = 0;
    while i < buckets.len() {
        // Also false for NaN.
        assert!(
            buckets[i] > f64::NEG_INFINITY && buckets[i] < f64::INFINITY,
            "a bucket bound is finite: `+Inf` is added"
        );
        assert!(i == 0 || buckets[i - 1] < buckets[i], "bucket bounds increase strictly");
        i += 1;
    }
}

const fn is_name(s: &str) -> bool {
    let bytes = s.as_bytes();
    if bytes.is_empty() || !bytes[0].is_ascii_lowercase() {
        return false;
    }
    let mut i = 0;
    while i < bytes.len() {
        let b = bytes[i];
        if !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return false;
        }
        if b == b'_' && i + 1 < bytes.len() && bytes[i + 1] == b'_' {
            return false;
        }
        i += 1;
    }
    true
}

const fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && ends_with(a, b)
}

const fn ends_with(s: &str, suffix: &str) -> bool {
    let (s, suffix) = (s.as_bytes(), suffix.as_bytes());
    s.len() >= suffix.len() && matches_at(s, suffix, s.len() - suffix.len())
}

/// Whether `word` stands in `name` between underscores or its ends.
const fn has_word(name: &str, word: &str) -> bool {
    let (name, word) = (name.as_bytes(), word.as_bytes());
    let mut i = 0;
    while i + word.len() <= name.len() {
        let starts = i == 0 || name[i - 1] == b'_';
        let end = i + word.len();
        let ends = end == name.len() || name[end] == b'_';
        if starts && ends && matches_at(name, word, i) {
            return true;
        }
        i += 1;
    }
    false
}

const fn matches_at(s: &[u8], part: &[u8], at: usize) -> bool {
    let mut i = 0;
    while i < part.len() {
        if s[at + i] != part[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_is_the_last_word_of_the_name() {
        use Kind::{Counter, Gauge, Histogram};
        for (name, kind, unit) in [
            ("http_server_request_duration_seconds", Histogram, Some("seconds")),
            ("process_cpu_seconds_total", Counter, Some("seconds")),
            ("process_cpu_seconds_total", Gauge, None),
            ("process_cpu_seconds_total_total", Counter, None),
            ("process_resident_memory_bytes", Gauge, Some("bytes")),
            ("shop_orders_total", Counter, None),
            ("seconds", Gauge, None),
            ("milliseconds", Gauge, None),
        ] {
            assert_eq!(unit_of(name, kind), unit, "{name}");
        }
    }
}
