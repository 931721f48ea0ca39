//! What numbers and durations mean.

use crate::text::Text;

/// The value of a number as it is written.
///
/// # Errors
///
/// In Prometheus' words, if there is none.
pub(super) fn parse_number(written: &str) -> Result<f64, String> {
    if let Some(value) = parse_integer(written) {
        return Ok(value);
    }
    let failed = |why: &str| {
        let written = Text::from(written);
        Err(format!("error parsing number: strconv.ParseFloat: parsing {written}: {why}"))
    };
    // The lexer reads no hexadecimal fractions, and `f64` knows none.
    if !underscores_separate_digits(written) {
        return failed("invalid syntax");
    }
    let digits = written.replace('_', "");
    match digits.parse::<f64>() {
        Ok(value)
            if value.is_infinite()
                && written.starts_with(|c: char| c.is_ascii_digit() || c == '.') =>
        {
            failed("value out of range")
        }
        Ok(value) => Ok(value),
        Err(_) => failed("invalid syntax"),
    }
}

/// The value of an integer of 64 bits: in base 16 after `0x`, in base 8 after `0`, else in base 10.
fn parse_integer(written: &str) -> Option<f64> {
    if !underscores_separate_digits(written) {
        return None;
    }
    let digits = written.replace('_', "");
    let lower = digits.to_ascii_lowercase();
    let value = if let Some(digits) = lower.strip_prefix("0x") {
        i64::from_str_radix(digits, 16)
    } else if let Some(digits) = lower.strip_prefix('0').filter(|digits| !digits.is_empty()) {
        i64::from_str_radix(digits, 8)
    } else {
        lower.parse()
    };
    // Rust takes a sign where Go takes none; the lexer reads none.
    #[expect(clippy::cast_precision_loss, reason = "to the nearest, as for all numbers")]
    value.ok().map(|value: i64| value as f64)
}

/// Whether each underscore stands between two digits, or between `0x` and a digit.
fn underscores_separate_digits(written: &str) -> bool {
    let bytes = written.as_bytes();
    if !bytes.contains(&b'_') {
        return true;
    }
    let hexadecimal = written.starts_with("0x") || written.starts_with("0X");
    let digit = |byte: Option<&u8>| match byte {
        Some(byte) if hexadecimal => byte.is_ascii_hexdigit() || matches!(byte, b'x' | b'X'),
        Some(byte) => byte.is_ascii_digit(),
        None => false,
    };
    let underscores = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    underscores
        .map(|(at, _)| at)
        .all(|at| at > 0 && digit(bytes.get(at - 1)) && digit(bytes.get(at + 1)))
}

/// Units of durations in nanoseconds, in the order in which they are written.
const UNITS: &[(&str, u64)] = &[
    ("y", 365 * 86_400_000_000_000),
    ("w", 7 * 86_400_000_000_000),
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
];

/// The seconds of a duration such as `1h30m`.
///
/// # Errors
///
/// In Prometheus' words, if it is none.
pub(crate) fn parse_duration(written: &str) -> Result<f64, String> {
    let invalid = || format!("not a valid duration string: {}", Text::from(written));
    let out_of_range = || "duration out of range".to_owned();
    match written {
        "0" => return Ok(0.0),
        "" => return Err("empty duration string".to_owned()),
        _ => {}
    }
    let mut rest = written;
    let mut units = UNITS;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        let count: u64 = digits.parse().map_err(|_| invalid())?;
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        if unit.is_empty() {
            return Err(invalid());
        }
        if !UNITS.iter().any(|(name, _)| *name == unit) {
            let (unit, written) = (Text::from(unit), Text::from(written));
            return Err(format!("unknown unit {unit} in duration {written}"));
        }
        let place = units.iter().position(|(name, _)| *name == unit).ok_or_else(invalid)?;
        let nanoseconds = units.get(place).map_or(1, |(_, nanoseconds)| *nanoseconds);
        units = units.get(place + 1..).unwrap_or_default();
        if count > (1 << 63) / nanoseconds {
            return Err(out_of_range());
        }
        total = total.saturating_add(count.saturating_mul(nanoseconds));
        if i64::try_from(total).is_err() {
            return Err(out_of_range());
        }
        rest = after;
    }
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
    let seconds = (total / 1_000_000_000) as f64 + (total % 1_000_000_000) as f64 / 1e9;
    Ok(seconds)
}

/// Milliseconds of so many seconds: to the nearest nanosecond first, then down, as Prometheus has it.
pub(crate) fn milliseconds(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "what is out of range is the last in it")]
    let nanoseconds = (seconds * 1e9).round() as i64;
    nanoseconds / 1_000_000
}

/// Whether seconds do not fit in 64 bits of nanoseconds.
pub(super) fn out_of_range(seconds: f64) -> bool {
    // 2^63 nanoseconds.
    const LIMIT: f64 = 9_223_372_036.854_776;
    !(-LIMIT..=LIMIT).contains(&seconds) && !seconds.is_nan()
}
