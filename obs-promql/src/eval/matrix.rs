//! Range vectors that are the value of a whole query.

use super::Evaluator;
use super::column::{Buffers, Columns};
use super::same_labels;
use super::window::around;
use crate::error::EvalError;
use crate::function::{Bounds, Falls, Window};
use crate::labels::Labels;
use crate::source::Selected;
use crate::syntax::{Extension, Kind, NodeId, Span};
use crate::value::{MatrixSeries, Sample};

impl Evaluator<'_> {
    /// The samples of a range vector at the first step, sorted by labels.
    pub(crate) fn matrix(&mut self, id: NodeId) -> Result<Vec<MatrixSeries>, EvalError> {
        let query = self.query;
        let id = query.unwrapped(id);
        let node = &query[id];
        let range = self.range_of(id)?;
        let Some(&until) = range.times.first() else { return Ok(Vec::new()) };
        let after = until.saturating_sub(range.length);
        let mut found = Vec::new();
        let mut buffers = Buffers::default();
        if let Kind::Subquery { expr, step, .. } = &node.kind {
            let series = self.subquery(*expr, range.length, step.as_ref(), &range.times)?;
            for number in 0..series.len() {
                let (one, drop_name) = series.selected(number);
                let columns = buffers.columns(&one.samples, (after, until), self.options);
                let labels = if drop_name { one.labels.without_name() } else { one.labels.clone() };
                push(&mut found, labels, merged(&columns));
            }
            self.release(series.held());
        } else {
            let (before, beyond) = around(range.extension, self.options.lookback);
            let wide = (after.saturating_sub(before), until.saturating_add(beyond));
            for Selected { labels, samples } in self.select_range(&range, node.span)? {
                let columns = buffers.columns(&samples, wide, self.options);
                let samples = match range.extension {
                    None => merged(&columns),
                    Some(extension) => {
                        let time = self.steps.start;
                        let Columns { floats, histograms } = columns;
                        let extension = Some(extension);
                        let falls = Falls::default();
                        extended(
                            &Window { floats, histograms, falls, after, until, time, extension },
                            node.span,
                        )?
                    }
                };
                push(&mut found, labels.clone(), samples);
            }
        }
        self.hold(found.iter().map(|one| one.samples.len()).sum())?;
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        one_of_each(found, node.span)
    }
}

fn push(found: &mut Vec<MatrixSeries>, labels: Labels, samples: Vec<(i64, Sample)>) {
    if !samples.is_empty() {
        found.push(MatrixSeries { labels, samples });
    }
}

/// All samples in the order of time.
fn merged(columns: &Columns<'_>) -> Vec<(i64, Sample)> {
    let floats = columns.floats.times.iter().zip(columns.floats.values);
    let histograms = columns.histograms.times.iter().zip(columns.histograms.values);
    let mut samples: Vec<(i64, Sample)> =
        floats.map(|(time, value)| (*time, Sample::Float(*value))).collect();
    if !columns.histograms.is_empty() {
        samples.extend(histograms.map(|(time, one)| (*time, Sample::Histogram(one.clone()))));
        samples.sort_by_key(|(time, _)| *time);
    }
    samples
}

/// The samples of a range that is `anchored` or `smoothed`: one at each of its ends, and those between.
fn extended(window: &Window<'_>, span: Span) -> Result<Vec<(i64, Sample)>, EvalError> {
    if !window.histograms.is_empty() {
        let modifier = match window.extension {
            Some(Extension::Smoothed) => "smoothed",
            _ => "anchored",
        };
        let message = format!("{modifier} modifier is not supported with histograms");
        return Err(EvalError::expression(message, span));
    }
    let Some(Bounds { left, right, .. }) = Bounds::of(window, false) else {
        return Ok(Vec::new());
    };
    let floats = window.floats;
    let from = floats.times.partition_point(|time| *time <= window.after);
    let to = floats.times.partition_point(|time| *time < window.until);
    let inner = floats.part(from, to);
    let inner = inner.times.iter().zip(inner.values).map(|(time, value)| (*time, *value));
    let all = std::iter::once((window.after, left)).chain(inner).chain([(window.until, right)]);
    Ok(all.map(|(time, value)| (time, Sample::Float(value))).collect())
}

/// Makes one series of series with the same labels, which a subquery may have once names are gone.
///
/// # Errors
///
/// If two of them have samples at the same time.
fn one_of_each(series: Vec<MatrixSeries>, span: Span) -> Result<Vec<MatrixSeries>, EvalError> {
    let mut all: Vec<MatrixSeries> = Vec::with_capacity(series.len());
    for one in series {
        match all.last_mut() {
            Some(last) if last.labels == one.labels => {
                last.samples.extend(one.samples);
                last.samples.sort_by_key(|(time, _)| *time);
                if last.samples.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                    return Err(same_labels(span));
                }
            }
            _ => all.push(one),
        }
    }
    Ok(all)
}
