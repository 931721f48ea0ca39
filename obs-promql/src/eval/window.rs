//! Functions over ranges: each series by windows that move along its samples.

use std::borrow::Cow;

use super::selector::seek;
use super::{Evaluator, Grid, Row};
use crate::error::EvalError;
use crate::function::{Window, WindowBody, Windows};
use crate::source::{Samples, Selected};
use crate::syntax::{Kind, NodeId, Span};
use crate::value::{Sample, Type, is_stale};

impl<'q> Evaluator<'q> {
    /// Calls `body` for each window of the one range vector among `args`.
    pub(super) fn windows(
        &mut self,
        body: WindowBody,
        keeps_name: bool,
        args: &'q [NodeId],
        span: Span,
    ) -> Result<Grid, EvalError> {
        let query = self.query;
        let spans: Vec<Span> = args.iter().map(|id| query[*id].span).collect();
        let scalars = self.scalars(args)?;
        let matrix = args.iter().find(|id| query[**id].ty == Type::Matrix);
        let Some(matrix) = matrix.map(|id| query.unwrapped(*id)) else {
            return Err(EvalError::expression("an argument is missing", span));
        };
        let mut grid = Grid::new(self.steps.count);
        match &query[matrix].kind {
            Kind::Matrix { selector, range } => {
                let Kind::Selector(selector) = &query[query.unwrapped(*selector)].kind else {
                    return Err(EvalError::expression("expected a selector", span));
                };
                let range = self.duration(range)?;
                let times = self.looked_at(&selector.time)?;
                let series = self.select(&selector.matchers, &times, range)?;
                grid = Grid::with_capacity(self.steps.count, series.len());
                let moving = Moving { body, keeps_name, times: &times, range };
                for one in series {
                    self.series(&moving, &mut grid, (one, false), (&scalars, &spans, span))?;
                }
            }
            Kind::Subquery { expr, range, step, time } => {
                let range = self.duration(range)?;
                let times = self.looked_at(time)?;
                let series = self.subquery(*expr, range, step.as_ref(), time)?;
                let moving = Moving { body, keeps_name, times: &times, range };
                for one in series.selected() {
                    self.series(&moving, &mut grid, one, (&scalars, &spans, span))?;
                }
            }
            _ => return Err(EvalError::expression("expected a range vector", span)),
        }
        if !keeps_name {
            // Each row has its flag already.
            if !self.options.delayed_name_removal {
                super::merge_same(&mut grid, span)?;
            }
        }
        Ok(grid)
    }

    fn series(
        &mut self,
        moving: &Moving<'_>,
        grid: &mut Grid,
        (Selected { labels, samples }, drop_name): (Selected<'_>, bool),
        (scalars, spans, span): (&[Vec<f64>], &[Span], Span),
    ) -> Result<(), EvalError> {
        let samples = without_stale(samples);
        let keep = moving.keeps_name || self.options.delayed_name_removal;
        let row = grid.push_row(Row {
            labels: if keep { labels.clone() } else { labels.without_name() },
            drop_name: drop_name || !moving.keeps_name,
        });
        let mut at_step = vec![0.0; scalars.len()];
        let (mut from, mut to, mut found) = (0, 0, 0);
        for (step, &until) in moving.times.iter().enumerate() {
            let after = until.saturating_sub(moving.range);
            from = seek(&samples.times, from, after);
            to = seek(&samples.times, to.max(from), until);
            if from == to {
                continue;
            }
            for (to, from) in at_step.iter_mut().zip(scalars) {
                *to = from[step];
            }
            let window = Window {
                times: &samples.times[from..to],
                values: &samples.values[from..to],
                histograms: samples.histograms.get(from..to).unwrap_or_default(),
                starts: samples.starts.get(from..to).unwrap_or_default(),
                after,
                until,
                time: self.steps.time(step),
            };
            let mut windows =
                Windows { scalars: &at_step, labels, notes: &mut self.notes, span, args: spans };
            if let Some(sample) = (moving.body)(&window, &mut windows)? {
                grid.set(row, step, sample);
                found += 1;
            }
        }
        if found == 0 {
            grid.pop_row();
        }
        self.hold(found)
    }
}

/// What is done with each window, and where the windows are.
struct Moving<'a> {
    body: WindowBody,
    keeps_name: bool,
    /// Where each ends.
    times: &'a [i64],
    /// How long each is.
    range: i64,
}

/// The samples that mark no end.
fn without_stale(samples: Samples<'_>) -> Samples<'_> {
    let stale = |number: usize| match samples.histograms.get(number) {
        Some(Some(histogram)) => is_stale(histogram.sum),
        _ => is_stale(samples.values[number]),
    };
    if samples.histograms.is_empty() {
        // Most series have none: a look at the values tells.
        if !samples.values.iter().any(|value| is_stale(*value)) {
            return samples;
        }
    } else if !(0..samples.times.len()).any(stale) {
        return samples;
    }
    let kept: Vec<usize> = (0..samples.times.len()).filter(|number| !stale(*number)).collect();
    fn pick<T: Clone>(from: &[T], kept: &[usize]) -> Vec<T> {
        kept.iter().filter_map(|number| from.get(*number).cloned()).collect()
    }
    Samples {
        times: Cow::Owned(pick(&samples.times, &kept)),
        values: Cow::Owned(pick(&samples.values, &kept)),
        histograms: Cow::Owned(pick(&samples.histograms, &kept)),
        starts: Cow::Owned(pick(&samples.starts, &kept)),
    }
}

impl<'q> Evaluator<'q> {
    /// The samples of a range vector at the first step.
    pub(crate) fn matrix(&mut self, id: NodeId) -> Result<Vec<crate::MatrixSeries>, EvalError> {
        let query = self.query;
        let id = query.unwrapped(id);
        let mut found = Vec::new();
        match &query[id].kind {
            Kind::Matrix { selector, range } => {
                let Kind::Selector(selector) = &query[query.unwrapped(*selector)].kind else {
                    return Err(EvalError::expression("expected a selector", query[id].span));
                };
                let range = self.duration(range)?;
                let times = self.looked_at(&selector.time)?;
                for one in self.select(&selector.matchers, &times, range)? {
                    found.extend(in_range(one, &times, range));
                }
            }
            Kind::Subquery { expr, range, step, time } => {
                let range = self.duration(range)?;
                let times = self.looked_at(time)?;
                let series = self.subquery(*expr, range, step.as_ref(), time)?;
                for (mut one, drop_name) in series.selected() {
                    let unnamed = drop_name.then(|| one.labels.without_name());
                    if let Some(unnamed) = &unnamed {
                        one.labels = unnamed;
                    }
                    found.extend(in_range(one, &times, range));
                }
            }
            _ => return Err(EvalError::expression("expected a range vector", query[id].span)),
        }
        let samples = found.iter().map(|one| one.samples.len()).sum();
        self.hold(samples)?;
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(found)
    }
}

fn in_range(one: Selected<'_>, times: &[i64], range: i64) -> Option<crate::MatrixSeries> {
    let until = *times.first()?;
    let samples = without_stale(one.samples);
    let from = seek(&samples.times, 0, until.saturating_sub(range));
    let to = seek(&samples.times, from, until);
    let samples = (from..to).map(|number| {
        let sample = match samples.histograms.get(number) {
            Some(Some(histogram)) => Sample::Histogram(histogram.clone()),
            _ => Sample::Float(samples.values[number]),
        };
        (samples.times[number], sample)
    });
    let samples: Vec<_> = samples.collect();
    (!samples.is_empty()).then(|| crate::MatrixSeries { labels: one.labels.clone(), samples })
}
