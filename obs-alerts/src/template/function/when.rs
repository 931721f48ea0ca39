//! Times and durations.

use super::humanize::{number, time, truncated};
use super::{Function, string};
use crate::template::param::Param;
use crate::template::quote::quoted;
use crate::template::value::{Pointer, Value};

const ANY: &[Param] = &[Param::Any];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("toTime", ANY, |_, args| {
        Ok(Value::Time(time(number(&args[0])?)?, Pointer::Pointer))
    }),
    Function::new("toDuration", ANY, |_, args| {
        let nanos = truncated(number(&args[0])? * 1e9);
        Ok(Value::Duration(nanos, Pointer::Pointer))
    }),
    Function::new("now", &[], |env, _| {
        #[expect(clippy::cast_precision_loss, reason = "times are far below the limit")]
        Ok(Value::Float(env.data.now as f64 / 1000.0))
    }),
    Function::new("parseDuration", &[Param::String], |_, args| {
        let text = string(args, 0);
        let (sign, positive) = match text.strip_prefix('-') {
            Some(positive) => (-1.0, positive),
            None => (1.0, text),
        };
        // The sign of zero is lost in Go, whose nanoseconds are whole numbers.
        parse(positive)
            .map(|seconds| Value::Float(if seconds == 0.0 { 0.0 } else { sign * seconds }))
    }),
];

/// Seconds of `1h30m`.
#[expect(clippy::cast_precision_loss, reason = "as Go converts it")]
fn parse(text: &str) -> Result<f64, String> {
    const UNITS: [(&str, u64); 7] = [
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ];
    const LONGEST: u64 = (i64::MAX / 1_000_000).unsigned_abs();
    let invalid = || format!("not a valid duration string: {}", quoted(text));
    match text {
        "0" => return Ok(0.0),
        "" => return Err("empty duration string".to_owned()),
        _ => {}
    }
    let (mut rest, mut millis, mut next) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let (digits, after) = parts(rest, |c| c.is_ascii_digit());
        let count: u64 = digits.parse().map_err(|_| invalid())?;
        let (unit, after) = parts(after, |c| !c.is_ascii_digit());
        if unit.is_empty() {
            return Err(invalid());
        }
        let position = UNITS
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or_else(|| format!("unknown unit {} in duration {}", quoted(unit), quoted(text)))?;
        // Units go from the largest to the smallest.
        if position < next {
            return Err(invalid());
        }
        next = position + 1;
        millis = count
            .checked_mul(UNITS[position].1)
            .and_then(|more| millis.checked_add(more))
            .filter(|millis| *millis <= LONGEST)
            .ok_or_else(|| "duration out of range".to_owned())?;
        rest = after;
    }
    Ok((millis * 1_000_000) as f64 / 1e9)
}

fn parts(text: &str, is: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !is(c)).unwrap_or(text.len()))
}
