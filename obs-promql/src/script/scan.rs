//! What the lines of a script are made of: words, numbers, texts between quotes.

use super::error::Fault;
use crate::labels::{Labels, METRIC_NAME};

/// A text and how far it has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// Goes on from the byte `at`.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Takes `what`, if that comes.
    pub(super) fn take(&mut self, what: &str) -> bool {
        let comes = self.rest().starts_with(what);
        if comes {
            self.at += what.len();
        }
        comes
    }

    /// Takes all characters that are as asked.
    pub(super) fn take_while(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !is(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    pub(super) fn skip_space(&mut self) -> bool {
        !self.take_while(is_space).is_empty()
    }

    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.at, message)
    }

    pub(super) fn expect(&mut self, what: &str) -> Result<(), Fault> {
        if self.take(what) { Ok(()) } else { Err(self.fault(format!("expected `{what}`"))) }
    }

    /// `name{label="value", "label"="value"}`; the name may stand between quotes among the labels.
    pub(super) fn metric(&mut self) -> Result<Labels, Fault> {
        let start = self.at;
        let name = self.take_while(|c| is_alphanumeric(c) || c == ':');
        if name.starts_with(|c: char| c.is_ascii_digit())
            || (name.is_empty() && !self.rest().starts_with('{'))
        {
            return Err(Fault::new(start, "expected a series, such as hits{route=\"/\"}"));
        }
        let mut pairs: Vec<(String, String)> = Vec::new();
        if self.take("{") {
            self.label_pairs(&mut pairs)?;
        }
        if !name.is_empty() {
            pairs.push((METRIC_NAME.to_owned(), name.to_owned()));
        }
        Ok(pairs.iter().map(|(name, value)| (&**name, &**value)).collect())
    }

    fn label_pairs(&mut self, pairs: &mut Vec<(String, String)>) -> Result<(), Fault> {
        loop {
            self.skip_space();
            if self.take("}") {
                return Ok(());
            }
            let quoted = matches!(self.peek(), Some('"' | '\'' | '`'));
            let name = if quoted {
                self.quoted_str()?
            } else {
                self.take_while(is_alphanumeric).to_owned()
            };
            if name.is_empty() {
                return Err(self.fault("expected a label or `}`"));
            }
            self.skip_space();
            if self.take("=") {
                self.skip_space();
                let value = self.quoted_str()?;
                pairs.push((name, value));
            } else if quoted {
                pairs.push((METRIC_NAME.to_owned(), name));
            } else {
                return Err(self.fault("expected `=`"));
            }
            self.skip_space();
            if !self.take(",") && self.peek() != Some('}') {
                return Err(self.fault("expected `,` or `}`"));
            }
        }
    }

    /// A text between quotes, of PromQL: `"` and `'` with escapes, `` ` `` without.
    fn quoted_str(&mut self) -> Result<String, Fault> {
        self.quoted().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    pub(super) fn quoted(&mut self) -> Result<Vec<u8>, Fault> {
        let start = self.at;
        let Some(open @ ('"' | '\'' | '`')) = self.peek() else {
            return Err(self.fault("expected a text between quotes"));
        };
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(Fault::new(start, "the quote is not closed"));
            };
            self.at += c.len_utf8();
            if c == open {
                return Ok(bytes);
            }
            if c == '\\' && open != '`' {
                self.escape(open, &mut bytes)?;
            } else {
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
            }
        }
    }

    fn escape(&mut self, open: char, bytes: &mut Vec<u8>) -> Result<(), Fault> {
        let start = self.at.saturating_sub(1);
        let bad = || Fault::new(start, "unknown escape");
        let c = self.peek().ok_or_else(bad)?;
        self.at += c.len_utf8();
        let simple = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            '"' if open == '"' => b'"',
            '\'' if open == '\'' => b'\'',
            'x' => u8::try_from(self.digits(2, 16).ok_or_else(bad)?).map_err(|_| bad())?,
            '0'..='7' => {
                self.at -= 1;
                u8::try_from(self.digits(3, 8).ok_or_else(bad)?).map_err(|_| bad())?
            }
            'u' | 'U' => {
                let code = self.digits(if c == 'u' { 4 } else { 8 }, 16).ok_or_else(bad)?;
                let c = char::from_u32(code).ok_or_else(bad)?;
                bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                return Ok(());
            }
            _ => return Err(bad()),
        };
        bytes.push(simple);
        Ok(())
    }

    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.rest().get(..count)?;
        if !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        self.at += count;
        u32::from_str_radix(digits, radix).ok()
    }

    /// A number without a sign, or `None` where none comes.
    pub(super) fn number(&mut self) -> Result<Option<f64>, Fault> {
        let start = self.at;
        if self.peek().is_some_and(|c| c.is_ascii_alphabetic()) {
            let mut ahead = *self;
            let word = ahead.take_while(|c| c.is_ascii_alphabetic() && c != 'x');
            let value = match &*word.to_ascii_lowercase() {
                "inf" => f64::INFINITY,
                "nan" => f64::NAN,
                _ => return Ok(None),
            };
            *self = ahead;
            return Ok(Some(value));
        }
        let digits = |c: char| c.is_ascii_digit() || c == '_';
        let whole = self.take_while(digits);
        let fraction = if self.take(".") { self.take_while(digits) } else { "" };
        if whole.is_empty() && fraction.is_empty() {
            self.at = start;
            return Ok(None);
        }
        if self.take("e") || self.take("E") {
            let _ = self.take("+") || self.take("-");
            self.take_while(digits);
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let value = number(&text.replace('_', ""));
        value.map(Some).ok_or_else(|| Fault::new(start, format!("{text:?} is no number")))
    }

    /// The number after an `x`.
    pub(super) fn count(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        let count = self.take_while(|c| c.is_ascii_digit()).parse();
        count.map_err(|_| Fault::new(start, "expected how often"))
    }
}

pub(super) const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

pub(super) const fn is_alphanumeric(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A number as Go reads it: integers with a prefix or in octal after a `0`, then floats.
pub(super) fn number(text: &str) -> Option<f64> {
    let (minus, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..)?),
        [b'0', b'b', ..] => (2, lower.get(2..)?),
        [b'0', b'o', ..] => (8, lower.get(2..)?),
        [b'0', _, ..] => (8, lower.get(1..)?),
        _ => (10, &*lower),
    };
    let integer =
        if digits.starts_with(['+', '-']) { None } else { i64::from_str_radix(digits, radix).ok() };
    #[expect(clippy::cast_precision_loss, reason = "as Go makes a float of it")]
    let integer = integer.map(|value| if minus { -(value as f64) } else { value as f64 });
    integer.or_else(|| text.parse().ok())
}
