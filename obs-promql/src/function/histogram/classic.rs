//! Classic histograms: buckets with an upper bound each and a count of all that is not above it.
//!
//! What happens to odd ones is what Prometheus' `promql/quantile.go` does to them.

use crate::value::is_stale;

/// A bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) bound: f64,
    /// How many observations are not above the bound.
    pub(super) count: f64,
}

/// How far counts had to be changed so that they do not fall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fixed {
    pub(super) lowest: f64,
    pub(super) highest: f64,
    pub(super) largest: f64,
}

impl Fixed {
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            lowest: self.lowest.min(other.lowest),
            highest: self.highest.max(other.highest),
            largest: self.largest.max(other.largest),
        }
    }
}

/// The quantile of a histogram; none of one without buckets. `buckets` are sorted by bound.
pub(super) fn quantile(quantile: f64, buckets: &mut Vec<Bucket>) -> Option<(f64, Option<Fixed>)> {
    let highest = buckets.last()?.bound;
    if quantile.is_nan() {
        return Some((f64::NAN, None));
    }
    if quantile < 0.0 {
        return Some((f64::NEG_INFINITY, None));
    }
    if quantile > 1.0 {
        return Some((f64::INFINITY, None));
    }
    if highest != f64::INFINITY {
        return Some((f64::NAN, None));
    }
    coalesce(buckets);
    let fixed = make_monotonic(buckets);
    Some((interpolated(quantile, buckets), fixed))
}

fn interpolated(quantile: f64, buckets: &[Bucket]) -> f64 {
    let [bounded @ .., last] = buckets else { return f64::NAN };
    let Some(highest) = bounded.last() else { return f64::NAN };
    if last.count == 0.0 {
        return f64::NAN;
    }
    let mut rank = quantile * last.count;
    // Above the highest bound there is no telling how far.
    let Some(found) = search(bounded, rank) else { return highest.bound };
    let Bucket { bound: end, mut count } = bounded[found];
    let mut start = 0.0;
    if let Some(below) = found.checked_sub(1) {
        let below = bounded[below];
        start = below.bound;
        count -= below.count;
        rank -= below.count;
    } else if end <= 0.0 {
        return end;
    }
    start + (end - start) * (rank / count)
}

/// The first bucket that holds `rank`, if the counts are sorted; where one is not a number, whatever
/// Go's `sort.Search` finds.
fn search(buckets: &[Bucket], rank: f64) -> Option<usize> {
    let (mut from, mut to) = (0, buckets.len());
    while from < to {
        let middle = usize::midpoint(from, to);
        if buckets[middle].count >= rank {
            to = middle;
        } else {
            from = middle + 1;
        }
    }
    (from < buckets.len()).then_some(from)
}

/// The share of observations between two values; none of a histogram without buckets. `buckets` are
/// sorted by bound.
pub(super) fn fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> Option<f64> {
    if buckets.last()?.bound != f64::INFINITY {
        return Some(f64::NAN);
    }
    coalesce(buckets);
    let count = buckets.last()?.count;
    if count == 0.0 || lower.is_nan() || upper.is_nan() {
        return Some(f64::NAN);
    }
    if lower >= upper {
        return Some(0.0);
    }
    Some((rank(upper, count, buckets) - rank(lower, count, buckets)) / count)
}

/// How many of `count` observations are below a value.
fn rank(value: f64, count: f64, buckets: &[Bucket]) -> f64 {
    // Of a first bucket that ends above zero it is taken that it begins there.
    let mut start =
        if buckets.first().is_some_and(|b| b.bound <= 0.0) { f64::NEG_INFINITY } else { 0.0 };
    let mut below = 0.0;
    let mut found = count;
    for bucket in buckets {
        if start >= value {
            found = below;
            break;
        }
        if bucket.bound > value {
            // A bucket without a beginning has all of its observations at its end.
            found = if start == f64::NEG_INFINITY {
                bucket.count
            } else {
                below + (bucket.count - below) * (value - start) / (bucket.bound - start)
            };
            break;
        }
        below = bucket.count;
        start = bucket.bound;
    }
    if found > count { count } else { found }
}

/// Makes one of buckets with the same bound.
fn coalesce(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|later, earlier| {
        let same = later.bound == earlier.bound;
        if same {
            earlier.count += later.count;
        }
        same
    });
}

/// Raises counts that are below the count before them; differences that are but rounding go silently.
fn make_monotonic(buckets: &mut [Bucket]) -> Option<Fixed> {
    let mut fixed: Option<Fixed> = None;
    let (first, rest) = buckets.split_first_mut()?;
    let mut before = first.count;
    for bucket in rest {
        let count = bucket.count;
        if count == before {
            continue;
        }
        if nearly_equal(before, count) {
            bucket.count = before;
        } else if count < before {
            bucket.count = before;
            let (lowest, highest) = (bucket.bound, bucket.bound);
            let this = Fixed { lowest, highest, largest: before - count };
            fixed = Some(fixed.map_or(this, |fixed| fixed.and(this)));
        } else {
            before = count;
        }
    }
    fixed
}

/// Whether two counts differ by less than one in a million million, as `almost.Equal` of Prometheus
/// has it.
fn nearly_equal(a: f64, b: f64) -> bool {
    const TOLERANCE: f64 = 1e-12;
    if is_stale(a) || is_stale(b) {
        return is_stale(a) && is_stale(b);
    }
    if a.is_nan() && b.is_nan() || a == b {
        return true;
    }
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < TOLERANCE * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < TOLERANCE
}
