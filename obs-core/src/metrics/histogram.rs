//! A histogram of fixed buckets that is never drained and needs no upkeep.
//!
//! An observation is one atomic add for its bucket and one compare-and-swap for the sum. When
//! threads are seen to collide on the sum, the histogram grows [`STRIPES`] stripes and each thread
//! records into its own from then on: a quiet series stays small, a hot one scales.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use super::bounds::Bounds;
use super::cell::add_f64;
use super::exemplar::Exemplars;

/// A power of two. Not the number of cores: a thread that is pinned to one, and it is such threads
/// that collide first, is told that there is no other (`available_parallelism`). And with more
/// stripes than cores, fewer threads share one by accident.
const STRIPES: usize = 8;

/// Collisions on the sum after which a histogram is striped.
const COLLISIONS: u64 = 64;

/// In words: two cache lines, what one core prefetches.
const STRIPE_GAP: usize = 16;

/// One histogram's state.
#[derive(Debug)]
pub(super) struct HistogramCell {
    bounds: Arc<Bounds>,
    /// The words of a stripe: the sum's bits, then a count a bucket, the last one `+Inf`. A word
    /// more here counts collisions.
    base: Box<[AtomicU64]>,
    stripes: OnceLock<Box<[AtomicU64]>>,
    pub(super) exemplars: Exemplars,
}

impl HistogramCell {
    pub(super) fn new(bounds: Arc<Bounds>) -> Self {
        let words = bounds.len() + 3;
        Self {
            bounds,
            base: zeroed(words),
            stripes: OnceLock::new(),
            exemplars: Exemplars::default(),
        }
    }

    pub(super) fn bounds(&self) -> &Arc<Bounds> {
        &self.bounds
    }

    #[inline]
    pub(super) fn record(&self, value: f64) {
        let bucket = self.bounds.bucket(value);
        self.add(bucket, 1, value);
        self.exemplars.offer(bucket, value);
    }

    pub(super) fn record_many(&self, value: f64, count: usize) {
        if count == 0 {
            return;
        }
        let bucket = self.bounds.bucket(value);
        self.add(bucket, count as u64, value * count as f64);
        self.exemplars.offer(bucket, value);
    }

    #[inline]
    fn add(&self, bucket: usize, count: u64, sum: f64) {
        if let Some(stripes) = self.stripes.get() {
            let stride = self.stride();
            let at = thread_number() % STRIPES * stride;
            stripes[at + 1 + bucket].fetch_add(count, Relaxed);
            add_f64(&stripes[at], sum);
            return;
        }
        self.base[1 + bucket].fetch_add(count, Relaxed);
        let lost = add_f64(&self.base[0], sum);
        if lost > 0 {
            self.collided(lost);
        }
    }

    #[cold]
    fn collided(&self, lost: u64) {
        let seen = self.base[self.base.len() - 1].fetch_add(lost, Relaxed) + lost;
        if seen >= COLLISIONS {
            self.stripes.get_or_init(|| zeroed(self.stride() * STRIPES));
        }
    }

    /// Words from one stripe to the next.
    fn stride(&self) -> usize {
        (self.bounds.len() + 2 + STRIPE_GAP).next_multiple_of(STRIPE_GAP)
    }

    /// Adds the counts of each bucket into `buckets` (not cumulative, `+Inf` last), which is
    /// overwritten, and returns the sum.
    ///
    /// Observations that arrive meanwhile may be in the buckets and not yet in the sum.
    pub(super) fn read(&self, buckets: &mut Vec<u64>) -> f64 {
        let n = self.bounds.len() + 1;
        buckets.clear();
        buckets.extend(self.base[1..=n].iter().map(|count| count.load(Relaxed)));
        let mut sum = f64::from_bits(self.base[0].load(Relaxed));
        if let Some(stripes) = self.stripes.get() {
            for stripe in stripes.chunks_exact(self.stride()) {
                for (total, count) in buckets.iter_mut().zip(&stripe[1..=n]) {
                    *total = total.wrapping_add(count.load(Relaxed));
                }
                sum += f64::from_bits(stripe[0].load(Relaxed));
            }
        }
        sum
    }

    /// A number that changes when anything is recorded.
    pub(super) fn fingerprint(&self) -> u64 {
        let n = self.bounds.len() + 1;
        let counts = |words: &[AtomicU64]| -> u64 {
            words[1..=n].iter().map(|count| count.load(Relaxed)).fold(0, u64::wrapping_add)
        };
        let striped = self.stripes.get().map_or(0, |stripes| {
            stripes.chunks_exact(self.stride()).map(counts).fold(0, u64::wrapping_add)
        });
        counts(&self.base).wrapping_add(striped)
    }
}

fn zeroed(words: usize) -> Box<[AtomicU64]> {
    std::iter::repeat_with(AtomicU64::default).take(words).collect()
}

/// Small consecutive numbers, so that neighbours among the threads get different stripes.
pub(crate) fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    NUMBER.with(|number| {
        if number.get() == usize::MAX {
            number.set(NEXT.fetch_add(1, Relaxed));
        }
        number.get()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(bounds: &[f64]) -> HistogramCell {
        HistogramCell::new(Arc::new(Bounds::new(bounds)))
    }

    #[test]
    fn a_value_counts_in_the_first_bucket_that_holds_it() {
        let cell = histogram(&[-1.0, 0.5, 10.0]);
        for value in [f64::NEG_INFINITY, -1.0, 0.5, 0.500_001, 10.0, 11.0, f64::INFINITY, f64::NAN]
        {
            cell.record(value);
        }
        let mut buckets = Vec::new();
        let sum = cell.read(&mut buckets);
        assert_eq!(buckets, [2, 1, 2, 3]);
        assert!(sum.is_nan());
    }

    #[test]
    fn record_many_counts_each_time() {
        let cell = histogram(&[1.0]);
        cell.record_many(0.5, 4);
        cell.record_many(2.0, 0);
        let mut buckets = Vec::new();
        assert_eq!((cell.read(&mut buckets), buckets), (2.0, vec![4, 0]));
    }

    #[test]
    fn nothing_is_lost_when_a_histogram_is_striped_under_load() {
        let cell = histogram(&[1.0, 2.0]);
        const EACH: u64 = 20_000;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for i in 0..EACH {
                        cell.record(1.5);
                        if i == EACH / 2 {
                            cell.collided(COLLISIONS);
                        }
                    }
                });
            }
        });
        assert!(cell.stripes.get().is_some());
        let mut buckets = Vec::new();
        let sum = cell.read(&mut buckets);
        assert_eq!(buckets, [0, 4 * EACH, 0]);
        assert_eq!(sum, 1.5 * (4 * EACH) as f64);
        assert_eq!(cell.fingerprint(), 4 * EACH);
    }
}
