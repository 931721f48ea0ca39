//! What a scalar is: nothing, a text or a number, by the rules of Go's YAML package.

use granit_parser::ScalarStyle;

/// A scalar, read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scalar<'t> {
    /// `~`, `null` or nothing at all.
    Null,
    /// Text, or anything else taken as the text that it was written as.
    Text(&'t str),
    /// Not what its tag says, such as `!!int abc`.
    Mistagged(&'t str),
}

impl<'t> Scalar<'t> {
    pub(crate) fn new(text: &'t str, style: ScalarStyle, tag: Option<&str>) -> Self {
        let is_plain = style == ScalarStyle::Plain;
        match tag {
            None if is_plain && is_null(text) => Self::Null,
            Some("!!null") if is_null(text) => Self::Null,
            Some("!!int") if integer(text).is_none() => Self::Mistagged(text),
            Some("!!float") if number(text).is_none() => Self::Mistagged(text),
            Some("!!bool") if !is_bool(text) => Self::Mistagged(text),
            // What is in base64 could be anything.
            Some("!!null" | "!!binary") => Self::Mistagged(text),
            _ => Self::Text(text),
        }
    }
}

/// The whole number that a plain scalar is; fractions are cut off, as Go does.
pub(crate) fn whole(text: &str, style: ScalarStyle, tag: Option<&str>) -> Option<i64> {
    match (tag, style) {
        (None, ScalarStyle::Plain) | (Some("!!int" | "!!float"), _) => {}
        _ => return None,
    }
    integer(text).or_else(|| {
        let number = number(text).filter(|number| number.abs() < 9.0e18)?;
        #[expect(clippy::cast_possible_truncation, reason = "within range, and cut off on purpose")]
        Some(number as i64)
    })
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn is_bool(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n")
}

/// `12`, `-0x1F`, `0o17`, `017`, `0b11`, `1_000`.
fn integer(text: &str) -> Option<i64> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')) {
        return None;
    }
    let digits = text.replace('_', "");
    let (sign, digits) = match digits.strip_prefix(['-', '+']) {
        Some(rest) if digits.starts_with('-') => ("-", rest),
        Some(rest) => ("", rest),
        None => ("", digits.as_str()),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|c: char| c.is_ascii_hexdigit()) {
        return None;
    }
    i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()
}

/// `1.5`, `.5`, `1e3`.
fn number(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    let is_digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    (digits.contains(|c: char| c.is_ascii_digit()) && digits.chars().all(is_digits))
        .then(|| digits.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_go() {
        let cases = [
            ("12", Some(12)),
            ("-3", Some(-3)),
            ("+3", Some(3)),
            ("0x1F", Some(31)),
            ("-0x1F", Some(-31)),
            ("0o17", Some(15)),
            ("017", Some(15)),
            ("0b11", Some(3)),
            ("1_000", Some(1000)),
            ("1.9", Some(1)),
            ("1e3", Some(1000)),
            (".5", Some(0)),
            ("09", Some(9)),
            ("--3", None),
            ("1e300", None),
            ("ten", None),
            ("true", None),
            ("", None),
        ];
        for (text, want) in cases {
            assert_eq!(whole(text, ScalarStyle::Plain, None), want, "{text:?}");
        }
        assert_eq!(whole("12", ScalarStyle::DoubleQuoted, None), None, "quoted, a text");
        assert_eq!(whole("12", ScalarStyle::DoubleQuoted, Some("!!int")), Some(12));
    }

    #[test]
    fn nothing_is_written_in_five_ways() {
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(Scalar::new(text, ScalarStyle::Plain, None), Scalar::Null, "{text:?}");
            assert_eq!(
                Scalar::new(text, ScalarStyle::SingleQuoted, None),
                Scalar::Text(text),
                "{text:?}, quoted"
            );
        }
        assert_eq!(Scalar::new("~", ScalarStyle::Plain, Some("!!str")), Scalar::Text("~"));
        assert_eq!(Scalar::new("abc", ScalarStyle::Plain, Some("!!int")), Scalar::Mistagged("abc"));
    }
}
