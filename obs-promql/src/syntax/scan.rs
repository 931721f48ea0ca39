//! Where numbers, durations and strings end.

use super::advice;
use super::lexer::{Advised as _, Lexed, Lexer, is_alphanumeric};
use super::token::TokenKind;

impl Lexer<'_> {
    /// Whether a number follows, which is read. If not, what could be one has been read all the same.
    ///
    /// Some of what is read is no number, and some numbers are not read, such as `0xee` at the end of
    /// the text: the rules are those of Prometheus' `scanNumber`.
    pub(super) fn scan_number(&mut self) -> bool {
        let mut hexadecimal = false;
        if self.accept(|c| c == '0') && self.accept(|c| matches!(c, 'x' | 'X')) {
            self.accept(|c| c == '_');
            hexadecimal = true;
        }
        let digit = |c: char| if hexadecimal { c.is_ascii_hexdigit() } else { c.is_ascii_digit() };
        let exponent = |c: char| matches!(c, 'e' | 'E');
        let not_after = |c: char| matches!(c, '.' | '_' | 'e' | 'E');
        self.accept(|c| c == '.');
        self.accept(digit);
        let (mut seen_dot, mut seen_exponent) = (false, false);
        while let Some(c) = self.peek() {
            match c {
                '.' if seen_dot => {
                    self.bump();
                    return false;
                }
                c if exponent(c) && seen_exponent => {
                    self.bump();
                    return false;
                }
                '.' => {
                    self.bump();
                    seen_dot = true;
                    if self.accept(|c| matches!(c, '_' | '.')) || hexadecimal {
                        return false;
                    }
                }
                c if exponent(c) => {
                    self.bump();
                    seen_exponent = true;
                    self.accept(|c| matches!(c, '+' | '-'));
                    if self.accept(not_after) || self.peek().is_none() {
                        return false;
                    }
                }
                '_' => {
                    self.bump();
                    if self.accept(not_after) || self.peek().is_none() {
                        return false;
                    }
                }
                c if digit(c) => while self.accept(digit) {},
                _ => break,
            }
        }
        !self.peek().is_some_and(is_alphanumeric)
    }

    /// Whether what [`scan_number`](Self::scan_number) has read is the start of a duration, whose rest
    /// is read.
    pub(super) fn scan_duration(&mut self) -> bool {
        // `y` comes first or not at all.
        if !self.accept(|c| "smhdwy".contains(c)) {
            return false;
        }
        self.accept(|c| c == 's');
        while self.accept(|c| c.is_ascii_digit()) {
            while self.accept(|c| c.is_ascii_digit()) {}
            if !self.accept(|c| "smhdw".contains(c)) {
                return false;
            }
            self.accept(|c| c == 's');
        }
        // What does not belong to it is shown with it.
        !self.accept(is_alphanumeric)
    }

    /// The rest of a string between `quote`s.
    pub(super) fn string(&mut self, quote: char) -> Lexed<TokenKind> {
        loop {
            match self.bump() {
                Some('\\') => self.escape(quote)?,
                Some(char::REPLACEMENT_CHARACTER) => return self.fail("invalid UTF-8 rune"),
                None | Some('\n') => {
                    return self.fail("unterminated quoted string").advised(advice::QUOTE);
                }
                Some(c) if c == quote => return Ok(TokenKind::String),
                Some(_) => {}
            }
        }
    }

    /// The rest of a string between backquotes.
    pub(super) fn raw_string(&mut self) -> Lexed<TokenKind> {
        loop {
            match self.bump() {
                Some('`') => return Ok(TokenKind::String),
                Some(char::REPLACEMENT_CHARACTER) => return self.fail("invalid UTF-8 rune"),
                None => return self.fail("unterminated raw string"),
                Some(_) => {}
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self, quote: char) -> Lexed<()> {
        let (digits, base, max) = match self.peek() {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\') => {
                self.bump();
                return Ok(());
            }
            Some(c) if c == quote => {
                self.bump();
                return Ok(());
            }
            Some('0'..='7') => (3, 8, 255),
            Some('x') => (2, 16, 255),
            Some('u') => (4, 16, u32::from(char::MAX)),
            Some('U') => (8, 16, u32::from(char::MAX)),
            Some(c) => {
                let help = format!("write `\\\\{c}`, or the string between backquotes");
                return self
                    .fail(format!("unknown escape sequence {}", code_point(c)))
                    .advised(help.as_str());
            }
            None => return self.fail("escape sequence not terminated"),
        };
        if base == 16 {
            self.bump();
        }
        let mut value: u32 = 0;
        for _ in 0..digits {
            let Some(c) = self.bump() else {
                return self.fail("escape sequence not terminated");
            };
            let Some(digit) = c.to_digit(base) else {
                let c = code_point(c);
                return self.fail(format!("illegal character {c} in escape sequence"));
            };
            value = value.wrapping_mul(base).wrapping_add(digit);
        }
        if value > max || (0xD800..0xE000).contains(&value) {
            return self.fail("escape sequence is an invalid Unicode code point");
        }
        Ok(())
    }
}

/// As `%#U` of Go.
fn code_point(c: char) -> String {
    format!("U+{:04X} '{c}'", u32::from(c))
}

/// The meaning of a string that the lexer has read, quotes and all.
pub(super) fn unquoted(written: &str) -> Vec<u8> {
    let mut chars = written.chars();
    let quote = chars.next();
    chars.next_back();
    let inner = chars.as_str();
    if quote == Some('`') || !inner.contains('\\') {
        return inner.as_bytes().to_vec();
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        bytes.extend_from_slice(rest.get(..at).unwrap_or_default().as_bytes());
        rest = rest.get(at + 1..).unwrap_or_default();
        rest = unescape(rest, &mut bytes);
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Adds what the escape at the start of `rest` means; returns what follows it.
fn unescape<'a>(rest: &'a str, bytes: &mut Vec<u8>) -> &'a str {
    let Some(c) = rest.chars().next() else { return rest };
    let (length, base, skip) = match c {
        '0'..='7' => (3, 8, 0),
        'x' => (2, 16, 1),
        'u' => (4, 16, 1),
        'U' => (8, 16, 1),
        _ => {
            let byte = match c {
                'a' => '\x07',
                'b' => '\x08',
                'f' => '\x0c',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\x0b',
                other => other,
            };
            bytes.extend_from_slice(byte.encode_utf8(&mut [0; 4]).as_bytes());
            return rest.get(c.len_utf8()..).unwrap_or_default();
        }
    };
    let digits = rest.get(skip..skip + length).unwrap_or_default();
    let value = u32::from_str_radix(digits, base).unwrap_or_default();
    match (c, u8::try_from(value)) {
        ('0'..='7' | 'x', Ok(byte)) => bytes.push(byte),
        _ => {
            let c = char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    rest.get(skip + length..).unwrap_or_default()
}
