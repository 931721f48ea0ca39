//! Instant selectors.

use super::column::up_to;
use super::{Evaluator, Grid, Row};
use crate::error::EvalError;
use crate::source::{Request, Samples, Selected};
use crate::syntax::{Extension, Selector, Span};
use crate::value::{Sample, is_stale};

impl<'q> Evaluator<'q> {
    /// The newest sample of each series at each step.
    pub(super) fn selector(
        &mut self,
        selector: &'q Selector,
        span: Span,
    ) -> Result<Grid, EvalError> {
        if selector.extension == Some(Extension::Smoothed) {
            return self.smoothed(selector, span);
        }
        self.selector_with(selector, |sample, _, _| Ok(sample))
    }

    /// The same, each sample made another with the help of the series' samples and its own number
    /// among them.
    pub(crate) fn selector_with(
        &mut self,
        selector: &'q Selector,
        make: impl Fn(Sample, &Samples<'_>, usize) -> Result<Sample, EvalError>,
    ) -> Result<Grid, EvalError> {
        let times = self.looked_at(&selector.time)?;
        self.newest(&selector.matchers, &times, make)
    }

    /// The same for matchers and the time that each step looks at.
    pub(crate) fn newest(
        &mut self,
        matchers: &[crate::Matcher],
        times: &[i64],
        make: impl Fn(Sample, &Samples<'_>, usize) -> Result<Sample, EvalError>,
    ) -> Result<Grid, EvalError> {
        let lookback = self.options.lookback;
        let selected = self.select(matchers, times, lookback)?;
        let mut grid = Grid::with_capacity(self.steps.count, selected.len());
        for Selected { labels, samples } in &selected {
            let row = grid.push_row(Row { labels: (*labels).clone(), drop_name: false });
            let mut next = times.first().map_or(0, |first| up_to(&samples.times, *first));
            let mut found = 0;
            for (step, &time) in times.iter().enumerate() {
                next = seek(&samples.times, next, time);
                let Some(last) = next.checked_sub(1) else { continue };
                let own = samples.times[last];
                if own > time.saturating_sub(lookback)
                    && let Some(sample) = sample_at(samples, last)
                {
                    grid.set(row, step, make(sample, samples, last)?);
                    found += 1;
                }
            }
            if found == 0 {
                grid.pop_row();
            }
            self.room_for(&grid)?;
            self.hold(found)?;
        }
        Ok(grid)
    }

    /// The series with samples up to `back` milliseconds before the first of `times`.
    pub(super) fn select(
        &self,
        matchers: &[crate::Matcher],
        times: &[i64],
        back: i64,
    ) -> Result<Vec<Selected<'q>>, EvalError> {
        let (first, last) = (times.iter().min(), times.iter().max());
        let (Some(first), Some(last)) = (first, last) else { return Ok(Vec::new()) };
        let request = Request { matchers, after: first.saturating_sub(back), until: *last };
        self.source.select(&request).map_err(EvalError::Source)
    }
}

/// The number of samples up to `time`, which are more than `from`.
///
/// Steps are near each other most of the time, so it looks at what is next before it looks far.
pub(super) fn seek(times: &[i64], from: usize, time: i64) -> usize {
    let rest = &times[from..];
    let near = rest.iter().take(8).take_while(|one| **one <= time).count();
    if near < 8 { from + near } else { from + 8 + rest[8..].partition_point(|one| *one <= time) }
}

/// The sample of this number, unless it marks an end.
fn sample_at(samples: &Samples<'_>, number: usize) -> Option<Sample> {
    match samples.histograms.get(number) {
        Some(Some(histogram)) if is_stale(histogram.sum) => None,
        Some(Some(histogram)) => Some(Sample::Histogram(histogram.clone())),
        _ => Some(samples.values[number]).filter(|value| !is_stale(*value)).map(Sample::Float),
    }
}
