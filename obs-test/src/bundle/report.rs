//! Findings of one file as they are made.

use obs_promql::{ParseError, Query};

use super::finding::{Finding, Lint};
use super::known::Known;
use super::query;

/// Takes what is found in a file.
#[derive(Debug)]
pub(super) struct Report<'a> {
    file: &'a str,
    findings: &'a mut Vec<Finding>,
    queries: &'a mut usize,
    /// Whether line breaks of a query are none of the file, as in JSON.
    pub(super) flat: bool,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        file: &'a str,
        findings: &'a mut Vec<Finding>,
        queries: &'a mut usize,
    ) -> Self {
        Self { file, findings, queries, flat: false }
    }

    pub(super) fn say(&mut self, lint: Lint, line: Option<usize>, place: &str, message: String) {
        let (file, place) = (self.file.to_owned(), place.to_owned());
        self.findings.push(Finding { file, line, lint, place, message });
    }

    pub(super) fn unparsed(&mut self, line: Option<usize>, place: &str, error: &ParseError) {
        *self.queries += 1;
        let mut message = error.one_line();
        if let Some(help) = &error.help {
            message.push_str("; ");
            message.push_str(help);
        }
        let line = line.map(|line| line + self.lines_before(&error.text, error.span.start));
        self.say(Lint::Parse, line, place, message);
    }

    /// Checks a query that starts on `line`.
    pub(super) fn query(&mut self, of: &Query, line: Option<usize>, place: &str, known: &Known) {
        *self.queries += 1;
        for wrong in query::check(of, known) {
            let line = line.map(|line| line + self.lines_before(of.text(), wrong.span.start));
            self.say(wrong.lint, line, place, wrong.message);
        }
    }

    fn lines_before(&self, text: &str, at: usize) -> usize {
        if self.flat { 0 } else { text.get(..at).unwrap_or_default().matches('\n').count() }
    }
}
