//! What an audit log is to be like.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::Place;
use super::key::{Key, Keys};

/// The settings of an audit log, for [`Builder::audit`](crate::Builder::audit).
///
/// ```
/// use obs_core::audit::{Audit, Key, OnFailure};
///
/// let audit = Audit::file("audit/shop.audit.jsonl")
///     .key(Key::new([7; 32])?)
///     .on_failure(OnFailure::Refuse);
/// # let _ = audit;
/// # Ok::<_, obs_core::audit::KeyError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "settings have an effect through `Builder::audit`"]
pub struct Audit {
    pub(crate) path: PathBuf,
    pub(crate) keys: Keys,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) on_failure: Option<OnFailure>,
    pub(crate) max_file_bytes: u64,
    pub(crate) queue_bytes: usize,
    pub(crate) anchors: Anchors,
    pub(crate) replace_broken: bool,
}

/// How often the head of the chain is logged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchors {
    pub(crate) records: u64,
    pub(crate) interval: Duration,
}

impl Audit {
    /// An audit log in this file, in a folder of its own that is made if it does not exist.
    ///
    /// A full file is renamed to have its first record's number before the extension, as in
    /// `shop.audit.00000000000000000001.jsonl`. No file is ever changed or deleted. A
    /// file of the same name and `.lock` keeps a second writer away.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            keys: Keys::new(),
            key_file: None,
            on_failure: None,
            max_file_bytes: 64 << 20,
            queue_bytes: 8 << 20,
            anchors: Anchors { records: 1000, interval: Duration::from_secs(300) },
            replace_broken: false,
        }
    }

    /// A key. The last one given signs; those before it are known, which a change of key needs: the
    /// first record with another key is signed by both.
    pub fn key(mut self, key: Key) -> Self {
        self.keys = self.keys.key(key);
        self
    }

    /// A file of keys, in the form of [`Keys::file`]; they come after those of [`key`](Self::key).
    pub fn key_file(mut self, path: impl AsRef<Path>) -> Self {
        self.key_file = Some(path.as_ref().to_owned());
        self
    }

    /// What happens to an event that cannot be recorded.
    pub const fn on_failure(mut self, policy: OnFailure) -> Self {
        self.on_failure = Some(policy);
        self
    }

    /// The size in bytes after which a file is finished and the next one begins; 64 MiB if nothing is
    /// said. A start reads the growing file whole.
    pub const fn max_file_bytes(mut self, bytes: u64) -> Self {
        self.max_file_bytes = bytes;
        self
    }

    /// How many bytes of events may wait for the disk; 8 MiB if nothing is said. Who comes then waits
    /// for room.
    pub const fn queue_bytes(mut self, bytes: usize) -> Self {
        self.queue_bytes = bytes;
        self
    }

    /// Says in the ordinary log where the chain stands after this many records, and when `interval`
    /// has passed since the last time, a second at least; 1000 and five minutes if nothing is said. It is
    /// also said when the log is opened and closed.
    pub fn anchor_every(mut self, records: u64, interval: Duration) -> Self {
        self.anchors = Anchors { records, interval: interval.max(Duration::from_secs(1)) };
        self
    }

    /// Starts in spite of a broken chain: all its files are moved to a folder `broken-1` beside them,
    /// and a chain begins anew. Without this, a broken chain stops `init`.
    pub const fn replace_broken(mut self) -> Self {
        self.replace_broken = true;
        self
    }
}

/// What happens to an event that cannot be recorded, because the disk is full, say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// [`AuditLog::record`](super::AuditLog::record) returns an error, and the caller does not do what
    /// was to be recorded: fail-closed.
    #[default]
    Refuse,
    /// It returns [`Receipt::NotDurable`](super::Receipt::NotDurable), and the caller goes on:
    /// fail-open. Such events are counted, and the next record that can be written is preceded by one
    /// that says how many they were. A log that cannot be opened stops `init` all the same.
    Continue,
}

/// Settings that are good.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) place: Place,
    /// At least one.
    pub(crate) keys: Keys,
    pub(crate) policy: OnFailure,
    pub(crate) max_file_bytes: u64,
    pub(crate) queue_bytes: usize,
    pub(crate) anchors: Anchors,
    pub(crate) replace_broken: bool,
}
