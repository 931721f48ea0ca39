//! What Prometheus' HTTP API answers to a query, as JSON.

use obs_promql::float::Fixed;
use obs_promql::{
    EvalError, Labels, MatrixSeries, NoteLevel, Notes, Outcome, Sample, Value, VectorElement,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// An answer.
#[derive(Debug, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub(super) enum Answer {
    /// A value.
    Success {
        data: Data,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        infos: Vec<String>,
    },
    /// None.
    Error {
        #[serde(rename = "errorType")]
        error_type: ErrorType,
        error: String,
    },
}

/// The kinds of errors that the API tells apart.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ErrorType {
    BadData,
    Execution,
    Canceled,
    Internal,
}

#[derive(Debug, Serialize)]
pub(super) struct Data {
    #[serde(rename = "resultType")]
    result_type: &'static str,
    result: Found,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Scalar(Point<Number>),
    String(Point<String>),
    Vector(Vec<Element>),
    Matrix(Vec<Series>),
}

#[derive(Debug, Serialize)]
struct Element {
    metric: Metric,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Point<Number>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    histogram: Option<Point<Histogram>>,
}

#[derive(Debug, Serialize)]
struct Series {
    metric: Metric,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Point<Number>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    histograms: Vec<Point<Histogram>>,
}

/// Time and value.
type Point<V> = (Time, V);

/// Count and sum of a native histogram; its buckets are not told.
#[derive(Debug, Serialize)]
struct Histogram {
    count: Number,
    sum: Number,
}

/// Milliseconds, shown as seconds.
#[derive(Clone, Copy, Debug)]
struct Time(i64);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[expect(clippy::cast_precision_loss, reason = "times of a file are far below 2^53 ms")]
        if self.0 % 1000 == 0 {
            to.serialize_i64(self.0 / 1000)
        } else {
            to.serialize_f64(self.0 as f64 / 1000.0)
        }
    }
}

/// A number, shown as text: JSON has no infinities.
#[derive(Clone, Copy, Debug)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&Fixed(self.0))
    }
}

#[derive(Debug)]
struct Metric(Labels);

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The API tells of no more warnings, and no more infos.
const MAX_NOTES: usize = 10;

impl Answer {
    pub(super) fn success(outcome: Outcome, expr: &str, at: i64) -> Self {
        let Outcome { value, notes, .. } = outcome;
        Self::Success {
            data: Data::new(value, at),
            warnings: texts(&notes, NoteLevel::Warning, "warning", expr),
            infos: texts(&notes, NoteLevel::Info, "info", expr),
        }
    }

    pub(super) fn failure(error: &EvalError) -> Self {
        let error_type = match error {
            EvalError::Interrupted => ErrorType::Canceled,
            EvalError::Source(_) => ErrorType::Internal,
            _ => ErrorType::Execution,
        };
        Self::error(error_type, error.to_string())
    }

    pub(super) const fn error(error_type: ErrorType, error: String) -> Self {
        Self::Error { error_type, error }
    }
}

fn texts(notes: &Notes, level: NoteLevel, name: &str, expr: &str) -> Vec<String> {
    let notes = notes.iter().filter(|note| note.level == level);
    let mut texts: Vec<_> = notes.map(|note| note.render(expr)).collect();
    let rest = texts.len().saturating_sub(MAX_NOTES);
    if rest > 0 {
        texts.truncate(MAX_NOTES);
        texts.push(format!("{rest} more {name} annotations omitted"));
    }
    texts
}

impl Data {
    fn new(value: Value, at: i64) -> Self {
        let at = Time(at);
        let (result_type, result) = match value {
            Value::Scalar(value) => ("scalar", Found::Scalar((at, Number(value)))),
            Value::String(text) => ("string", Found::String((at, text))),
            Value::Vector(elements) => {
                let elements = elements.into_iter().map(|one| Element::new(one, at));
                ("vector", Found::Vector(elements.collect()))
            }
            Value::Matrix(series) => {
                ("matrix", Found::Matrix(series.into_iter().map(Series::new).collect()))
            }
            // Values of kinds that are not known here have no form of the API.
            _ => ("vector", Found::Vector(Vec::new())),
        };
        Self { result_type, result }
    }
}

impl Element {
    fn new(element: VectorElement, at: Time) -> Self {
        let VectorElement { labels, value } = element;
        let (value, histogram) = match value {
            Sample::Float(value) => (Some((at, Number(value))), None),
            Sample::Histogram(one) => (None, Some((at, Histogram::new(&one)))),
        };
        Self { metric: Metric(labels), value, histogram }
    }
}

impl Series {
    fn new(series: MatrixSeries) -> Self {
        let mut made =
            Self { metric: Metric(series.labels), values: Vec::new(), histograms: Vec::new() };
        for (time, value) in series.samples {
            match value {
                Sample::Float(value) => made.values.push((Time(time), Number(value))),
                Sample::Histogram(one) => made.histograms.push((Time(time), Histogram::new(&one))),
            }
        }
        made
    }
}

impl Histogram {
    const fn new(histogram: &obs_promql::Histogram) -> Self {
        Self { count: Number(histogram.count), sum: Number(histogram.sum) }
    }
}
