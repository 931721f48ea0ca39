//! Numbers for people.

use super::Function;
use crate::template::format::general;
use crate::template::number::parse_float;
use crate::template::param::Param;
use crate::template::time::Time;
use crate::template::value::{Pointer, Value};

const ANY: &[Param] = &[Param::Any];
const LARGE: [&str; 8] = ["k", "M", "G", "T", "P", "E", "Z", "Y"];
const BINARY: [&str; 8] = ["ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"];
const SMALL: [&str; 8] = ["m", "u", "n", "p", "f", "a", "z", "y"];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("humanize", ANY, |_, args| number(&args[0]).map(humanize).map(Value::string)),
    Function::new("humanize1024", ANY, |_, args| {
        let value = number(&args[0])?;
        let plain = value.abs() <= 1.0 || !value.is_finite();
        Ok(Value::string(if plain { general(value, 4) } else { scaled(value, 1024.0, &BINARY) }))
    }),
    Function::new("humanizeDuration", ANY, |_, args| {
        number(&args[0]).map(duration).map(Value::string)
    }),
    Function::new("humanizePercentage", ANY, |_, args| {
        Ok(Value::string(format!("{}%", general(number(&args[0])? * 100.0, 4))))
    }),
    Function::new("humanizeTimestamp", ANY, |_, args| {
        let value = number(&args[0])?;
        if value.is_finite() {
            time(value).map(|time| Value::string(time.to_string()))
        } else {
            Ok(Value::string(general(value, 4)))
        }
    }),
];

/// The value as a number, or the number that it reads as.
#[expect(clippy::cast_precision_loss, reason = "as Go converts it")]
pub(super) fn number(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(number) => Ok(*number),
        Value::Int(number) | Value::Int64(number) => Ok(*number as f64),
        Value::String(text) => parse_float(text),
        Value::Duration(nanos, Pointer::Value) => {
            Ok((nanos / 1_000_000_000) as f64 + (nanos % 1_000_000_000) as f64 / 1e9)
        }
        other => Err(format!("can't convert {} to float", other.type_name())),
    }
}

/// Seconds since 1970, in milliseconds as Prometheus has its times.
pub(super) fn time(seconds: f64) -> Result<Time, String> {
    if !seconds.is_finite() {
        return Err("value is NaN or Inf".to_owned());
    }
    let nanos = seconds * 1e9;
    // The bounds are those of 64 bits, as the nearest floating-point numbers.
    if !(-9_223_372_036_854_775_808.0..=9_223_372_036_854_775_808.0).contains(&nanos) {
        let seconds = obs_promql::float::General(seconds);
        return Err(format!(
            "{seconds} cannot be represented as a nanoseconds timestamp since it overflows int64"
        ));
    }
    #[expect(clippy::cast_possible_truncation, reason = "within bounds")]
    let nanos = nanos as i64;
    Ok(Time(i128::from(nanos / 1_000_000) * 1_000_000))
}

/// Without its fraction. What does not fit is the smallest number, as on most machines of Go.
#[expect(clippy::cast_possible_truncation, reason = "within bounds")]
pub(super) fn truncated(value: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    if fits { value as i64 } else { i64::MIN }
}

fn humanize(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        general(value, 4)
    } else if value.abs() >= 1.0 {
        scaled(value, 1000.0, &LARGE)
    } else {
        small(value)
    }
}

/// Divided until it is below `base`.
fn scaled(mut value: f64, base: f64, prefixes: &[&str]) -> String {
    let mut prefix = "";
    for next in prefixes {
        if value.abs() < base {
            break;
        }
        prefix = next;
        value /= base;
    }
    format!("{}{prefix}", general(value, 4))
}

/// Multiplied until it is one or more.
fn small(mut value: f64) -> String {
    let mut prefix = "";
    for next in SMALL {
        if value.abs() >= 1.0 {
            break;
        }
        prefix = next;
        value *= 1000.0;
    }
    format!("{}{prefix}", general(value, 4))
}

fn duration(value: f64) -> String {
    if !value.is_finite() {
        return general(value, 4);
    }
    if value == 0.0 {
        return format!("{}s", general(value, 4));
    }
    if value.abs() < 1.0 {
        return format!("{}s", small(value));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    let value = value.abs();
    let whole = truncated(value);
    let (seconds, minutes, hours) = (whole % 60, whole / 60 % 60, whole / 3600 % 24);
    match whole / 86_400 {
        0 if hours > 0 => format!("{sign}{hours}h {minutes}m {seconds}s"),
        0 if minutes > 0 => format!("{sign}{minutes}m {seconds}s"),
        0 => format!("{sign}{}s", general(value, 4)),
        days => format!("{sign}{days}d {hours}h {minutes}m {seconds}s"),
    }
}
