//! What is wrong with a script, and where.

use std::fmt;

use super::line::Line;

/// Why a text is no script.
///
/// Shown with the place, the line and a caret:
///
/// ```text
/// hits.test:3:10: expected a number, `_` or `stale`
///     hits 1 2 three
///              ^
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptError {
    /// The script's name.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line's text.
    pub text: String,
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, text } = self;
        writeln!(f, "{file}:{line}:{column}: {message}")?;
        writeln!(f, "  {text}")?;
        // Tabs stay, so that the caret stands below what it points at.
        let before = text.chars().take(column.saturating_sub(1));
        let indent: String = before.map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        write!(f, "  {indent}^")
    }
}

impl std::error::Error for ScriptError {}

/// What is wrong with a line, at a byte of its trimmed text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

impl Fault {
    pub(super) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    pub(super) fn of(self, file: &str, line: &Line<'_>) -> ScriptError {
        ScriptError {
            file: file.to_owned(),
            line: line.number,
            column: line.column(self.at),
            message: self.message,
            text: line.whole.to_owned(),
        }
    }
}
