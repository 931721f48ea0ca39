//! The functions: one table of names, arguments, meanings and bodies.

mod math;

use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::{Call, Evaluated};
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::notes::Notes;
use crate::syntax::Span;
use crate::value::{Sample, Type};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The types of its arguments.
    pub args: &'static [Type],
    /// How many of them have to be there.
    pub min_args: usize,
    /// How many there may be, those beyond `args` being like its last; `None` for any number.
    pub max_args: Option<usize>,
    /// What it returns.
    pub returns: Type,
    /// Whether Prometheus calls it experimental.
    pub experimental: bool,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    pub(crate) body: Body,
}

/// What a function does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// Of each float of its first argument, and the scalars that follow, makes another. Histograms are
    /// left out. The metric's name goes.
    Map(fn(f64, &[f64]) -> f64),
    /// Of each window of samples of its one range vector, and its scalars, makes a sample.
    Window {
        body: WindowBody,
        /// Whether the metric's name stays.
        keeps_name: bool,
    },
    /// Sees all of its arguments, not yet evaluated.
    Whole(fn(&mut Call<'_, '_>) -> Result<Evaluated, EvalError>),
}

/// Makes a sample of a window, or none. The error is for what cannot be computed yet.
pub(crate) type WindowBody = fn(&Window<'_>, &mut Windows<'_>) -> Result<Option<Sample>, EvalError>;

/// The samples of one series that a function over a range sees, at one step. No stale marker is among
/// them. There is at least one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// Milliseconds since 1970, rising.
    pub(crate) times: &'a [i64],
    /// As many values; of a histogram any number.
    pub(crate) values: &'a [f64],
    /// As many histograms, `None` where the sample is a float; or none at all.
    pub(crate) histograms: &'a [Option<Arc<Histogram>>],
    /// As many start timestamps, or none at all.
    pub(crate) starts: &'a [i64],
    /// The range begins after this time...
    pub(crate) after: i64,
    /// ...and ends at this, which is included: the time of the step, less the offset.
    pub(crate) until: i64,
    /// The time of the step.
    pub(crate) time: i64,
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
    /// Where its arguments stand.
    pub(crate) args: &'a [Span],
}

impl Function {
    /// The function called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|one| one.name == name)
    }

    /// All functions, by family.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FAMILIES.iter().copied().flatten()
    }
}

/// One array a file.
static FAMILIES: &[&[Function]] = &[math::FUNCTIONS];
