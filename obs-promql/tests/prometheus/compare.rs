//! Whether two answers are the same.

use std::collections::BTreeMap;

use obs_promql::{Labels, Sample, Value};
use serde_json::Value as Json;

/// A series of an answer: time in milliseconds and value.
type Points = Vec<(i64, f64)>;

/// An answer, in one shape for both sides.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Error(String),
    Series(BTreeMap<Labels, Points>),
    Text(String),
}

/// How much alike two answers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// To the bit.
    Same,
    /// But for the last digits.
    Near,
    Different,
}

impl Answer {
    pub(crate) fn ours(value: Result<Value, String>, time: i64) -> Self {
        let float = |sample: Sample| match sample {
            Sample::Float(value) => value,
            Sample::Histogram(_) => f64::NAN,
        };
        match value {
            Err(error) => Self::Error(error),
            Ok(Value::Scalar(value)) => {
                Self::Series([(Labels::empty(), vec![(time, value)])].into())
            }
            Ok(Value::String(text)) => Self::Text(text),
            Ok(Value::Vector(elements)) => {
                let one = |element: obs_promql::VectorElement| {
                    (element.labels, vec![(time, float(element.value))])
                };
                Self::Series(elements.into_iter().map(one).collect())
            }
            Ok(Value::Matrix(series)) => {
                let one = |series: obs_promql::MatrixSeries| {
                    let points = series.samples.into_iter();
                    (series.labels, points.map(|(time, value)| (time, float(value))).collect())
                };
                Self::Series(series.into_iter().map(one).collect())
            }
            Ok(other) => Self::Text(format!("{other:?}")),
        }
    }

    pub(crate) fn theirs(answer: &Json) -> Self {
        if answer["status"] != "success" {
            return Self::Error(answer["error"].as_str().unwrap_or_default().to_owned());
        }
        let result = &answer["data"]["result"];
        match answer["data"]["resultType"].as_str() {
            Some("string") => Self::Text(result[1].as_str().unwrap_or_default().to_owned()),
            Some("scalar") => Self::Series([(Labels::empty(), vec![point(result)])].into()),
            _ => {
                let mut all = BTreeMap::new();
                for series in result.as_array().into_iter().flatten() {
                    let labels = series["metric"].as_object().into_iter().flatten();
                    let labels: Labels = labels
                        .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
                        .collect();
                    let points = match series["values"].as_array() {
                        Some(values) => values.iter().map(point).collect(),
                        None => vec![point(&series["value"])],
                    };
                    all.insert(labels, points);
                }
                Self::Series(all)
            }
        }
    }

    /// Whether Prometheus 3.14 would refuse it too: 3.5, which tests run against, looks for duplicates
    /// among elements that a comparison keeps, and not among those that it drops.
    pub(crate) fn is_refused_since(&self, theirs: &Self) -> bool {
        matches!(self, Self::Error(error) if error.contains("many-to-one matching must be explicit"))
            && !matches!(theirs, Self::Error(_))
    }

    /// Errors are alike whatever they say. `rounding` is what values may differ by, relatively.
    pub(crate) fn likeness(&self, other: &Self, rounding: f64) -> Likeness {
        match (self, other) {
            (Self::Error(_), Self::Error(_)) => Likeness::Same,
            (Self::Series(ours), Self::Series(theirs)) => {
                if !ours.keys().eq(theirs.keys()) {
                    return Likeness::Different;
                }
                let pairs = ours.values().zip(theirs.values());
                pairs
                    .map(|(ours, theirs)| points(ours, theirs, rounding))
                    .max()
                    .unwrap_or(Likeness::Same)
            }
            _ if self == other => Likeness::Same,
            _ => Likeness::Different,
        }
    }
}

fn point(pair: &Json) -> (i64, f64) {
    let seconds = pair[0].as_f64().unwrap_or_default();
    let value = pair[1].as_str().unwrap_or_default();
    ((seconds * 1000.0).round() as i64, value.parse().unwrap_or(f64::NAN))
}

fn points(ours: &Points, theirs: &Points, rounding: f64) -> Likeness {
    if ours.len() != theirs.len() {
        return Likeness::Different;
    }
    let alike = ours.iter().zip(theirs).map(|(ours, theirs)| {
        let (a, b) = (ours.1, theirs.1);
        // There is one NaN in JSON.
        if ours.0 != theirs.0 {
            Likeness::Different
        } else if a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) {
            Likeness::Same
        } else if a == b || (a - b).abs() <= rounding * a.abs().max(b.abs()) {
            Likeness::Near
        } else {
            Likeness::Different
        }
    });
    alike.max().unwrap_or(Likeness::Same)
}
