//! Whether a value is the one that is expected.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use super::eval::{Eval, Expected, When};
use super::histogram::indexed;
use super::series::Point;
use crate::engine::Range;
use crate::float::General;
use crate::histogram::{Buckets, CUSTOM_BUCKETS, Histogram};
use crate::labels::Labels;
use crate::value::{MatrixSeries, Sample, Value, VectorElement, is_stale};

/// What was expected and what came.
pub(super) type Mismatch = (String, String);

/// How far a value may be off, relative to the sum of both.
const EPSILON: f64 = 1e-6;

pub(super) fn compare(eval: &Eval, value: &Value) -> Result<(), Mismatch> {
    match (value, &eval.value) {
        (Value::Scalar(value), Expected::Scalar(expected)) if almost_equal(*expected, *value) => {
            Ok(())
        }
        (Value::String(value), Expected::String(expected)) if expected == value => Ok(()),
        (Value::Vector(elements), Expected::Series(expected)) => {
            vector(expected, elements, eval.expect.ordered)
        }
        (Value::Matrix(_), _) if eval.expect.ordered => {
            Err(("an ordered vector".to_owned(), show(value)))
        }
        (Value::Matrix(series), Expected::Series(expected)) => match eval.when {
            When::Range(range) => matrix(expected, series, range),
            When::Instant(_) => Err(("an instant vector".to_owned(), show(value))),
        },
        (Value::Matrix(series), Expected::RangeVector(range, expected)) => {
            matrix(expected, series, *range)
        }
        (value, expected) => Err((show_expected(expected), show(value))),
    }
}

fn vector(
    expected: &[(Labels, Vec<Point>)],
    elements: &[VectorElement],
    ordered: bool,
) -> Result<(), Mismatch> {
    let mut missing: HashMap<&Labels, (usize, &Point)> = expected
        .iter()
        .enumerate()
        .map(|(place, (labels, points))| (labels, (place, points.first().unwrap_or(&Point::Gap))))
        .collect();
    for (place, VectorElement { labels, value }) in elements.iter().enumerate() {
        let came = || format!("{labels} {}", Shown(value));
        let Some((expected_place, point)) = missing.remove(labels) else {
            return Err(("no such element".to_owned(), came()));
        };
        if ordered && expected_place != place {
            let place = place + 1;
            let expected = format!("{labels} as number {}", expected_place + 1);
            return Err((expected, format!("{} as number {place}", came())));
        }
        let same = match (point, value) {
            // As Prometheus takes an `_` here.
            (Point::Gap, Sample::Float(value)) => *value == 0.0,
            (Point::Float(expected), Sample::Float(value)) => almost_equal(*expected, *value),
            (Point::Histogram { histogram, hinted }, Sample::Histogram(value)) => {
                same_histogram(histogram, value, *hinted)
            }
            _ => false,
        };
        if !same {
            return Err((format!("{labels} {}", ShownPoint(point)), came()));
        }
    }
    let first = expected.iter().find(|(labels, _)| missing.contains_key(labels));
    match first.and_then(|(labels, points)| Some((labels, points.first()?))) {
        Some((labels, point)) => {
            Err((format!("{labels} {}", ShownPoint(point)), show_elements(elements)))
        }
        None => Ok(()),
    }
}

fn matrix(
    expected: &[(Labels, Vec<Point>)],
    series: &[MatrixSeries],
    range: Range,
) -> Result<(), Mismatch> {
    if let Some(pair) = series.windows(2).find(|pair| pair[0].labels > pair[1].labels) {
        let expected = format!("{} before {}", pair[1].labels, pair[0].labels);
        return Err((expected, "series that are not sorted".to_owned()));
    }
    let mut missing: HashMap<&Labels, &[Point]> =
        expected.iter().map(|(labels, points)| (labels, &**points)).collect();
    for one in series {
        let labels = &one.labels;
        let Some(points) = missing.remove(labels) else {
            return Err(("no such series".to_owned(), show_series(one)));
        };
        let times = (0..).map(|step: i64| range.start.saturating_add(step * range.step));
        let points: Vec<_> =
            times.zip(points).filter(|(_, point)| !matches!(point, Point::Gap)).collect();
        let same = |((time, point), (came_at, value)): (&(i64, &Point), &(i64, Sample))| {
            *time <= range.end && time == came_at && same_point(point, value)
        };
        if points.len() != one.samples.len() || !points.iter().zip(&one.samples).all(same) {
            let mut text = labels.to_string();
            for (time, point) in points {
                // Writing to a `String` does not fail.
                let _ = write!(text, " {}@{}", ShownPoint(point), seconds(time));
            }
            return Err((text, show_series(one)));
        }
    }
    match expected.iter().find(|(labels, _)| missing.contains_key(labels)) {
        Some((labels, points)) => {
            let points: Vec<_> = points.iter().map(|point| ShownPoint(point).to_string()).collect();
            let came = show(&Value::Matrix(series.to_vec()));
            Err((format!("{labels} {}", points.join(" ")), came))
        }
        None => Ok(()),
    }
}

