//! Numbers and durations as Go and Prometheus write them.

use std::fmt;

/// A number without an exponent, in as few digits as tell it from all others: Go's
/// `strconv.FormatFloat(v, 'f', -1, 64)`.
///
/// ```
/// use obs_promql::float::Fixed;
///
/// assert_eq!(Fixed(1e21).to_string(), "1000000000000000000000");
/// assert_eq!(Fixed(f64::INFINITY).to_string(), "+Inf");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fixed(pub f64);

/// A number as Go's `%v` and `%g` write it: with an exponent below 1e-4 and from 1e6 on.
///
/// ```
/// use obs_promql::float::General;
///
/// assert_eq!(General(0.00001).to_string(), "1e-05");
/// assert_eq!(General(123456.5).to_string(), "123456.5");
/// assert_eq!(General(1234567.0).to_string(), "1.234567e+06");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct General(pub f64);

/// A number with an exponent, in as few digits as tell it from all others: Go's
/// `strconv.FormatFloat(v, 'e', -1, 64)`.
///
/// ```
/// use obs_promql::float::Exponent;
///
/// assert_eq!(Exponent(1.0).to_string(), "1e+00");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponent(pub f64);

/// Milliseconds as Prometheus writes a duration: `1h30m`; years and weeks only where they come out
/// even.
///
/// ```
/// use obs_promql::float::Millis;
///
/// assert_eq!(Millis(90 * 60_000).to_string(), "1h30m");
/// assert_eq!(Millis(14 * 86_400_000).to_string(), "2w");
/// assert_eq!(Millis(-1_500).to_string(), "-1s500ms");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Millis(pub i64);

/// What has no digits.
fn special(value: f64) -> Option<&'static str> {
    match value {
        value if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match special(self.0) {
            Some(word) => f.write_str(word),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for General {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.abs();
        if magnitude == 0.0 || (1e-4..1e6).contains(&magnitude) {
            write!(f, "{}", Fixed(self.0))
        } else {
            write!(f, "{}", Exponent(self.0))
        }
    }
}

impl fmt::Display for Exponent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(word) = special(self.0) {
            return f.write_str(word);
        }
        // Rust writes `1e-5` where Go writes `1e-05`.
        let text = format!("{:e}", self.0);
        let Some((digits, exponent)) = text.split_once('e') else { return f.write_str(&text) };
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        write!(f, "{digits}e{sign}{exponent:0>2}")
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1000;
        const DAY: u64 = 86_400 * SECOND;
        /// Milliseconds, name, and whether it is for what comes out even only.
        const UNITS: [(u64, &str, bool); 7] = [
            (365 * DAY, "y", true),
            (7 * DAY, "w", true),
            (DAY, "d", false),
            (3600 * SECOND, "h", false),
            (60 * SECOND, "m", false),
            (SECOND, "s", false),
            (1, "ms", false),
        ];
        let mut left = self.0.unsigned_abs();
        if left == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        for (unit, name, even) in UNITS {
            if even && !left.is_multiple_of(unit) {
                continue;
            }
            if left >= unit {
                write!(f, "{}{name}", left / unit)?;
                left %= unit;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_go_writes_them() {
        let cases = [
            (0.0, "0", "0", "0e+00"),
            (-0.0, "-0", "-0", "-0e+00"),
            (1.0, "1", "1", "1e+00"),
            (-12.5, "-12.5", "-12.5", "-1.25e+01"),
            (1e20, "100000000000000000000", "1e+20", "1e+20"),
            (1e21, "1000000000000000000000", "1e+21", "1e+21"),
            (123_456.0, "123456", "123456", "1.23456e+05"),
            (1e-7, "0.0000001", "1e-07", "1e-07"),
            (0.0001, "0.0001", "0.0001", "1e-04"),
            (999_999.5, "999999.5", "999999.5", "9.999995e+05"),
            (1e6, "1000000", "1e+06", "1e+06"),
            (f64::NAN, "NaN", "NaN", "NaN"),
            (f64::INFINITY, "+Inf", "+Inf", "+Inf"),
            (f64::NEG_INFINITY, "-Inf", "-Inf", "-Inf"),
        ];
        for (value, fixed, general, exponent) in cases {
            assert_eq!(Fixed(value).to_string(), fixed);
            assert_eq!(General(value).to_string(), general);
            assert_eq!(Exponent(value).to_string(), exponent);
        }
    }

    #[test]
    fn durations_are_as_prometheus_writes_them() {
        let cases = [
            (0, "0s"),
            (1, "1ms"),
            (1_001, "1s1ms"),
            (61_000, "1m1s"),
            (12 * 7 * 86_400_000, "12w"),
            (90 * 86_400_000, "90d"),
            (365 * 86_400_000, "1y"),
            (372 * 86_400_000, "372d"),
            (366 * 86_400_000, "366d"),
            (-300_000, "-5m"),
            (i64::MIN, "-106751991167d7h12m55s808ms"),
        ];
        for (millis, text) in cases {
            assert_eq!(Millis(millis).to_string(), text);
        }
    }
}
