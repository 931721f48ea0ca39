//! From a text to a rule file, or to what is wrong with it.

mod check;
mod duration;
mod field;
pub(crate) mod problem;
pub(crate) mod raw;

use self::check::Checker;
use self::problem::Problems;
use self::raw::Reader;
use super::file::RuleFile;
use crate::yaml::{Tree, Walk};

pub use self::problem::{FileError, Problem};

/// How a rule file is read. The default is how Prometheus reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// Fields that Prometheus does not know are passed over; Prometheus itself refuses them.
    pub ignore_unknown_fields: bool,
}

impl ReadOptions {
    /// The same, with or without unknown fields passed over.
    #[must_use]
    pub const fn ignore_unknown_fields(mut self, ignore: bool) -> Self {
        self.ignore_unknown_fields = ignore;
        self
    }
}

impl RuleFile {
    /// The rule file that `text` is. Errors and places name it `file`.
    ///
    /// ```
    /// use obs_alerts::rule::RuleFile;
    ///
    /// let text = "groups:\n- name: shop\n  rules:\n  - alert: Down\n    expr: up = 0\n";
    /// let error = RuleFile::parse("rules.yml", text).unwrap_err();
    /// assert!(error.to_string().starts_with(
    ///     "rules.yml:5:14: group \"shop\", rule 1, \"Down\": could not parse expression: "
    /// ));
    /// ```
    ///
    /// # Errors
    ///
    /// Everything that Prometheus would refuse, each with its place.
    pub fn parse(file: &str, text: &str) -> Result<Self, FileError> {
        Self::parse_with(file, text, ReadOptions::default())
    }

    /// The same, read as `options` say.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_with(file: &str, text: &str, options: ReadOptions) -> Result<Self, FileError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut problems = Problems::new(file, text);
        let tree = match Tree::parse(text) {
            Ok(tree) => tree,
            Err(error) => {
                let help = error.help.map(str::to_owned);
                problems.at(error.at..error.at, format!("yaml: {}", error.message), help);
                return Err(problems.into_error());
            }
        };
        let reader = Reader::new(Walk::new(&tree), &mut problems, options.ignore_unknown_fields);
        let raw = reader.file();
        // Rules that could not be read would be told a second time.
        let mut groups = Vec::new();
        if problems.is_empty() {
            groups = Checker::new(&mut problems).groups(raw);
        }
        if !problems.is_empty() {
            return Err(problems.into_error());
        }
        let warnings = tree.more.map(|mark| second_document(&problems, mark.at));
        Ok(Self { groups, warnings: warnings.into_iter().collect() })
    }
}

fn second_document(problems: &Problems<'_>, at: usize) -> Problem {
    let message = "Multiple document yaml rules files are not supported, \
                   only the first document is processed";
    let help = "write the groups of all documents below one `groups`";
    problems.problem(at..at + 3, message.to_owned(), Some(help.to_owned()))
}
