//! What all samples of a range come to: `sum_over_time` and its kin.

use std::sync::Arc;

use super::window::{Window, WindowBody, Windows};
use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::histograms_later;
use crate::histogram::Histogram;
use crate::kahan::{Kahan, Mean};
use crate::value::Sample;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of_range(
        "avg_over_time",
        "The mean of all values of the range.",
        |window, windows| {
            arithmetic(window, windows, |values| {
                let (first, rest) = values.split_first()?;
                let mut mean = Mean::new(*first);
                rest.iter().for_each(|value| mean.push(*value));
                Some(mean.value())
            })
        },
    ),
    Function::of_range(
        "sum_over_time",
        "The sum of all values of the range.",
        |window, windows| {
            arithmetic(window, windows, |values| {
                let sum = values.iter().fold(Kahan::default(), |sum, value| sum.plus(*value));
                Some(sum.total())
            })
        },
    ),
    Function::of_range("min_over_time", "The least value of the range.", |window, windows| {
        extreme(window, windows, Better::Less).map(|found| found.map(|(_, value)| value.into()))
    }),
    Function::of_range("max_over_time", "The greatest value of the range.", |window, windows| {
        extreme(window, windows, Better::Greater).map(|found| found.map(|(_, value)| value.into()))
    }),
    Function::of_range("count_over_time", "How many samples the range has.", |window, _| {
        #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
        let count = window.len() as f64;
        Ok(Some(count.into()))
    }),
    Function::of_range(
        "present_over_time",
        "1 for each series with a sample in the range.",
        |_, _| Ok(Some(1.0.into())),
    ),
    Function::of_range(
        "stddev_over_time",
        "The population standard deviation of all values of the range.",
        |window, windows| variance(window, windows, f64::sqrt),
    ),
    Function::of_range(
        "stdvar_over_time",
        "The population variance of all values of the range.",
        |window, windows| variance(window, windows, |variance| variance),
    ),
    named(
        "first_over_time",
        "The oldest sample of the range. The metric's name stays.",
        |window, _| Ok(oldest(window).map(|(_, sample)| sample)),
    ),
    named(
        "last_over_time",
        "The newest sample of the range. The metric's name stays.",
        |window, _| Ok(newest(window).map(|(_, sample)| sample)),
    ),
    experimental(
        "ts_of_first_over_time",
        "The time of the oldest sample of the range, in seconds since 1970.",
        |window, _| Ok(oldest(window).map(|(time, _)| seconds(time))),
    ),
    experimental(
        "ts_of_last_over_time",
        "The time of the newest sample of the range, in seconds since 1970.",
        |window, _| Ok(newest(window).map(|(time, _)| seconds(time))),
    ),
    experimental(
        "ts_of_min_over_time",
        "When the least value of the range was there the last time, in seconds since 1970.",
        |window, windows| {
            extreme(window, windows, Better::LessOrEqual)
                .map(|found| found.map(|(time, _)| seconds(time)))
        },
    ),
    experimental(
        "ts_of_max_over_time",
        "When the greatest value of the range was there the last time, in seconds since 1970.",
        |window, windows| {
            extreme(window, windows, Better::GreaterOrEqual)
                .map(|found| found.map(|(time, _)| seconds(time)))
        },
    ),
];

const fn experimental(name: &'static str, doc: &'static str, body: WindowBody) -> Function {
    Function { experimental: true, ..Function::of_range(name, doc, body) }
}

const fn named(name: &'static str, doc: &'static str, body: WindowBody) -> Function {
    Function {
        body: Body::Window { body, keeps_name: true },
        ..Function::of_range(name, doc, body)
    }
}

/// What is of all floats, or of all histograms; of both there is nothing.
fn arithmetic(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
    compute: impl Fn(&[f64]) -> Option<f64> + Copy,
) -> Result<Option<Sample>, EvalError> {
    if window.is_mixed() {
        windows.warn_mixed();
        return Ok(None);
    }
    match window.histograms.values {
        [] => Ok(compute(window.floats.values).map(Sample::Float)),
        // The sum of one histogram, and their mean, is this one.
        [only] => Ok(Some(Sample::Histogram(Arc::clone(only)))),
        _ => Err(histograms_later(windows.span)),
    }
}

/// When a value takes the place of the best before it.
#[derive(Clone, Copy, Debug)]
enum Better {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The best of all floats and its time. NaN is the worst.
fn extreme(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
    better: Better,
) -> Result<Option<(i64, f64)>, EvalError> {
    let floats = window.floats;
    let Some((mut when, &(mut best))) = floats.first() else { return Ok(None) };
    if window.is_mixed() {
        windows.note_ignored();
    }
    for (&time, &value) in floats.times.iter().zip(floats.values) {
        let is_better = match better {
            Better::Less => value < best,
            Better::LessOrEqual => value <= best,
            Better::Greater => value > best,
            Better::GreaterOrEqual => value >= best,
        };
        if is_better || best.is_nan() {
            (when, best) = (time, value);
        }
    }
    Ok(Some((when, best)))
}

fn variance(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
    result: impl Fn(f64) -> f64,
) -> Result<Option<Sample>, EvalError> {
    if window.floats.is_empty() {
        return Ok(None);
    }
    if window.is_mixed() {
        windows.note_ignored();
    }
    let (mut count, mut mean, mut squares) = (0.0, Kahan::default(), Kahan::default());
    for value in window.floats.values {
        count += 1.0;
        let delta = value - mean.total();
        mean = mean.plus(delta / count);
        squares = squares.plus(delta * (value - mean.total()));
    }
    Ok(Some(result(squares.total() / count).into()))
}

fn oldest(window: &Window<'_>) -> Option<(i64, Sample)> {
    let float = window.floats.first();
    match window.histograms.first() {
        Some((time, histogram)) if float.is_none_or(|(float, _)| time <= float) => {
            Some(of_histogram(time, histogram))
        }
        _ => float.map(|(time, value)| (time, Sample::Float(*value))),
    }
}

fn newest(window: &Window<'_>) -> Option<(i64, Sample)> {
    let float = window.floats.last();
    match window.histograms.last() {
        Some((time, histogram)) if float.is_none_or(|(float, _)| time >= float) => {
            Some(of_histogram(time, histogram))
        }
        _ => float.map(|(time, value)| (time, Sample::Float(*value))),
    }
}

fn of_histogram(time: i64, histogram: &Arc<Histogram>) -> (i64, Sample) {
    (time, Sample::Histogram(Arc::clone(histogram)))
}

fn seconds(time: i64) -> Sample {
    #[expect(clippy::cast_precision_loss, reason = "as Prometheus does")]
    Sample::Float(time as f64 / 1000.0)
}
