//! Where samples are read from and written to.

mod memory;

use std::error::Error;
use std::fmt;

use obs_promql::{Labels, Sample, Source};

pub use memory::Memory;

/// A [`Source`] that takes samples too: what rules are evaluated on, so that a rule reads what the rule
/// before it has written.
pub trait Storage: Source {
    /// Adds a sample to a series, at `time` in milliseconds since 1970. The same sample once more is no
    /// error, and changes nothing.
    ///
    /// # Errors
    ///
    /// Why the sample was not taken. The series are as they were.
    fn append(&mut self, labels: &Labels, time: i64, sample: Sample) -> Result<(), AppendError>;
}

/// Why a sample was not taken. In Prometheus' words.
#[derive(Debug)]
#[non_exhaustive]
pub enum AppendError {
    /// The series has a later sample.
    OutOfOrder,
    /// The series has another sample at the same time.
    Duplicate,
    /// The storage failed.
    Failed(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrder => f.write_str("out of order sample"),
            Self::Duplicate => f.write_str("duplicate sample for timestamp"),
            Self::Failed(error) => write!(f, "the sample cannot be stored: {error}"),
        }
    }
}

impl Error for AppendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(&**error),
            Self::OutOfOrder | Self::Duplicate => None,
        }
    }
}
