//! Text to the inside of a JSON string.

use std::fmt;

/// Appends `text` as the inside of a JSON string.
///
/// More is escaped than RFC 8259 demands, for whoever looks at the lines with a terminal: all control
/// characters (C0, DEL, C1), line separators that are not `\n`, and the marks that turn the direction
/// of writing. A JSON parser gives back the same text.
pub(crate) fn escape(out: &mut Vec<u8>, text: &str) {
    let mut rest = text;
    loop {
        let clean = clean_prefix(rest.as_bytes());
        // The byte that stopped it begins a character.
        let (head, tail) = rest.split_at(clean);
        out.extend_from_slice(head.as_bytes());
        let Some(stop) = tail.chars().next() else { return };
        escape_char(out, stop);
        rest = &tail[stop.len_utf8()..];
    }
}

fn escape_char(out: &mut Vec<u8>, c: char) {
    let short = match c {
        '"' => b"\\\"",
        '\\' => b"\\\\",
        '\n' => b"\\n",
        '\r' => b"\\r",
        '\t' => b"\\t",
        _ if is_hidden(c) => {
            // None of them is beyond the first plane.
            let code = u32::from(c);
            let digit = |shift: u32| HEX[(code >> shift) as usize & 15];
            out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
            return;
        }
        _ => {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return;
        }
    };
    out.extend_from_slice(short);
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Characters that do something to a terminal, or to a reader, without being seen.
pub(crate) const fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{61c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// How many bytes at the start need no look.
fn clean_prefix(bytes: &[u8]) -> usize {
    const LANES: usize = 16;
    let mut chunks = bytes.chunks_exact(LANES);
    let mut clean = 0;
    for chunk in &mut chunks {
        // Without an early exit, so that it becomes vector instructions.
        if chunk.iter().fold(false, |stop, byte| stop | is_stop(*byte)) {
            break;
        }
        clean += LANES;
    }
    let rest = &bytes[clean..];
    clean + rest.iter().position(|byte| is_stop(*byte)).unwrap_or(rest.len())
}

/// Bytes that begin a character to be escaped; the last three also begin others.
const fn is_stop(byte: u8) -> bool {
    (byte < 0x20)
        | (byte == b'"')
        | (byte == b'\\')
        | (byte == 0x7f)
        | (byte == 0xc2)
        | (byte == 0xd8)
        | (byte == 0xe2)
}

/// Escapes what is formatted into it, up to a number of bytes.
pub(crate) struct Escaped<'a> {
    out: &'a mut Vec<u8>,
    /// The length of `out` that ends the formatting.
    end: usize,
}

impl<'a> Escaped<'a> {
    pub(crate) const fn new(out: &'a mut Vec<u8>, end: usize) -> Self {
        Self { out, end }
    }
}

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.end.saturating_sub(self.out.len());
        // A text of gigabytes is not copied to be thrown away.
        let fits = floor_char_boundary(text, room);
        escape(self.out, &text[..fits]);
        if fits < text.len() || self.out.len() > self.end { Err(fmt::Error) } else { Ok(()) }
    }
}

/// The last character boundary in `text` that is not beyond `at`.
pub(crate) fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Cuts `out[start..]`, the inside of a JSON string, to at most `max` bytes, between two characters
/// and not within an escape.
pub(crate) fn truncate(out: &mut Vec<u8>, start: usize, max: usize) {
    if out.len() - start <= max {
        return;
    }
    let text = &out[start..];
    let mut at = 0;
    loop {
        let step = match text.get(at) {
            Some(b'\\') if text.get(at + 1) == Some(&b'u') => 6,
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(b'\\' | 0xc0..) => 2,
            _ => 1,
        };
        if at + step > max {
            break;
        }
        at += step;
    }
    out.truncate(start + at);
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = Vec::new();
        escape(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_hides_or_forges_is_escaped_and_nothing_else() {
        for (text, want) in [
            ("plain, long enough for a chunk", "plain, long enough for a chunk"),
            ("a \"quote\" and a \\", "a \\\"quote\\\" and a \\\\"),
            ("one\r\ntwo\t", "one\\r\\ntwo\\t"),
            ("\0\x1b[31m\x7f", "\\u0000\\u001b[31m\\u007f"),
            ("\u{85}\u{9b}", "\\u0085\\u009b"),
            ("\u{2028}\u{202e}\u{2066}\u{61c}", "\\u2028\\u202e\\u2066\\u061c"),
            ("£ é ش € … 漢 🦀", "£ é ش € … 漢 🦀"),
            ("/", "/"),
        ] {
            assert_eq!(escaped(text), want, "{text:?}");
        }
    }

    #[test]
    fn formatting_ends_at_the_limit() {
        struct Endless;
        impl fmt::Display for Endless {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                loop {
                    f.write_str("ééé\n")?;
                }
            }
        }
        let mut out = b"before ".to_vec();
        assert!(write!(Escaped::new(&mut out, 40), "{Endless}").is_err());
        assert!((38..48).contains(&out.len()), "{}", out.len());
        assert!(str::from_utf8(&out).is_ok());
    }

    fn any_text() -> impl Strategy<Value = String> {
        let specials = prop::sample::select(vec![
            '"', '\\', '\n', '\0', '\x1f', '\x7f', '\u{80}', '\u{9f}', '\u{a0}', '\u{61c}',
            '\u{61d}', '\u{2027}', '\u{2028}', '\u{202e}', '\u{202f}', '\u{2069}', '\u{206a}',
            '🦀',
        ]);
        prop::collection::vec(
            prop_oneof![any::<char>(), specials, prop::char::range(' ', '~')],
            0..80,
        )
        .prop_map(|chars| chars.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn serde_json_reads_back_what_was_escaped(text in any_text()) {
            let json = format!("\"{}\"", escaped(&text));
            prop_assert!(!json.chars().any(is_hidden), "{json}");
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn a_cut_leaves_the_beginning_of_the_text(text in any_text(), max in 0..100_usize) {
            let mut out = b"\"".to_vec();
            escape(&mut out, &text);
            let whole = out.len();
            truncate(&mut out, 1, max);
            prop_assert!(out.len() == whole || out.len() - 1 <= max && out.len() + 6 > max.min(whole));
            out.push(b'"');
            let kept: String = serde_json::from_slice(&out).unwrap();
            prop_assert!(text.starts_with(&kept));
        }
    }
}
