//! Numbers and flags, by the rules of Go's YAML package.

use granit_parser::ScalarStyle;

use crate::yaml::{Kind, Scalar};

/// The number that a scalar is; of what is null 0.
pub(super) fn float(kind: &Kind) -> Option<f64> {
    let Kind::Scalar { text, style, tag } = kind else { return None };
    if Scalar::new(text, *style, tag.as_deref()) == Scalar::Null {
        return Some(0.0);
    }
    match (tag.as_deref(), style) {
        (None, ScalarStyle::Plain) | (Some("!!int" | "!!float"), _) => number(text),
        _ => None,
    }
}

/// The flag that a scalar is; what is null is not set.
pub(super) fn flag(kind: &Kind) -> Option<bool> {
    let Kind::Scalar { text, style, tag } = kind else { return None };
    if Scalar::new(text, *style, tag.as_deref()) == Scalar::Null {
        return Some(false);
    }
    if *style != ScalarStyle::Plain || tag.as_deref().is_some_and(|tag| tag != "!!bool") {
        return None;
    }
    match &**text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Some(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Some(false)
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    let plain = text.replace('_', "");
    let (sign, digits) = match plain.as_bytes() {
        [b'-', ..] => (-1.0, &plain[1..]),
        [b'+', ..] => (1.0, &plain[1..]),
        _ => (1.0, &*plain),
    };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if plain == digits => return Some(f64::NAN),
        _ => {}
    }
    let (radix, whole) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if whole.starts_with(|c: char| c.is_ascii_hexdigit())
        && let Ok(whole) = u64::from_str_radix(whole, radix)
    {
        #[expect(clippy::cast_precision_loss, reason = "as Go makes a float of it")]
        return Some(sign * whole as f64);
    }
    let decimal = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let is_decimal = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(decimal);
    is_decimal.then(|| digits.parse::<f64>().ok()).flatten().map(|value| sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Kind {
        Kind::Scalar { text: text.to_owned(), style: ScalarStyle::Plain, tag: None }
    }

    #[test]
    fn numbers_are_as_promtool_reads_them() {
        let cases = [
            ("5", 5.0),
            ("-5", -5.0),
            ("+5", 5.0),
            ("1e3", 1000.0),
            ("1.5E+3", 1500.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("0x10", 16.0),
            ("010", 8.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("1_000", 1000.0),
            ("18446744073709551615", 18_446_744_073_709_551_615.0),
            ("+.inf", f64::INFINITY),
            ("-.Inf", f64::NEG_INFINITY),
            ("~", 0.0),
            ("", 0.0),
        ];
        for (text, want) in cases {
            assert_eq!(float(&plain(text)), Some(want), "{text:?}");
        }
        assert!(float(&plain(".nan")).is_some_and(f64::is_nan));
        for text in ["Inf", "NaN", "0x1p3", "true", "1:30", "ten", "-", "."] {
            assert_eq!(float(&plain(text)), None, "{text:?}");
        }
    }

    #[test]
    fn a_number_in_quotes_is_a_text() {
        let quoted =
            Kind::Scalar { text: "5".to_owned(), style: ScalarStyle::DoubleQuoted, tag: None };
        assert_eq!(float(&quoted), None);
    }

    #[test]
    fn flags_are_as_promtool_reads_them() {
        let cases = [("true", Some(true)), ("yes", Some(true)), ("off", Some(false)), ("1", None)];
        for (text, want) in cases {
            assert_eq!(flag(&plain(text)), want, "{text:?}");
        }
    }
}
