//! Numbers as Go's package `strconv` and its templates read them.

use super::quote::{quoted, unquoted_char};

/// A constant, as all the kinds of number that it can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Number {
    /// As it is written.
    pub(super) literal: String,
    pub(super) int: Option<i64>,
    pub(super) float: Option<f64>,
    /// Only where it is written as one.
    pub(super) complex: Option<(f64, f64)>,
    /// Whether it is a whole number beyond 64 bits with a sign, but not beyond those without.
    pub(super) overflows: bool,
}

impl Number {
    /// Whether a constant that may be of any kind is a floating-point number.
    pub(super) fn looks_like_float(&self) -> bool {
        let hex = self.literal.starts_with("0x") || self.literal.starts_with("0X");
        let hex_int = hex && self.literal.len() > 2 && !self.literal.contains(['p', 'P']);
        !hex_int && !self.literal.starts_with('\'') && self.literal.contains(FLOAT_SIGNS)
    }
}

const FLOAT_SIGNS: [char; 5] = ['.', 'e', 'E', 'p', 'P'];

/// The constant between single quotes.
pub(super) fn character(literal: &str) -> Result<Number, String> {
    let (code, rest) = unquoted_char(literal).ok_or("invalid syntax")?;
    if rest != "'" {
        return Err(format!("malformed character constant: {literal}"));
    }
    let (int, float) = (Some(i64::from(code)), Some(f64::from(code)));
    Ok(Number { literal: literal.to_owned(), int, float, complex: None, overflows: false })
}

/// A complex number with both its parts.
pub(super) fn complex(literal: &str) -> Result<Number, String> {
    let illegal = || format!("illegal number syntax: {}", quoted(literal));
    let signs = |c| c == '+' || c == '-';
    // The sign between the parts is the last that is not an exponent's.
    let split = literal
        .rmatch_indices(signs)
        .map(|(at, _)| at)
        .find(|at| *at > 0 && !literal[..*at].ends_with(['e', 'E', 'p', 'P']));
    let at = split.ok_or_else(illegal)?;
    let re = parse_float(&literal[..at]).map_err(|_| illegal())?;
    let im = parse_float(literal[at..].trim_end_matches('i')).map_err(|_| illegal())?;
    Ok(of_complex(literal, re, im))
}

fn of_complex(literal: &str, re: f64, im: f64) -> Number {
    let float = (im == 0.0).then_some(re);
    let int = float.and_then(whole);
    Number { literal: literal.to_owned(), int, float, complex: Some((re, im)), overflows: false }
}

/// The whole number that equals the floating-point number.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "compared after")]
fn whole(float: f64) -> Option<i64> {
    let int = float as i64;
    (int as f64 == float && int != i64::MAX).then_some(int)
}

/// Any other number.
pub(super) fn number(literal: &str) -> Result<Number, String> {
    if let Some(im) = literal.strip_suffix('i').and_then(|im| parse_float(im).ok()) {
        return Ok(of_complex(literal, 0.0, im));
    }
    let wide = parse_int(literal);
    let int = wide.and_then(|wide| i64::try_from(wide).ok());
    let unsigned = wide.filter(|_| !literal.starts_with('+'));
    let unsigned = unsigned.and_then(|wide| u64::try_from(wide).ok());
    #[expect(clippy::cast_precision_loss, reason = "as a constant of Go")]
    let mut float = int.map(|int| int as f64).or_else(|| unsigned.map(|unsigned| unsigned as f64));
    let mut number = Number {
        literal: literal.to_owned(),
        int,
        float,
        complex: None,
        overflows: int.is_none() && unsigned.is_some(),
    };
    if float.is_none() {
        float = parse_float(literal).ok();
        if float.is_some() && !literal.contains(FLOAT_SIGNS) {
            return Err(format!("integer overflow: {}", quoted(literal)));
        }
        number.float = float;
        number.int = float.and_then(whole);
    }
    if number.float.is_none() {
        return Err(format!("illegal number syntax: {}", quoted(literal)));
    }
    Ok(number)
}

/// A whole number of any base of Go.
fn parse_int(text: &str) -> Option<i128> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    if !separates_digits(digits) {
        return None;
    }
    let prefix = digits.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (base, digits) = match prefix.as_str() {
        "0x" => (16, &digits[2..]),
        "0o" => (8, &digits[2..]),
        "0b" => (2, &digits[2..]),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    let digits = digits.replace('_', "");
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    i128::from_str_radix(&digits, base).ok().map(|value| sign * value)
}

