//! `name=value`, `name: value` and `"name":"value"` within a text.

use std::ops::Range;

use super::extent::{self, Separator};
use super::keys::{Hit, Keys, last_letters};
use super::name::Name;

/// How far before a separator its name may begin.
const REACH: usize = 96;

/// Names that are secret in the query of an address and ordinary elsewhere; of the last ones only
/// a long value is hidden.
const IN_QUERIES: &[&str] = &["sig", "signature", "hmac"];
const LONG_IN_QUERIES: &[&str] = &["key", "code", "state"];

/// Whether one of these may end in such letters.
fn is_secret_end([_, b, c, d]: [u8; 4]) -> bool {
    let last = [b, c, d].map(|byte| byte | 0x20);
    matches!(&last, b"sig" | b"ure" | b"mac" | b"key" | b"ode" | b"ate")
}

/// The value of the pair whose `=` or `:` is at `at`, if its name is hidden.
pub(super) fn find(keys: &Keys, text: &[u8], at: usize) -> Option<Range<usize>> {
    let name = name_before(text, at)?;
    let in_query = name.start > 0 && matches!(text[name.start - 1], b'?' | b'&');
    let in_query = in_query && is_secret_end(last_letters(text, name.end));
    if !in_query && !may_be_hidden(keys, text, &name) {
        return None;
    }
    let (separator, after) = separator(text, at)?;
    let hit = hit(keys, text, &name)
        .or_else(|| (in_query && is_of(IN_QUERIES, text, &name)).then_some(Hit::Strong));
    if let Some(hit) = hit {
        return extent::value(text, after, separator, hit);
    }
    if in_query && is_of(LONG_IN_QUERIES, text, &name) {
        return extent::value(text, after, separator, Hit::Strong)
            .filter(|value| value.len() >= 16);
    }
    None
}

/// Leaves out what looks like a separator and is none: `::`, `://`, `==`, `!=`, `<=`, `>=`.
fn separator(text: &[u8], at: usize) -> Option<(Separator, usize)> {
    let before = at.checked_sub(1).map(|before| text[before]);
    let after = text.get(at + 1);
    if text[at] == b':' {
        // `:=` assigns.
        let assigns = usize::from(after == Some(&b'='));
        let path =
            before == Some(b':') || after == Some(&b':') || text[at + 1..].starts_with(b"//");
        return (!path).then_some((Separator::Colon, at + 1 + assigns));
    }
    let compares = matches!(before, Some(b'=' | b'!' | b'<' | b'>' | b':')) || after == Some(&b'=');
    // `=>` is an arrow between a name and its value.
    let arrow = usize::from(after == Some(&b'>'));
    (!compares).then_some((Separator::Equals, at + 1 + arrow))
}

/// The name before a separator, without the quotes and brackets around it.
fn name_before(text: &[u8], at: usize) -> Option<Range<usize>> {
    let floor = at.saturating_sub(REACH);
    let mut end = at;
    while end > floor && text[end - 1] == b' ' {
        end -= 1;
    }
    // `headers["cookie"]=`, `user[password]=`, `user%5Bpassword%5D=`
    if end > floor && text[end - 1] == b']' {
        end -= 1;
    } else if text[floor..end].ends_with(b"%5D") || text[floor..end].ends_with(b"%5d") {
        end -= 3;
    }
    if end > floor && matches!(text[end - 1], b'"' | b'\'' | b'`') {
        end -= 1;
        while end > floor && text[end - 1] == b'\\' {
            end -= 1;
        }
    }
    let mut start = end;
    while start > floor && CLASSES[usize::from(text[start - 1])] != Class::Other {
        start -= 1;
    }
    (start < end).then_some(start..end)
}

/// What a byte is in a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    /// Between two words.
    Mark,
    Small,
    Capital,
    Digit,
}

static CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'_' | b'-' | b'.' => Class::Mark,
            b'a'..=b'z' | 0x80.. => Class::Small,
            b'A'..=b'Z' => Class::Capital,
            b'0'..=b'9' => Class::Digit,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

/// Whether some word of the name ends as a hidden name does. Most names stop here.
///
/// Words may end at more places for this than they do for [`Name`].
fn may_be_hidden(keys: &Keys, text: &[u8], name: &Range<usize>) -> bool {
    let mut next = Class::Mark;
    for at in name.clone().rev() {
        let class = CLASSES[usize::from(text[at])];
        let ends = class != Class::Mark && (class != next || next == Class::Capital);
        if ends && keys.may_end(last_letters(text, at + 1)) {
            return true;
        }
        next = class;
    }
    false
}

fn hit(keys: &Keys, text: &[u8], name: &Range<usize>) -> Option<Hit> {
    let hides = |range: Range<usize>| keys.hides(&Name::new(&text[range]));
    let whole = Name::new(&text[name.clone()]);
    if keys.hit(&whole).is_some() {
        return keys.hides(&whole);
    }
    // `\npassword=`: the `n` is of the line break, or of a directory.
    if text[..name.start].ends_with(b"\\") && name.len() > 1 {
        let letters = if text[name.start] == b'u' && name.len() > 5 { 5 } else { 1 };
        return hides(name.start + letters..name.end);
    }
    // `api key: …`
    let before = &text[name.start.saturating_sub(24)..name.start];
    if before.last() == Some(&b' ') {
        let word =
            before[..before.len() - 1].iter().rev().take_while(|b| b.is_ascii_alphanumeric());
        let word = word.count();
        if word > 0 {
            return hides(name.start - 1 - word..name.end);
        }
    }
    None
}

fn is_of(list: &[&str], text: &[u8], name: &Range<usize>) -> bool {
    let name = Name::new(&text[name.clone()]);
    let last = name.word(name.letters().len());
    list.iter().any(|known| known.as_bytes() == last)
}
