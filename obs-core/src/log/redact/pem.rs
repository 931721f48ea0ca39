//! Private keys in PEM.

use std::ops::Range;

/// What is between the first and the last line of each private key; of a key that was cut off,
/// what is left of it.
pub(super) fn find(text: &[u8], mut found: impl FnMut(Range<usize>)) {
    const LABEL: &[u8] = b"PRIVATE KEY";
    const DASHES: &[u8] = b"-----";
    let mut at = 0;
    while let Some(label) = memchr::memmem::find(&text[at..], LABEL) {
        at += label + LABEL.len();
        let Some(rest) = text[at..].strip_prefix(b" BLOCK").or(Some(&text[at..])) else { return };
        if !rest.starts_with(DASHES) {
            continue;
        }
        let start = text.len() - rest.len() + DASHES.len();
        // From the last line of a key it is not far to the first dashes either: nothing is hidden
        // between two keys.
        let begins = text[at.saturating_sub(64)..at].windows(5).rposition(|w| w == b"BEGIN");
        let ends = text[at.saturating_sub(64)..at].windows(3).rposition(|w| w == b"END");
        if begins.is_none() || ends > begins {
            continue;
        }
        let end =
            memchr::memmem::find(&text[start..], DASHES).map_or(text.len(), |end| start + end);
        found(start..end);
        at = end;
    }
}
