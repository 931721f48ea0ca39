//! Durations as Prometheus' configuration has them: `1h30m`, `0`.

use crate::syntax::{milliseconds, parse_duration};

/// Milliseconds, or why `text` is no duration.
pub(super) fn duration(text: &str) -> Result<i64, String> {
    parse_duration(text).map(milliseconds)
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
