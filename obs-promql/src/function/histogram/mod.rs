//! Functions over histograms.
//!
//! A classic histogram is some rows of a grid that differ in the label `le`; which rows go together is
//! found once, for all steps.

mod classic;
mod family;
mod native;

use std::collections::BTreeMap;
use std::fmt;

use super::date::rfc3339;
use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Evaluated, Grid, Row, merge_same};
use crate::float::General;
use crate::labels::Labels;
use crate::syntax::Span;
use crate::value::Type;
use classic::{Bucket, Fixed};
use family::Families;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "histogram_quantile",
        &[Type::Scalar, Type::Vector],
        Type::Vector,
        "The quantile of the first argument of each histogram, such as 0.99.",
        Body::Whole(quantile),
    ),
    Function::new(
        "histogram_quantiles",
        &[Type::Vector, Type::String, Type::Scalar, Type::Scalar],
        Type::Vector,
        "Some quantiles of each histogram, each told by the label of the second argument.",
        Body::Whole(quantiles),
    )
    .repeating(Some(9))
    .experimental(),
    Function::new(
        "histogram_fraction",
        &[Type::Scalar, Type::Scalar, Type::Vector],
        Type::Vector,
        "The share of observations of each histogram between the first argument and the second.",
        Body::Whole(fraction),
    ),
    native::COUNT,
    native::SUM,
    native::AVG,
    native::STDDEV,
    native::STDVAR,
];

fn quantile(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let quantile = call.scalar(0)?;
    warn_of_quantile(call, 0, &quantile);
    let families = Families::gather(call, 1)?;
    let mut made = Made::new(call, &families);
    for family in 0..families.len() {
        made.push(call, None, family);
        made.fill(|step, buckets| families.quantile(quantile[step], family, step, buckets));
    }
    made.finish(call, 1)
}

fn quantiles(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let label = call.text(1)?.to_str_lossy();
    let mut all = Vec::with_capacity(call.args.len());
    for number in 2..call.args.len() {
        let quantile = call.scalar(number)?;
        warn_of_quantile(call, number, &quantile);
        all.push(quantile);
    }
    let families = Families::gather(call, 0)?;
    let mut made = Made::new(call, &families);
    for quantile in &all {
        // A quantile that changes with time has a row for each of its values.
        let mut values: Vec<f64> = Vec::new();
        for value in quantile {
            if !values.iter().any(|one| one.to_bits() == value.to_bits()) {
                values.push(*value);
            }
        }
        for value in values {
            let text = label_value(value);
            for family in 0..families.len() {
                made.push(call, Some((&label, &text)), family);
                made.fill(|step, buckets| {
                    let here = quantile[step].to_bits() == value.to_bits();
                    here.then(|| families.quantile(value, family, step, buckets))?
                });
            }
        }
    }
    made.finish(call, 0)
}

fn fraction(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let (lower, upper) = (call.scalar(0)?, call.scalar(1)?);
    let families = Families::gather(call, 2)?;
    let mut made = Made::new(call, &families);
    for family in 0..families.len() {
        made.push(call, None, family);
        made.fill(|step, buckets| {
            families.buckets(family, step, buckets);
            let value = classic::fraction(lower[step], upper[step], buckets)?;
            Some((value, None))
        });
    }
    made.finish(call, 2)
}

/// Notes quantiles that are none.
fn warn_of_quantile(call: &mut Call<'_, '_>, number: usize, quantile: &[f64]) {
    let span = call.arg_span(number);
    let mut last = None;
    for value in quantile {
        if !(0.0..=1.0).contains(value) && last != Some(value.to_bits()) {
            last = Some(value.to_bits());
            let value = General(*value);
            let message = format!("quantile value should be between 0 and 1, got {value}");
            call.evaluator.notes.warn(span, message);
        }
    }
}

/// A quantile as OpenMetrics writes numbers: with a point or an exponent.
fn label_value(value: f64) -> String {
    let text = General(value).to_string();
    if value.is_finite() && !text.contains(['.', 'e']) { text + ".0" } else { text }
}

/// The grid that is made of histograms.
struct Made<'f> {
    families: &'f Families,
    grid: Grid,
    /// The family of the last row.
    family: usize,
    /// Buckets of one histogram at one step.
    buckets: Vec<Bucket>,
    /// What had to be fixed in the histograms of each metric.
    fixed: BTreeMap<&'f str, Fixes>,
    start: i64,
    step: i64,
}

