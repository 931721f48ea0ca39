//! Why something was not recorded.

use std::io;
use std::sync::Arc;

/// An event is not known to be on the disk.
///
/// It may stand in the log all the same, if the disk took it and did not say so.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The builder was given no [`Audit`](super::Audit), and no `OBS_AUDIT_FILE` is set.
    #[error("there is no audit log: set `Builder::audit` or OBS_AUDIT_FILE")]
    NotConfigured,
    /// The log was closed by [`Obs::finish`](crate::Obs::finish).
    #[error("the audit log is closed")]
    Closed,
    /// The event is larger than a record may be.
    #[error("the event has {bytes} bytes, and a record may have {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The file cannot be opened, written or made durable.
    #[error("{step}")]
    Storage {
        /// At what.
        step: Step,
        /// Why.
        source: Arc<io::Error>,
    },
}

impl AuditError {
    pub(crate) fn storage(step: Step, error: io::Error) -> Self {
        Self::Storage { step, source: Arc::new(error) }
    }

    /// The `reason` of `obs_audit_failures_total`.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Closed => "closed",
            Self::TooLarge { .. } => "too_large",
            Self::Storage { step: Step::Open, .. } => "open",
            Self::Storage { step: Step::Write, .. } => "write",
            Self::Storage { step: Step::Sync, .. } => "sync",
        }
    }
}

/// What was done with the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Step {
    /// Opening it, or making the next one.
    #[error("the audit log cannot be opened")]
    Open,
    /// Appending to it.
    #[error("the audit log cannot be written")]
    Write,
    /// Waiting for the disk.
    #[error("the disk does not confirm the audit log")]
    Sync,
}
