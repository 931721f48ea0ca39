//! Functions over ranges: each series by windows that move along its samples.

use super::column::Buffers;
use super::moved::{Ends, find_falls};
use super::{Evaluator, Grid, Row};
use crate::error::EvalError;
use crate::function::{Function, Window, WindowBody, Windows};
use crate::labels::METRIC_NAME;
use crate::matcher::{MatchOp, Matcher};
use crate::source::{Request, Selected};
use crate::syntax::{Extension, Kind, NodeId, Selector, Span};
use crate::text::Text;
use crate::value::Type;

/// Functions that know what to do with samples before the range.
const ANCHORED: &[&str] = &["changes", "delta", "increase", "rate", "resets"];

/// Functions that know what to do with samples on both sides of the range.
const SMOOTHED: &[&str] = &["delta", "increase", "rate"];

/// Functions that are of counters alone.
const OF_COUNTERS: &[&str] = &["rate", "increase"];

/// How the names of counters end, and of what histograms have instead of counters.
const COUNTER_ENDS: &[&str] = &["_total", "_sum", "_count", "_bucket"];

impl<'q> Evaluator<'q> {
    /// Calls `body` for each window of the one range vector among `args`.
    pub(crate) fn windows(
        &mut self,
        function: &'static Function,
        (body, keeps_name): (WindowBody, bool),
        args: &'q [NodeId],
        span: Span,
    ) -> Result<Grid, EvalError> {
        let query = self.query;
        let scalars = self.scalars(args)?;
        let matrix = args.iter().find(|id| query[**id].ty == Type::Matrix);
        let Some(matrix) = matrix.map(|id| query.unwrapped(*id)) else {
            return Err(EvalError::expression("an argument is missing", span));
        };
        let first_arg = args.first().map_or(span, |id| query[query.unwrapped(*id)].span);
        let range = self.range_of(matrix)?;
        let mut moving = Moving {
            body,
            keeps_name,
            is_of_counters: OF_COUNTERS.contains(&function.name),
            times: &range.times,
            length: range.length,
            extension: range.extension,
            lookback: self.options.lookback,
            scalars: &scalars,
            span,
            first_arg,
            at_step: vec![0.0; scalars.len()],
            buffers: Buffers::default(),
            scratch: Vec::new(),
            falls: Vec::new(),
            noted: None,
            name: range.selects_one_name().then_some(true),
        };
        let grid = match &query[matrix].kind {
            Kind::Subquery { expr, step, .. } => {
                let series = self.subquery(*expr, range.length, step.as_ref(), &range.times)?;
                // Prometheus puts a selector without a place where the subquery stands.
                if args.first().is_some_and(|id| query.unwrapped(*id) == matrix) {
                    moving.first_arg = Span::default();
                }
                let mut grid = Grid::with_capacity(self.steps.count, series.len());
                for number in 0..series.len() {
                    let (one, drop_name) = series.selected(number);
                    self.series(&mut moving, &mut grid, (&one, drop_name))?;
                }
                self.release(series.held());
                grid
            }
            _ => {
                range.allowed(function, span)?;
                let series = self.select_range(&range, span)?;
                let mut grid = Grid::with_capacity(self.steps.count, series.len());
                for one in &series {
                    self.series(&mut moving, &mut grid, (one, false))?;
                }
                grid
            }
        };
        // Series of one name differ without it too.
        if !keeps_name && !self.options.delayed_name_removal && moving.name.is_none_or(|one| !one) {
            super::refuse_same(&grid, span)?;
        }
        Ok(grid)
    }

    /// Moves windows along one series.
    fn series(
        &mut self,
        moving: &mut Moving<'_>,
        grid: &mut Grid,
        (Selected { labels, samples }, drop_name): (&Selected<'_>, bool),
    ) -> Result<(), EvalError> {
        let (before, beyond) = moving.around();
        let (Some(first), Some(last)) = (moving.times.first(), moving.times.last()) else {
            return Ok(());
        };
        let after = first.saturating_sub(moving.length).saturating_sub(before);
        let columns =
            moving.buffers.columns(samples, (after, last.saturating_add(beyond)), self.options);
        if columns.is_empty() {
            return Ok(());
        }
        self.interrupted()?;
        moving.falls.clear();
        if moving.is_of_counters && columns.floats.starts.is_empty() {
            find_falls(columns.floats.values, &mut moving.falls);
        }
        let keep = moving.keeps_name || self.options.delayed_name_removal;
        let kept = if keep { (*labels).clone() } else { labels.without_name() };
        if let Some(one_name) = &mut moving.name {
            *one_name = *one_name && labels.lacks_name_alone(&kept);
        }
        let row = grid.push_row(Row { labels: kept, drop_name: drop_name || !moving.keeps_name });
        self.room_for(grid)?;
        let (mut floats, mut histograms) = (Ends::default(), Ends::default());
        let mut falls = Ends::default();
        let (mut found, mut found_float) = (0, false);
        for (step, &until) in moving.times.iter().enumerate() {
            let after = until.saturating_sub(moving.length);
            let (from, to) = (after.saturating_sub(before), until.saturating_add(beyond));
            let window = Window {
                floats: floats.moved(&columns.floats, from, to),
                falls: falls.falls(&moving.falls, &floats),
                histograms: histograms.moved(&columns.histograms, from, to),
                after,
                until,
                time: self.steps.time(step),
                extension: moving.extension,
            };
            if window.len() == 0 {
                continue;
            }
            for (to, from) in moving.at_step.iter_mut().zip(moving.scalars) {
                *to = from[step];
            }
            let mut windows = Windows {
                scalars: &moving.at_step,
                labels,
                notes: &mut self.notes,
                span: moving.span,
                first_arg: moving.first_arg,
                scratch: &mut moving.scratch,
            };
            if let Some(sample) = (moving.body)(&window, &mut windows)? {
                found_float |= matches!(sample, crate::Sample::Float(_));
                grid.set(row, step, sample);
                found += 1;
            }
        }
        if found == 0 {
            grid.pop_row();
        }
        if found_float && moving.is_of_counters {
            self.note_name(labels, moving);
        }
        self.hold(found)
    }

    /// Notes that a metric does not look like a counter by its name.
    fn note_name(&mut self, labels: &crate::Labels, moving: &mut Moving<'_>) {
        let Some(name) = labels.metric_name() else { return };
        // Series come sorted, those of a name one after the other.
        let is_noted = moving.noted.as_deref() == Some(name);
        if is_noted || COUNTER_ENDS.iter().any(|end| name.ends_with(end)) {
            return;
        }
        moving.noted = Some(name.to_owned());
        let quoted = Text::from(name);
        let message =
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket";
        self.notes.info(moving.first_arg, format!("{message}: {quoted}"));
    }
}

/// A range vector: when it is looked at.
pub(super) struct Range<'q> {
    /// The selector; none of a subquery.
    pub(super) selector: Option<&'q Selector>,
    /// The end of the range at each step.
    pub(super) times: Vec<i64>,
    /// How long it is.
    pub(super) length: i64,
    pub(super) extension: Option<Extension>,
}

