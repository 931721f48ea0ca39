//! A series and its values, as a line describes them: `hits{route="/"} 1+2x5 _ stale`.

use std::sync::Arc;

use super::error::{Fault, ScriptError};
use super::histogram::{self, add};
use super::line::lines;
use super::scan::Scanner;
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::value::{STALE, Sample};

/// What a series has at one time.
#[derive(Clone, Debug)]
pub(super) enum Point {
    /// Nothing.
    Gap,
    Float(f64),
    Histogram {
        histogram: Arc<Histogram>,
        /// Whether the reset hint is written, and to be compared.
        hinted: bool,
    },
}

/// More than any test needs: a line of a few bytes must not fill the memory.
const MAX_POINTS: usize = 1_000_000;

/// A series and its values, one for each step of time, as a line below `load` has them; `None` where
/// there is no sample.
///
/// ```
/// use obs_promql::script::parse_series;
///
/// let (labels, values) = parse_series(r#"hits{route="/"} 1+2x1 _"#)?;
/// assert_eq!(labels.to_string(), r#"hits{route="/"}"#);
/// assert_eq!(values, [Some(1.0.into()), Some(3.0.into()), None]);
/// # Ok::<(), obs_promql::script::ScriptError>(())
/// ```
///
/// # Errors
///
/// If `text` is no such line.
pub fn parse_series(text: &str) -> Result<(Labels, Vec<Option<Sample>>), ScriptError> {
    let text = text.replace(['\n', '\r'], " ");
    let line = lines(&text)[0];
    let (labels, points) =
        series(line.whole.trim_start()).map_err(|fault| fault.of("series", &line))?;
    let values = points.into_iter().map(|point| match point {
        Point::Gap => None,
        Point::Float(value) => Some(Sample::Float(value)),
        Point::Histogram { histogram, .. } => Some(Sample::Histogram(histogram)),
    });
    Ok((labels, values.collect()))
}

/// Labels and values.
pub(super) fn series(text: &str) -> Result<(Labels, Vec<Point>), Fault> {
    let mut scan = Scanner::new(text);
    let labels = scan.metric()?;
    let mut points = Vec::new();
    while !scan.is_done() {
        if !scan.skip_space() {
            return Err(scan.fault("expected a space before the next value"));
        }
        if !scan.is_done() {
            item(&mut scan, &mut points)?;
        }
    }
    Ok((labels, points))
}

/// How many values an item stands for, where it says; they must fit with those that are there.
pub(super) fn repeat(scan: &mut Scanner<'_>, had: usize, more: usize) -> Result<usize, Fault> {
    let at = scan.at();
    let count = scan.count()?;
    match count.checked_add(more) {
        Some(count) if count <= MAX_POINTS - had.min(MAX_POINTS) => Ok(count),
        _ => Err(Fault::new(at, format!("a series has more than {MAX_POINTS} values"))),
    }
}

fn item(scan: &mut Scanner<'_>, points: &mut Vec<Point>) -> Result<(), Fault> {
    if scan.take("_") {
        let count = if scan.take("x") { repeat(scan, points.len(), 0)? } else { 1 };
        points.extend(std::iter::repeat_n(Point::Gap, count));
        return Ok(());
    }
    if scan.take("{{") {
        return histograms(scan, points);
    }
    if scan.take("stale") {
        points.push(Point::Float(STALE));
        return Ok(());
    }
    let mut value = match sign(scan) {
        Some(sign) => sign * number(scan)?,
        None => number(scan)?,
    };
    let step = match sign(scan) {
        Some(sign) => Some(sign * number(scan)?),
        None => None,
    };
    if scan.take("x") {
        // The value itself, and as many after it.
        for _ in 0..repeat(scan, points.len(), 1)? {
            points.push(Point::Float(value));
            if let Some(step) = step {
                value += step;
            }
        }
    } else if step.is_some() {
        return Err(scan.fault("expected `x` and how often"));
    } else {
        points.push(Point::Float(value));
    }
    Ok(())
}

fn histograms(scan: &mut Scanner<'_>, points: &mut Vec<Point>) -> Result<(), Fault> {
    let first = histogram::literal(scan)?;
    let at = scan.at();
    let step = match sign(scan) {
        Some(sign) => {
            scan.expect("{{")?;
            Some((sign, histogram::literal(scan)?))
        }
        None => None,
    };
    if !scan.take("x") {
        if step.is_some() {
            return Err(scan.fault("expected `x` and how often"));
        }
        points.push(Point::Histogram { histogram: first.histogram.into(), hinted: first.hinted });
        return Ok(());
    }
    let hinted = step.as_ref().map_or(first.hinted, |(_, step)| step.hinted);
    let mut histogram = Arc::new(first.histogram);
    for number in 0..repeat(scan, points.len(), 1)? {
        if let (1.., Some((sign, step))) = (number, &step) {
            let sum = add(&histogram, &step.histogram, *sign);
            let message = "histograms of different buckets cannot be added here";
            histogram = Arc::new(sum.ok_or_else(|| Fault::new(at, message))?);
        }
        points.push(Point::Histogram { histogram: histogram.clone(), hinted });
    }
    Ok(())
}

fn sign(scan: &mut Scanner<'_>) -> Option<f64> {
    if scan.take("-") { Some(-1.0) } else { scan.take("+").then_some(1.0) }
}

fn number(scan: &mut Scanner<'_>) -> Result<f64, Fault> {
    scan.number()?.ok_or_else(|| scan.fault("expected a number, `_` or `stale`"))
}
