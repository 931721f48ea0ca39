//! Passwords in addresses, and credentials after their scheme.

use std::ops::Range;

use super::word::LONG;

/// An address is not read further than this for its `@`.
const REACH: usize = 256;

/// The password in `scheme://user:password@host`, where `colon` is that of the scheme.
///
/// Passwords that are not escaped as they should be are found, too, unless what is before the
/// first `/` can be a host and its port.
pub(super) fn password(text: &[u8], colon: usize) -> Option<Range<usize>> {
    let start = colon + 3;
    let rest = text.get(start..)?;
    let rest = &rest[..rest.len().min(REACH)];
    let end = rest.iter().position(|b| matches!(b, b' ' | b'"' | b'\'' | b'<' | b'>' | 0..0x20));
    let rest = &rest[..end.unwrap_or(rest.len())];
    let authority = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let user = memchr::memchr(b':', &rest[..authority])?;
    let at = match memchr::memrchr(b'@', &rest[..authority]) {
        Some(at) => at,
        None => {
            let port = rest[user + 1..authority].iter().all(u8::is_ascii_digit);
            let bracketed = rest.first() == Some(&b'[');
            if port || bracketed {
                return None;
            }
            memchr::memrchr(b'@', rest)?
        }
    };
    (user + 1 < at).then(|| start + user + 1..start + at)
}

/// The credential that begins at `start`, if a scheme is before it.
pub(super) fn credential(text: &[u8], start: usize) -> Option<Range<usize>> {
    let before = text[..start].strip_suffix(b" ")?;
    let is_scheme = [&b"bearer"[..], b"basic"].into_iter().any(|scheme| {
        let at = before.len().checked_sub(scheme.len());
        at.is_some_and(|at| before[at..].eq_ignore_ascii_case(scheme))
    });
    let token68 = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=')
    };
    let len = is_scheme.then(|| text[start..].iter().take_while(|byte| token68(byte)).count())?;
    (len >= LONG).then(|| start..start + len)
}
