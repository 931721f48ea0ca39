//! How often values change: `changes`, `resets`.

use std::sync::Arc;

use super::Function;
use super::rate::is_new_start;
use super::window::{Window, Windows};
use crate::error::EvalError;
use crate::eval::histograms_later;
use crate::histogram::{Buckets, CUSTOM_BUCKETS, Histogram, ResetHint};
use crate::syntax::{Extension, Span};
use crate::value::Sample;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::of_range(
        "changes",
        "How often the value changes within the range.",
        |window, windows| {
            count(window, windows, |before, after, _| {
                Ok(match (before.value, after.value) {
                    (Value::Float(before), Value::Float(after)) => {
                        after != before && !(after.is_nan() && before.is_nan())
                    }
                    (Value::Histogram(before), Value::Histogram(after)) => !is_same(before, after),
                    _ => true,
                })
            })
        },
    ),
    Function::of_range(
        "resets",
        "How often a counter is reset within the range.",
        |window, windows| {
            count(window, windows, |before, after, span| {
                let is_new = is_new_start((before.start, before.time), (after.start, after.time));
                Ok(match (before.value, after.value) {
                    (Value::Float(before), Value::Float(after)) => after < before || is_new,
                    (Value::Histogram(before), Value::Histogram(after)) => {
                        is_new
                            || match is_reset(before, after) {
                                Some(is_reset) => is_reset,
                                None => return Err(histograms_later(span)),
                            }
                    }
                    _ => true,
                })
            })
        },
    ),
];

/// A sample of either kind.
#[derive(Clone, Copy)]
struct Point<'a> {
    time: i64,
    start: i64,
    value: Value<'a>,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Float(f64),
    Histogram(&'a Arc<Histogram>),
}

/// Counts the pairs of samples, one after the other, for which `is_one` holds.
fn count(
    window: &Window<'_>,
    windows: &Windows<'_>,
    is_one: impl Fn(Point<'_>, Point<'_>, Span) -> Result<bool, EvalError>,
) -> Result<Option<Sample>, EvalError> {
    let (floats, histograms) = (window.floats, window.histograms);
    let (mut float, mut histogram) = (0, 0);
    if window.extension == Some(Extension::Anchored) {
        // The newest sample up to the beginning of the range is the first that counts.
        let up_to = |times: &[i64]| times.partition_point(|time| *time <= window.after);
        (float, histogram) = (up_to(floats.times), up_to(histograms.times));
        if float == floats.len() && histogram == histograms.len() {
            return Ok(None);
        }
        let float_time = float.checked_sub(1).map(|number| floats.times[number]);
        let histogram_time = histogram.checked_sub(1).map(|number| histograms.times[number]);
        if float_time.is_some() && float_time >= histogram_time {
            float -= 1;
        } else {
            histogram = histogram.saturating_sub(1);
        }
    }
    let mut next = || {
        let (float_time, histogram_time) =
            (floats.times.get(float).copied(), histograms.times.get(histogram).copied());
        if let Some(time) = float_time
            && histogram_time.is_none_or(|histogram| time < histogram)
        {
            let value = Value::Float(floats.values[float]);
            float += 1;
            return Some(Point { time, start: floats.start(float - 1), value });
        }
        let time = histogram_time?;
        let value = Value::Histogram(&histograms.values[histogram]);
        histogram += 1;
        Some(Point { time, start: histograms.start(histogram - 1), value })
    };
    let Some(mut before) = next() else { return Ok(None) };
    let mut found: u32 = 0;
    while let Some(after) = next() {
        if is_one(before, after, windows.span)? {
            found = found.saturating_add(1);
        }
        before = after;
    }
    Ok(Some(Sample::Float(found.into())))
}

/// Whether two histograms are the same but for what is known of resets.
fn is_same(a: &Histogram, b: &Histogram) -> bool {
    fn is_same_float(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits()
    }
    fn is_same_side(a: &Buckets, b: &Buckets) -> bool {
        has_same_spans(a, b)
            && a.counts.len() == b.counts.len()
            && a.counts.iter().zip(&b.counts).all(|(a, b)| is_same_float(*a, *b))
    }
    a.schema == b.schema
        && is_same_float(a.count, b.count)
        && is_same_float(a.sum, b.sum)
        && (a.schema != CUSTOM_BUCKETS || a.custom_bounds == b.custom_bounds)
        && a.zero_threshold == b.zero_threshold
        && is_same_float(a.zero_count, b.zero_count)
        && is_same_side(&a.negative, &b.negative)
        && is_same_side(&a.positive, &b.positive)
}

/// Whether the buckets of both sides are at the same places.
fn has_same_spans(a: &Buckets, b: &Buckets) -> bool {
    // A span without buckets moves the next by its offset.
    fn filled(buckets: &Buckets) -> impl Iterator<Item = (i64, u32)> {
        let mut skipped = 0;
        buckets.spans.iter().filter_map(move |span| {
            let offset = i64::from(span.offset) + skipped;
            skipped = if span.length == 0 { offset } else { 0 };
            (span.length > 0).then_some((offset, span.length))
        })
    }
    filled(a).eq(filled(b))
}

/// Whether a counter was reset between two histograms; `None` where buckets would have to be computed
/// first to know.
fn is_reset(before: &Histogram, after: &Histogram) -> Option<bool> {
    match after.reset {
        ResetHint::Reset => return Some(true),
        ResetHint::NotReset => return Some(false),
        ResetHint::Unknown | ResetHint::Gauge => {}
    }
    let is_custom = |histogram: &Histogram| histogram.schema == CUSTOM_BUCKETS;
    if after.count < before.count || (is_custom(after) && !is_custom(before)) {
        return Some(true);
    }
    if is_custom(after) && after.custom_bounds != before.custom_bounds {
        return None;
    }
    if after.schema > before.schema || after.zero_threshold < before.zero_threshold {
        return Some(true);
    }
    if after.schema != before.schema || after.zero_threshold != before.zero_threshold {
        return None;
    }
    if after.zero_count < before.zero_count {
        return Some(true);
    }
    let mut fell = false;
    for (before, after) in
        [(&before.positive, &after.positive), (&before.negative, &after.negative)]
    {
        if before.counts.iter().all(|count| *count == 0.0) {
            continue;
        }
        if !has_same_spans(before, after) {
            return None;
        }
        fell |= after.counts.iter().zip(&before.counts).any(|(after, before)| after < before);
    }
    Some(fell)
}
