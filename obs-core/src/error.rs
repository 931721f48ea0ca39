//! What stands in the way of [`init`](crate::Builder::init): all of it, in one error.

use std::fmt;

/// Every bad setting of a [`Builder`](crate::Builder), from code and environment together.
///
/// The text has a line for each, and no secret in it:
///
/// ```
/// let error = obs_core::builder("shop")
///     .env(&[("OBS_LOG", "lo=ud"), ("OBS_SHUTDOWN_TIMEOUT", "soon")])
///     .build()
///     .unwrap_err();
///
/// assert_eq!(error.problems().len(), 2);
/// assert!(error.problems()[0].starts_with("OBS_LOG=lo=ud: expected a `tracing` filter"));
/// ```
///
/// `Debug` is the same text, because that is what a `main` prints that returns the error.
#[derive(thiserror::Error)]
pub struct InitError {
    problems: Vec<String>,
    installed: bool,
}

impl InitError {
    /// `None` if there are no problems.
    pub(crate) fn of_settings(problems: Vec<String>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self { problems, installed: false })
    }

    /// A setting that is good, of something that is not.
    #[cfg(feature = "audit")]
    pub(crate) fn of_opening(problem: String) -> Self {
        Self { problems: vec![problem], installed: false }
    }

    /// Something that exists once in a process is taken.
    pub(crate) fn of_installation(problem: impl Into<String>) -> Self {
        Self { problems: vec![problem.into()], installed: true }
    }

    /// The system refuses what is needed.
    pub(crate) fn of_system(problem: impl Into<String>) -> Self {
        Self { problems: vec![problem.into()], installed: false }
    }

    /// A sentence for each problem, beginning with the variable or method it is about.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Whether the settings are good and the process has what `init` installs already: a
    /// subscriber, a recorder, or all of it from an `init` before.
    #[must_use]
    pub fn is_already_installed(&self) -> bool {
        self.installed
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [problem] => f.write_str(problem),
            problems => {
                write!(f, "{} bad settings", problems.len())?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}

impl fmt::Debug for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
