//! Durations as Prometheus' configuration has them: `1h30m`, `0`.

/// From the largest, as they have to follow each other: name and milliseconds.
const UNITS: [(&str, i64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Milliseconds, or why `text` is no duration.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    let bad = || format!("{text:?} is no duration, such as 5m or 1h30m");
    if text == "0" {
        return Ok(0);
    }
    if text.is_empty() {
        return Err("a duration is missing".to_owned());
    }
    let mut rest = text;
    let mut units = UNITS.iter();
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (digits, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, |c| c.is_ascii_lowercase());
        let (_, millis) = units.find(|(name, _)| *name == unit).ok_or_else(bad)?;
        let count: i64 = digits.parse().map_err(|_| bad())?;
        total =
            count.checked_mul(*millis).and_then(|part| total.checked_add(part)).ok_or_else(bad)?;
        rest = after;
    }
    // Prometheus counts nanoseconds in 64 bits.
    if total > i64::MAX / 1_000_000 { Err(format!("{text:?} is too long")) } else { Ok(total) }
}

/// A time of a script in milliseconds: `text` is a duration from its time 0, or a number of seconds, which
/// may be below zero.
///
/// ```
/// use obs_promql::script::parse_time;
///
/// assert_eq!(parse_time("1h30m"), Some(5_400_000));
/// assert_eq!(parse_time("-1.5"), Some(-1_500));
/// assert_eq!(parse_time("soon"), None);
/// ```
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    if let Ok(millis) = duration(text) {
        return Some(millis);
    }
    let seconds: f64 = text.parse().ok()?;
    // Times are exact as long as their milliseconds fit into a float.
    #[expect(clippy::cast_possible_truncation, reason = "bounds are checked first")]
    (seconds.abs() < 9e12).then(|| (seconds * 1000.0).round() as i64)
}

/// The part of which all characters are as asked, and the rest.
pub(super) fn split(text: &str, is: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn units_follow_each_other_from_the_largest() {
        for (text, millis) in
            [("0", 0), ("5m", 300_000), ("1h30m", 5_400_000), ("1d1ms", 86_400_001), ("0s", 0)]
        {
            assert_eq!(duration(text), Ok(millis), "{text}");
        }
        for text in ["", "5", "m", "5m1h", "1m1m", "-5m", "1.5s", "300y", "99999999999999999999s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
