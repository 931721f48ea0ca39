//! What came of the tests, told with what was expected and what came.

use std::fmt;

use obs_promql::float::Millis;

use crate::rule::Place;

/// What came of the tests of one file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many tests were run.
    pub tests: usize,
    /// What was not as expected, in the order of the file.
    pub failures: Vec<Failure>,
}

/// Something that is not as expected.
///
/// ```text
/// rules.test.yml:20:9: test "half the requests fail": alert ErrorsHigh at 5m: 1 expected, 1 fires
///   differs     {alertname="ErrorsHigh", job="shop", severity="warning"}
///     label severity: want "critical", got "warning"
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Where it was expected.
    pub place: Place,
    /// The name of the test.
    pub test: String,
    /// What is wrong, on one line.
    pub message: String,
    /// What was expected and what came, line by line.
    pub details: Vec<String>,
}

impl Report {
    /// Whether all is as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: test {:?}: {}", self.place, self.test, self.message)?;
        self.details.iter().try_for_each(|line| write!(f, "\n  {line}"))
    }
}

/// A time from the start of a test.
pub(super) fn time(millis: i64) -> Millis {
    Millis(millis)
}

/// Names and values as a series has them.
pub(super) fn braced(pairs: &[(String, String)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}
