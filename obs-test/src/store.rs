//! The lines of one capture.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use tracing::Metadata;
use tracing_subscriber::filter::Targets;

/// Tells the time.
pub(crate) type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// What a capture keeps, and of what.
pub(crate) struct Store {
    /// All events if there is none.
    pub(crate) filter: Option<Targets>,
    /// The clock of the system if there is none.
    pub(crate) clock: Option<Clock>,
    lines: Mutex<Vec<String>>,
}

impl Store {
    pub(crate) const fn new(filter: Option<Targets>, clock: Option<Clock>) -> Self {
        Self { filter, clock, lines: Mutex::new(Vec::new()) }
    }

    pub(crate) fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let filter = self.filter.as_ref();
        filter.is_none_or(|filter| filter.would_enable(metadata.target(), metadata.level()))
    }

    pub(crate) fn push(&self, line: &str) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).push(line.to_owned());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn clear(&self) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filter = self.filter.as_ref().map(ToString::to_string);
        f.debug_struct("Store").field("filter", &filter).finish_non_exhaustive()
    }
}
