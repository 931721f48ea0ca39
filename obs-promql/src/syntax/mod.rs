//! The language: from text to an expression and back.

mod advice;
mod ast;
mod lexer;
mod names;
mod number;
mod parse;
mod pretty;
mod print;
mod scan;
mod token;

pub use ast::{
    Aggregator, At, BinaryOp, Cardinality, DurationArg, DurationExpr, DurationKind, Extension,
    Grouping, Kind, Matching, Node, NodeId, Query, Selector, Span, TimeModifiers,
};

use crate::error::ParseError;
use crate::labels::Labels;
use crate::matcher::Matcher;

pub(crate) use number::{milliseconds, parse_duration};
pub(crate) use parse::metric_prefix;
pub(crate) use print::{Name, write_labels};

/// Which parts of the language are taken. The default is what Prometheus 3.14 takes in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Prometheus' switches, each by its own")]
pub struct Syntax {
    /// Functions and aggregations that Prometheus calls experimental.
    pub experimental_functions: bool,
    /// Computed durations, such as `[5m * 2]`.
    pub duration_expressions: bool,
    /// `anchored` and `smoothed`.
    pub extended_selectors: bool,
    /// `fill`, `fill_left` and `fill_right`.
    pub fill_modifiers: bool,
}

impl Default for Syntax {
    fn default() -> Self {
        Self {
            experimental_functions: false,
            duration_expressions: true,
            extended_selectors: false,
            fill_modifiers: false,
        }
    }
}

impl Syntax {
    /// Everything: what Prometheus' own test files are read with.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            experimental_functions: true,
            duration_expressions: true,
            extended_selectors: true,
            fill_modifiers: true,
        }
    }

    /// The expression that `text` is.
    ///
    /// # Errors
    ///
    /// The first that Prometheus finds, in its words, if there is one, and where expressions are nested
    /// too deeply.
    pub fn parse(&self, text: &str) -> Result<Query, ParseError> {
        parse::expression(text, *self)
    }
}

/// The expression that `text` is, in [what Prometheus takes in production](Syntax::default).
///
/// ```
/// let query = obs_promql::parse("sum by (route) (rate(http_requests_total[5m]))")?;
/// assert_eq!(query.ty(), obs_promql::Type::Vector);
///
/// let error = obs_promql::parse("sum by route (x)").unwrap_err();
/// assert_eq!(
///     error.one_line(),
///     r#"1:8: parse error: unexpected identifier "route" in grouping opts, expected "(""#,
/// );
/// # Ok::<(), obs_promql::ParseError>(())
/// ```
///
/// # Errors
///
/// As [`Syntax::parse`].
pub fn parse(text: &str) -> Result<Query, ParseError> {
    Syntax::default().parse(text)
}

/// The matchers of a selector such as `http_requests_total{route=~"/a.*"}`, without `offset` and `@`.
///
/// # Errors
///
/// As [`Syntax::parse`]; but a selector of everything, `{}`, is taken.
pub fn parse_selector(text: &str) -> Result<Vec<Matcher>, ParseError> {
    parse::selector(text)
}

/// The labels that `text` is, such as `http_requests_total{route="/"}`.
///
/// # Errors
///
/// As [`Syntax::parse`].
pub fn parse_metric(text: &str) -> Result<Labels, ParseError> {
    parse::metric(text)
}
