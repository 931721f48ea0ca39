//! Numbers as the exposition formats write them.

/// Appends a sample value: integers without a point, else the shortest text that reads back equal.
pub(super) fn write_value(out: &mut String, value: f64) {
    // Up to here every integer is exact, and plain digits are no longer than an exponent.
    const EXACT: f64 = 1e15;
    if value.fract() == 0.0 && value.abs() < EXACT && !(value == 0.0 && value.is_sign_negative()) {
        // Exact: an integer of less than 2^53.
        out.push_str(itoa::Buffer::new().format(value as i64));
    } else {
        write_float(out, value);
    }
}

/// Appends an unsigned integer.
#[inline]
pub(super) fn write_u64(out: &mut String, value: u64) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Appends a bucket bound in canonical form, `1.0` for 1 and `1e+06` for a million, which
/// OpenMetrics demands and Prometheus 3 makes of any other: the same series whichever format a
/// scrape asks for. It is what Go's `%g` writes, with a point where that would write an integer
/// (prometheus/model/labels, `FormatOpenMetricsFloat`).
pub(super) fn write_le(out: &mut String, bound: f64) {
    let scientific = format!("{bound:e}");
    let exponent = scientific.split_once('e').and_then(|(digits, exponent)| {
        let exponent = exponent.parse::<i32>().ok()?;
        (!(-4..6).contains(&exponent)).then_some((digits, exponent))
    });
    match exponent {
        Some((digits, exponent)) if bound.is_finite() => {
            let sign = if exponent < 0 { '-' } else { '+' };
            out.push_str(&format!("{digits}e{sign}{:02}", exponent.abs()));
        }
        _ => write_float(out, bound),
    }
}

fn write_float(out: &mut String, value: f64) {
    if value.is_nan() {
        out.push_str("NaN");
    } else if value.is_infinite() {
        out.push_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    } else {
        out.push_str(zmij::Buffer::new().format_finite(value));
    }
}

/// Appends a time in seconds since the epoch, to the millisecond.
pub(super) fn write_millis(out: &mut String, millis: u64) {
    write_u64(out, millis / 1000);
    let rest = millis % 1000;
    out.push('.');
    for digit in [rest / 100, rest / 10 % 10, rest % 10] {
        out.push(char::from(b'0' + digit as u8));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(v: f64) -> String {
        let mut out = String::new();
        write_value(&mut out, v);
        out
    }

    #[test]
    fn numbers_read_as_in_prometheus() {
        for (v, want) in [
            (0.0, "0"),
            (-0.0, "-0.0"),
            (1.0, "1"),
            (-17.0, "-17"),
            (0.1, "0.1"),
            (1e21, "1e+21"),
            (123_456_789_012.0, "123456789012"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(value(v), want);
        }
    }

    #[test]
    fn bounds_are_canonical_floats() {
        // The wanted texts are those of Prometheus 3.5 for the same numbers.
        for (bound, want) in [
            (0.0, "0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.005, "0.005"),
            (0.0001, "0.0001"),
            (0.000_015, "1.5e-05"),
            (1e-7, "1e-07"),
            (123_456.0, "123456.0"),
            (1e6, "1e+06"),
            (1_048_576.0, "1.048576e+06"),
            (-1e9, "-1e+09"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
        ] {
            let mut out = String::new();
            write_le(&mut out, bound);
            assert_eq!(out, want);
        }
    }

    #[test]
    fn times_have_three_decimals() {
        let mut out = String::new();
        write_millis(&mut out, 1_700_000_000_042);
        assert_eq!(out, "1700000000.042");
    }

    proptest! {
        #[test]
        fn every_value_reads_back(v in proptest::num::f64::ANY) {
            let read: f64 = value(v).parse().unwrap();
            prop_assert!(read == v || (read.is_nan() && v.is_nan()));
        }
    }
}
