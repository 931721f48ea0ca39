//! What is wrong with an expression, and where.

use std::fmt;

use crate::source::SourceError;
use crate::syntax::Span;

/// Why a text is no PromQL expression.
///
/// Shown with the place, the line and a caret:
///
/// ```text
/// 1:8: parse error: unexpected identifier "route" in grouping opts, expected "("
///   sum by route (x)
///          ^^^^^
///   help: write `by (route)`
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, in Prometheus' words.
    pub message: String,
    /// Where, in bytes from the start of the text.
    pub span: Span,
    /// What may have been meant.
    pub help: Option<String>,
    /// The text.
    pub text: String,
}

/// Line and column, both from 1, of the byte `at`; columns count characters.
pub(crate) fn line_and_column(text: &str, at: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..at.min(text.len())];
    let line = before.iter().filter(|byte| **byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count();
    (line + 1, column + 1)
}

impl ParseError {
    /// The same with advice, where there is some.
    pub(crate) fn helped(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// As Prometheus words it: `1:6: parse error: …`, on one line.
    #[must_use]
    pub fn one_line(&self) -> String {
        let (line, column) = line_and_column(&self.text, self.span.start);
        format!("{line}:{column}: parse error: {}", self.message)
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.one_line())?;
        let (line, column) = line_and_column(&self.text, self.span.start);
        let Some(text) = self.text.lines().nth(line - 1) else { return Ok(()) };
        // Tabs stay, so that the caret stands below what it points at.
        let indent: String =
            text.chars().take(column - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let rest = text.chars().count().saturating_sub(column - 1);
        let length = self
            .text
            .get(self.span.start..self.span.end)
            .map_or(1, |text| text.lines().next().unwrap_or_default().chars().count());
        let carets = "^".repeat(length.clamp(1, rest.max(1)));
        write!(f, "\n  {text}\n  {indent}{carets}")?;
        match &self.help {
            Some(help) => write!(f, "\n  help: {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

/// Why a query has no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum EvalError {
    /// The expression cannot be evaluated over these series. In Prometheus' words.
    Expression {
        /// What is wrong.
        message: String,
        /// The part of the expression.
        span: Span,
    },
    /// The expression has a value in Prometheus, and none here.
    Unsupported {
        /// What cannot be done.
        message: String,
        /// The part of the expression.
        span: Span,
    },
    /// A limit of [`Options`](crate::Options) was reached.
    Limit(String),
    /// The caller asked to stop.
    Interrupted,
    /// The source has no answer.
    Source(SourceError),
}

impl EvalError {
    pub(crate) fn expression(message: impl Into<String>, span: Span) -> Self {
        Self::Expression { message: message.into(), span }
    }
}

impl fmt::Display for EvalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expression { message, .. }
            | Self::Unsupported { message, .. }
            | Self::Limit(message) => f.write_str(message),
            Self::Interrupted => f.write_str("query was canceled in expression evaluation"),
            Self::Source(error) => write!(f, "the series cannot be read: {error}"),
        }
    }
}

impl std::error::Error for EvalError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Source(error) => Some(&**error),
            _ => None,
        }
    }
}