fn same_point(point: &Point, value: &Sample) -> bool {
    match (point, value) {
        (Point::Float(expected), Sample::Float(value)) => almost_equal(*expected, *value),
        (Point::Histogram { histogram, hinted }, Sample::Histogram(value)) => {
            same_histogram(histogram, value, *hinted)
        }
        _ => false,
    }
}

/// See Prometheus' `util/almost`.
fn almost_equal(a: f64, b: f64) -> bool {
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if a == b || (a.is_nan() && b.is_nan()) {
        return true;
    }
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        difference < EPSILON * f64::MIN_POSITIVE
    } else {
        difference / sum.min(f64::MAX) < EPSILON
    }
}

/// Whether two histograms are the same but for empty buckets.
fn same_histogram(a: &Histogram, b: &Histogram, hinted: bool) -> bool {
    a.schema == b.schema
        && almost_equal(a.count, b.count)
        && almost_equal(a.sum, b.sum)
        && (a.schema != CUSTOM_BUCKETS || a.custom_bounds == b.custom_bounds)
        && a.zero_threshold == b.zero_threshold
        && almost_equal(a.zero_count, b.zero_count)
        && same_buckets(&a.positive, &b.positive)
        && same_buckets(&a.negative, &b.negative)
        && (!hinted || a.reset == b.reset)
}

fn same_buckets(a: &Buckets, b: &Buckets) -> bool {
    let filled = |buckets| indexed(buckets).filter(|(_, count)| *count != 0.0);
    let (mut a, mut b) = (filled(a), filled(b));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some((i, x)), Some((j, y))) if i == j && almost_equal(x, y) => {}
            _ => return false,
        }
    }
}

/// Elements and series beyond these are counted, not shown.
const SHOWN: usize = 10;

fn show(value: &Value) -> String {
    match value {
        Value::Scalar(value) => format!("scalar {}", General(*value)),
        Value::String(text) => format!("string {text:?}"),
        Value::Vector(elements) => show_elements(elements),
        Value::Matrix(series) if series.is_empty() => "an empty matrix".to_owned(),
        Value::Matrix(series) => listed(series.iter().map(show_series)),
    }
}

fn show_elements(elements: &[VectorElement]) -> String {
    if elements.is_empty() {
        return "an empty vector".to_owned();
    }
    listed(
        elements.iter().map(|VectorElement { labels, value }| format!("{labels} {}", Shown(value))),
    )
}

fn show_series(series: &MatrixSeries) -> String {
    let mut text = series.labels.to_string();
    for (time, value) in &series.samples {
        let _ = write!(text, " {}@{}", Shown(value), seconds(*time));
    }
    text
}

fn show_expected(expected: &Expected) -> String {
    match expected {
        Expected::Scalar(value) => format!("scalar {}", General(*value)),
        Expected::String(text) => format!("string {text:?}"),
        Expected::Series(series) if series.is_empty() => "nothing".to_owned(),
        Expected::Series(series) | Expected::RangeVector(_, series) => {
            listed(series.iter().map(|(labels, points)| {
                let points: Vec<_> =
                    points.iter().map(|point| ShownPoint(point).to_string()).collect();
                format!("{labels} {}", points.join(" "))
            }))
        }
    }
}

fn listed(lines: impl ExactSizeIterator<Item = String>) -> String {
    let rest = lines.len().saturating_sub(SHOWN);
    let mut lines: Vec<_> = lines.take(SHOWN).collect();
    if rest > 0 {
        lines.push(format!("and {rest} more"));
    }
    lines.join("\n")
}

/// Milliseconds as seconds.
pub(super) fn seconds(millis: i64) -> String {
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    match millis % 1000 {
        0 => format!("{sign}{}s", millis / 1000),
        rest => format!("{sign}{}.{rest:03}s", millis / 1000),
    }
}

struct Shown<'a>(&'a Sample);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Sample::Float(value) => write!(f, "{}", General(*value)),
            Sample::Histogram(histogram) => write_histogram(f, histogram),
        }
    }
}

struct ShownPoint<'a>(&'a Point);

impl fmt::Display for ShownPoint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Point::Gap => f.write_str("_"),
            Point::Float(value) => write!(f, "{}", General(*value)),
            Point::Histogram { histogram, .. } => write_histogram(f, histogram),
        }
    }
}

fn write_histogram(f: &mut fmt::Formatter<'_>, histogram: &Arc<Histogram>) -> fmt::Result {
    write!(f, "{{{{schema:{} count:{} sum:{}", histogram.schema, histogram.count, histogram.sum)?;
    if histogram.zero_count != 0.0 {
        write!(f, " z_bucket:{}", histogram.zero_count)?;
    }
    for (name, buckets) in [("buckets", &histogram.positive), ("n_buckets", &histogram.negative)] {
        if let Some((first, _)) = indexed(buckets).next() {
            write!(f, " {name}:{:?} from {first}", buckets.counts)?;
        }
    }
    f.write_str("}}")
}
