//! One line of the chain: how it is sealed, and how its seal is read.
//!
//! A record continues its [`body`](super::record::body) with
//!
//! ```text
//! ,"event.sequence":N,"audit.key_id":"…","audit.prev":"…","audit.hash":"…"}
//! ```
//!
//! `audit.hash` is the HMAC-SHA-256 of all bytes of the line before `,"audit.hash"`. A seal is read
//! from the end of the line, where nothing that an application says can stand: inside of a JSON
//! string there is no bare quote.

use super::encoding::{HASH_DIGITS, Hash, Head, number};
use super::key::Key;

const HASH: &[u8] = b",\"audit.hash\":\"";
const PREV: &[u8] = b",\"audit.prev\":\"";
const KEY_ID: &[u8] = b",\"audit.key_id\":\"";
const SEQUENCE: &[u8] = b",\"event.sequence\":";
const OLD_HASH: &[u8] = b",\"audit.old_hash\":\"";
const OLD_KEY_ID: &[u8] = b",\"audit.old_key_id\":\"";
const TORN_HASH: &[u8] = b",\"audit.torn_hash\":\"";
const TORN_BYTES: &[u8] = b",\"audit.torn_bytes\":";
const LOST: &[u8] = b",\"audit.lost_records\":";

/// What a record of the log's own says about the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Note {
    #[default]
    None,
    /// The bytes between the record before and this one are what is left of a record that was never
    /// whole; `hash` is their SHA-256.
    Torn { bytes: u64, hash: Hash },
    /// So many events could not be written, and their callers went on.
    Lost { records: u64 },
}

/// Appends the record of `body` that follows `before`, with its line break, and returns where the
/// chain stands then. A change of key is signed by the old one as well.
pub(crate) fn seal(
    out: &mut Vec<u8>,
    body: &[u8],
    note: Note,
    before: Head,
    key: &Key,
    old: Option<&Key>,
) -> Head {
    let start = out.len();
    out.extend_from_slice(body);
    match note {
        Note::None => {}
        Note::Torn { bytes, hash } => {
            put_number(out, TORN_BYTES, bytes);
            put_hash(out, TORN_HASH, &hash);
        }
        Note::Lost { records } => put_number(out, LOST, records),
    }
    let sequence = before.sequence.saturating_add(1);
    put_number(out, SEQUENCE, sequence);
    put_text(out, KEY_ID, key.id());
    put_hash(out, PREV, &before.hash);
    if let Some(old) = old {
        put_text(out, OLD_KEY_ID, old.id());
        let hash = old.sign(&out[start..]);
        put_hash(out, OLD_HASH, &hash);
    }
    let hash = key.sign(&out[start..]);
    put_hash(out, HASH, &hash);
    out.extend_from_slice(b"}\n");
    Head { sequence, hash }
}

fn put_text(out: &mut Vec<u8>, name: &[u8], text: &str) {
    out.extend_from_slice(name);
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

fn put_hash(out: &mut Vec<u8>, name: &[u8], hash: &Hash) {
    out.extend_from_slice(name);
    hash.write(out);
    out.push(b'"');
}

fn put_number(out: &mut Vec<u8>, name: &[u8], number: u64) {
    out.extend_from_slice(name);
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// What a line is that has no seal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRecord {
    /// What is left of a record whose end was never written.
    Cut,
    /// It has the end of a record and is none.
    Malformed,
}

/// A line with a seal.
#[derive(Debug)]
pub(crate) struct Sealed<'a> {
    pub(crate) sequence: u64,
    pub(crate) key_id: &'a str,
    pub(crate) prev: Hash,
    pub(crate) hash: Hash,
    pub(crate) note: Note,
    pub(crate) old: Option<OldSeal<'a>>,
    /// What the hash is of.
    signed: &'a [u8],
}

/// The signature of the key before, where the key changes.
#[derive(Debug)]
pub(crate) struct OldSeal<'a> {
    pub(crate) key_id: &'a str,
    hash: Hash,
    signed: &'a [u8],
}

impl Sealed<'_> {
    pub(crate) fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash }
    }

    pub(crate) fn is_signed_by(&self, key: &Key) -> bool {
        key.verifies(self.signed, &self.hash)
    }
}

impl OldSeal<'_> {
    pub(crate) fn is_signed_by(&self, key: &Key) -> bool {
        key.verifies(self.signed, &self.hash)
    }
}

/// Reads a line without its line break, and compares no hash.
pub(crate) fn read(line: &[u8]) -> Result<Sealed<'_>, NoRecord> {
    let what = if looks_sealed(line) { NoRecord::Malformed } else { NoRecord::Cut };
    sealed(line).ok_or(what)
}

/// Whether the line ends as a record does, save for some bytes: a record that is cut never does.
///
/// A text that begins with `}` gives a cut line the last two bytes of a record, but not what stands
/// before them.
fn looks_sealed(line: &[u8]) -> bool {
    let Some(text) = line.strip_suffix(b"\"}") else { return false };
    let Some(at) = text.len().checked_sub(HASH_DIGITS) else { return false };
    let (rest, digits) = text.split_at(at);
    rest.ends_with(HASH) || Hash::from_digits(digits).is_some()
}

