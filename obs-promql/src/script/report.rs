//! What came of a script's evals.

use std::collections::BTreeMap;
use std::fmt;

use super::later::Later;

/// What came of a script's evals.
#[derive(Clone, Debug)]
pub struct Report {
    /// The script's name.
    pub name: String,
    /// Its evals, in their order.
    pub evals: Vec<EvalReport>,
}

/// What came of one eval.
#[derive(Clone, Debug)]
pub struct EvalReport {
    /// Its line, from 1.
    pub line: usize,
    /// The column of its expression, in characters from 1.
    pub column: usize,
    /// Its expression.
    pub expr: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What came of one eval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All was as expected.
    Passed,
    /// Something was not.
    Failed(Failure),
    /// It is not judged.
    Later(Later),
}

/// What was not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How it was evaluated.
    pub how: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub came: String,
}

impl Report {
    /// How many evals were as expected.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.evals.iter().filter(|eval| eval.verdict == Verdict::Passed).count()
    }

    /// How many evals were not.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failures().count()
    }

    /// How many evals are not judged, by reason.
    #[must_use]
    pub fn later(&self) -> BTreeMap<Later, usize> {
        let mut later = BTreeMap::new();
        for eval in &self.evals {
            if let Verdict::Later(reason) = eval.verdict {
                *later.entry(reason).or_default() += 1;
            }
        }
        later
    }

    /// The evals that failed, each as it is told to people: place, expression, what was expected and
    /// what came.
    pub fn failures(&self) -> impl Iterator<Item = impl fmt::Display> {
        self.evals.iter().filter_map(|eval| match &eval.verdict {
            Verdict::Failed(failure) => Some(Told { file: &self.name, eval, failure }),
            Verdict::Passed | Verdict::Later(_) => None,
        })
    }
}

struct Told<'a> {
    file: &'a str,
    eval: &'a EvalReport,
    failure: &'a Failure,
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, eval: EvalReport { line, column, expr, .. }, failure } = self;
        writeln!(f, "{file}:{line}:{column}: {expr}")?;
        writeln!(f, "  {}", failure.how)?;
        writeln!(f, "  expected: {}", failure.expected.replace('\n', "\n            "))?;
        write!(f, "  came:     {}", failure.came.replace('\n', "\n            "))
    }
}
