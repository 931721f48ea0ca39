//! Hashes, and bytes as hex and base64.

use std::fmt;
use std::str::FromStr;

/// A hash of 32 bytes, shown as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub(crate) [u8; 32]);

/// Length of a [`Hash`] as text.
pub(crate) const HASH_DIGITS: usize = 64;

impl Hash {
    /// What the first record names as the hash before it.
    pub(crate) const NONE: Self = Self([0; 32]);

    /// The hash that 64 lower-case digits spell.
    pub(crate) fn from_digits(digits: &[u8]) -> Option<Self> {
        if digits.len() != HASH_DIGITS || digits.iter().any(u8::is_ascii_uppercase) {
            return None;
        }
        Some(Self(from_hex(digits)?.try_into().ok()?))
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in self.0 {
            out.push(DIGITS[usize::from(byte >> 4)]);
            out.push(DIGITS[usize::from(byte & 15)]);
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a chain stands: the number and hash of a record. As text `SEQUENCE:HASH`.
///
/// ```
/// use obs_core::audit::Head;
///
/// let text = format!("42:{}", "0f".repeat(32));
/// let head: Head = text.parse()?;
/// assert_eq!((head.sequence, head.to_string()), (42, text));
/// # Ok::<_, obs_core::audit::ParseHeadError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Head {
    /// The record's `event.sequence`, 1 for the first.
    pub sequence: u64,
    /// The record's `audit.hash`.
    pub hash: Hash,
}

impl Head {
    /// Before the first record.
    pub const START: Self = Self { sequence: 0, hash: Hash::NONE };
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

impl FromStr for Head {
    type Err = ParseHeadError;

    fn from_str(text: &str) -> Result<Self, ParseHeadError> {
        let (sequence, hash) = text.split_once(':').ok_or(ParseHeadError)?;
        Ok(Self {
            sequence: number(sequence.as_bytes()).ok_or(ParseHeadError)?,
            hash: Hash::from_digits(hash.as_bytes()).ok_or(ParseHeadError)?,
        })
    }
}

/// A text is no [`Head`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `SEQUENCE:HASH`, a number and 64 lower-case hex digits")]
pub struct ParseHeadError;

/// A decimal number without a sign.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// The bytes that hex digits of either case spell.
pub(crate) fn from_hex(digits: &[u8]) -> Option<Vec<u8>> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
    digits.chunks_exact(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect()
}

/// The bytes that base64 spells, in the standard or the URL alphabet, with or without padding.
pub(crate) fn from_base64(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
    let padding = text.len() - digits.len();
    if digits.len() % 4 == 1 || padding > 0 && !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for digit in digits {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_s_vectors() {
        for (text, bytes) in [
            ("Zg==", Some("f")),
            ("Zm8", Some("fo")),
            ("Zm9vYmFy", Some("foobar")),
            ("Zg=", None),
            ("Z", None),
            ("Zm 9v", None),
        ] {
            assert_eq!(from_base64(text.as_bytes()).as_deref(), bytes.map(str::as_bytes), "{text}");
        }
        assert_eq!(from_base64(b"-_8"), Some(vec![0xfb, 0xff]));
    }

    #[test]
    fn heads_are_read_strictly() {
        let hash = "ab".repeat(32);
        for text in [
            String::new(),
            "1".to_owned(),
            format!("+1:{hash}"),
            format!(":{hash}"),
            format!("1:{}", &hash[1..]),
            format!("1:{}", hash.to_uppercase()),
            format!("99999999999999999999:{hash}"),
        ] {
            assert_eq!(text.parse::<Head>(), Err(ParseHeadError), "{text}");
        }
    }
}
