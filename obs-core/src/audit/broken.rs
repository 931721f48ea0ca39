//! What is wrong with an audit log, and where.

use std::fmt;

use super::encoding::Head;

/// The first place at which an audit log is not what was written.
///
/// The text begins with `file:line`:
///
/// ```text
/// audit/shop.audit.jsonl:12: records 12 to 14 are missing: record 15 stands here
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Broken {
    /// The name that was given for the file.
    pub file: String,
    /// The line, 1 for the first; for what is missing, the line that stands in its place.
    pub line: u64,
    /// The record that belongs there, by its `event.sequence`.
    pub sequence: u64,
    /// What is wrong.
    pub what: What,
}

/// What is wrong with an audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// The record is not the one that was signed, or is signed by another key of this id.
    Changed,
    /// The line is a whole JSON object without the seal of a record: the record was changed, or the
    /// file is no audit log.
    Unsealed,
    /// Records are gone: from the one of `Broken::sequence` to this one.
    Missing {
        /// The last that is gone.
        to: u64,
    },
    /// A later record stands in the place of this one, which comes further down.
    Reordered {
        /// The record that stands here.
        found: u64,
        /// Where the right one is, `file:line`.
        at: String,
    },
    /// A record stands here that has its place further up.
    Duplicated {
        /// Which.
        found: u64,
    },
    /// A genuine record that does not follow the one before it: that one, or a whole end of the log,
    /// was replaced.
    Unlinked,
    /// The record differs from what the application's log says of it.
    NotAnchored {
        /// What that says.
        anchor: Head,
    },
    /// The log ends before a record that it is known to have had.
    Truncated {
        /// That record.
        anchor: Head,
    },
    /// The record is signed by a key that is not given.
    UnknownKey {
        /// Its id.
        id: String,
    },
    /// The key changes without the signature of the one before.
    KeyChange {
        /// The key before.
        from: String,
        /// The key of the record.
        to: String,
    },
    /// The last record has no end: its writer died, or is writing it.
    Torn {
        /// How much of it there is.
        bytes: u64,
    },
    /// The file cannot be read.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, sequence, what } = self;
        write!(f, "{file}:{line}: ")?;
        match what {
            What::Changed => write!(
                f,
                "record {sequence} was changed, or signed by another key: its hash does not match"
            ),
            What::Unsealed => write!(
                f,
                "record {sequence} has no seal at the end of its line: it was changed, its line \
                 break perhaps, or this file is no audit log"
            ),
            What::Missing { to } if to == sequence => {
                write!(f, "record {sequence} is missing: record {} stands here", to + 1)
            }
            What::Missing { to } => write!(
                f,
                "records {sequence} to {to} are missing: record {} stands here",
                to.saturating_add(1)
            ),
            What::Reordered { found, at } => write!(
                f,
                "records are out of order: record {found} stands here, record {sequence} at {at}"
            ),
            What::Duplicated { found } => write!(
                f,
                "record {found} is duplicated: it stands further up too, and record {sequence} \
                 belongs here"
            ),
            What::Unlinked => write!(
                f,
                "record {sequence} does not follow the record before it: what stood there was \
                 replaced"
            ),
            What::NotAnchored { anchor } => {
                write!(f, "record {sequence} was replaced: its hash is to be {}", anchor.hash)
            }
            What::Truncated { anchor } => write!(
                f,
                "the log is truncated: records {sequence} to {} are missing at its end",
                anchor.sequence
            ),
            What::UnknownKey { id } => {
                write!(f, "record {sequence} is signed by key {id:?}, which is not given")
            }
            What::KeyChange { from, to } => write!(
                f,
                "record {sequence} is signed by key {to:?} without the signature of {from:?} that \
                 a change of key has"
            ),
            What::Torn { bytes } => write!(
                f,
                "record {sequence} is torn: {bytes} bytes of it and no end; the next start of the \
                 service closes it"
            ),
            What::Unreadable { reason } => write!(f, "cannot be read: {reason}"),
        }
    }
}
