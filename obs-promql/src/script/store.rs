//! What scripts load.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::histogram::indexed;
use crate::histogram::{Buckets, Histogram, ResetHint};
use crate::labels::Labels;
use crate::matcher::matches_all;
use crate::source::{Request, Selected, Series, Source, SourceError};
use crate::value::Sample;

/// The series that a script has loaded.
#[derive(Clone, Debug, Default)]
pub struct Store {
    series: BTreeMap<Labels, Series>,
}

/// A sample, and when its counter began, or 0.
#[derive(Clone, Debug)]
pub(super) struct Loaded {
    pub(super) time: i64,
    pub(super) sample: Sample,
    pub(super) start: i64,
}

impl Store {
    /// The series, sorted by labels.
    pub fn iter(&self) -> impl Iterator<Item = &Series> {
        self.series.values()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.series.clear();
    }

    /// Adds samples to a series. One that is there is passed over; the error is for one that is
    /// before the last, or other than the last at the same time.
    pub(super) fn append(&mut self, labels: &Labels, samples: &[Loaded]) -> Result<(), String> {
        if samples.is_empty() {
            return Ok(());
        }
        let series =
            self.series.entry(labels.clone()).or_insert_with(|| Series::new(labels.clone()));
        for Loaded { time, sample, start } in samples {
            let last = series.selected().samples;
            let known = last.times.last() == Some(time)
                && match (sample, last.values.last(), last.histograms.last()) {
                    (Sample::Float(value), Some(last), None | Some(None)) => {
                        value.to_bits() == last.to_bits()
                    }
                    (Sample::Histogram(value), _, Some(Some(last))) => {
                        Histogram { reset: last.reset, ..(**value).clone() } == **last
                    }
                    _ => false,
                };
            let sample = match sample {
                Sample::Histogram(one) if !known => {
                    let before = last.histograms.last().and_then(Option::as_ref);
                    Sample::Histogram(hinted(before, one))
                }
                sample => sample.clone(),
            };
            if !known && !series.push_started(*time, sample, *start) {
                return Err(format!("{labels} has a sample at {time} ms or later already"));
            }
        }
        Ok(())
    }
}

/// The histogram with what Prometheus' store says of a reset before it: that there was none, where it lies
/// in one chunk with the histogram before. See `tsdb/chunkenc/float_histogram.go`.
fn hinted(before: Option<&Arc<Histogram>>, one: &Arc<Histogram>) -> Arc<Histogram> {
    let goes_on = |before: &Arc<Histogram>| {
        before.reset != ResetHint::Gauge
            && before.schema == one.schema
            && before.zero_threshold == one.zero_threshold
            && !has_fallen(before, one)
    };
    let reset = match one.reset {
        ResetHint::Gauge => ResetHint::Gauge,
        ResetHint::Reset => ResetHint::Unknown,
        _ if before.is_some_and(goes_on) => ResetHint::NotReset,
        _ => ResetHint::Unknown,
    };
    if reset == one.reset { one.clone() } else { Histogram { reset, ..(**one).clone() }.into() }
}

/// Whether there are fewer observations anywhere.
fn has_fallen(before: &Histogram, one: &Histogram) -> bool {
    let fallen = |before: &Buckets, after: &Buckets| {
        let after: BTreeMap<i64, f64> = indexed(after).collect();
        indexed(before).any(|(index, count)| after.get(&index).copied().unwrap_or_default() < count)
    };
    one.count < before.count
        || one.zero_count < before.zero_count
        || one.custom_bounds != before.custom_bounds
        || fallen(&before.positive, &one.positive)
        || fallen(&before.negative, &one.negative)
}

impl Source for Store {
    fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError> {
        let matching = self.iter().filter(|one| matches_all(request.matchers, one.labels()));
        Ok(matching.map(Series::selected).collect())
    }
}
