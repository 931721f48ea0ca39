//! Instant selectors that are `smoothed`.

use std::sync::Arc;

use super::column::Buffers;
use super::window::around;
use super::{Evaluator, Grid, Row, histograms_later};
use crate::error::EvalError;
use crate::function::between;
use crate::histogram::{Histogram, ResetHint};
use crate::source::{Request, Selected};
use crate::syntax::{Extension, Selector, Span};
use crate::text::Text;
use crate::value::Sample;

impl<'q> Evaluator<'q> {
    /// The value of each series at each step, on the line between the samples around it.
    pub(super) fn smoothed(
        &mut self,
        selector: &'q Selector,
        span: Span,
    ) -> Result<Grid, EvalError> {
        let times = self.looked_at(&selector.time)?;
        let mut grid = Grid::new(self.steps.count);
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Ok(grid) };
        let (before, beyond) = around(Some(Extension::Smoothed), self.options.lookback);
        let (after, until) = (first.saturating_sub(before), last.saturating_add(beyond));
        let request = Request { matchers: &selector.matchers, after, until };
        let selected = self.source.select(&request).map_err(EvalError::Source)?;
        let mut buffers = Buffers::default();
        for Selected { labels, samples } in selected {
            let columns = buffers.columns(&samples, (after, until), self.options);
            let row = grid.push_row(Row { labels: labels.clone(), drop_name: false });
            let mut found = 0;
            for (step, &time) in times.iter().enumerate() {
                let (from, to) = (time.saturating_sub(before), time.saturating_add(beyond));
                let part = |times: &[i64]| {
                    let up_to = |end| times.partition_point(|time| *time <= end);
                    (up_to(from), up_to(to))
                };
                let (from, to) = part(columns.floats.times);
                let floats = columns.floats.part(from, to);
                let (from, to) = part(columns.histograms.times);
                let histograms = columns.histograms.part(from, to);
                if !floats.is_empty() && !histograms.is_empty() {
                    let name = Text::from(labels.metric_name().unwrap_or_default());
                    let message = "encountered a mix of histograms and floats for metric name";
                    self.notes.warn(span, format!("{message} {name}"));
                    continue;
                }
                let sample = match at(floats.times, time) {
                    Some(At::After(number)) if number + 1 < floats.len() => {
                        Sample::Float(between(&floats, number, time, false))
                    }
                    Some(At::Sample(number) | At::After(number)) => {
                        Sample::Float(floats.values[number])
                    }
                    None => match at(histograms.times, time) {
                        Some(At::Sample(number)) => {
                            Sample::Histogram(Arc::clone(&histograms.values[number]))
                        }
                        Some(At::After(number)) if number + 1 < histograms.len() => {
                            return Err(histograms_later(span));
                        }
                        Some(At::After(number)) => {
                            let one = Histogram::clone(&histograms.values[number]);
                            Histogram { reset: ResetHint::Unknown, ..one }.into()
                        }
                        None => continue,
                    },
                };
                grid.set(row, step, sample);
                found += 1;
            }
            if found == 0 {
                grid.pop_row();
            }
            self.room_for(&grid)?;
            self.hold(found)?;
        }
        Ok(grid)
    }
}

/// Where a time lies among those of samples.
enum At {
    /// At the sample of this number.
    Sample(usize),
    /// After this one, and before the next.
    After(usize),
}

fn at(times: &[i64], time: i64) -> Option<At> {
    match times.binary_search(&time) {
        Ok(number) => Some(At::Sample(number)),
        Err(next) => next.checked_sub(1).map(At::After),
    }
}
