//! Times, and what the calendar says of them.

use super::scalar::seconds;
use super::{Body, Function, WholeBody};
use crate::error::EvalError;
use crate::eval::{Call, Evaluated, Grid, Row};
use crate::labels::Labels;
use crate::source::Samples;
use crate::syntax::{Selector, TimeModifiers};
use crate::value::{Sample, Type};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "timestamp",
        &[Type::Vector],
        Type::Vector,
        "When each element of a selector was sampled, in seconds since 1970; of another expression \
         the time of the step.",
        Body::Whole(timestamp),
    ),
    Function::new(
        "start_timestamp",
        &[Type::Vector],
        Type::Vector,
        "When the counter of each element of a selector began, in seconds since 1970. No element of \
         another expression, or without Options::start_timestamps.",
        Body::Whole(start_timestamp),
    )
    .experimental(),
    date("minute", "The minute of the hour, in UTC, of each time.", |call| {
        times(call, |time| time.second_of_day / 60 % 60)
    }),
    date("hour", "The hour of the day, in UTC, of each time.", |call| {
        times(call, |time| time.second_of_day / 3600)
    }),
    date("day_of_week", "The day of the week, in UTC, of each time: 0 for Sunday.", |call| {
        times(call, |time| (time.days + 4).rem_euclid(7))
    }),
    date("day_of_month", "The day of the month, in UTC, of each time: 1 for the first.", |call| {
        times(call, |time| Date::of(time.days).day)
    }),
    date("day_of_year", "The day of the year, in UTC, of each time: 1 for the first.", |call| {
        times(call, |time| time.days - Date { month: 1, day: 1, ..Date::of(time.days) }.days() + 1)
    }),
    date("days_in_month", "How many days the month, in UTC, of each time has.", |call| {
        times(call, |time| Date::of(time.days).days_in_month())
    }),
    date("month", "The month, in UTC, of each time: 1 for January.", |call| {
        times(call, |time| Date::of(time.days).month)
    }),
    date("year", "The year, in UTC, of each time.", |call| {
        times(call, |time| Date::of(time.days).year)
    }),
];

/// A function of times: of the elements, or of the step if there is no argument.
const fn date(name: &'static str, doc: &'static str, body: WholeBody) -> Function {
    Function::new(name, &[Type::Vector], Type::Vector, doc, Body::Whole(body)).optional()
}

