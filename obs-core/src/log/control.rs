//! Which of the events that pass the filter are written.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::Metadata;

use super::fold::Folder;
use super::limit::{self, Admission, Limiter, RateLimit};
use super::sample::{Keep, Sample, Sampler, Sampling};
use crate::metrics::Metrics;

/// What holds events back.
pub(crate) struct Controls {
    pub(crate) limiter: Limiter,
    sampler: Sampler,
    folder: Option<Mutex<Folder>>,
}

/// What holds back events of one callsite.
#[derive(Default)]
pub(crate) struct Control {
    /// `None` where all are kept.
    sample: Option<Sample>,
    /// `None` where there is no limit.
    rate: Option<Arc<limit::Slot>>,
}

/// What an event that is written says of those that are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Admitted {
    /// For how many it stands, if for more than itself.
    pub(crate) sample_rate: Option<u32>,
    /// How many the rate limit held back before it, if any.
    pub(crate) suppressed: Option<u64>,
}

impl Controls {
    pub(crate) fn new(
        rate_limit: RateLimit,
        sampling: Sampling,
        fold: bool,
        metrics: &Metrics,
    ) -> Self {
        Self {
            limiter: Limiter::new(rate_limit, metrics),
            sampler: Sampler::new(sampling, metrics),
            folder: fold.then(|| Mutex::new(Folder::new(metrics))),
        }
    }

    pub(crate) fn of(&self, metadata: &'static Metadata<'static>) -> Control {
        Control { sample: self.sampler.sample(metadata), rate: self.limiter.slot(metadata) }
    }

    /// Decides about an event at `now`, in nanoseconds; `None` if it is not written.
    #[inline]
    pub(crate) fn admit(&self, control: &Control, now: u64) -> Option<Admitted> {
        let mut admitted = Admitted::default();
        if let Some(sample) = &control.sample {
            match sample.keep() {
                Keep::OneIn(rate) => admitted.sample_rate = Some(rate),
                Keep::LeftOut => return None,
            }
        }
        if let Some(slot) = &control.rate {
            match self.limiter.admit(slot, now) {
                Admission::Admit => {}
                Admission::AdmitAfter(held) => admitted.suppressed = Some(held),
                Admission::Held => return None,
            }
        }
        Some(admitted)
    }

    /// Sees every line, where repeated ones are to be counted instead of written.
    pub(crate) fn folder(&self) -> Option<MutexGuard<'_, Folder>> {
        self.folder.as_ref().map(|folder| folder.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether something may be left to tell when no more events come.
    pub(crate) fn needs_sweep(&self) -> bool {
        self.folder.is_some() || self.limiter.is_on()
    }
}
