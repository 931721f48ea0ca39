//! What a query's writer should know although there is a value.

use std::fmt;

use crate::error::line_and_column;
use crate::syntax::Span;

/// Warnings and infos of a query, sorted by text.
///
/// The texts are those of Prometheus' `util/annotations`. As there, each text is noted once, with the
/// last of the places that it is true of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    all: Vec<Entry>,
}

/// A note, and what it is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    note: Note,
    /// How much of the text tells it from others; what follows are figures.
    key: usize,
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
        let message = message.into();
        self.add(NoteLevel::Warning, span, message.len(), message);
    }

    pub(crate) fn info(&mut self, span: Span, message: impl Into<String>) {
        let message = message.into();
        self.add(NoteLevel::Info, span, message.len(), message);
    }

    /// An info with figures behind it, which do not count when texts are compared.
    pub(crate) fn info_with(&mut self, span: Span, text: &str, figures: &str) {
        self.add(NoteLevel::Info, span, text.len(), format!("{text}{figures}"));
    }

    fn add(&mut self, level: NoteLevel, span: Span, key: usize, message: String) {
        let place = self.all.binary_search_by(|entry| {
            let text = entry.note.message.get(..entry.key).unwrap_or_default();
            (entry.note.level, text).cmp(&(level, message.get(..key).unwrap_or_default()))
        });
        let entry = Entry { note: Note { level, message, span }, key };
        match place {
            Ok(place) => self.all[place] = entry,
            Err(place) => self.all.insert(place, entry),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.all.iter().map(|entry| &entry.note)
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
