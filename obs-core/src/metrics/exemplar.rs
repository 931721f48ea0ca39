//! Exemplars: for each bucket, one observation of a request that can be looked up.
//!
//! A bucket takes one exemplar a scrape: the first observation after it. All others cost one load.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::trace::{self, TraceContext};

/// An observation and the trace it belongs to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Exemplar {
    pub(super) context: TraceContext,
    pub(super) value: f64,
    pub(super) at_millis: u64,
}

type ByBucket = Vec<(usize, Exemplar)>;

/// The exemplars of one histogram.
#[derive(Debug)]
pub(super) struct Exemplars {
    /// Bit `i` is set while bucket `i` waits for an exemplar. Buckets from 63 on share a bit.
    wanted: AtomicU64,
    /// Made with the first one. Most histograms have none, so a word here and not four.
    kept: OnceLock<Box<Mutex<ByBucket>>>,
}

impl Default for Exemplars {
    fn default() -> Self {
        Self { wanted: AtomicU64::new(u64::MAX), kept: OnceLock::new() }
    }
}

impl Exemplars {
    /// Keeps `value` if its bucket waits for an exemplar and a trace is current on this thread.
    #[inline]
    pub(super) fn offer(&self, bucket: usize, value: f64) {
        let bit = 1 << bucket.min(63);
        if self.wanted.load(Relaxed) & bit != 0
            && let Some(context) = trace::current()
        {
            self.keep(bucket, bit, value, context);
        }
    }

    #[cold]
    fn keep(&self, bucket: usize, bit: u64, value: f64, context: TraceContext) {
        // Whoever clears the bit stores; a second thread finds it cleared and goes on.
        if self.wanted.fetch_and(!bit, Relaxed) & bit == 0 {
            return;
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "once a bucket and scrape; the facade hands no time over"
        )]
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at_millis = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        let exemplar = Exemplar { context, value, at_millis };
        let mut kept =
            self.kept.get_or_init(Box::default).lock().unwrap_or_else(PoisonError::into_inner);
        match kept.iter_mut().find(|(of, _)| *of == bucket) {
            Some((_, present)) => *present = exemplar,
            None => kept.push((bucket, exemplar)),
        }
    }

    /// Copies the exemplars, by bucket, into `out`, which is cleared first, and asks for new ones.
    pub(super) fn read(&self, out: &mut ByBucket) {
        out.clear();
        if let Some(kept) = self.kept.get() {
            out.extend_from_slice(&kept.lock().unwrap_or_else(PoisonError::into_inner));
            self.wanted.store(u64::MAX, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::TraceId;

    #[test]
    fn a_bucket_keeps_the_first_traced_observation_after_a_scrape() {
        let exemplars = Exemplars::default();
        let mut read = Vec::new();
        let context =
            |id| TraceContext { trace_id: TraceId::new(id).unwrap(), ..TraceContext::new_root() };
        let ids = |read: &[(usize, Exemplar)]| -> Vec<(usize, u128)> {
            read.iter().map(|(bucket, e)| (*bucket, e.context.trace_id.get())).collect()
        };

        exemplars.offer(3, 0.1);
        exemplars.read(&mut read);
        assert!(read.is_empty(), "no trace was current");

        for (bucket, id) in [(3, 1), (3, 2), (70, 3)] {
            let before = trace::replace(Some(context(id)));
            exemplars.offer(bucket, 0.5);
            trace::replace(before);
        }
        exemplars.read(&mut read);
        assert_eq!(ids(&read), [(3, 1), (70, 3)]);

        let before = trace::replace(Some(context(9)));
        exemplars.offer(3, 0.5);
        trace::replace(before);
        exemplars.read(&mut read);
        assert_eq!(ids(&read), [(3, 9), (70, 3)]);
    }
}