impl Range<'_> {
    /// Whether it is of one metric.
    fn selects_one_name(&self) -> bool {
        let is_name = |one: &Matcher| {
            one.name() == METRIC_NAME && one.op() == MatchOp::Equal && !one.value().is_empty()
        };
        self.selector.is_some_and(|selector| selector.matchers.iter().any(is_name))
    }

    /// Refuses functions that do not know samples outside of the range.
    fn allowed(&self, function: &Function, span: Span) -> Result<(), EvalError> {
        let (modifier, functions) = match self.extension {
            None => return Ok(()),
            Some(Extension::Anchored) => ("anchored", ANCHORED),
            Some(Extension::Smoothed) => ("smoothed", SMOOTHED),
        };
        if functions.contains(&function.name) {
            return Ok(());
        }
        let message = format!(
            "{modifier} modifier can only be used with: {} - not with {}",
            functions.join(", "),
            function.name
        );
        Err(EvalError::expression(message, span))
    }
}

/// How far samples before and after the range are looked at.
pub(super) const fn around(extension: Option<Extension>, lookback: i64) -> (i64, i64) {
    match extension {
        None => (0, 0),
        Some(Extension::Anchored) => (lookback, 0),
        Some(Extension::Smoothed) => (lookback, lookback),
    }
}

impl<'q> Evaluator<'q> {
    /// When a range vector is looked at.
    pub(super) fn range_of(&self, id: NodeId) -> Result<Range<'q>, EvalError> {
        let node = &self.query[id];
        match &node.kind {
            Kind::Matrix { selector, range } => {
                let selector = self.query.unwrapped(*selector);
                let Kind::Selector(selector) = &self.query[selector].kind else {
                    return Err(EvalError::expression("expected a selector", node.span));
                };
                Ok(Range {
                    selector: Some(selector),
                    times: self.looked_at(&selector.time)?,
                    length: self.positive_duration(range)?,
                    extension: selector.extension,
                })
            }
            Kind::Subquery { range, time, .. } => Ok(Range {
                selector: None,
                times: self.looked_at(time)?,
                length: self.positive_duration(range)?,
                extension: None,
            }),
            _ => Err(EvalError::expression("expected a range vector", node.span)),
        }
    }

    /// The series of a selector, with the samples of all ranges.
    pub(super) fn select_range(
        &self,
        range: &Range<'q>,
        span: Span,
    ) -> Result<Vec<Selected<'q>>, EvalError> {
        let Some(selector) = range.selector else {
            return Err(EvalError::expression("expected a selector", span));
        };
        let (Some(first), Some(last)) = (range.times.first(), range.times.last()) else {
            return Ok(Vec::new());
        };
        let (before, beyond) = around(range.extension, self.options.lookback);
        let request = Request {
            matchers: &selector.matchers,
            after: first.saturating_sub(range.length).saturating_sub(before),
            until: last.saturating_add(beyond),
        };
        self.source.select(&request).map_err(EvalError::Source)
    }
}

/// What is done with each window, and where the windows are.
struct Moving<'a> {
    body: WindowBody,
    keeps_name: bool,
    is_of_counters: bool,
    /// Where each ends.
    times: &'a [i64],
    /// How long each is.
    length: i64,
    extension: Option<Extension>,
    lookback: i64,
    scalars: &'a [Vec<f64>],
    span: Span,
    first_arg: Span,
    // What follows is used again for each series.
    at_step: Vec<f64>,
    buffers: Buffers,
    scratch: Vec<f64>,
    /// The numbers of the floats that are less than the one before.
    falls: Vec<usize>,
    /// The last name that was noted not to be a counter's.
    noted: Option<String>,
    /// Whether all series lost the same name and nothing else; none where they may have several names.
    name: Option<bool>,
}

impl Moving<'_> {
    const fn around(&self) -> (i64, i64) {
        around(self.extension, self.lookback)
    }
}
