//! How far the value after a name goes.

use std::ops::Range;

use super::HIDDEN;
use super::bytes::Quote;
use super::keys::Hit;

/// Values that say only that there is none, or whether there is one.
const NO_SECRETS: &[&str] =
    &["None", "null", "nil", "true", "false", "undefined", "Some(true)", "Some(false)", HIDDEN];

/// Words before a credential in a header.
const SCHEMES: &[&str] = &["bearer", "basic", "digest", "bot", "token", "negotiate", "apikey"];

/// What is between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Equals,
    Colon,
}

/// The value that begins after the separator before `after`; `None` if there is nothing to hide.
pub(super) fn value(
    text: &[u8],
    after: usize,
    separator: Separator,
    hit: Hit,
) -> Option<Range<usize>> {
    let blanks = text[after..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let mut start = after + blanks;
    if text[start..].starts_with(HIDDEN.as_bytes()) {
        return None;
    }
    // Raw and byte strings.
    if let [b'b' | b'r', b'"' | b'\\', ..] = text[start..]
        && Quote::open(text, start + 1).is_some()
    {
        start += 1;
    }
    let value = if let Some((quote, start)) = Quote::open(text, start) {
        start..quote.close(text, start).0
    } else if let Some(range) = quoted_otherwise(text, start) {
        range
    } else if let Some(end) = structure(text, start) {
        start..end
    } else {
        let line = hit == Hit::Line && separator == Separator::Colon;
        let end = bare(text, start, line);
        let range = start..end;
        // In a sentence, as in `unexpected token: identifier`.
        let prose = separator == Separator::Colon && blanks > 0 && hit == Hit::Weak;
        if prose && end - start < 16 && !text[start..end].iter().any(u8::is_ascii_digit) {
            return None;
        }
        range
    };
    let content = &text[value.clone()];
    let shown = NO_SECRETS.iter().any(|shown| shown.as_bytes() == content)
        || content.starts_with(HIDDEN.as_bytes())
        || content.iter().all(|byte| matches!(byte, b'*' | b'.' | b'-'));
    (!shown).then_some(value)
}

/// Text in single quotes or backticks, on one line.
fn quoted_otherwise(text: &[u8], start: usize) -> Option<Range<usize>> {
    let quote = *text.get(start).filter(|byte| matches!(byte, b'\'' | b'`'))?;
    let rest = &text[start + 1..];
    let end = memchr::memchr2(quote, b'\n', rest).filter(|end| rest[*end] == quote)?;
    Some(start + 1..start + 1 + end)
}

/// The end of `Some(…)`, `Name { … }`, `[…]` and the like.
fn structure(text: &[u8], start: usize) -> Option<usize> {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':');
    let named = text[start..].iter().take(64).take_while(|byte| name(byte)).count();
    let mut open = start + named;
    if named > 0 && text[open..].starts_with(b" {") {
        open += 1;
    }
    if !matches!(text.get(open)?, b'(' | b'[' | b'{') {
        return None;
    }
    let mut depth = 0_usize;
    let mut at = open;
    while let Some(byte) = text.get(at) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' | b'\\' => {
                if let Some((quote, start)) = Quote::open(text, at) {
                    at = quote.close(text, start).1;
                    continue;
                }
                // The other byte of an escape is no bracket.
                at += usize::from(*byte == b'\\');
            }
            _ => {}
        }
        at += 1;
    }
    // It was cut off.
    Some(text.len())
}

/// The end of a value without quotes; with `line`, of the whole line.
fn bare(text: &[u8], start: usize, line: bool) -> usize {
    let mut at = start;
    let mut scheme = !line && begins_with_scheme(&text[start..]);
    while let Some(byte) = text.get(at) {
        let ends = match byte {
            b'\n' | b'\r' => true,
            b' ' | b'\t' if scheme => {
                scheme = false;
                false
            }
            b' ' | b'\t' => !line,
            b'\\' => match text.get(at + 1) {
                Some(b'n' | b'r' | b't' | b'"') => true,
                // Escaped twice, or a password that has a backslash: no header has one.
                Some(b'\\') if line => breaks_line(&text[at..]),
                next => {
                    at += usize::from(next.is_some());
                    false
                }
            },
            b'"' | b'\'' | b'`' => line || is_end(&text[at + 1..]),
            b',' | b';' | b'&' | b'#' | b')' | b'}' | b']' | b'<' | b'>' | b'|' => {
                !line && is_end(&text[at + 1..])
            }
            _ => false,
        };
        if ends {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// Whether the backslashes that this begins with are of a line break or a quotation mark.
fn breaks_line(text: &[u8]) -> bool {
    let after = text.iter().find(|byte| **byte != b'\\');
    matches!(after, Some(b'n' | b'r' | b'"'))
}

/// Whether a mark ends a value without quotes when this is what follows: no more of a word, or
/// the next name. Passwords have such marks, too.
fn is_end(rest: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let named = rest.iter().take(40).take_while(|byte| name(byte)).count();
    match rest.get(named) {
        None => named == 0,
        Some(b'=' | b':') => true,
        Some(byte) => {
            named == 0 && *byte < 0x80 && !matches!(byte, b'$' | b'%' | b'!' | b'@' | b'*')
        }
    }
}

fn begins_with_scheme(text: &[u8]) -> bool {
    SCHEMES.iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|word| word.eq_ignore_ascii_case(scheme.as_bytes()))
            && text.get(scheme.len()) == Some(&b' ')
    })
}
