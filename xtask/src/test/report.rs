//! The table at the end of a test run.

use std::fmt::{self, Write as _};
use std::time::Duration;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    /// What it would need is not on this machine.
    Skipped(String),
    /// An earlier step failed.
    NotRun,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::NotRun => f.write_str("not run"),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) outcome: Outcome,
    pub(crate) time: Option<Duration>,
}

/// A line a step, then the count of steps that passed and failed as the last line.
pub(crate) fn summary(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let mut text = String::new();
    let (mut passed, mut failed) = (0, 0);
    for Row { name, outcome, time } in rows {
        match outcome {
            Outcome::Passed => passed += 1,
            Outcome::Failed(_) => failed += 1,
            Outcome::Skipped(_) | Outcome::NotRun => {}
        }
        let time = time.map_or_else(String::new, |time| format!("{:.1} s", time.as_secs_f64()));
        // The rest of a long reason stands where the step ended.
        let outcome = outcome.to_string();
        let outcome = outcome.lines().next().unwrap_or_default();
        let _ = writeln!(text, "{name:<width$}  {time:>8}  {outcome}");
    }
    let _ = write!(text, "\n{passed} passed, {failed} failed");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_what_passed_and_failed() {
        let row = |name, outcome, ms| Row { name, outcome, time: ms };
        let rows = [
            row("format", Outcome::Passed, Some(Duration::from_millis(430))),
            row(
                "tests",
                Outcome::Failed("`cargo test` failed\nlong".to_owned()),
                Some(Duration::from_secs(61)),
            ),
            row(
                "deny",
                Outcome::Skipped("cargo-deny is not installed".to_owned()),
                Some(Duration::ZERO),
            ),
            row("package", Outcome::NotRun, None),
        ];
        let want = "\
format      0.4 s  passed
tests      61.0 s  FAILED: `cargo test` failed
deny        0.0 s  skipped: cargo-deny is not installed
package            not run

1 passed, 1 failed";
        assert_eq!(summary(&rows), want);
    }
}
