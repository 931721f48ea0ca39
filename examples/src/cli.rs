//! What the command lines of the examples have in common.

use std::time::Duration;

/// A number of things a second.
///
/// # Errors
///
/// If it is none, or too high to be meant.
pub fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=10_000.0).contains(&rate) => Ok(rate),
        _ => Err("expected a number from 0 to 10000".to_owned()),
    }
}

/// A whole number of seconds, minutes or hours.
///
/// # Errors
///
/// If it is none.
pub fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("expected a duration such as `30s`, `5m` or `1h`".to_owned()),
    };
    let count: u64 = text[..text.len() - unit.len()].parse().map_err(|_| "expected digits")?;
    Ok(Duration::from_secs(count.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "90", "-1s", "1.5s", "1d", "s1"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
