//! Classes of characters: `[a-z]`, `\d`, `\p{Greek}`; and characters that are escaped.

use super::parse::{error, write_escaped};
use crate::matcher::RegexError;

/// A class without characters.
pub(super) const NOTHING: &str = "[^\\x{0}-\\x{10ffff}]";

const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// The class in brackets that `text` begins with, in the syntax of the `regex` crate, and how long it
/// is.
pub(super) fn parse(text: &str) -> Result<(String, usize), RegexError> {
    let negated = text.starts_with("[^");
    let mut at = if negated { 2 } else { 1 };
    let mut items = String::new();
    let mut first = true;
    loop {
        let rest = &text[at..];
        if rest.starts_with(']') && !first {
            at += 1;
            break;
        }
        first = false;
        if let Some(inner) = rest.strip_prefix("[:")
            && let Some(end) = inner.find(":]")
        {
            let name = &inner[..end];
            let whole = &rest[..end + 4];
            if !POSIX.contains(&name.strip_prefix('^').unwrap_or(name)) {
                return Err(error("invalid character class range", whole));
            }
            items.push_str(whole);
            at += whole.len();
            continue;
        }
        if let Some((class, length)) = escape(rest)? {
            items.push_str(&class);
            at += length;
            continue;
        }
        let (low, length) = class_character(rest, text)?;
        at += length;
        let mut high = low;
        let after = &text[at..];
        if after.len() >= 2 && after.starts_with('-') && !after.starts_with("-]") {
            let (end, length) = class_character(&after[1..], text)?;
            at += length + 1;
            high = end;
            if high < low {
                let range = &rest[..rest.len() - text[at..].len()];
                return Err(error("invalid character class range", range));
            }
        }
        push_range(&mut items, low, high);
    }
    let class = match (items.is_empty(), negated) {
        (false, false) => format!("[{items}]"),
        (false, true) => format!("[^{items}]"),
        (true, false) => NOTHING.to_owned(),
        (true, true) => "(?s:.)".to_owned(),
    };
    Ok((class, at))
}

/// Halves of pairs are no characters to the `regex` crate; there are none in texts.
fn push_range(items: &mut String, low: u32, high: u32) {
    let halves = 0xd800..=0xdfff;
    let low = if halves.contains(&low) { 0xe000 } else { low };
    let high = if halves.contains(&high) { 0xd7ff } else { high };
    if low <= high {
        write_escaped(items, low);
        items.push('-');
        write_escaped(items, high);
    }
}

fn class_character(text: &str, class: &str) -> Result<(u32, usize), RegexError> {
    match text.chars().next() {
        None => Err(error("missing closing ]", class)),
        Some('\\') => character(text),
        Some(c) => Ok((u32::from(c), c.len_utf8())),
    }
}

/// The class that `text` begins with, if it begins with the escape of one, for use within brackets.
pub(super) fn escape(text: &str) -> Result<Option<(String, usize)>, RegexError> {
    let Some(after) = text.strip_prefix('\\') else { return Ok(None) };
    let class = match after.chars().next() {
        Some('d') => "0-9",
        Some('D') => "[^0-9]",
        Some('s') => r"\t\n\x0c\r\x20",
        Some('S') => r"[^\t\n\x0c\r\x20]",
        Some('w') => "0-9A-Za-z_",
        Some('W') => "[^0-9A-Za-z_]",
        Some('p' | 'P') => return unicode(text).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((class.to_owned(), 2)))
}

/// `\pN`, `\p{Greek}`, `\P{^Greek}`
fn unicode(text: &str) -> Result<(String, usize), RegexError> {
    let mut negated = text.starts_with("\\P");
    let inner = &text[2..];
    let (mut name, length) = if let Some(braced) = inner.strip_prefix('{') {
        let Some(end) = braced.find('}') else {
            return Err(error("invalid character class range", text));
        };
        (&braced[..end], end + 4)
    } else {
        let length = inner.chars().next().map_or(0, char::len_utf8);
        (&inner[..length], length + 2)
    };
    let whole = &text[..length];
    if let Some(rest) = name.strip_prefix('^') {
        negated = !negated;
        name = rest;
    }
    let letter = if negated { 'P' } else { 'p' };
    let class = format!("\\{letter}{{{name}}}");
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ');
    // Which names there are is a table of the crate.
    if name.is_empty() || !name.bytes().all(is_name) || ::regex::Regex::new(&class).is_err() {
        return Err(error("invalid character class range", whole));
    }
    Ok((class, length))
}

/// The character whose escape `text` begins with, and how long the escape is.
pub(super) fn character(text: &str) -> Result<(u32, usize), RegexError> {
    let mut chars = text.char_indices().skip(1);
    let Some((_, c)) = chars.next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let invalid =
        |end: usize| Err(error("invalid escape sequence", text.get(..end).unwrap_or(text)));
    let length = 1 + c.len_utf8();
    let octal = |at: usize| text.as_bytes().get(at).filter(|b| matches!(b, b'0'..=b'7'));
    Ok(match c {
        '0' | '1'..='7' if c == '0' || octal(2).is_some() => {
            let mut value = u32::from(c) - u32::from('0');
            let mut end = 2;
            while end < 4
                && let Some(digit) = octal(end)
            {
                value = value * 8 + u32::from(digit - b'0');
                end += 1;
            }
            (value, end)
        }
        'x' => {
            let braced = text[2..].starts_with('{');
            let mut value = 0_u32;
            let start = if braced { 3 } else { 2 };
            for (number, (at, c)) in text.char_indices().skip(start).enumerate() {
                if braced && c == '}' && number > 0 {
                    return Ok((value, at + 1));
                }
                let Some(digit) = c.to_digit(16) else { return invalid(at + c.len_utf8()) };
                value = value * 16 + digit;
                if value > 0x10_ffff {
                    return invalid(at + c.len_utf8());
                }
                if !braced && number == 1 {
                    return Ok((value, at + 1));
                }
            }
            return invalid(text.len());
        }
        'a' => (0x07, 2),
        'f' => (0x0c, 2),
        'n' => (0x0a, 2),
        'r' => (0x0d, 2),
        't' => (0x09, 2),
        'v' => (0x0b, 2),
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => (u32::from(c), 2),
        _ => return invalid(length),
    })
}
