//! Texts to values. An error says what was expected, not what stood there: the caller knows.

use std::net::SocketAddr;
use std::time::Duration;

/// What was expected of a text that did not parse.
pub(super) type Parsed<T> = Result<T, &'static str>;

const DURATION: &str = "a duration such as `500ms`, `30s` or `2m`";

/// A duration as the settings have it: a whole number and one of the units `ms`, `s`, `m`, `h`
/// and `d`.
///
/// ```
/// use std::time::Duration;
///
/// assert_eq!(obs_core::parse_duration("2m"), Ok(Duration::from_secs(120)));
/// assert!(obs_core::parse_duration("2").is_err());
/// ```
///
/// # Errors
///
/// If `text` is none, or above some 136 years.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    duration(text).map_err(|_| DurationError(()))
}

/// A text that is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {DURATION}")]
pub struct DurationError(());

/// `500ms`, `30s`, `2m`, `1h`, `7d`: a whole number and one unit.
pub(super) fn duration(text: &str) -> Parsed<Duration> {
    const EXPECTED: &str = DURATION;
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(EXPECTED)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| EXPECTED)?;
    let seconds = match unit {
        "ms" => return Ok(Duration::from_millis(number)),
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 24 * 3600,
        _ => return Err(EXPECTED),
    };
    // A timer cannot wait for longer than this anyway.
    number.checked_mul(seconds).filter(|s| *s < 1 << 32).map(Duration::from_secs).ok_or(EXPECTED)
}

/// A duration above zero.
pub(super) fn timeout(text: &str) -> Parsed<Duration> {
    duration(text)
        .ok()
        .filter(|duration| !duration.is_zero())
        .ok_or("a duration above zero such as `500ms`, `30s` or `2m`")
}

/// A duration above zero, or `off`.
pub(super) fn timeout_or_off(text: &str) -> Parsed<Option<Duration>> {
    if text == "off" {
        return Ok(None);
    }
    timeout(text).map(Some).map_err(|_| "a duration above zero such as `10m`, or `off`")
}

/// `100MiB`, `64KiB`, `1GB`, `512B` or `512`: a whole number and at most one unit, decimal or
/// binary; the case counts, save for the `k`.
pub(super) fn bytes(text: &str) -> Parsed<u64> {
    const EXPECTED: &str = "a size in bytes such as `100MiB`, `64KiB` or `1GB`";
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| EXPECTED)?;
    let scale: u64 = match unit {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "kiB" | "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return Err(EXPECTED),
    };
    number.checked_mul(scale).ok_or(EXPECTED)
}

/// A size above zero, or `off` for the greatest there is.
pub(super) fn bytes_or_off(text: &str) -> Parsed<u64> {
    if text == "off" {
        return Ok(u64::MAX);
    }
    let size = bytes(text).ok().filter(|size| *size > 0);
    size.ok_or("a size above zero such as `100MiB`, `64KiB` or `1GB`, or `off`")
}

/// A number above zero, or `off` for the greatest there is.
pub(super) fn limit_or_off(text: &str) -> Parsed<usize> {
    if text == "off" {
        return Ok(usize::MAX);
    }
    limit(text).map_err(|_| "a whole number above zero, or `off`")
}

/// A number above zero.
pub(super) fn limit(text: &str) -> Parsed<usize> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or("a whole number above zero")
}

pub(super) fn switch(text: &str) -> Parsed<bool> {
    match text {
        "true" | "on" | "1" => Ok(true),
        "false" | "off" | "0" => Ok(false),
        _ => Err("`true` or `false`, `on` or `off`"),
    }
}

pub(super) fn addr(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "an address and port such as `127.0.0.1:9100`")
}

/// `key=value,key=value`; an empty item is passed over, as after a last comma.
pub(super) fn pairs(text: &str) -> Parsed<Vec<(String, String)>> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| {
            let (key, value) = item.split_once('=').ok_or("`key=value,key=value`")?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// A label name that a user may choose. The last two mean buckets and quantiles.
pub(super) fn is_label(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.starts_with("__")
        && !matches!(name, "le" | "quantile")
}

/// A token that can stand in an `Authorization` header.
pub(super) fn token(text: &str) -> Parsed<String> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(text.to_owned())
    } else {
        Err("a token of visible ASCII characters")
    }
}

/// Undoes the percent encoding of a value in `OTEL_RESOURCE_ATTRIBUTES`; `None` if it is broken.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'%' {
            let (digits, after) = rest.split_at_checked(2)?;
            // `from_str_radix` would take a sign.
            if !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            decoded.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            decoded.push(*byte);
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [
            ("500ms", Some(500)),
            ("30s", Some(30_000)),
            ("2m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("7d", Some(604_800_000)),
            ("0s", Some(0)),
            ("30", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("1.5s", None),
            ("1 s", None),
            ("99999999999999999999s", None),
            ("9999999999999999h", None),
        ] {
            let parsed = duration(text).ok().map(|duration| duration.as_millis());
            assert_eq!(parsed, millis, "{text}");
        }
        assert!(timeout("0s").is_err());
        assert_eq!(timeout_or_off("off"), Ok(None));
    }

    #[test]
    fn sizes() {
        for (text, size) in [
            ("0", Some(0)),
            ("512", Some(512)),
            ("512B", Some(512)),
            ("64KiB", Some(65_536)),
            ("64kB", Some(64_000)),
            ("100MiB", Some(104_857_600)),
            ("1GB", Some(1_000_000_000)),
            ("2TiB", Some(2_199_023_255_552)),
            ("", None),
            ("MiB", None),
            ("100 MiB", None),
            ("100mib", None),
            ("100M", None),
            ("1.5GiB", None),
            ("-1", None),
            ("+1", None),
            ("99999999999TiB", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(bytes(text).ok(), size, "{text}");
        }
    }

    #[test]
    fn lists_of_pairs() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(pairs("a=1, b = x=y ,"), Ok(vec![pair("a", "1"), pair("b", "x=y")]));
        assert!(pairs("a=1,b").is_err());
    }

    #[test]
    fn label_names() {
        for (name, good) in
            [("region", true), ("_x1", true), ("", false), ("1x", false), ("__name__", false)]
        {
            assert_eq!(is_label(name), good, "{name}");
        }
        assert!(!is_label("le") && !is_label("a-b"));
    }

    #[test]
    fn percent_encoding() {
        for (text, decoded) in [
            ("1.2%2Bbuild", Some("1.2+build")),
            ("caf%C3%A9", Some("café")),
            ("100%", None),
            ("%+1", None),
            ("%ff", None),
        ] {
            assert_eq!(percent_decoded(text).as_deref(), decoded, "{text}");
        }
    }
}
