//! Whether expressions have the values that are expected.

use std::fmt;

use obs_promql::float::General;
use obs_promql::histogram::{Buckets, Histogram, ResetHint};
use obs_promql::script::parse_series;
use obs_promql::{Labels, Sample, Source, Value, VectorElement, parse_metric};

use super::file::{ExpectedSample, ExprTest};
use super::report::{Failure, time};
use crate::rule::{RuleError, Settings};

/// What a value is compared by.
#[derive(Clone, Debug)]
struct Told {
    labels: Labels,
    value: f64,
    histogram: Option<Shape>,
}

/// A histogram without what may be written in several ways.
#[derive(Clone, Debug)]
struct Shape {
    histogram: Histogram,
    positive: Vec<(i64, f64)>,
    negative: Vec<(i64, f64)>,
}

/// The failure of one case, if it is one.
pub(super) fn check(
    test: &str,
    case: &ExprTest,
    start: i64,
    source: &dyn Source,
    settings: &Settings,
    fuzzy: bool,
) -> Option<Failure> {
    let fail = |message: String, details| {
        let message = format!("expr {} at {}: {message}", case.expr, time(case.eval_time));
        Some(Failure { place: case.place.clone(), test: test.to_owned(), message, details })
    };
    let mut got = match evaluate(case, start, source, settings) {
        Ok(got) => got,
        Err(error) => return fail(error, Vec::new()),
    };
    let mut want = Vec::new();
    for sample in &case.expected {
        match expected(sample) {
            Ok(told) => want.push(told),
            Err(error) => {
                let labels = &sample.labels;
                return fail(format!("{}: labels {labels:?}: {error}", sample.place), Vec::new());
            }
        }
    }
    want.sort_by(|a, b| a.labels.cmp(&b.labels));
    got.sort_by(|a, b| a.labels.cmp(&b.labels));
    if want.len() == got.len() && want.iter().zip(&got).all(|(a, b)| a.is(b, fuzzy)) {
        return None;
    }
    let message = format!("{} expected, {} came", samples(want.len()), got.len());
    want.retain(|one| match got.iter().position(|other| one.is(other, fuzzy)) {
        Some(same) => {
            got.remove(same);
            false
        }
        None => true,
    });
    let mut details = Vec::new();
    for one in &want {
        details.push(format!("want  {one}"));
        if let Some(place) = got.iter().position(|other| other.labels == one.labels) {
            details.push(format!("got   {}", got.remove(place)));
        }
    }
    details.extend(got.iter().map(|one| format!("got   {one}")));
    fail(message, details)
}

fn samples(count: usize) -> String {
    if count == 1 { "1 sample".to_owned() } else { format!("{count} samples") }
}

fn evaluate(
    case: &ExprTest,
    start: i64,
    source: &dyn Source,
    settings: &Settings,
) -> Result<Vec<Told>, String> {
    let query = settings.syntax.parse(&case.expr).map_err(|error| error.one_line())?;
    let at = start.saturating_add(case.eval_time);
    let outcome =
        query.instant(source, at, &settings.options).map_err(|error| error.to_string())?;
    match outcome.value {
        Value::Vector(elements) => Ok(elements.into_iter().map(Told::from).collect()),
        Value::Scalar(value) => Ok(vec![Told { labels: Labels::empty(), value, histogram: None }]),
        _ => Err(RuleError::NotAVector.to_string()),
    }
}

fn expected(sample: &ExpectedSample) -> Result<Told, String> {
    let labels = parse_metric(&sample.labels).map_err(|error| error.one_line())?;
    let mut told = Told { labels, value: sample.value, histogram: None };
    if sample.histogram.is_empty() {
        return Ok(told);
    }
    let series = format!("{{}} {}", sample.histogram);
    let (_, values) = parse_series(&series).map_err(|error| error.message)?;
    match &*values {
        [Some(Sample::Histogram(histogram))] => {
            told.histogram = Some(Shape::new(histogram));
            Ok(told)
        }
        [_] => Err(format!("expected histogram, got {}", sample.histogram)),
        values => Err(format!("expected 1 value, got {}", values.len())),
    }
}

impl From<VectorElement> for Told {
    fn from(element: VectorElement) -> Self {
        let labels = element.labels;
        match element.value {
            Sample::Float(value) => Self { labels, value, histogram: None },
            Sample::Histogram(one) => {
                Self { labels, value: 0.0, histogram: Some(Shape::new(&one)) }
            }
        }
    }
}

impl Told {
    /// Whether promtool takes both for the same: NaN, which is not itself, it does not.
    fn is(&self, other: &Self, fuzzy: bool) -> bool {
        let (a, b) = (self.value, other.value);
        let near = fuzzy && (a.next_down() == b || a.next_up() == b);
        let histograms = match (&self.histogram, &other.histogram) {
            (Some(a), Some(b)) => a.is(b),
            (None, None) => true,
            _ => false,
        };
        self.labels == other.labels && (a == b || near) && histograms
    }
}

impl Shape {
    fn new(histogram: &Histogram) -> Self {
        Self {
            histogram: histogram.clone(),
            positive: filled(&histogram.positive),
            negative: filled(&histogram.negative),
        }
    }

    fn is(&self, other: &Self) -> bool {
        let (a, b) = (&self.histogram, &other.histogram);
        let same = |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan());
        let side = |a: &[(i64, f64)], b: &[(i64, f64)]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        };
        a.schema == b.schema
            && a.reset == b.reset
            && a.custom_bounds == b.custom_bounds
            && same(a.zero_threshold, b.zero_threshold)
            && same(a.zero_count, b.zero_count)
            && same(a.count, b.count)
            && same(a.sum, b.sum)
            && side(&self.positive, &other.positive)
            && side(&self.negative, &other.negative)
    }
}

/// Index and count of all buckets that have one.
fn filled(buckets: &Buckets) -> Vec<(i64, f64)> {
    let mut next = 0_i64;
    let indices = buckets.spans.iter().flat_map(move |span| {
        let start = next + i64::from(span.offset);
        next = start + i64::from(span.length);
        start..next
    });
    indices.zip(buckets.counts.iter().copied()).filter(|(_, count)| *count != 0.0).collect()
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.histogram {
            None => write!(f, "{} {}", self.labels, General(self.value)),
            Some(shape) => write!(f, "{} {shape}", self.labels),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = &self.histogram;
        write!(
            f,
            "{{{{schema:{} count:{} sum:{}",
            one.schema,
            General(one.count),
            General(one.sum)
        )?;
        if one.zero_count != 0.0 || one.zero_threshold != 0.0 {
            let (count, width) = (General(one.zero_count), General(one.zero_threshold));
            write!(f, " z_bucket:{count} z_bucket_w:{width}")?;
        }
        if !one.custom_bounds.is_empty() {
            write!(f, " custom_values:{:?}", one.custom_bounds)?;
        }
        match one.reset {
            ResetHint::Unknown => {}
            ResetHint::Reset => f.write_str(" counter_reset_hint:reset")?,
            ResetHint::NotReset => f.write_str(" counter_reset_hint:not_reset")?,
            ResetHint::Gauge => f.write_str(" counter_reset_hint:gauge")?,
        }
        for (name, buckets) in [("buckets", &self.positive), ("n_buckets", &self.negative)] {
            let shown: Vec<_> = buckets
                .iter()
                .map(|(index, count)| format!("{index}={}", General(*count)))
                .collect();
            if !shown.is_empty() {
                write!(f, " {name}:[{}]", shown.join(" "))?;
            }
        }
        f.write_str("}}")
    }
}
