//! When a file has been open long enough.

use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// How often a log file is closed and another begun, whatever its size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rotation {
    /// At each full hour.
    Hourly,
    /// At midnight.
    #[default]
    Daily,
    /// By size only.
    Never,
}

/// The moments at which files change.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    pub(super) every: Rotation,
    pub(super) zone: TimeZone,
}

impl Schedule {
    /// The first such moment after `at`: an instant, so that a day of 23 hours and an hour that
    /// comes twice are neither skipped nor cut in two.
    fn after(&self, at: SystemTime) -> Option<SystemTime> {
        let local = Timestamp::try_from(at).ok()?.to_zoned(self.zone.clone());
        match self.every {
            Rotation::Never => None,
            Rotation::Hourly => {
                let whole = i64::from(local.minute()) * 60 + i64::from(local.second());
                let gone = Duration::from_secs(whole.unsigned_abs())
                    + Duration::from_nanos(local.subsec_nanosecond().unsigned_abs().into());
                at.checked_add(Duration::from_secs(3600).saturating_sub(gone))
            }
            Rotation::Daily => {
                // Where midnight is skipped this is the first moment after it.
                let next: Zoned = local.date().tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?;
                Some(next.timestamp().into())
            }
        }
    }
}

/// The time that the lines of one file are of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    since: SystemTime,
    until: Option<SystemTime>,
}

impl Period {
    /// That of a file whose last line was written at `at`.
    pub(super) fn of(schedule: &Schedule, at: SystemTime) -> Self {
        Self { since: at, until: schedule.after(at) }
    }

    /// Whether the file is to be closed at `now`.
    pub(super) fn is_over(&mut self, schedule: &Schedule, now: SystemTime) -> bool {
        let Some(until) = self.until else { return false };
        if now >= until {
            return true;
        }
        // A clock that is set back a little, as after midnight, waits for its next boundary; one
        // that is set back further would wait for as long as it was ahead.
        if schedule.after(now).is_some_and(|next| next < self.since) {
            *self = Self::of(schedule, now);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
    // Half an hour, and a change at midnight.
    const LORD_HOWE: &str = "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0";
    const HAVANA: &str = "CST5CDT,M3.2.0/0,M11.1.0/1";

    fn schedule(every: Rotation, zone: &str) -> Schedule {
        Schedule { every, zone: TimeZone::posix(zone).unwrap() }
    }

    fn t(text: &str) -> SystemTime {
        text.parse::<Timestamp>().unwrap().into()
    }

    #[test]
    fn boundaries() {
        use Rotation::{Daily, Hourly};
        for (every, zone, at, next) in [
            (Daily, "UTC0", "2026-11-23T14:05:07Z", "2026-11-24T00:00:00Z"),
            (Daily, "UTC0", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"),
            (Daily, "UTC0", "2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"),
            (Hourly, "UTC0", "2026-11-23T14:05:07.25Z", "2026-11-23T15:00:00Z"),
            (Hourly, "UTC0", "2026-11-23T15:00:00Z", "2026-11-23T16:00:00Z"),
            (Daily, BERLIN, "2026-11-23T14:05:07Z", "2026-11-23T23:00:00Z"),
            // The day of 23 hours, and the day of 25.
            (Daily, BERLIN, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
            (Daily, BERLIN, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
            // From 2 to 3 o'clock there is no hour, or there are two.
            (Hourly, BERLIN, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"),
            (Hourly, BERLIN, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
            (Hourly, BERLIN, "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z"),
            (Hourly, BERLIN, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"),
            (Hourly, LORD_HOWE, "2026-06-01T00:10:00Z", "2026-06-01T00:30:00Z"),
            // Midnight does not exist, or comes twice: the first of them begins the day.
            (Daily, HAVANA, "2026-03-07T12:00:00Z", "2026-03-08T05:00:00Z"),
            (Daily, HAVANA, "2026-11-01T03:30:00Z", "2026-11-01T04:00:00Z"),
            (Daily, HAVANA, "2026-11-01T05:30:00Z", "2026-11-02T05:00:00Z"),
        ] {
            assert_eq!(schedule(every, zone).after(t(at)), Some(t(next)), "{every:?} {zone} {at}");
        }
        assert_eq!(schedule(Rotation::Never, "UTC0").after(t("2026-11-23T14:05:07Z")), None);
    }

    #[test]
    fn a_year_has_as_many_files_as_days_or_hours() {
        let (begin, end) = (t("2026-01-01T00:00:00Z"), t("2027-01-01T00:00:00Z"));
        for (every, zone, files) in [
            (Rotation::Daily, "UTC0", 365),
            (Rotation::Daily, BERLIN, 365),
            (Rotation::Daily, HAVANA, 365),
            (Rotation::Daily, LORD_HOWE, 365),
            (Rotation::Hourly, "UTC0", 365 * 24),
            (Rotation::Hourly, BERLIN, 365 * 24),
        ] {
            let schedule = schedule(every, zone);
            let mut period = Period::of(&schedule, begin);
            let (mut now, mut closed) = (begin, 0);
            while now < end {
                now += Duration::from_secs(7 * 60);
                if period.is_over(&schedule, now) {
                    closed += 1;
                    period = Period::of(&schedule, now);
                }
            }
            assert_eq!(closed, files, "{every:?} {zone}");
        }
    }

    #[test]
    fn a_clock_that_is_set_back() {
        let schedule = schedule(Rotation::Daily, "UTC0");
        let mut period = Period::of(&schedule, t("2026-11-24T00:00:00Z"));
        // Midnight a second time closes no second file.
        assert!(!period.is_over(&schedule, t("2026-11-23T23:59:59Z")));
        assert!(!period.is_over(&schedule, t("2026-11-24T00:00:00Z")));
        assert!(period.is_over(&schedule, t("2026-11-25T00:00:00Z")));

        // A year ahead and put right: the next midnight counts.
        let mut period = Period::of(&schedule, t("2027-11-24T09:00:00Z"));
        assert!(!period.is_over(&schedule, t("2026-11-24T09:00:00Z")));
        assert!(period.is_over(&schedule, t("2026-11-25T00:00:00Z")));
    }
}
