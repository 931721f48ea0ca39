//! Which of the events that pass the filter are written.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata};

use super::fold::Folder;
use super::limit::{self, Admission, Limiter, RateLimit};
use super::plan::{LOG_TARGET, is_log_crate};
use super::sample::{Keep, Sample, Sampler, Sampling};
use super::target::is_vital;
use crate::metrics::Metrics;

/// What holds events back.
pub(crate) struct Controls {
    pub(crate) limiter: Limiter,
    sampler: Sampler,
    folder: Option<Mutex<Folder>>,
}

/// What holds back events of one callsite, or of one target of the `log` crate.
#[derive(Default)]
pub(crate) struct Control {
    /// `None` where all are kept.
    sample: Option<Sample>,
    /// `None` where there is no limit.
    rate: Option<Arc<limit::Slot>>,
    /// Whether its lines are written however often they are repeated.
    pub(crate) never_folded: bool,
    /// Whether it is one callsite for all records of the `log` crate of a level: those of one target
    /// must not hold back those of others.
    by_target: bool,
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
        if is_log_crate(metadata) {
            return Control { by_target: true, ..Control::default() };
        }
        let (level, target) = (*metadata.level(), metadata.target());
        Control {
            sample: self.sampler.sample(level, target),
            rate: self.limiter.slot(metadata),
            never_folded: is_vital(target),
            by_target: false,
        }
    }

    /// Decides about `event` at `now`, in nanoseconds; `None` if it is not written.
    #[inline]
    pub(crate) fn admit(&self, control: &Control, event: &Event<'_>, now: u64) -> Option<Admitted> {
        if control.by_target { self.admit_record(event, now) } else { self.decide(control, now) }
    }

    #[inline]
    fn decide(&self, control: &Control, now: u64) -> Option<Admitted> {
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

    /// Decides about a record of the `log` crate, whose target is the value of a field.
    #[cold]
    fn admit_record(&self, event: &Event<'_>, now: u64) -> Option<Admitted> {
        let mut record = Record { controls: self, event, now, admitted: Some(Admitted::default()) };
        event.record(&mut record);
        record.admitted
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

/// Reads the target of a record, and decides where it is read.
struct Record<'a> {
    controls: &'a Controls,
    event: &'a Event<'a>,
    now: u64,
    admitted: Option<Admitted>,
}

impl Visit for Record<'_> {
    fn record_str(&mut self, field: &Field, target: &str) {
        if field.name() == LOG_TARGET {
            let Controls { sampler, limiter, .. } = self.controls;
            let metadata = self.event.metadata();
            let control = Control {
                sample: sampler.sample(*metadata.level(), target),
                rate: limiter.slot_of_target(metadata, target),
                ..Control::default()
            };
            self.admitted = self.controls.decide(&control, self.now);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
