//! The methods of times and durations.

use super::param::Param;
use super::time::{Time, duration_text};
use super::value::{Pointer, Value};

pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    pub(super) body: fn(&Value, &[Value]) -> Result<Value, String>,
}

/// The method `name` of the value.
pub(super) fn find(receiver: &Value, name: &str) -> Option<&'static Method> {
    let methods = match receiver {
        Value::Time(..) => TIME,
        Value::Duration(..) => DURATION,
        Value::Month(_) | Value::Weekday(_) | Value::Histogram(_) => STRING,
        _ => return None,
    };
    methods.iter().find(|method| method.name == name)
}

const SECOND: i64 = 1_000_000_000;

macro_rules! methods {
    ($($name:literal($($param:ident),*) => $body:expr;)*) => {
        &[$(Method { name: $name, params: &[$(Param::$param),*], body: $body }),*]
    };
}

const TIME: &[Method] = methods! {
    "Add"(Duration) => |time, args| moved(time, i128::from(nanos(&args[0])));
    "AddDate"(Int, Int, Int) => |value, args| {
        let later = time(value).add_date(int(&args[0]), int(&args[1]), int(&args[2]));
        later.map(of_time).ok_or_else(|| "the date is too far away".to_owned())
    };
    "After"(Time) => |value, args| Ok(Value::Bool(time(value) > time(&args[0])));
    "Before"(Time) => |value, args| Ok(Value::Bool(time(value) < time(&args[0])));
    "Compare"(Time) => |value, args| Ok(Value::Int(time(value).cmp(&time(&args[0])) as i64));
    "Day"() => |value, _| Ok(Value::Int(time(value).civil().day.into()));
    "Equal"(Time) => |value, args| Ok(Value::Bool(time(value) == time(&args[0])));
    "Format"(String) => |value, args| Ok(Value::string(time(value).format(text(&args[0]))));
    "Hour"() => |value, _| Ok(Value::Int(time(value).civil().hour.into()));
    // Go's zero is the first day of the first year.
    "IsZero"() => |value, _| Ok(Value::Bool(time(value).seconds() == -62_135_596_800));
    "Minute"() => |value, _| Ok(Value::Int(time(value).civil().minute.into()));
    "Month"() => |value, _| Ok(Value::Month(time(value).civil().month));
    "Nanosecond"() => |value, _| Ok(Value::Int(time(value).civil().nanosecond.into()));
    "Second"() => |value, _| Ok(Value::Int(time(value).civil().second.into()));
    "String"() => |value, _| Ok(Value::string(time(value).to_string()));
    "Sub"(Time) => |value, args| {
        let nanos = time(value).0 - time(&args[0]).0;
        let nanos = nanos.clamp(i64::MIN.into(), i64::MAX.into());
        Ok(of_duration(i64::try_from(nanos).unwrap_or_default()))
    };
    "Truncate"(Duration) => |value, args| {
        // Times are cut at multiples since the first day of the first year.
        let (unit, time) = (i128::from(nanos(&args[0])), time(value).0);
        let since_zero = time + 62_135_596_800 * i128::from(SECOND);
        Ok(of_time(Time(if unit > 0 { time - since_zero.rem_euclid(unit) } else { time })))
    };
    "UTC"() => |value, _| Ok(of_time(time(value)));
    "Unix"() => |value, _| Ok(Value::Int64(time(value).seconds()));
    "UnixMicro"() => |value, _| Ok(unix(value, 1_000));
    "UnixMilli"() => |value, _| Ok(unix(value, 1_000_000));
    "UnixNano"() => |value, _| Ok(unix(value, 1));
    "Weekday"() => |value, _| Ok(Value::Weekday(time(value).civil().weekday));
    "Year"() => |value, _| Ok(Value::Int(time(value).civil().year));
    "YearDay"() => |value, _| Ok(Value::Int(i64::from(time(value).civil().year_day) + 1));
};

const DURATION: &[Method] = methods! {
    "Abs"() => |value, _| Ok(of_duration(nanos(value).saturating_abs()));
    "Hours"() => |value, _| Ok(in_units(value, 3600 * SECOND));
    "Microseconds"() => |value, _| Ok(Value::Int64(nanos(value) / 1_000));
    "Milliseconds"() => |value, _| Ok(Value::Int64(nanos(value) / 1_000_000));
    "Minutes"() => |value, _| Ok(in_units(value, 60 * SECOND));
    "Nanoseconds"() => |value, _| Ok(Value::Int64(nanos(value)));
    "Round"(Duration) => |value, args| Ok(of_duration(rounded(nanos(value), nanos(&args[0]))));
    "Seconds"() => |value, _| Ok(in_units(value, SECOND));
    "String"() => |value, _| Ok(Value::string(duration_text(nanos(value))));
    "Truncate"(Duration) => |value, args| {
        let (nanos, unit) = (nanos(value), nanos(&args[0]));
        Ok(of_duration(if unit > 0 { nanos - nanos % unit } else { nanos }))
    };
};

const STRING: &[Method] = methods! {
    "String"() => |value, _| Ok(Value::string(match value {
        Value::Month(month) => super::time::MONTHS[usize::from(*month)].to_owned(),
        Value::Weekday(day) => super::time::WEEKDAYS[usize::from(*day)].to_owned(),
        Value::Histogram(histogram) => super::histogram::text(histogram),
        _ => String::new(),
    }));
};

/// The argument, which was checked to be a time.
fn time(value: &Value) -> Time {
    if let Value::Time(time, _) = value { *time } else { Time(0) }
}

fn nanos(value: &Value) -> i64 {
    if let Value::Duration(nanos, _) = value { *nanos } else { 0 }
}

fn int(value: &Value) -> i64 {
    if let Value::Int(int) = value { *int } else { 0 }
}

fn text(value: &Value) -> &str {
    if let Value::String(text) = value { text } else { "" }
}

fn of_time(time: Time) -> Value {
    Value::Time(time, Pointer::Value)
}

fn of_duration(nanos: i64) -> Value {
    Value::Duration(nanos, Pointer::Value)
}

fn moved(value: &Value, by: i128) -> Result<Value, String> {
    // Ten thousand years each way.
    const LIMIT: i128 = 10_000 * 366 * 86_400 * SECOND as i128;
    let moved = time(value).0 + by;
    if moved.abs() > LIMIT {
        return Err("the time is too far away".to_owned());
    }
    Ok(of_time(Time(moved)))
}

fn unix(value: &Value, unit: i128) -> Value {
    Value::Int64(i64::try_from(time(value).0.div_euclid(unit)).unwrap_or(i64::MAX))
}

/// Whole units and the rest apart, as Go adds them.
#[expect(clippy::cast_precision_loss, reason = "as Go converts it")]
fn in_units(value: &Value, unit: i64) -> Value {
    let nanos = nanos(value);
    Value::Float((nanos / unit) as f64 + (nanos % unit) as f64 / unit as f64)
}

/// Half goes away from zero; what does not fit is the largest there is.
fn rounded(nanos: i64, unit: i64) -> i64 {
    if unit <= 0 {
        return nanos;
    }
    let (wide, unit) = (i128::from(nanos), i128::from(unit));
    let rest = wide % unit;
    let rounded =
        if 2 * rest.abs() >= unit { wide - rest + unit * rest.signum() } else { wide - rest };
    i64::try_from(rounded).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
}
