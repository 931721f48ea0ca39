//! Follows a chain, line by line.

use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use super::broken::What;
use super::chain::{NoRecord, Note, Sealed, read};
use super::encoding::{Hash, Head};
use super::key::Keys;

/// Bytes that belong to no record: what is left of one that was never whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Torn {
    hash: Sha256,
    pub(crate) bytes: u64,
    /// Whether they end with a line break.
    pub(crate) ended: bool,
}

impl Torn {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        if let Some(last) = bytes.last() {
            self.hash.update(bytes);
            self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            self.ended = *last == b'\n';
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// What the record after these bytes says of them.
    pub(crate) fn note(&self) -> Note {
        Note::Torn { bytes: self.bytes, hash: Hash(self.hash.clone().finalize().into()) }
    }
}

/// How the last line of a file ends.
#[derive(Clone, Debug, Default)]
pub(crate) enum Tail {
    /// With a line break, or there is none.
    #[default]
    Clean,
    /// A whole record, without its line break.
    Unterminated,
    /// What is left of a record.
    Torn(Torn),
}

/// The walk along a chain: where it is, and what it has seen.
#[derive(Debug)]
pub(crate) struct Walk<'k> {
    keys: &'k Keys,
    /// `None` before a first record whose beginning is taken as it is.
    head: Option<Head>,
    /// What the first record says it follows.
    began: Option<Head>,
    key_id: Option<String>,
    torn: Torn,
    unterminated: bool,
    pub(crate) torn_records: u64,
    pub(crate) lost_records: u64,
}

/// A line that is no error.
#[derive(Debug)]
pub(crate) enum Step {
    Record(Head),
    /// Part of a torn record; a later line is to say so.
    Torn,
}

impl<'k> Walk<'k> {
    /// Begins after `from`, or wherever the first record says it does. Without `keys` nothing but
    /// numbers and links is checked.
    pub(crate) fn new(keys: &'k Keys, from: Option<Head>) -> Self {
        Self {
            keys,
            head: from,
            began: None,
            key_id: None,
            torn: Torn::default(),
            unterminated: false,
            torn_records: 0,
            lost_records: 0,
        }
    }

    /// Where the chain stands.
    pub(crate) fn head(&self) -> Head {
        self.head.unwrap_or(Head::START)
    }

    /// The number that comes next.
    pub(crate) fn next(&self) -> u64 {
        self.head().sequence.saturating_add(1)
    }

    /// Where the first record says that it begins; `None` before there is one.
    pub(crate) const fn began(&self) -> Option<Head> {
        self.began
    }

    /// The key of the last record.
    pub(crate) fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Bytes since the last record that belong to none.
    pub(crate) const fn torn(&self) -> &Torn {
        &self.torn
    }

    /// How what was walked along ends.
    pub(crate) fn tail(self) -> Tail {
        match (self.torn.is_empty(), self.unterminated) {
            (false, _) => Tail::Torn(self.torn),
            (true, true) => Tail::Unterminated,
            (true, false) => Tail::Clean,
        }
    }

    /// Takes the next line, with its line break if it has one.
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<Step, What> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let sealed = match read(text) {
            Ok(sealed) => sealed,
            Err(NoRecord::Malformed) => return Err(What::Changed),
            Err(NoRecord::Cut) if is_object(text) => return Err(What::Unsealed),
            Err(NoRecord::Cut) => return Ok(self.part(line)),
        };
        self.authentic(&sealed)?;
        self.follows(&sealed)?;
        self.key_change(&sealed)?;
        match sealed.note {
            Note::Torn { .. } => self.torn_records += 1,
            Note::Lost { records } => {
                self.lost_records = self.lost_records.saturating_add(records);
            }
            Note::None => {}
        }
        let before = Head { sequence: sealed.sequence.saturating_sub(1), hash: sealed.prev };
        self.began.get_or_insert(before);
        self.torn = Torn::default();
        self.unterminated = text.len() == line.len();
        self.head = Some(sealed.head());
        if self.key_id.as_deref() != Some(sealed.key_id) {
            self.key_id = Some(sealed.key_id.to_owned());
        }
        Ok(Step::Record(sealed.head()))
    }

    /// Takes a part of a line that is longer than any record.
    pub(crate) fn part(&mut self, bytes: &[u8]) -> Step {
        self.torn.add(bytes);
        Step::Torn
    }

    /// Whether a line is a record that was signed, wherever it belongs; its number.
    pub(crate) fn genuine(&self, line: &[u8]) -> Option<u64> {
        match read(line.strip_suffix(b"\n").unwrap_or(line)) {
            Ok(sealed) if self.authentic(&sealed).is_ok() => Some(sealed.sequence),
            _ => None,
        }
    }

    fn authentic(&self, sealed: &Sealed<'_>) -> Result<(), What> {
        if self.keys.is_empty() {
            return Ok(());
        }
        let unknown = |id: &str| What::UnknownKey { id: id.to_owned() };
        let key = self.keys.get(sealed.key_id).ok_or_else(|| unknown(sealed.key_id))?;
        if !sealed.is_signed_by(key) {
            return Err(What::Changed);
        }
        let Some(old) = &sealed.old else { return Ok(()) };
        let key = self.keys.get(old.key_id).ok_or_else(|| unknown(old.key_id))?;
        if old.is_signed_by(key) { Ok(()) } else { Err(What::Changed) }
    }

    fn follows(&self, sealed: &Sealed<'_>) -> Result<(), What> {
        if let Some(head) = self.head {
            let next = head.sequence.saturating_add(1);
            if sealed.sequence < next {
                return Err(What::Duplicated { found: sealed.sequence });
            }
            if sealed.sequence > next {
                return Err(What::Missing { to: sealed.sequence - 1 });
            }
            if sealed.prev != head.hash {
                return Err(What::Unlinked);
            }
        }
        // Bytes that belong to no record are explained by the record after them, or by none.
        let explains = matches!(sealed.note, Note::Torn { .. });
        if (explains || !self.torn.is_empty()) && sealed.note != self.torn.note() {
            return Err(What::Changed);
        }
        Ok(())
    }

    fn key_change(&self, sealed: &Sealed<'_>) -> Result<(), What> {
        let Some(before) = self.key_id.as_deref().filter(|id| *id != sealed.key_id) else {
            return Ok(());
        };
        match &sealed.old {
            Some(old) if old.key_id == before => Ok(()),
            _ => Err(What::KeyChange { from: before.to_owned(), to: sealed.key_id.to_owned() }),
        }
    }
}

/// What is left of a record that was cut is no whole object: that ends where the record does.
fn is_object(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"{")
        && line.trim_ascii_end().ends_with(b"}")
        && serde_json::from_slice::<IgnoredAny>(line).is_ok()
}
