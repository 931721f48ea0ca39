//! What is wrong with a file, and where.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::rule::file::Place;
use crate::yaml::{Node, Position};

/// How much of a line is shown.
const SHOWN: usize = 120;

/// How many problems of one file are told.
const TOLD: usize = 100;

/// One thing that is wrong in a file.
///
/// ```text
/// rules.yml:14:24: group "shop", rule 3, "Errors": could not parse expression: unknown function with name "rat"
///    14 |     expr: sum by (job) (rat(errors_total[5m])) > 1
///       |                         ^^^
///    help: did you mean `rate`?
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, in Prometheus' words where it has some.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    line: Line,
}

/// Why a text is no rule file: all that is wrong with it, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    problems: Vec<Problem>,
    untold: usize,
}

/// The line that a problem is in, with what surrounds it cut off if it is long.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    text: String,
    /// How many characters stand before the carets.
    indent: usize,
    carets: usize,
}

/// Problems as they are found.
#[derive(Debug)]
pub(crate) struct Problems<'t> {
    name: Arc<str>,
    text: &'t str,
    found: Vec<(usize, Problem)>,
    untold: usize,
}

impl<'t> Problems<'t> {
    pub(crate) fn new(name: &str, text: &'t str) -> Self {
        Self { name: name.into(), text, found: Vec::new(), untold: 0 }
    }

    pub(crate) fn name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Whether there are so many that no more are told.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= TOLD
    }

    /// A problem with the bytes `span`.
    pub(crate) fn at(&mut self, span: Range<usize>, message: String, help: Option<String>) {
        // Each problem looks for its line: those that nobody would read are counted.
        if self.is_full() {
            self.untold += 1;
            return;
        }
        let problem = self.problem(span.clone(), message, help);
        self.found.push((span.start, problem));
    }

    /// A problem with a node.
    pub(crate) fn node(&mut self, node: &Node, message: String, help: Option<String>) {
        self.at(node.span.clone(), message, help);
    }

    /// A problem with a part of a scalar's value.
    pub(crate) fn part(
        &mut self,
        node: &Node,
        part: &Range<usize>,
        message: String,
        help: Option<String>,
    ) {
        self.at(node.written(self.text, part), message, help);
    }

    /// Line and column of the byte `at` of a scalar's value.
    pub(crate) fn place_of(&self, node: &Node, at: usize) -> (usize, usize) {
        let written = node.written(self.text, &(at..at + 1));
        let position = Position::new(self.text, written.start);
        (position.line, position.column)
    }

    pub(crate) fn problem(
        &self,
        span: Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Problem {
        let position = Position::new(self.text, span.start.min(self.text.len()));
        let place = Place { file: self.name(), line: position.line, column: position.column };
        Problem { place, message, help, line: Line::new(&position, span.len()) }
    }

    pub(crate) fn into_error(mut self) -> FileError {
        self.found.sort_by_key(|(at, _)| *at);
        let problems = self.found.into_iter().map(|(_, problem)| problem).collect();
        FileError { problems, untold: self.untold }
    }
}

impl FileError {
    /// What is wrong; at least one thing, and no more than a hundred.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Line {
    fn new(position: &Position<'_>, length: usize) -> Self {
        let (before, after) = position.text.split_at(position.at);
        let carets = after.char_indices().take_while(|(at, _)| *at < length).count().max(1);
        let from = before.char_indices().rev().nth(SHOWN / 2).map_or(0, |(at, _)| at);
        let to = after.char_indices().nth(SHOWN / 2).map_or(after.len(), |(at, _)| at);
        let text = [&before[from..], &after[..to]].concat();
        let text = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let carets = carets.min(after[..to].chars().count().max(1));
        Self { text, indent: before[from..].chars().count(), carets }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.place.line;
        write!(f, "{}: {}", self.place, self.message)?;
        write!(f, "\n  {number:>4} | {}", self.line.text.trim_end())?;
        let (indent, carets) = (self.line.indent, "^".repeat(self.line.carets));
        write!(f, "\n       | {:indent$}{carets}", "")?;
        match &self.help {
            Some(help) => write!(f, "\n       = help: {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, problem) in self.problems.iter().enumerate() {
            let end = if number > 0 { "\n" } else { "" };
            write!(f, "{end}{problem}")?;
        }
        match self.untold {
            0 => Ok(()),
            untold => write!(f, "\n{}: and {untold} more", self.problems[0].place.file),
        }
    }
}

impl std::error::Error for FileError {}
