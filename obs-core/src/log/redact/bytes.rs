//! Text that may have been escaped for JSON, once or more.

/// Whether the byte at `at` is the second of an escape such as `\n`.
pub(super) fn is_escaped(text: &[u8], at: usize) -> bool {
    backslashes_before(text, at, 0) % 2 == 1
}

/// Whether a token may begin at `at`: no letter or digit is before it, save for one that belongs
/// to an escape (`\n`, `\u001b`), of however many, or to a colour (`ESC[32m`).
pub(super) fn is_start(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    if is_escaped(text, at) {
        return false;
    }
    let byte = text[before];
    if !byte.is_ascii_alphanumeric() && byte < 0x80 {
        return true;
    }
    let after_backslash = |at: usize| at.checked_sub(1).is_some_and(|at| text[at] == b'\\');
    if b"nrtbf".contains(&byte) && after_backslash(before) {
        return true;
    }
    if let Some(u) = at.checked_sub(5)
        && text[u] == b'u'
        && after_backslash(u)
        && text[u + 1..at].iter().all(u8::is_ascii_hexdigit)
    {
        return true;
    }
    byte == b'm' && {
        let colour = &text[before.saturating_sub(12)..before];
        let digits = colour.iter().rev().take_while(|b| b.is_ascii_digit() || **b == b';').count();
        digits > 0 && colour.get(colour.len().wrapping_sub(digits + 1)) == Some(&b'[')
    }
}

/// How many backslashes end at `at`, not counting any before `from`.
pub(super) fn backslashes_before(text: &[u8], at: usize, from: usize) -> usize {
    text[from..at].iter().rev().take_while(|byte| **byte == b'\\').count()
}

/// A quotation mark: `"` with the backslashes before it.
///
/// Each time that a text is escaped, the backslashes double and one is added: 0, 1, 3, 7.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quote {
    backslashes: usize,
}

impl Quote {
    /// The mark that begins at `at`, and where the text after it does.
    pub(super) fn open(text: &[u8], at: usize) -> Option<(Self, usize)> {
        let backslashes = text[at..].iter().take(64).take_while(|byte| **byte == b'\\').count();
        let is_level = (backslashes + 1).is_power_of_two();
        (is_level && text.get(at + backslashes) == Some(&b'"'))
            .then_some((Self { backslashes }, at + backslashes + 1))
    }

    /// Where the quoted text that begins at `start` ends, and where the text after its mark
    /// begins. Text that was cut off ends with the text, or with a mark of what is around it.
    pub(super) fn close(self, text: &[u8], start: usize) -> (usize, usize) {
        for quote in memchr::memchr_iter(b'"', &text[start..]) {
            let quote = start + quote;
            let backslashes = backslashes_before(text, quote, start);
            if backslashes < self.backslashes {
                return (quote - backslashes, quote - backslashes);
            }
            // Pairs of backslashes within the text are doubled with every escaping, too.
            if backslashes % (2 * (self.backslashes + 1)) == self.backslashes {
                return (quote - self.backslashes, quote + 1);
            }
        }
        (text.len(), text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_text_ends_at_its_own_mark() {
        for (text, content) in [
            (r#""plain" rest"#, "plain"),
            (r#""a \" b" rest"#, r#"a \" b"#),
            (r#""ends in one \\" rest"#, r"ends in one \\"),
            (r#"\"escaped\" rest"#, "escaped"),
            (r#"\"a \\\" b\" rest"#, r#"a \\\" b"#),
            (r#"\"ends in one \\\\\" rest"#, r"ends in one \\\\"),
            (r#"\\\"twice\\\" rest"#, "twice"),
            (r#"\\\"cut\" rest"#, "cut"),
            (r#""cut"#, "cut"),
            (r#""""#, ""),
        ] {
            let (quote, start) = Quote::open(text.as_bytes(), 0).unwrap();
            let (end, _) = quote.close(text.as_bytes(), start);
            assert_eq!(&text[start..end], content, "{text}");
        }
        assert!(Quote::open(br#"\\"no level has two"#, 0).is_none());
    }

    #[test]
    fn a_token_starts_after_what_is_no_letter() {
        for (text, start) in [
            ("@", true),
            (" @", true),
            ("-@", true),
            ("x@", false),
            ("é@", false),
            (r"\@", false),
            (r"\\@", true),
            (r"\n@", true),
            (r"\\n@", true),
            (r"\u001b@", true),
            (r"u001b@", false),
            (r"\u001b[31m@", true),
            ("\u{1b}[1;31m@", true),
            ("31m@", false),
        ] {
            let at = text.find('@').unwrap();
            assert_eq!(is_start(text.as_bytes(), at), start, "{text}");
        }
    }
}
