//! Keys that sign records.

use std::fmt;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::encoding::{Hash, from_base64, from_hex};

/// The fewest bytes of a secret: as many as the hash has.
const SECRET_BYTES: usize = 32;

/// A secret that signs records, and the name under which a record says so.
///
/// The name is made from the secret unless one is given with [`named`](Self::named); it tells
/// nothing about the secret. `Debug` shows the name alone.
///
/// ```
/// use obs_core::audit::Key;
///
/// let key = Key::parse("6b1f0c9a52d34e7f8a90b1c2d3e4f5061728394a5b6c7d8e9fa0b1c2d3e4f506")?;
/// assert_eq!(key.id().len(), 16);
/// assert!(Key::parse("secret").unwrap_err().to_string().starts_with("a key has 32 bytes"));
/// # Ok::<_, obs_core::audit::KeyError>(())
/// ```
#[derive(Clone)]
pub struct Key {
    id: String,
    mac: Hmac<Sha256>,
}

impl Key {
    /// The key of these bytes.
    ///
    /// # Errors
    ///
    /// If there are fewer than 32.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let secret = secret.as_ref();
        if secret.len() < SECRET_BYTES {
            return Err(KeyError::Short { bytes: secret.len() });
        }
        let Ok(mac) = Hmac::new_from_slice(secret) else {
            return Err(KeyError::Short { bytes: secret.len() });
        };
        let named = Self { id: String::new(), mac };
        let fingerprint = named.sign(b"obs audit key id").to_string();
        let id = fingerprint.get(..16).unwrap_or_default().to_owned();
        Ok(Self { id, ..named })
    }

    /// The key that `text` spells: hex digits if it is nothing else, base64 if that gives 32 bytes or
    /// more, and else the text itself. White space around it is dropped.
    ///
    /// # Errors
    ///
    /// If it has fewer than 32 bytes, or is of hex digits and lacks one.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if let Some(bytes) = from_hex(text.as_bytes()) {
            return Self::new(bytes);
        }
        // Base64 would make another key of it.
        if !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(KeyError::OddHex { digits: text.len() });
        }
        match from_base64(text.as_bytes()) {
            Some(bytes) if bytes.len() >= SECRET_BYTES || text.ends_with('=') => Self::new(bytes),
            _ => Self::new(text),
        }
    }

    /// The same key under another name.
    ///
    /// # Errors
    ///
    /// If `id` is not 1 to 64 ASCII letters, digits, `.`, `_` or `-`.
    pub fn named(self, id: impl Into<String>) -> Result<Self, KeyError> {
        let id = id.into();
        if is_id(&id) { Ok(Self { id, ..self }) } else { Err(KeyError::Id { id }) }
    }

    /// The name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn sign(&self, bytes: &[u8]) -> Hash {
        let mut mac = self.mac.clone();
        mac.update(bytes);
        Hash(mac.finalize().into_bytes().into())
    }

    /// Whether `hash` is that of `bytes`, in a time that does not depend on where they differ.
    pub(crate) fn verifies(&self, bytes: &[u8], hash: &Hash) -> bool {
        let mut mac = self.mac.clone();
        mac.update(bytes);
        mac.verify_slice(&hash.0).is_ok()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Keys by name. The last one signs; the others are known from before.
#[derive(Clone, Debug, Default)]
pub struct Keys(Vec<Key>);

impl Keys {
    /// No keys.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// These keys and `key`, which signs from here on. It takes the place of one of the same name.
    #[must_use]
    pub fn key(mut self, key: Key) -> Self {
        self.0.retain(|known| known.id != key.id);
        self.0.push(key);
        self
    }

    /// The keys in a file: either one, in the forms of [`Key::parse`] or as bytes that are no text, or
    /// one a line, `ID:KEY` with the key in hex or base64, of which the last signs. A byte order mark
    /// is dropped.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, a key has fewer than 32 bytes, one of several lines is no
    /// `ID:KEY`, or a name stands twice.
    pub fn file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let bytes =
            std::fs::read(path).map_err(|error| KeyError::File { path: path.to_owned(), error })?;
        Self::parse(&bytes)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        // Bytes that happen to be UTF-8 are no text either.
        let is_text = |text: &&str| !text.contains(|c: char| c.is_control() && !c.is_whitespace());
        let Some(text) = str::from_utf8(bytes).ok().filter(is_text) else {
            return Ok(Key::new(bytes)?.into());
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = || (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        // A word may have a colon in it.
        if lines().count() < 2 && lines().all(|(_, line)| entry(line).is_none()) {
            return Ok(Key::parse(text)?.into());
        }
        let mut keys = Self::new();
        for (number, line) in lines() {
            let (id, secret) = entry(line).ok_or(KeyError::Line { number })?;
            if keys.get(id).is_some() {
                return Err(KeyError::Repeated { id: id.to_owned() });
            }
            keys = keys.key(Key::new(secret)?.named(id)?);
        }
        Ok(keys)
    }

    /// The key of that name.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }

    /// The key that signs.
    #[must_use]
    pub fn signing(&self) -> Option<&Key> {
        self.0.last()
    }

    /// Whether there is no key.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, the last one signs.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }
}

impl From<Key> for Keys {
    fn from(key: Key) -> Self {
        Self(vec![key])
    }
}

/// `ID:KEY`.
fn entry(line: &str) -> Option<(&str, Vec<u8>)> {
    let (id, secret) = line.trim().split_once(':')?;
    let secret = secret.trim().as_bytes();
    let secret = from_hex(secret).or_else(|| from_base64(secret))?;
    is_id(id).then_some((id, secret))
}

fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

/// Why something is no key. No text shows a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The secret is too short.
    #[error("a key has 32 bytes or more, as hex, base64 or as they are; this one has {bytes}")]
    Short {
        /// How many it has.
        bytes: usize,
    },
    /// The secret is of hex digits, and there is one too few or too many.
    #[error("{digits} hex digits are no whole bytes: one is missing, or one too many")]
    OddHex {
        /// How many there are.
        digits: usize,
    },
    /// A line of a file of several is no key.
    #[error(
        "line {number}: expected `ID:KEY`, the key in hex or base64, as on each line of several"
    )]
    Line {
        /// Which line, 1 for the first.
        number: usize,
    },
    /// The name is none.
    #[error("the id of a key is 1 to 64 letters, digits, `.`, `_` or `-`, found {id:?}")]
    Id {
        /// What was given.
        id: String,
    },
    /// A file has two keys of one name.
    #[error("key id {id:?} stands twice: each key has an id of its own")]
    Repeated {
        /// The name.
        id: String,
    },
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn one_secret_in_three_forms_is_one_key() {
        let raw: Vec<u8> = (0..32).collect();
        let key = Key::new(&raw).unwrap();
        for text in
            [HEX, &HEX.to_uppercase(), BASE64, BASE64.trim_end_matches('='), &format!(" {HEX}\n")]
        {
            assert_eq!(Key::parse(text).unwrap().id(), key.id(), "{text}");
        }
        assert_eq!(Keys::parse(&raw).unwrap().signing().unwrap().id(), key.id());
        assert_ne!(Key::new([7; 32]).unwrap().id(), key.id());
    }

    #[test]
    fn short_secrets_are_refused_in_every_form() {
        let words = "correct horse battery staple, and more";
        for (text, good) in [
            (words, true),
            (&words[..31], false),
            (&HEX[..62], false),
            // 40 characters, but 20 bytes.
            (&HEX[..40], false),
            ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGA==", false),
            ("", false),
        ] {
            assert_eq!(Key::parse(text).is_ok(), good, "{text}");
        }
    }

    #[test]
    fn a_file_of_keys_has_the_newest_last() {
        let keys = Keys::parse(format!("2025:{HEX}\n\n2026: {BASE64}\n").as_bytes()).unwrap();
        assert_eq!(keys.signing().unwrap().id(), "2026");
        assert!(keys.get("2025").is_some() && keys.get("2024").is_none());
        for (text, error) in [
            (format!("a:{HEX}\na:{HEX}"), "stands twice"),
            (format!("a:{}", &HEX[..20]), "this one has 10"),
        ] {
            let got = Keys::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(got.contains(error), "{got}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let key = Key::parse(HEX).unwrap().named("k").unwrap();
        assert_eq!(format!("{key:?}"), "Key { id: \"k\", .. }");
        assert!(Key::parse(HEX).unwrap().named("a b").is_err());
    }
}