fn sealed(line: &[u8]) -> Option<Sealed<'_>> {
    let (signed, hash) = take_hash(line.strip_suffix(b"}")?, HASH)?;
    let (rest, old) = match take_hash(signed, OLD_HASH) {
        None => (signed, None),
        Some((signed, hash)) => {
            let (rest, key_id) = take_text(signed, OLD_KEY_ID)?;
            (rest, Some(OldSeal { key_id, hash, signed }))
        }
    };
    let (rest, prev) = take_hash(rest, PREV)?;
    let (rest, key_id) = take_text(rest, KEY_ID)?;
    let (rest, sequence) = take_number(rest, SEQUENCE)?;
    let note = match (take_hash(rest, TORN_HASH), take_number(rest, LOST)) {
        (Some((rest, hash)), _) => Note::Torn { bytes: take_number(rest, TORN_BYTES)?.1, hash },
        (None, Some((_, records))) => Note::Lost { records },
        (None, None) => Note::None,
    };
    Some(Sealed { sequence, key_id, prev, hash, note, old, signed })
}

fn take_hash<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], Hash)> {
    let text = text.strip_suffix(b"\"")?;
    let (rest, digits) = text.split_at_checked(text.len().checked_sub(HASH_DIGITS)?)?;
    Some((rest.strip_suffix(name)?, Hash::from_digits(digits)?))
}

fn take_text<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], &'a str)> {
    let text = text.strip_suffix(b"\"")?;
    let start = text.iter().rposition(|byte| *byte == b'"')? + 1;
    let (rest, value) = text.split_at_checked(start)?;
    Some((rest.strip_suffix(name)?, str::from_utf8(value).ok()?))
}

fn take_number<'a>(text: &'a [u8], name: &[u8]) -> Option<(&'a [u8], u64)> {
    let start = text.iter().rposition(|byte| !byte.is_ascii_digit())? + 1;
    let (rest, digits) = text.split_at_checked(start)?;
    Some((rest.strip_suffix(name)?, number(digits)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> Key {
        Key::new([byte; 32]).unwrap().named(format!("k{byte}")).unwrap()
    }

    #[test]
    fn a_seal_reads_back() {
        let torn = Note::Torn { bytes: 12, hash: Hash([9; 32]) };
        for note in [Note::None, torn, Note::Lost { records: 3 }] {
            for old in [None, Some(key(2))] {
                let mut line = Vec::new();
                let before = Head { sequence: 41, hash: Hash([5; 32]) };
                let head = seal(&mut line, b"{\"a\":1", note, before, &key(1), old.as_ref());
                let line = line.strip_suffix(b"\n").unwrap();
                let sealed = read(line).unwrap();
                assert_eq!((sealed.head(), sealed.prev, sealed.note), (head, before.hash, note));
                assert_eq!((head.sequence, sealed.key_id), (42, "k1"));
                assert!(sealed.is_signed_by(&key(1)) && !sealed.is_signed_by(&key(2)));
                assert_eq!(sealed.old.as_ref().map(|old| old.key_id), old.as_ref().map(Key::id));
                assert!(sealed.old.iter().all(|seal| seal.is_signed_by(&key(2))));
                let json: serde_json::Value = serde_json::from_slice(line).unwrap();
                assert_eq!(json["audit.hash"], head.hash.to_string());
            }
        }
    }

    #[test]
    fn the_hash_is_the_hmac_of_what_stands_before_it() {
        // printf '{"a":1,"event.sequence":1,"audit.key_id":"k1","audit.prev":"00…00"' |
        //   openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01
        let mut line = Vec::new();
        seal(&mut line, b"{\"a\":1", Note::None, Head::START, &key(1), None);
        let line = String::from_utf8(line).unwrap();
        assert!(
            line.contains(
                r#""audit.hash":"2168c2c63e81ec25e4b0912d55617cfdf1ca69cc1c90f1718b25e2b33a927366""#
            ),
            "{line}"
        );
    }

    #[test]
    fn a_line_that_is_cut_looks_so_at_every_byte() {
        let mut line = Vec::new();
        let body = format!("{{\"a\":\"}}\",\"b\":\"{}\",\"c\":\"}}\"", "a".repeat(64));
        seal(&mut line, body.as_bytes(), Note::None, Head::START, &key(1), None);
        line.pop();
        for end in 0..line.len() {
            assert_eq!(read(&line[..end]).unwrap_err(), NoRecord::Cut, "{end}");
        }
        assert!(read(&line).is_ok());
    }

    proptest! {
        #[test]
        fn no_text_of_an_application_is_taken_for_a_seal(text in ".*", tail in "[\"}:,a-z_.0-9]{0,80}") {
            let body = serde_json::to_vec(&serde_json::json!({ "message": text + &tail })).unwrap();
            prop_assert!(read(&body).is_err());
        }
    }
}
