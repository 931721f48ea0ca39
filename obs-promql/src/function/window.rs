//! What a function over a range sees.

use std::sync::Arc;

use crate::error::EvalError;
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::notes::Notes;
use crate::syntax::{Extension, Span};
use crate::text::Text;
use crate::value::Sample;

/// Makes a sample of a window, or none. The error is for what cannot be computed yet.
pub(crate) type WindowBody = fn(&Window<'_>, &mut Windows<'_>) -> Result<Option<Sample>, EvalError>;

/// The samples of one series that a function over a range sees, at one step. No stale marker is among
/// them. There is at least one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    pub(crate) floats: Points<'a, f64>,
    pub(crate) histograms: Points<'a, Arc<Histogram>>,
    /// The range begins after this time...
    pub(crate) after: i64,
    /// ...and ends at this, which is included: the time of the step, less the offset.
    pub(crate) until: i64,
    /// The time of the step.
    pub(crate) time: i64,
    /// Where the floats fall: the numbers of those that are less than the one before, both in the
    /// window, for a function of counters and floats without start timestamps.
    pub(crate) falls: Falls<'a>,
    /// What there is around the range: with `anchored` samples before it, with `smoothed` on both
    /// sides.
    pub(crate) extension: Option<Extension>,
}

/// The floats of a window that are less than the one before them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Falls<'a> {
    /// Their numbers in the series, rising.
    pub(crate) numbers: &'a [usize],
    /// The number of the window's first float in the series.
    pub(crate) from: usize,
}

/// Samples of one kind, in columns.
#[derive(Debug)]
pub(crate) struct Points<'a, T> {
    /// Milliseconds since 1970, rising.
    pub(crate) times: &'a [i64],
    /// As many values.
    pub(crate) values: &'a [T],
    /// As many start timestamps, or none at all.
    pub(crate) starts: &'a [i64],
}

/// What the windows of one series have in common.
#[derive(Debug)]
pub(crate) struct Windows<'a> {
    /// The scalars among the arguments, in their order, at this step.
    pub(crate) scalars: &'a [f64],
    /// The series.
    pub(crate) labels: &'a Labels,
    pub(crate) notes: &'a mut Notes,
    /// Where the call stands.
    pub(crate) span: Span,
    /// Where its first argument stands, whichever that is: what Prometheus' notes point at.
    pub(crate) first_arg: Span,
    /// Room to sort values in.
    pub(crate) scratch: &'a mut Vec<f64>,
}

impl<T> Clone for Points<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Points<'_, T> {}

impl<'a, T> Points<'a, T> {
    pub(crate) const fn len(&self) -> usize {
        self.times.len()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The start timestamp of the sample of this number; 0 if it is not known.
    pub(crate) fn start(&self, number: usize) -> i64 {
        self.starts.get(number).copied().unwrap_or_default()
    }

    /// The samples of these numbers.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        Self {
            times: self.times.get(from..to).unwrap_or_default(),
            values: self.values.get(from..to).unwrap_or_default(),
            starts: self.starts.get(from..to).unwrap_or_default(),
        }
    }

    /// The first sample: its time and value.
    pub(crate) fn first(&self) -> Option<(i64, &'a T)> {
        self.times.first().copied().zip(self.values.first())
    }

    /// The last sample.
    pub(crate) fn last(&self) -> Option<(i64, &'a T)> {
        self.times.last().copied().zip(self.values.last())
    }
}

impl Window<'_> {
    /// How many samples there are.
    pub(crate) const fn len(&self) -> usize {
        self.floats.len() + self.histograms.len()
    }

    /// Whether both floats and histograms are among them.
    pub(crate) const fn is_mixed(&self) -> bool {
        !self.floats.is_empty() && !self.histograms.is_empty()
    }

    /// The length of the range in seconds.
    pub(crate) fn range_seconds(&self) -> f64 {
        let millis = self.until.saturating_sub(self.after);
        // `time.Duration.Seconds` adds what is whole and what is not.
        #[expect(clippy::cast_precision_loss, reason = "as Prometheus does")]
        let (whole, rest) = ((millis / 1000) as f64, ((millis % 1000) * 1_000_000) as f64);
        whole + rest / 1e9
    }
}

impl Windows<'_> {
    /// Floats and histograms are there, and no result for it.
    pub(crate) fn warn_mixed(&mut self) {
        self.warn_name("encountered a mix of histograms and floats for metric name");
    }

    /// Histograms are there beside floats, and the result is of the floats alone.
    pub(crate) fn note_ignored(&mut self) {
        let name = self.name();
        let text = "ignored histograms in a range containing both floats and histograms";
        self.notes.info(self.first_arg, format!("{text} for metric name {name}"));
    }

    pub(crate) fn warn_name(&mut self, message: &str) {
        let name = self.name();
        self.notes.warn(self.first_arg, format!("{message} {name}"));
    }

    /// The metric's name between quotes.
    fn name(&self) -> Text {
        Text::from(self.labels.metric_name().unwrap_or_default())
    }
}

/// A difference of times in milliseconds as a number.
#[expect(clippy::cast_precision_loss, reason = "as Prometheus does")]
pub(crate) const fn millis(from: i64, to: i64) -> f64 {
    to.wrapping_sub(from) as f64
}
