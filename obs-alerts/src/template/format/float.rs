//! Floating-point numbers as `strconv.FormatFloat` writes them.

use obs_promql::float::{Exponent, Fixed, General};

/// No number has more digits than so many that are not zero.
const MOST_DIGITS: usize = 1100;

/// `%.Ng`.
pub(in crate::template) fn general(value: f64, precision: usize) -> String {
    format(value, 'g', Some(precision))
}

/// The number in the format of `verb`, with as many digits as `precision` says or as tell it from all
/// others.
pub(super) fn format(value: f64, verb: char, precision: Option<usize>) -> String {
    if !value.is_finite() {
        return Fixed(value).to_string();
    }
    match verb {
        'f' | 'F' => match precision {
            Some(precision) => fixed(value, precision),
            None => Fixed(value).to_string(),
        },
        'e' => match precision {
            Some(precision) => exponent(value, precision),
            None => Exponent(value).to_string(),
        },
        'g' => match precision {
            Some(precision) => shorter(value, precision.max(1)),
            None => General(value).to_string(),
        },
        'x' => hexadecimal(value, precision),
        'b' => {
            let (mantissa, exponent) = parts(value);
            format!("{}{mantissa}p{exponent:+}", sign(value))
        }
        upper => format(value, upper.to_ascii_lowercase(), precision).to_ascii_uppercase(),
    }
}

/// With a point always, and for `%g` with all the digits of its precision: the flag `#`.
pub(super) fn pointed(text: &str, verb: char, precision: Option<usize>) -> String {
    if text.contains(['I', 'N', 'p', 'P']) {
        return text.to_owned();
    }
    let (digits, power) = text.split_at(text.find(['e', 'E']).unwrap_or(text.len()));
    let mut pointed = digits.to_owned();
    if !digits.contains('.') {
        pointed.push('.');
    }
    if matches!(verb, 'v' | 'g' | 'G') {
        let significant = digits.trim_start_matches(['+', '-', '0', '.']);
        let count = significant.bytes().filter(u8::is_ascii_digit).count();
        // A zero alone counts as a digit.
        let count = if significant.is_empty() { 1 } else { count };
        pointed.push_str(&"0".repeat(precision.unwrap_or(6).saturating_sub(count)));
    }
    pointed + power
}

fn sign(value: f64) -> &'static str {
    if value.is_sign_negative() { "-" } else { "" }
}

fn fixed(value: f64, precision: usize) -> String {
    let digits = precision.min(MOST_DIGITS);
    let mut text = format!("{value:.digits$}");
    text.extend(std::iter::repeat_n('0', precision - digits));
    text
}

fn exponent(value: f64, precision: usize) -> String {
    let digits = precision.min(MOST_DIGITS);
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let zeros = "0".repeat(precision - digits);
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{mantissa}{zeros}e{sign}{exponent:0>2}")
}

/// With or without an exponent, whichever suits the number, and without zeros at its end.
fn shorter(value: f64, precision: usize) -> String {
    let precision = precision.min(MOST_DIGITS);
    let text = exponent(value, precision - 1);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let digits = mantissa.trim_end_matches('0').trim_end_matches('.');
    let limit = i32::try_from(precision).unwrap_or(i32::MAX);
    if power < -4 || power >= limit {
        let (_, power) = text.split_once('e').unwrap_or_default();
        return if mantissa.contains('.') { format!("{digits}e{power}") } else { text.clone() };
    }
    let fraction = usize::try_from(limit - 1 - power).unwrap_or(0);
    let text = fixed(value, fraction);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// The mantissa and the power of two that it is multiplied with.
fn parts(value: f64) -> (u64, i64) {
    let bits = value.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0);
    if exponent == 0 { (fraction, -1074) } else { (fraction | (1 << 52), exponent - 1075) }
}

fn hexadecimal(value: f64, precision: Option<usize>) -> String {
    let (mut mantissa, mut exponent) = parts(value);
    if mantissa == 0 {
        exponent = 0;
    } else {
        let shift = mantissa.leading_zeros() - 11;
        mantissa <<= shift;
        exponent += 52 - i64::from(shift);
    }
    // Thirteen digits stand behind the point; fewer are rounded, half to even.
    let mut digits = 13;
    if let Some(precision) = precision
        && precision < digits
    {
        let dropped = 4 * (digits - precision);
        let rest = mantissa & ((1 << dropped) - 1);
        mantissa >>= dropped;
        let half = 1_u64 << (dropped - 1);
        mantissa += u64::from(rest > half || (rest == half && mantissa & 1 == 1));
        digits = precision;
        if mantissa >> (4 * digits) > 1 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let whole = mantissa >> (4 * digits);
    let fraction = mantissa & ((1 << (4 * digits)) - 1);
    let mut behind = if digits == 0 { String::new() } else { format!("{fraction:0digits$x}") };
    match precision {
        None => behind.truncate(behind.trim_end_matches('0').len()),
        Some(precision) => behind.extend(std::iter::repeat_n('0', precision - digits)),
    }
    let point = if behind.is_empty() { "" } else { "." };
    let power = if exponent < 0 { '-' } else { '+' };
    format!("{}0x{whole:x}{point}{behind}p{power}{:02}", sign(value), exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn numbers_are_written_as_go_writes_them() {
        for (value, verb, precision, text) in [
            (1234567.0, 'g', Some(4), "1.235e+06"),
            (1000.0, 'g', Some(4), "1000"),
            (999.96, 'g', Some(4), "1000"),
            (9999.6, 'g', Some(4), "1e+04"),
            (0.00001234, 'g', Some(2), "1.2e-05"),
            (0.0001, 'g', Some(4), "0.0001"),
            (100.0, 'g', Some(1), "1e+02"),
            (0.0, 'g', Some(4), "0"),
            (-0.0, 'g', Some(4), "-0"),
            (2.5, 'f', Some(0), "2"),
            (1.005, 'f', Some(2), "1.00"),
            (1.5, 'e', Some(3), "1.500e+00"),
            (1e100, 'E', Some(1), "1.0E+100"),
            (1e21, 'g', None, "1e+21"),
            (f64::NEG_INFINITY, 'f', Some(2), "-Inf"),
            (f64::NAN, 'g', Some(4), "NaN"),
            (1.0, 'x', None, "0x1p+00"),
            (-1.5, 'x', None, "-0x1.8p+00"),
            (1.999, 'x', Some(1), "0x1.0p+01"),
            (1.0, 'b', None, "4503599627370496p-52"),
        ] {
            assert_eq!(format(value, verb, precision), text, "%{verb} of {value}");
        }
        assert_eq!(format(0.1, 'f', Some(2000)).len(), 2002);
    }
}