fn timestamp(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let mut grid = match call.selector(0)? {
        Some(selector) if selector.time.at.is_some() && selector.time.offset.is_some() => {
            pinned(call, selector)?
        }
        Some(selector) => call.evaluator.selector_with(selector, own_time)?,
        None => {
            let mut grid = call.grid(0)?;
            for row in 0..grid.rows.len() {
                for step in 0..grid.steps {
                    if grid.kind(row, step) != crate::eval::Cell::Absent {
                        grid.set_float(row, step, seconds(call.evaluator.steps.time(step)));
                    }
                }
            }
            grid
        }
    };
    call.evaluator.drop_names(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

#[expect(clippy::unnecessary_wraps, reason = "what `selector_with` calls may fail")]
fn own_time(_: Sample, samples: &Samples<'_>, number: usize) -> Result<Sample, EvalError> {
    Ok(Sample::Float(samples.times.get(number).copied().map_or(0.0, seconds)))
}

/// The times of samples with both `@` and `offset`. Prometheus fetches them with the offset, and then
/// looks for the newest at the time of `@` without it.
fn pinned(call: &mut Call<'_, '_>, selector: &Selector) -> Result<Grid, EvalError> {
    let moved = call.evaluator.looked_at(&selector.time)?;
    let at = TimeModifiers { offset: None, ..selector.time.clone() };
    let times = call.evaluator.looked_at(&at)?;
    let newest: Vec<i64> = times.iter().zip(&moved).map(|(a, b)| *a.min(b)).collect();
    let mut grid = call.evaluator.newest(&selector.matchers, &newest, own_time)?;
    let lookback = call.evaluator.options.lookback;
    for row in 0..grid.rows.len() {
        for (step, (at, moved)) in times.iter().zip(&moved).enumerate() {
            let oldest = seconds(at.max(moved).saturating_sub(lookback));
            if grid.float(row, step).is_some_and(|own| own <= oldest) {
                grid.clear(row, step);
            }
        }
    }
    grid.drop_empty_rows();
    Ok(grid)
}

fn start_timestamp(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let Some(selector) = call.selector(0)?.filter(|_| call.evaluator.options.start_timestamps)
    else {
        // What is asked for may fail all the same.
        call.grid(0)?;
        return Ok(Evaluated::Grid(Grid::new(call.evaluator.steps.count)));
    };
    let mut grid = call.evaluator.selector_with(selector, |_, samples, number| {
        Ok(Sample::Float(samples.starts.get(number).copied().map_or(0.0, seconds)))
    })?;
    call.evaluator.drop_names(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

fn times(call: &mut Call<'_, '_>, of: fn(Time) -> i64) -> Result<Evaluated, EvalError> {
    #[expect(clippy::cast_precision_loss, reason = "years are far from where floats have gaps")]
    let of = |seconds| of(Time::of(seconds)) as f64;
    if !call.args.is_empty() {
        return call.map_floats(0, |value, _| Some(of(whole_seconds(value))));
    }
    let steps = call.evaluator.steps;
    let mut grid = Grid::with_capacity(steps.count, 1);
    let row = grid.push_row(Row { labels: Labels::empty(), drop_name: false });
    for (step, time) in steps.times().enumerate() {
        grid.set_float(row, step, of(i128::from(time / 1000)));
    }
    Ok(Evaluated::Grid(grid))
}

/// A float as `time.Unix(int64(value), 0)` of Go takes it, on x86-64.
#[expect(clippy::cast_possible_truncation, reason = "bounds are checked first")]
fn whole_seconds(value: f64) -> i128 {
    // Go counts from the year -292277022399, and what is before that comes from the other end.
    const FIRST: i128 = -9_223_372_028_741_760_000;
    let seconds = if value.abs() < 9_223_372_036_854_775_808.0 { value as i64 } else { i64::MIN };
    let seconds = i128::from(seconds);
    if seconds < FIRST { seconds + (1 << 64) } else { seconds }
}

/// A time in UTC.
#[derive(Clone, Copy)]
struct Time {
    /// Days since 1970-01-01.
    days: i64,
    second_of_day: i64,
}

impl Time {
    fn of(seconds: i128) -> Self {
        // Days and seconds of a day both fit: seconds have 65 bits at most.
        let days = i64::try_from(seconds.div_euclid(86_400)).unwrap_or_default();
        let second_of_day = i64::try_from(seconds.rem_euclid(86_400)).unwrap_or_default();
        Self { days, second_of_day }
    }
}

/// A day of the Gregorian calendar.
#[derive(Clone, Copy)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// The day this many days after 1970-01-01.
    ///
    /// Years are counted from March here, so that the leap day is the last of its year; eras are the
    /// 400 years after which the calendar repeats. See Howard Hinnant, "chrono-compatible low-level
    /// date algorithms".
    const fn of(days: i64) -> Self {
        let from_march = days + 719_468;
        let era = from_march.div_euclid(146_097);
        let day_of_era = from_march.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + (month <= 2) as i64;
        Self { year, month, day }
    }

    /// Days since 1970-01-01.
    const fn days(self) -> i64 {
        let year = self.year - (self.month <= 2) as i64;
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (self.month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }

    const fn days_in_month(self) -> i64 {
        let first = Self { day: 1, ..self };
        let next = if self.month == 12 {
            Self { year: self.year + 1, month: 1, day: 1 }
        } else {
            Self { month: self.month + 1, ..first }
        };
        next.days() - first.days()
    }
}

/// A time in milliseconds as RFC 3339 has it: `2026-01-31T23:59:59Z`.
pub(super) fn rfc3339(millis: i64) -> String {
    let time = Time::of(i128::from(millis / 1000));
    let (Date { year, month, day }, second) = (Date::of(time.days), time.second_of_day);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}
