//! Differences over ranges that are `anchored` or `smoothed`.

use super::window::{Points, Window, Windows, millis};
use crate::error::EvalError;
use crate::eval::histograms_later;
use crate::syntax::Extension;
use crate::value::Sample;

/// The difference of the values at both ends of the range. At its ends `anchored` takes the newest
/// sample before, `smoothed` a value on the line between the samples around.
pub(super) fn difference(
    window: &Window<'_>,
    windows: &Windows<'_>,
    is_counter: bool,
    per_second: bool,
) -> Result<Option<Sample>, EvalError> {
    if !window.histograms.is_empty() {
        return Err(histograms_later(windows.span));
    }
    let Some(Bounds { first, last, left, right }) = Bounds::of(window, is_counter) else {
        return Ok(None);
    };
    let mut result = right - left;
    if is_counter {
        let times = window.floats.times;
        // The values at both ends stand for the samples there.
        let from = if times[first] <= window.after { first + 1 } else { first };
        let to = if times[last] >= window.until { last } else { last + 1 };
        let mut before = left;
        let mut lost = 0.0;
        for &value in window.floats.part(from, to).values {
            if value < before {
                lost += before;
            }
            before = value;
        }
        if right < before {
            lost += before;
        }
        result += lost;
    }
    if per_second {
        result /= window.range_seconds();
    }
    Ok(Some(Sample::Float(result)))
}

/// The values at the ends of a range.
pub(crate) struct Bounds {
    /// The number of the sample that the range begins with: the last up to its beginning, or the
    /// first after it.
    pub(crate) first: usize,
    /// The number of the sample that the range ends with.
    pub(crate) last: usize,
    /// The value at the beginning.
    pub(crate) left: f64,
    /// The value at the end.
    pub(crate) right: f64,
}

impl Bounds {
    pub(crate) fn of(window: &Window<'_>, is_counter: bool) -> Option<Self> {
        let floats = &window.floats;
        let is_smoothed = window.extension == Some(Extension::Smoothed);
        let end = floats.len().checked_sub(1)?;
        let before_end = floats.times.get(..end)?;
        let first = before_end.partition_point(|time| *time <= window.after).saturating_sub(1);
        let last =
            if is_smoothed { before_end.partition_point(|time| *time < window.until) } else { end };
        if floats.times[last] <= window.after || (is_smoothed && floats.times[first] > window.until)
        {
            return None;
        }
        let left = if is_smoothed && floats.times[first] < window.after {
            between(floats, first, window.after, is_counter)
        } else {
            floats.values[first]
        };
        let right = if is_smoothed && last > 0 && floats.times[last] > window.until {
            between(floats, last - 1, window.until, is_counter)
        } else {
            floats.values[last]
        };
        Some(Self { first, last, left, right })
    }
}

/// The value at `time` on the line from the sample of this number to the next. A counter that falls was
/// reset to zero at the first of them.
pub(crate) fn between(floats: &Points<'_, f64>, number: usize, time: i64, is_counter: bool) -> f64 {
    let (&[from, to, ..], &[mut before, after, ..]) =
        (&floats.times[number..], &floats.values[number..])
    else {
        return floats.values[number];
    };
    if is_counter && after < before {
        before = 0.0;
    }
    before + (after - before) * millis(from, time) / millis(from, to)
}
