//! Text between quotes, as Go's package `strconv` writes and reads it.

use obs_promql::Text;

/// The text between double quotes, with escapes where Go writes them.
pub(super) fn quoted(text: &str) -> String {
    Text::from(text).to_string()
}

/// The character between single quotes.
pub(super) fn quoted_char(c: char) -> String {
    match c {
        '\'' => r"'\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let double = quoted(c.encode_utf8(&mut [0; 4]));
            format!("'{}'", &double[1..double.len() - 1])
        }
    }
}

/// The same in ASCII.
pub(super) fn ascii(quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        match u32::from(c) {
            code if c.is_ascii() => text.push(char::from_u32(code).unwrap_or_default()),
            code if code < 0x10000 => text.push_str(&format!("\\u{code:04x}")),
            code => text.push_str(&format!("\\U{code:08x}")),
        }
    }
    text
}

/// Whether Go would print the character as it is.
pub(super) fn is_print(c: char) -> bool {
    matches!(c, '"' | '\\') || !quoted(c.encode_utf8(&mut [0; 4])).starts_with("\"\\")
}

/// `U+00E9 'é'`, as `%#U` writes it.
pub(super) fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_print(c) { format!("{code} '{c}'") } else { code }
}

/// The text of a literal between double quotes or backquotes, quotes included; none where Go says
/// `invalid syntax`.
pub(super) fn unquoted(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`') {
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let (unit, after) = unit(rest, '"')?;
        match unit {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = after;
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The code of the character of a literal between single quotes, and what follows it there.
pub(super) fn unquoted_char(literal: &str) -> Option<(u32, &str)> {
    let (unit, rest) = unit(literal.strip_prefix('\'')?, '\'')?;
    let code = match unit {
        Unit::Byte(byte) => u32::from(byte),
        Unit::Char(c) => u32::from(c),
    };
    Some((code, rest))
}

enum Unit {
    Byte(u8),
    Char(char),
}

/// The first character or escape of `text`, and what follows.
fn unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote || first == '\n' {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Char(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let simple = match escape {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '\\' => '\\',
        c if c == quote => c,
        'x' => return number(rest, 2, 16).and_then(|(code, rest)| byte(code, rest)),
        '0'..='7' => {
            return number(&text[1..], 3, 8).and_then(|(code, rest)| byte(code, rest));
        }
        'u' | 'U' => {
            let (code, rest) = number(rest, if escape == 'u' { 4 } else { 8 }, 16)?;
            return Some((Unit::Char(char::from_u32(code)?), rest));
        }
        _ => return None,
    };
    Some((Unit::Char(simple), rest))
}

fn number(text: &str, digits: usize, base: u32) -> Option<(u32, &str)> {
    let code = text.get(..digits)?;
    if code.starts_with('+') {
        return None;
    }
    Some((u32::from_str_radix(code, base).ok()?, &text[digits..]))
}

fn byte(code: u32, rest: &str) -> Option<(Unit, &str)> {
    Some((Unit::Byte(u8::try_from(code).ok()?), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_as_go_reads_them() {
        for (literal, text) in [
            (r#""a\"b""#, Some("a\"b")),
            (r#""\x41\101\u0041\U00000041""#, Some("AAAA")),
            (r#""\xc3\xa9""#, Some("é")),
            (r#""\xff""#, Some("\u{fffd}")),
            ("`a\\n\r`", Some("a\\n")),
            (r#""\'""#, None),
            (r#""\400""#, None),
            (r#""\ud800""#, None),
            (r#""\x+1""#, None),
        ] {
            assert_eq!(unquoted(literal).as_deref(), text, "{literal}");
        }
        assert_eq!(unquoted_char("'a'"), Some((97, "'")));
        assert_eq!(unquoted_char(r"'\''"), Some((39, "'")));
        assert_eq!(unquoted_char("'ab'"), Some((97, "b'")));
        assert_eq!(unquoted_char("''"), None);
    }

    #[test]
    fn characters_are_shown_as_go_shows_them() {
        assert_eq!(code_point('\u{a0}'), "U+00A0");
        assert_eq!(code_point('+'), "U+002B '+'");
        assert_eq!(quoted_char('\''), r"'\''");
        assert_eq!(quoted_char('\n'), r"'\n'");
        assert_eq!(ascii(&quoted("é")), "\"\\u00e9\"");
    }
}
