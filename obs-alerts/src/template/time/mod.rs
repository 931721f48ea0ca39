//! Times in UTC and durations, as Go's package `time` writes them.

mod layout;

use std::fmt;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Nanoseconds since 1970. Templates reach no further than some centuries from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) i128);

/// A time as calendars and clocks have it. Months and days of the year count from zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u8,
    pub(super) day: u8,
    pub(super) hour: u8,
    pub(super) minute: u8,
    pub(super) second: u8,
    pub(super) nanosecond: u32,
    pub(super) weekday: u8,
    pub(super) year_day: u16,
}

impl Time {
    pub(super) fn seconds(self) -> i64 {
        i64::try_from(self.0.div_euclid(SECOND)).unwrap_or(i64::MAX)
    }

    pub(super) fn civil(self) -> Civil {
        let seconds = self.seconds();
        let (days, of_day) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(days);
        let small = |value: i64| u8::try_from(value).unwrap_or(0);
        Civil {
            year,
            month: small(month),
            day: small(day),
            hour: small(of_day / 3600),
            minute: small(of_day / 60 % 60),
            second: small(of_day % 60),
            nanosecond: u32::try_from(self.0.rem_euclid(SECOND)).unwrap_or(0),
            // 1970 began on a Thursday.
            weekday: small((days + 4).rem_euclid(7)),
            year_day: u16::try_from(days - days_before(year, 0)).unwrap_or(0),
        }
    }

    /// Later by so many years, months and days, where months and days may be more than there are.
    pub(super) fn add_date(self, years: i64, months: i64, days: i64) -> Option<Self> {
        const MOST: i64 = 1_000_000;
        if [years, months, days].iter().any(|number| number.abs() > MOST) {
            return None;
        }
        let civil = self.civil();
        let month = i64::from(civil.month) + months;
        let start = days_before(civil.year + years + month.div_euclid(12), month.rem_euclid(12));
        let days = start + i64::from(civil.day) - 1 + days;
        let of_day = self.0.rem_euclid(i128::from(DAY) * SECOND);
        Some(Self(i128::from(days) * i128::from(DAY) * SECOND + of_day))
    }

    pub(super) fn format(self, text: &str) -> String {
        layout::format(&self.civil(), text)
    }
}

/// Year, month from zero and day from one of a day since 1970. The year is counted from March, whose
/// last day is then the one that leap years have more.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12;
    (era * 400 + year + i64::from(month < 2), month, day)
}

/// The days from 1970 to the first of a month, which counts from zero.
fn days_before(year: i64, month: i64) -> i64 {
    let year = year - i64::from(month < 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 10) % 12) + 2) / 5;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}

/// Nanoseconds as `1h2m3.5s`.
pub(super) fn duration_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    if nanos == 0 {
        return "0s".to_owned();
    }
    let (unit, digits, name) = match nanos {
        0..1_000 => (1, 0, "ns"),
        1_000..1_000_000 => (1_000, 3, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, 6, "ms"),
        _ => (1_000_000_000, 9, "s"),
    };
    let (whole, fraction) = (nanos / unit, nanos % unit);
    let fraction = if fraction == 0 {
        String::new()
    } else {
        format!(".{fraction:0digits$}").trim_end_matches('0').to_owned()
    };
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match name {
        "s" if hours > 0 => format!("{sign}{hours}h{minutes}m{seconds}{fraction}s"),
        "s" if minutes > 0 => format!("{sign}{minutes}m{seconds}{fraction}s"),
        name => format!("{sign}{whole}{fraction}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_go_writes_them() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01 00:00:00 +0000 UTC"),
            (-1, 0, "1969-12-31 23:59:59 +0000 UTC"),
            (1_435_065_584, 128_000_000, "2015-06-23 13:19:44.128 +0000 UTC"),
            (951_782_400, 0, "2000-02-29 00:00:00 +0000 UTC"),
            (-2_203_891_200, 0, "1900-03-01 00:00:00 +0000 UTC"),
            (9_223_372_036, 0, "2262-04-11 23:47:16 +0000 UTC"),
        ] {
            assert_eq!(Time(seconds * SECOND + nanos).to_string(), text);
        }
    }

    #[test]
    fn days_and_dates_agree() {
        for days in (-200_000..200_000).step_by(17) {
            let (year, month, day) = date(days);
            assert_eq!(days_before(year, month) + day - 1, days);
        }
        let civil = Time(i128::from(951_782_400_i64) * SECOND).civil();
        assert_eq!((civil.weekday, civil.year_day), (2, 59));
    }

    #[test]
    fn months_run_over_as_in_go() {
        let january = Time(i128::from(days_before(2023, 0) + 30) * i128::from(DAY) * SECOND);
        let later = january.add_date(0, 1, 0).unwrap();
        assert_eq!(later.to_string(), "2023-03-03 00:00:00 +0000 UTC");
        assert_eq!(january.add_date(i64::MAX, 0, 0), None);
    }

    #[test]
    fn durations_are_written_as_go_writes_them() {
        for (nanos, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_500, "1.5µs"),
            (2_000_000, "2ms"),
            (1_800_000_000_000, "30m0s"),
            (-3_723_500_000_000, "-1h2m3.5s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(duration_text(nanos), text);
        }
    }
}
