//! What scripts load.

use std::collections::BTreeMap;

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
                    (Sample::Histogram(value), _, Some(Some(last))) => value == last,
                    _ => false,
                };
            if !known && !series.push_started(*time, sample.clone(), *start) {
                return Err(format!("{labels} has a sample at {time} ms or later already"));
            }
        }
        Ok(())
    }
}

impl Source for Store {
    fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError> {
        let matching = self.iter().filter(|one| matches_all(request.matchers, one.labels()));
        Ok(matching.map(Series::selected).collect())
    }
}
