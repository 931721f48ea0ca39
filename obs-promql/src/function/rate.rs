//! How fast values change: `rate` and its kin.

use super::Function;
use super::window::{Points, Window, Windows, millis};
use crate::error::EvalError;
use crate::eval::histograms_later;
use crate::value::Sample;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of_range(
        "rate",
        "How much a counter grows in a second, on average over the range.",
        |window, windows| extrapolated(window, windows, Of::Counter, true),
    ),
    Function::of_range(
        "increase",
        "How much a counter grows over the range.",
        |window, windows| extrapolated(window, windows, Of::Counter, false),
    ),
    Function::of_range(
        "delta",
        "How much a gauge changes from the beginning of the range to its end.",
        |window, windows| extrapolated(window, windows, Of::Gauge, false),
    ),
    Function::of_range(
        "irate",
        "How much a counter grows in a second, between the last two samples of the range.",
        |window, windows| between_last(window, windows, Of::Counter),
    ),
    Function::of_range(
        "idelta",
        "How much a gauge changes between the last two samples of the range.",
        |window, windows| between_last(window, windows, Of::Gauge),
    ),
];

/// What a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// What only grows, but for resets to zero.
    Counter,
    Gauge,
}

/// The difference of the last and the first sample, drawn out to the ends of the range.
fn extrapolated(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
    of: Of,
    per_second: bool,
) -> Result<Option<Sample>, EvalError> {
    if window.is_mixed() {
        windows.warn_mixed();
        return Ok(None);
    }
    if window.extension.is_some() {
        return super::extended::difference(window, windows, of == Of::Counter, per_second);
    }
    let floats = window.floats;
    let (Some((first_time, &first)), Some((last_time, &last))) = (floats.first(), floats.last())
    else {
        return histogram_rate(window, windows, of);
    };
    let mut result = last - first;
    if of == Of::Counter {
        result = with_resets(result, window, windows);
    }
    let start = floats.start(0);
    let began_inside =
        of == Of::Counter && start != 0 && start > window.after && start < first_time;
    if floats.len() < 2 && !began_inside {
        return Ok(None);
    }
    let Ends { mut to_start, mut to_end, mut sampled, average } =
        Ends::of(window, first_time, last_time, floats.len());
    // Samples this near the end of a range make it likely that the series goes on beyond it.
    let threshold = average * 1.1;
    if began_inside {
        // The counter is zero at the time it began.
        to_start = 0.0;
        sampled = millis(start, last_time) / 1000.0;
        result += first;
    } else {
        if to_start >= threshold {
            to_start = average / 2.0;
        }
        // A counter cannot have been below zero.
        if of == Of::Counter && result > 0.0 && first >= 0.0 {
            let to_zero = sampled * (first / result);
            if to_zero < to_start {
                to_start = to_zero;
            }
        }
    }
    if to_end >= threshold {
        to_end = average / 2.0;
    }
    let mut factor = 1.0;
    if sampled != 0.0 {
        factor = (sampled + to_start + to_end) / sampled;
    }
    if per_second {
        factor /= window.range_seconds();
    }
    Ok(Some(Sample::Float(result * factor)))
}

/// Where samples lie in their range, in seconds.
struct Ends {
    /// From the beginning of the range to the first sample.
    to_start: f64,
    /// From the last sample to the end of the range.
    to_end: f64,
    /// From the first sample to the last.
    sampled: f64,
    /// From one sample to the next, on average.
    average: f64,
}

impl Ends {
    fn of(window: &Window<'_>, first: i64, last: i64, samples: usize) -> Self {
        let sampled = millis(first, last) / 1000.0;
        #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
        let average = if samples > 1 { sampled / (samples - 1) as f64 } else { 0.0 };
        Self {
            to_start: millis(window.after, first) / 1000.0,
            to_end: millis(last, window.until) / 1000.0,
            sampled,
            average,
        }
    }
}

/// The difference of a counter, with what it had before each of its resets.
fn with_resets(mut result: f64, window: &Window<'_>, windows: &mut Windows<'_>) -> f64 {
    let floats = &window.floats;
    if floats.starts.is_empty() {
        for number in window.falls.numbers {
            result += floats.values[number - window.falls.from - 1];
        }
        return result;
    }
    let mut overlapped = false;
    for next in 1..floats.len() {
        let (before, value) = (floats.values[next - 1], floats.values[next]);
        if !overlapped && overlaps(floats, next) {
            overlapped = true;
            warn_overlap(windows);
        }
        if value < before || began_again(floats, next) {
            result += before;
        }
    }
    result
}

fn histogram_rate(
    window: &Window<'_>,
    windows: &Windows<'_>,
    of: Of,
) -> Result<Option<Sample>, EvalError> {
    let histograms = window.histograms;
    let start = histograms.start(0);
    let began_inside = of == Of::Counter
        && start != 0
        && start > window.after
        && histograms.first().is_some_and(|(time, _)| start < time);
    if histograms.len() < 2 && !began_inside {
        return Ok(None);
    }
    Err(histograms_later(windows.span))
}

/// The difference of the last two samples; for a counter by the seconds between them.
fn between_last(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
    of: Of,
) -> Result<Option<Sample>, EvalError> {
    if window.len() < 2 {
        return Ok(None);
    }
    let floats = window.floats;
    // How many of the last two samples are floats.
    let (mut float, mut histogram) = (floats.len(), window.histograms.len());
    for _ in 0..2 {
        let float_time = float.checked_sub(1).and_then(|number| floats.times.get(number));
        let histogram_time =
            histogram.checked_sub(1).and_then(|number| window.histograms.times.get(number));
        if float_time > histogram_time {
            float -= 1;
        } else {
            histogram = histogram.saturating_sub(1);
        }
    }
    let last_floats = floats.len() - float;
    match last_floats {
        0 => return Err(histograms_later(windows.span)),
        1 => {
            windows.warn_mixed();
            return Ok(None);
        }
        _ => {}
    }
    let pair = floats.part(floats.len() - 2, floats.len());
    let (&[from, to], &[before, last]) = (pair.times, pair.values) else { return Ok(None) };
    let reset = of == Of::Counter && (last < before || began_again(&pair, 1));
    let difference = if reset { last } else { last - before };
    Ok(Some(Sample::Float(match of {
        Of::Counter => difference / (millis(from, to) / 1000.0),
        Of::Gauge => difference,
    })))
}

/// Whether the counter of the sample `next` began after the sample before it.
pub(super) fn began_again<T>(points: &Points<'_, T>, next: usize) -> bool {
    let (Some(&before), Some(&time)) = (points.times.get(next - 1), points.times.get(next)) else {
        return false;
    };
    is_new_start((points.start(next - 1), before), (points.start(next), time))
}

/// Whether a counter began anew between two samples, each given by its start and its time.
pub(super) const fn is_new_start(before: (i64, i64), now: (i64, i64)) -> bool {
    let (start_before, before) = before;
    let (start, now) = now;
    if start == 0 || start >= now || start < before {
        // Not known, not possible, or the counter of the sample before.
        return false;
    }
    // A start at the very time of the sample before is that of a difference, if that sample has a start
    // of its own; else it is one that nobody knows.
    start > before || (start_before != 0 && start_before < before)
}

/// Whether the counter of the sample `next` began before the sample before it, and is another.
fn overlaps<T>(points: &Points<'_, T>, next: usize) -> bool {
    let start = points.start(next);
    start != 0 && start < points.times[next - 1] && start != points.start(next - 1)
}

fn warn_overlap(windows: &mut Windows<'_>) {
    let message = "sample has start time that overlaps with previous sample timestamp for metric";
    windows.warn_name(message);
}
