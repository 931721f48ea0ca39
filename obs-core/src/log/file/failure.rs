//! What goes wrong with files, counted in `obs_log_rotation_failures_total`.

use metrics::Counter;

use crate::metrics::{Metrics, own};

/// The step that failed: the label `reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The active file could not be given its new name.
    Rename,
    /// No file could be opened under the plain name.
    Open,
    /// The directory could not be read.
    List,
    /// A closed file could not be compressed, and is kept as it is.
    Compress,
    /// A file that is too many could not be deleted.
    Delete,
}

impl Failure {
    const ALL: [Self; 5] = [Self::Rename, Self::Open, Self::List, Self::Compress, Self::Delete];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Rename => "rename",
            Self::Open => "open",
            Self::List => "list",
            Self::Compress => "compress",
            Self::Delete => "delete",
        }
    }
}

/// A counter for each step, at zero from the start.
#[derive(Clone)]
pub(super) struct Failures([Counter; 5]);

impl Failures {
    pub(super) fn new(metrics: &Metrics) -> Self {
        let counter = |failure: Failure| own::LOG_ROTATION_FAILURES.of(metrics, [failure.as_str()]);
        Self(Failure::ALL.map(counter))
    }

    /// Passes `result` on and counts it if it is an error.
    pub(super) fn count<T, E>(&self, failure: Failure, result: Result<T, E>) -> Result<T, E> {
        if result.is_err() {
            self.0[failure as usize].increment(1);
        }
        result
    }
}

impl std::fmt::Debug for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Failures")
    }
}
