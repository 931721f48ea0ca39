//! What a query's writer should know although there is a value.

use std::collections::BTreeSet;
use std::fmt;

use crate::error::line_and_column;
use crate::syntax::Span;

/// Warnings and infos of a query, each once, sorted by text.
///
/// The texts are those of Prometheus' `util/annotations`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    all: BTreeSet<Note>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// How much it matters.
    pub level: NoteLevel,
    /// What it says, without `PromQL warning: ` and the place.
    pub message: String,
    /// The part of the expression.
    pub span: Span,
}

/// How much a [`Note`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteLevel {
    /// The value may be wrong.
    Warning,
    /// The query may not be what was meant.
    Info,
}

impl Notes {
    pub(crate) fn warn(&mut self, span: Span, message: impl Into<String>) {
        self.all.insert(Note { level: NoteLevel::Warning, message: message.into(), span });
    }

    pub(crate) fn info(&mut self, span: Span, message: impl Into<String>) {
        self.all.insert(Note { level: NoteLevel::Info, message: message.into(), span });
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.all.iter()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

impl Note {
    /// As Prometheus shows it: `PromQL warning: … (1:23)`. `text` is the expression's.
    #[must_use]
    pub fn render(&self, text: &str) -> String {
        let (line, column) = line_and_column(text, self.span.start);
        format!("{self} ({line}:{column})")
    }
}

/// Without the place.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            NoteLevel::Warning => "warning",
            NoteLevel::Info => "info",
        };
        write!(f, "PromQL {level}: {}", self.message)
    }
}
