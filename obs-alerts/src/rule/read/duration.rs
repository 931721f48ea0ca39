//! Durations as Prometheus' files write them.

/// The milliseconds that `text` stands for: `1h30m`, `15s`, `0`.
pub(crate) fn parse(text: &str) -> Result<i64, String> {
    /// From the largest to the smallest; each may be there once, in this order.
    const UNITS: [(&str, u64); 7] = [
        ("y", 365 * 24 * 3_600_000),
        ("w", 7 * 24 * 3_600_000),
        ("d", 24 * 3_600_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    /// Go counts nanoseconds in 64 bits.
    const LARGEST: u64 = i64::MAX.unsigned_abs() / 1_000_000;
    match text {
        "" => return Err("empty duration string".to_owned()),
        "0" => return Ok(0),
        _ => {}
    }
    let invalid = || format!("not a valid duration string: {text:?}");
    let out_of_range = || "duration out of range".to_owned();
    let mut rest = text;
    let mut units = &UNITS[..];
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(invalid)?;
        let (number, after) = rest.split_at(digits);
        let length = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (name, after) = after.split_at(length);
        let unit = units.iter().position(|(unit, _)| *unit == name).ok_or_else(invalid)?;
        if number.is_empty() {
            return Err(invalid());
        }
        let number: u64 = number.parse().map_err(|_| out_of_range())?;
        let part = number.checked_mul(units[unit].1);
        total = part.and_then(|part| total.checked_add(part)).ok_or_else(out_of_range)?;
        units = &units[unit + 1..];
        rest = after;
    }
    i64::try_from(total).ok().filter(|_| total <= LARGEST).ok_or_else(out_of_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_prometheus() {
        let cases = [
            ("0", Ok(0)),
            ("0s", Ok(0)),
            ("15s", Ok(15_000)),
            ("1h30m", Ok(5_400_000)),
            ("1y2w3d4h5m6s7ms", Ok(33_019_506_007)),
            ("1m1ms", Ok(60_001)),
            ("292y", Ok(9_208_512_000_000)),
            ("293y", Err("duration out of range")),
            ("99999999999999999999s", Err("duration out of range")),
            ("", Err("empty duration string")),
            ("5", Err("not a valid duration string: \"5\"")),
            ("5 m", Err("not a valid duration string: \"5 m\"")),
            ("1m1h", Err("not a valid duration string: \"1m1h\"")),
            ("1m1m", Err("not a valid duration string: \"1m1m\"")),
            ("m", Err("not a valid duration string: \"m\"")),
            ("-5m", Err("not a valid duration string: \"-5m\"")),
            ("1.5h", Err("not a valid duration string: \"1.5h\"")),
            ("5M", Err("not a valid duration string: \"5M\"")),
        ];
        for (text, want) in cases {
            assert_eq!(parse(text), want.map_err(str::to_owned), "{text:?}");
        }
    }
}
