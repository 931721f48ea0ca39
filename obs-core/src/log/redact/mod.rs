//! Secrets are hidden before a line is written.
//!
//! By name: [`keys`]. By look: [`Redactor::scrub`], which first looks for the few places where a
//! secret can be (`=`, `:`, long words, long numbers) and then at those only.

mod address;
mod bytes;
mod card;
mod config;
mod extent;
mod keys;
mod name;
mod pair;
mod pem;
mod secret;
mod token;
mod word;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use config::Redaction;
pub(crate) use config::{A_NAME, is_name, parse_mode, parse_names};
pub use secret::Secret;

use keys::Keys;
use name::Name;

/// What stands in place of a secret.
pub(crate) const HIDDEN: &str = "[redacted]";

/// A PEM key has a line at least this long, and a text with the first line of a key and that.
const PEM_LINE: usize = 32;
const PEM_TEXT: usize = 60;

/// Whether a whole value is the id of a span, of a trace or request, or a UUID: no secret has the
/// look of one, and lines have many.
fn is_id(text: &[u8]) -> bool {
    if !matches!(text.len(), 16 | 32 | 36) {
        return false;
    }
    let (mut all, mut letters) = (true, false);
    for byte in text {
        let letter = matches!(byte, b'a'..=b'f');
        letters |= letter;
        all &= letter | byte.is_ascii_digit() | (*byte == b'-');
    }
    // Without a letter it may be the number of a card.
    all & letters
}

/// Hides secrets as one [`Redaction`] says.
#[derive(Debug)]
pub(crate) struct Redactor {
    keys: Option<Keys>,
    values: bool,
}

impl Redactor {
    pub(crate) fn new(config: &Redaction) -> Self {
        let mode = config.mode.unwrap_or_default();
        Self { keys: mode.keys.then(|| Keys::new(config)), values: mode.values }
    }

    /// Whether the values under this field name, or path of names with dots, are hidden.
    pub(crate) fn hides(&self, path: &str) -> bool {
        self.keys.as_ref().is_some_and(|keys| keys.hides(&Name::new(path.as_bytes())).is_some())
    }

    /// Hides what looks like a secret in `out[start..]`, and returns how many did.
    ///
    /// The text may be the inside of a JSON string: no escape is cut in two.
    pub(crate) fn scrub(&self, out: &mut Vec<u8>, start: usize) -> usize {
        let Some(text) = out.get(start..).filter(|text| self.values && text.len() >= 4) else {
            return 0;
        };
        if is_id(text) {
            return 0;
        }
        let secrets = self.find(text);
        if secrets.is_empty() {
            return 0;
        }
        hide(out, start, secrets)
    }

    /// Whether an integer looks like a card number.
    pub(crate) fn hides_number(&self, value: u64) -> bool {
        self.values && card::is_card(value)
    }

    /// Where the secrets are, in no order; some may be within others.
    #[inline]
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut secrets = Vec::new();
        self.find_pairs(text, &mut secrets);
        let mut may_have_pem = false;
        let mut numbers = Vec::new();
        word::each(
            text,
            |word| {
                may_have_pem |= word.len() >= PEM_LINE && text.len() >= PEM_TEXT;
                secrets.extend(address::credential(text, word.start));
                token::find(text, word, |secret| secrets.push(secret));
            },
            |number| card::find(text, number, |secret| numbers.push(secret)),
        );
        if may_have_pem {
            pem::find(text, |secret| secrets.push(secret));
        }
        secrets.append(&mut numbers);
        secrets
    }

    /// What is within a value is hidden with it. Only the last pair that begins there may go
    /// further than the value, so that no byte is read more than a few times.
    #[inline]
    fn find_pairs(&self, text: &[u8], secrets: &mut Vec<Range<usize>>) {
        let mut end = 0;
        let mut within = None;
        let mut look = |at, end: &mut usize| {
            if let Some(secret) = self.at_separator(text, at) {
                *end = secret.end.max(*end);
                secrets.push(secret);
            }
        };
        for at in memchr::memchr2_iter(b'=', b':', text) {
            if at >= end
                && let Some(last) = within.take()
            {
                look(last, &mut end);
            }
            if at < end {
                within = Some(at);
            } else {
                look(at, &mut end);
            }
        }
        if let Some(last) = within {
            look(last, &mut end);
        }
    }

    #[inline]
    fn at_separator(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        match (&text[at], &text[at + 1..]) {
            (b':', [b'/', b'/', ..]) => address::password(text, at),
            (_, digits) => self.pair(text, at).or_else(|| {
                // A short number may be between the eights of `word`.
                let mut card = None;
                if digits.get(12).is_some_and(u8::is_ascii_digit) {
                    card::find(text, at + 1..at + 2, |found| card = Some(found));
                }
                card
            }),
        }
    }

    fn pair(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        pair::find(self.keys.as_ref()?, text, at)
    }
}

/// Puts [`HIDDEN`] in place of each of the ranges, which count from `start`.
#[cold]
fn hide(out: &mut Vec<u8>, start: usize, mut secrets: Vec<Range<usize>>) -> usize {
    secrets.sort_unstable_by_key(|range| (range.start, range.end));
    let text = out.split_off(start);
    secrets.retain(|secret| !secret.is_empty() && text[secret.clone()] != *HIDDEN.as_bytes());
    let (mut hidden, mut done) = (0, 0);
    for secret in secrets {
        if secret.start < done {
            // Of two that overlap, all is hidden.
            done = done.max(secret.end);
            continue;
        }
        out.extend_from_slice(&text[done..secret.start]);
        out.extend_from_slice(HIDDEN.as_bytes());
        hidden += 1;
        done = secret.end;
    }
    out.extend_from_slice(&text[done..]);
    hidden
}
