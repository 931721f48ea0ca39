//! What a check found, and how it is shown.

use std::fmt;

/// What a finding is about. Its name stands in brackets where a finding is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lint {
    /// `file`: a file can be read as what it is.
    File,
    /// `parse`: a query is PromQL, of good types.
    Parse,
    /// `metric`: somebody exposes or records what a query reads.
    Metric,
    /// `label`: series have the labels that are matched, grouped by, joined on or shown.
    Label,
    /// `rate`: counters are read through `rate` or `increase`, and nothing else is.
    Rate,
    /// `bucket`: `le` and thresholds of quantiles are bounds of buckets.
    Bucket,
    /// `quantile`: `histogram_quantile` gets `le`, and a quantile between 0 and 1.
    Quantile,
    /// `matching`: both sides of an operator have the labels by which they are to match.
    Matching,
    /// `alert`: an alert compares, waits, and says what it means and what to do.
    Alert,
    /// `rule-test`: tests show an alert to fire and to be quiet.
    RuleTest,
    /// `panel`: a panel has a title, a description and a unit.
    Panel,
}

impl Lint {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::File,
        Self::Parse,
        Self::Metric,
        Self::Label,
        Self::Rate,
        Self::Bucket,
        Self::Quantile,
        Self::Matching,
        Self::Alert,
        Self::RuleTest,
        Self::Panel,
    ];

    /// Its name, such as `rule-test`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Parse => "parse",
            Self::Metric => "metric",
            Self::Label => "label",
            Self::Rate => "rate",
            Self::Bucket => "bucket",
            Self::Quantile => "quantile",
            Self::Matching => "matching",
            Self::Alert => "alert",
            Self::RuleTest => "rule-test",
            Self::Panel => "panel",
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that is wrong.
///
/// Shown as `rules.yml:12: [metric] ShopDown: nothing exposes shop_up`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file.
    pub file: String,
    /// Its line, from 1, where it is known.
    pub line: Option<usize>,
    /// What it is about.
    pub lint: Lint,
    /// The panel, variable or rule; empty where it is the file itself.
    pub place: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": [{}] ", self.lint)?;
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong, by file and line. Shown a line each.
#[derive(Clone, Debug, Default)]
#[must_use = "findings are to be looked at"]
pub struct Findings {
    findings: Vec<Finding>,
    queries: usize,
}

impl Findings {
    pub(super) fn new(mut findings: Vec<Finding>, queries: usize) -> Self {
        findings.sort();
        findings.dedup();
        Self { findings, queries }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// How many queries were looked at.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.queries
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.findings.iter()
    }

    /// Keeps those that `keep` wants.
    pub fn retain(&mut self, mut keep: impl FnMut(&Finding) -> bool) {
        self.findings.retain(|finding| keep(finding));
    }

    /// Fails the test unless nothing is wrong.
    ///
    /// # Panics
    ///
    /// If there are findings, with all of them.
    #[track_caller]
    pub fn assert_none(&self) {
        assert!(self.is_empty(), "{} findings:\n{self}", self.len());
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, finding) in self.findings.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl<'a> IntoIterator for &'a Findings {
    type Item = &'a Finding;
    type IntoIter = std::slice::Iter<'a, Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
