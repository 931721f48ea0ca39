//! `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}`

use std::collections::BTreeMap;

use super::error::Fault;
use super::scan::Scanner;
use crate::histogram::{BucketSpan, Buckets, CUSTOM_BUCKETS, Histogram, ResetHint};

/// A histogram as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Literal {
    pub(super) histogram: Histogram,
    /// Whether `counter_reset_hint` is written, and to be compared.
    pub(super) hinted: bool,
}

/// What follows `{{`, up to `}}`.
pub(super) fn literal(scan: &mut Scanner<'_>) -> Result<Literal, Fault> {
    let mut made = Literal { histogram: Histogram::default(), hinted: false };
    let histogram = &mut made.histogram;
    let (mut offset, mut negative_offset) = (0, 0);
    let mut seen = Vec::new();
    loop {
        scan.skip_space();
        if scan.take("}}") {
            break;
        }
        let at = scan.at();
        let key = scan.take_while(|c| c.is_ascii_alphabetic() || c == '_').to_ascii_lowercase();
        if seen.contains(&key) {
            return Err(Fault::new(at, format!("{key} is there twice")));
        }
        if !scan.take(":") {
            return Err(Fault::new(at, "expected a part of a histogram, such as buckets:[5 10 7]"));
        }
        match &*key {
            "schema" => histogram.schema = integer(scan)?,
            "sum" => histogram.sum = signed(scan)?,
            "count" => histogram.count = signed(scan)?,
            "z_bucket" => histogram.zero_count = signed(scan)?,
            "z_bucket_w" => histogram.zero_threshold = signed(scan)?,
            "custom_values" => histogram.custom_bounds = list(scan)?,
            "buckets" => histogram.positive.counts = list(scan)?,
            "n_buckets" => histogram.negative.counts = list(scan)?,
            "offset" => offset = integer(scan)?,
            "n_offset" => negative_offset = integer(scan)?,
            "counter_reset_hint" => {
                made.hinted = true;
                histogram.reset = hint(scan)?;
            }
            _ => return Err(Fault::new(at, format!("a histogram has no {key:?}"))),
        }
        seen.push(key);
    }
    one_span(&mut histogram.positive, offset);
    one_span(&mut histogram.negative, negative_offset);
    Ok(made)
}

fn one_span(buckets: &mut Buckets, offset: i32) {
    if let Ok(length @ 1..) = u32::try_from(buckets.counts.len()) {
        buckets.spans = vec![BucketSpan { offset, length }];
    }
}

fn hint(scan: &mut Scanner<'_>) -> Result<ResetHint, Fault> {
    let at = scan.at();
    match &*scan.take_while(|c| c.is_ascii_alphabetic() || c == '_').to_ascii_lowercase() {
        "unknown" => Ok(ResetHint::Unknown),
        "reset" => Ok(ResetHint::Reset),
        "not_reset" => Ok(ResetHint::NotReset),
        "gauge" => Ok(ResetHint::Gauge),
        _ => Err(Fault::new(at, "expected unknown, reset, not_reset or gauge")),
    }
}

fn integer<T: std::str::FromStr>(scan: &mut Scanner<'_>) -> Result<T, Fault> {
    let at = scan.at();
    let text = scan.take_while(|c| c.is_ascii_digit() || c == '-' || c == '+');
    text.parse().map_err(|_| Fault::new(at, "expected a whole number in range"))
}

fn signed(scan: &mut Scanner<'_>) -> Result<f64, Fault> {
    let minus = scan.take("-");
    if !minus {
        scan.take("+");
    }
    let value = scan.number()?.ok_or_else(|| scan.fault("expected a number"))?;
    Ok(if minus { -value } else { value })
}

fn list(scan: &mut Scanner<'_>) -> Result<Vec<f64>, Fault> {
    scan.expect("[")?;
    let mut values = vec![signed(scan)?];
    loop {
        scan.skip_space();
        if scan.take("]") {
            return Ok(values);
        }
        values.push(signed(scan)?);
    }
}

/// `a + sign * b`, in the coarser resolution of both; `None` where the buckets of zero or the custom
/// ones differ.
pub(super) fn add(a: &Histogram, b: &Histogram, sign: f64) -> Option<Histogram> {
    let custom = |one: &Histogram| one.schema == CUSTOM_BUCKETS;
    let addable = a.zero_threshold == b.zero_threshold
        && custom(a) == custom(b)
        && a.custom_bounds == b.custom_bounds;
    let schema = a.schema.min(b.schema);
    let merged = |one: &Histogram| u32::try_from(one.schema - schema).unwrap_or_default();
    let shifts = (merged(a), merged(b));
    addable.then(|| Histogram {
        reset: if a.reset == b.reset { a.reset } else { ResetHint::Unknown },
        schema,
        zero_threshold: a.zero_threshold,
        zero_count: a.zero_count + sign * b.zero_count,
        count: a.count + sign * b.count,
        sum: a.sum + sign * b.sum,
        positive: add_buckets(&a.positive, &b.positive, shifts, sign),
        negative: add_buckets(&a.negative, &b.negative, shifts, sign),
        custom_bounds: a.custom_bounds.clone(),
    })
}

/// Buckets of which `2^shift` become one.
fn add_buckets(a: &Buckets, b: &Buckets, shifts: (u32, u32), sign: f64) -> Buckets {
    let coarser = |index: i64, shift: u32| ((index - 1) >> shift.min(63)) + 1;
    let mut counts: BTreeMap<i64, f64> = BTreeMap::new();
    for (index, count) in indexed(a) {
        *counts.entry(coarser(index, shifts.0)).or_default() += count;
    }
    for (index, count) in indexed(b) {
        *counts.entry(coarser(index, shifts.1)).or_default() += sign * count;
    }
    let mut sum = Buckets::default();
    let mut next = 0;
    for (index, count) in counts {
        match sum.spans.last_mut() {
            Some(span) if index == next => span.length += 1,
            _ => {
                let offset = i32::try_from(index - next).unwrap_or(i32::MAX);
                sum.spans.push(BucketSpan { offset, length: 1 });
            }
        }
        next = index + 1;
        sum.counts.push(count);
    }
    sum
}

/// Each bucket's index and count.
pub(super) fn indexed(buckets: &Buckets) -> impl Iterator<Item = (i64, f64)> {
    let mut next = 0_i64;
    let indices = buckets.spans.iter().flat_map(move |span| {
        let start = next + i64::from(span.offset);
        next = start + i64::from(span.length);
        start..next
    });
    indices.zip(buckets.counts.iter().copied())
}