/// What had to be fixed in the histograms of a metric.
#[derive(Clone, Copy)]
struct Fixes {
    first: i64,
    last: i64,
    all: Fixed,
    samples: usize,
}

impl<'f> Made<'f> {
    fn new(call: &Call<'_, '_>, families: &'f Families) -> Self {
        let steps = call.evaluator.steps;
        Self {
            families,
            grid: Grid::with_capacity(steps.count, families.len()),
            family: 0,
            buckets: Vec::new(),
            fixed: BTreeMap::new(),
            start: steps.start,
            step: steps.step,
        }
    }

    /// Begins the row of a family, with another label.
    fn push(&mut self, call: &Call<'_, '_>, label: Option<(&str, &str)>, family: usize) {
        let labels = self.families.labels(family);
        let labels = if call.evaluator.options.delayed_name_removal {
            labels.clone()
        } else {
            labels.without_name()
        };
        let labels = match label {
            Some((name, value)) => labels.with(name, value),
            None => labels,
        };
        self.family = family;
        self.grid.push_row(Row { labels, drop_name: true });
    }

    /// Fills the last row.
    fn fill(
        &mut self,
        mut value: impl FnMut(usize, &mut Vec<Bucket>) -> Option<(f64, Option<Fixed>)>,
    ) {
        let Some(row) = self.grid.rows.len().checked_sub(1) else { return };
        for step in 0..self.grid.steps {
            let Some((value, fixed)) = value(step, &mut self.buckets) else { continue };
            self.grid.set_float(row, step, value);
            if let Some(fixed) = fixed {
                let time = i64::try_from(step).unwrap_or(i64::MAX).saturating_mul(self.step);
                let time = self.start.saturating_add(time);
                self.fixed
                    .entry(self.families.metric(self.family))
                    .and_modify(|fixes| fixes.add(time, fixed))
                    .or_insert(Fixes { first: time, last: time, all: fixed, samples: 1 });
            }
        }
    }

    fn finish(mut self, call: &mut Call<'_, '_>, number: usize) -> Result<Evaluated, EvalError> {
        let span: Span = call.arg_span(number);
        for (metric, fixes) in &self.fixed {
            let message = "input to histogram_quantile needed to be fixed for monotonicity (see \
                https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)";
            let message = of_metric(message, metric);
            call.evaluator.notes.info_with(span, &message, &fixes.to_string());
        }
        self.grid.drop_empty_rows();
        let evaluator = &mut call.evaluator;
        // Prometheus looks at the labels of an instant at the end only, if names go at the end.
        if !evaluator.options.delayed_name_removal || self.grid.steps > 1 {
            merge_same(&mut self.grid, call.span)?;
        }
        Ok(Evaluated::Grid(self.grid))
    }
}

impl Fixes {
    fn add(&mut self, time: i64, fixed: Fixed) {
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        self.all = self.all.and(fixed);
        self.samples += 1;
    }
}

impl fmt::Display for Fixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fixed { lowest, highest, largest } = self.all;
        write!(
            f,
            ", from buckets {} to {}, with a max diff of {}, over {} samples from {} to {}",
            General(lowest),
            General(highest),
            two_digits(largest),
            self.samples,
            rfc3339(self.first),
            rfc3339(self.last)
        )
    }
}

/// `%.2g` of Go.
fn two_digits(value: f64) -> String {
    let text = format!("{value:.1e}");
    match text.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()) {
        Some(-4..2_i32) => text.parse::<f64>().map_or(text, |value| value.to_string()),
        Some(exponent) => {
            let digits = text.split('e').next().unwrap_or_default();
            let digits = digits.strip_suffix(".0").unwrap_or(digits);
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
        None => General(value).to_string(),
    }
}

/// `message for metric name "…"`, where the name is known.
fn of_metric(message: &str, metric: &str) -> String {
    if metric.is_empty() {
        return message.to_owned();
    }
    format!("{message} for metric name {}", crate::text::Text::from(metric))
}

/// The name of a metric as notes have it: only where names stay to the end.
fn metric_name<'l>(call: &Call<'_, '_>, labels: &'l Labels) -> &'l str {
    let known = call.evaluator.options.delayed_name_removal;
    labels.metric_name().filter(|_| known).unwrap_or_default()
}