/// Whether underscores stand between digits only, or after the prefix of a base.
fn separates_digits(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let prefixed = ["0x", "0o", "0b"].iter().any(|prefix| lower.starts_with(prefix));
    let hex = lower.starts_with("0x");
    let digits = if prefixed { &lower[2..] } else { &lower };
    // What was last: a digit, an underscore, or something else.
    let mut last = if prefixed { '0' } else { '!' };
    for c in digits.chars() {
        let digit = c.is_ascii_digit() || (hex && c.is_ascii_hexdigit());
        if (c == '_' && last != '0') || (c != '_' && !digit && last == '_') {
            return false;
        }
        last = match c {
            '_' => '_',
            _ if digit => '0',
            _ => '!',
        };
    }
    last != '_'
}

/// What `strconv.ParseFloat` says.
pub(super) fn parse_float(text: &str) -> Result<f64, String> {
    let fail = |why: &str| format!("strconv.ParseFloat: parsing {}: {why}", quoted(text));
    let invalid = || fail("invalid syntax");
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let value = match lower.as_str() {
        "inf" | "infinity" => return Ok(sign * f64::INFINITY),
        // Go's NaN has no sign.
        "nan" if unsigned.len() == text.len() => return Ok(f64::NAN),
        lower if lower.starts_with("0x") => {
            let plain = lower[2..].replace('_', "");
            hex_float(&plain).filter(|_| separates_digits(lower)).ok_or_else(invalid)?
        }
        lower => {
            let is_part = |byte: u8| byte.is_ascii_digit() || b"+-.e_".contains(&byte);
            let numeric = lower.bytes().all(is_part) && separates_digits(lower);
            let digits = lower.replace('_', "");
            if numeric { digits.parse::<f64>().ok() } else { None }.ok_or_else(invalid)?
        }
    };
    if value.is_infinite() { Err(fail("value out of range")) } else { Ok(sign * value) }
}

/// Hexadecimal digits with a binary exponent.
fn hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let exponent: i32 = exponent.parse().ok()?;
    let value = digits.bytes().fold(0.0, |value, digit| {
        value * 16.0 + f64::from(char::from(digit).to_digit(16).unwrap_or(0))
    });
    let shift = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    Some(value * 2.0_f64.powi(exponent.checked_sub(shift)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_read_as_go_reads_them() {
        for (literal, int, float) in [
            ("1", Some(1), Some(1.0)),
            ("-0x1F", Some(-31), Some(-31.0)),
            ("0b101", Some(5), Some(5.0)),
            ("0o17", Some(15), Some(15.0)),
            ("017", Some(15), Some(15.0)),
            ("1_000", Some(1000), Some(1000.0)),
            ("0x_f", Some(15), Some(15.0)),
            ("1e3", Some(1000), Some(1000.0)),
            ("1.5", None, Some(1.5)),
            (".5", None, Some(0.5)),
            ("0x1p-2", None, Some(0.25)),
            ("+7", Some(7), Some(7.0)),
            ("1_000.5", None, Some(1000.5)),
        ] {
            let number = number(literal).unwrap();
            assert_eq!((number.int, number.float), (int, float), "{literal}");
        }
        for (literal, message) in [
            ("089", "integer overflow: \"089\""),
            ("18446744073709551616", "integer overflow: \"18446744073709551616\""),
            ("1__0", "illegal number syntax: \"1__0\""),
            ("1e400", "illegal number syntax: \"1e400\""),
            ("0x", "illegal number syntax: \"0x\""),
            ("+", "illegal number syntax: \"+\""),
        ] {
            assert_eq!(number(literal), Err(message.to_owned()));
        }
        assert!(number("18446744073709551615").unwrap().overflows);
        assert_eq!(complex("1+2i").unwrap().complex, Some((1.0, 2.0)));
        assert_eq!(character("'a'").unwrap().int, Some(97));
    }

    #[test]
    fn texts_are_numbers_where_go_says_so() {
        assert_eq!(parse_float("1e3"), Ok(1000.0));
        assert_eq!(parse_float("+Inf"), Ok(f64::INFINITY));
        assert!(parse_float("NaN").unwrap().is_nan());
        for (text, why) in
            [("one", "invalid syntax"), ("", "invalid syntax"), ("1e999", "value out of range")]
        {
            let message = format!("strconv.ParseFloat: parsing \"{text}\": {why}");
            assert_eq!(parse_float(text), Err(message));
        }
    }
}
