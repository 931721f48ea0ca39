//! Where series come from.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::matcher::Matcher;
use crate::value::{STALE, Sample};

/// What holds series: a store, a file, a server.
///
/// ```
/// use obs_promql::source::{Request, Selected, Source, SourceError};
/// use obs_promql::{Labels, matches_all};
///
/// /// One series whose samples lie in two columns.
/// struct Clock { labels: Labels, times: Vec<i64>, values: Vec<f64> }
///
/// impl Source for Clock {
///     fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError> {
///         if !matches_all(request.matchers, &self.labels) {
///             return Ok(Vec::new());
///         }
///         let selected = Selected::floats(&self.labels, &self.times[..], &self.values[..]);
///         Ok(vec![selected])
///     }
/// }
/// ```
pub trait Source {
    /// The series that all matchers of `request` match, sorted by labels, with their samples in the
    /// order of time.
    ///
    /// Samples outside the time that is asked for may be among them and are passed over. Labels are
    /// lent, and so are samples unless they have to be decoded.
    ///
    /// # Errors
    ///
    /// Whatever keeps the source from answering: the query ends with it.
    fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError>;
}

/// Why a [`Source`] has no answer.
pub type SourceError = Box<dyn Error + Send + Sync>;

/// What a selector asks for.
#[derive(Clone, Copy, Debug)]
pub struct Request<'q> {
    /// What the labels must be like: all of these.
    pub matchers: &'q [Matcher],
    /// Samples after this time, in milliseconds since 1970.
    pub after: i64,
    /// Samples up to this time, which is included.
    pub until: i64,
}

/// A series that was selected.
#[derive(Clone, Debug)]
pub struct Selected<'a> {
    /// Its labels.
    pub labels: &'a Labels,
    /// Its samples.
    pub samples: Samples<'a>,
}

/// Samples in columns: one time, and one value each.
#[derive(Clone, Debug, Default)]
pub struct Samples<'a> {
    /// Milliseconds since 1970, rising.
    pub times: Cow<'a, [i64]>,
    /// As many values; of a histogram any number.
    pub values: Cow<'a, [f64]>,
    /// As many histograms, with `None` where the sample is a float; or none at all.
    pub histograms: Cow<'a, [Option<Arc<Histogram>>]>,
    /// When each sample's counter began, in milliseconds since 1970, 0 where it is not known; or none
    /// at all. Looked at by queries with
    /// [`start_timestamps`](crate::Options::start_timestamps) alone.
    pub starts: Cow<'a, [i64]>,
}

impl<'a> Selected<'a> {
    /// A series of floats; `times` and `values` are of one length.
    pub fn floats(
        labels: &'a Labels,
        times: impl Into<Cow<'a, [i64]>>,
        values: impl Into<Cow<'a, [f64]>>,
    ) -> Self {
        let samples = Samples { times: times.into(), values: values.into(), ..Samples::default() };
        Self { labels, samples }
    }
}

/// A series that lies in memory. A `Vec` of them is a [`Source`].
#[derive(Clone, Debug, Default)]
pub struct Series {
    labels: Labels,
    times: Vec<i64>,
    values: Vec<f64>,
    histograms: Vec<Option<Arc<Histogram>>>,
    starts: Vec<i64>,
}

impl Series {
    /// A series without samples.
    #[must_use]
    pub fn new(labels: Labels) -> Self {
        Self { labels, ..Self::default() }
    }

    /// Its labels.
    #[must_use]
    pub const fn labels(&self) -> &Labels {
        &self.labels
    }

    /// How many samples it has, stale markers included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Appends a sample at `time`, in milliseconds since 1970. One that is not after all others is
    /// passed over, as Prometheus refuses samples out of order; `false` says so.
    pub fn push(&mut self, time: i64, value: impl Into<Sample>) -> bool {
        self.push_started(time, value, 0)
    }

    /// The same for a sample whose counter began at `start`.
    pub fn push_started(&mut self, time: i64, value: impl Into<Sample>, start: i64) -> bool {
        if self.times.last().is_some_and(|last| *last >= time) {
            return false;
        }
        let (value, histogram) = match value.into() {
            Sample::Float(value) => (value, None),
            Sample::Histogram(histogram) => (f64::NAN, Some(histogram)),
        };
        // Columns that most series do without begin with the first that needs them.
        if histogram.is_some() || !self.histograms.is_empty() {
            self.histograms.resize(self.times.len(), None);
            self.histograms.push(histogram);
        }
        if start != 0 || !self.starts.is_empty() {
            self.starts.resize(self.times.len(), 0);
            self.starts.push(start);
        }
        self.times.push(time);
        self.values.push(value);
        true
    }

    /// Ends the series at `time`; see [`STALE`].
    pub fn push_stale(&mut self, time: i64) -> bool {
        self.push(time, STALE)
    }

    /// As a source lends it.
    #[must_use]
    pub fn selected(&self) -> Selected<'_> {
        Selected {
            labels: &self.labels,
            samples: Samples {
                times: Cow::Borrowed(&self.times),
                values: Cow::Borrowed(&self.values),
                histograms: Cow::Borrowed(&self.histograms),
                starts: Cow::Borrowed(&self.starts),
            },
        }
    }
}

impl From<f64> for Sample {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<Histogram> for Sample {
    fn from(histogram: Histogram) -> Self {
        Self::Histogram(Arc::new(histogram))
    }
}

/// Looks at every series: for tests and for data that is small.
impl Source for Vec<Series> {
    fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError> {
        let matching = self.iter().filter(|one| crate::matches_all(request.matchers, &one.labels));
        let mut selected: Vec<_> = matching.map(Series::selected).collect();
        selected.sort_by(|a, b| a.labels.cmp(b.labels));
        Ok(selected)
    }
}
