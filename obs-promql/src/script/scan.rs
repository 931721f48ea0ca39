//! What the lines of a script are made of: words, numbers, metrics.

use super::error::Fault;
use crate::labels::Labels;
use crate::syntax::metric_prefix;

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

    /// `name{label="value"}`
    pub(super) fn metric(&mut self) -> Result<Labels, Fault> {
        match metric_prefix(self.rest()) {
            Ok((labels, end)) => {
                self.at += end;
                Ok(labels)
            }
            Err(error) => Err(Fault::new(self.at + error.span.start, error.message)),
        }
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
