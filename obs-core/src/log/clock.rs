//! The time of a line.

use std::time::{Duration, SystemTime};

/// Length of [`Stamp::write`]'s text.
pub(crate) const LEN: usize = 30;

/// Formats times; remembers the second it formatted last, which the next line mostly shares.
#[derive(Debug)]
pub(crate) struct Stamp {
    second: u64,
    /// `2026-11-23T14:05:07.`
    text: [u8; 20],
}

impl Default for Stamp {
    fn default() -> Self {
        Self { second: 0, text: *b"1970-01-01T00:00:00." }
    }
}

impl Stamp {
    /// `time` as `2026-11-23T14:05:07.123456789Z`. Times before 1970 are 1970, those after 9999 have
    /// the year's last four digits.
    pub(crate) fn write(&mut self, out: &mut Vec<u8>, time: SystemTime) {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        if since.as_secs() != self.second {
            self.second = since.as_secs();
            self.text = text(self.second);
        }
        let mut tail = *b"000000000Z";
        let mut nanos = since.subsec_nanos();
        for digit in tail[..9].iter_mut().rev() {
            *digit = digit_of(u64::from(nanos % 10));
            nanos /= 10;
        }
        out.extend_from_slice(&self.text);
        out.extend_from_slice(&tail);
    }
}

fn text(second: u64) -> [u8; 20] {
    let mut text = *b"0000-00-00T00:00:00.";
    let (year, month, day) = civil(second / 86_400);
    let of_day = second % 86_400;
    let parts = [(0, 4, year), (5, 2, month), (8, 2, day)].into_iter().chain([
        (11, 2, of_day / 3600),
        (14, 2, of_day / 60 % 60),
        (17, 2, of_day % 60),
    ]);
    for (at, digits, mut number) in parts {
        for digit in text[at..at + digits].iter_mut().rev() {
            *digit = digit_of(number % 10);
            number /= 10;
        }
    }
    text
}

#[expect(clippy::cast_possible_truncation, reason = "a single digit")]
const fn digit_of(number: u64) -> u8 {
    b'0' + number as u8
}

/// Year, month and day of a day since 1970, in the Gregorian calendar.
///
/// Counted in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
const fn civil(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(seconds: u64, nanos: u32) -> String {
        let mut out = Vec::new();
        let time = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
        Stamp::default().write(&mut out, time);
        assert_eq!(out.len(), LEN);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn times() {
        for (seconds, nanos, want) in [
            (0, 0, "1970-01-01T00:00:00.000000000Z"),
            (951_782_399, 999_999_999, "2000-02-28T23:59:59.999999999Z"),
            (951_782_400, 1, "2000-02-29T00:00:00.000000001Z"),
            (1_709_164_800, 0, "2024-02-29T00:00:00.000000000Z"),
            (1_767_225_599, 0, "2025-12-31T23:59:59.000000000Z"),
            (1_795_399_507, 120_000_000, "2026-11-23T02:05:07.120000000Z"),
            (4_102_444_800, 0, "2100-01-01T00:00:00.000000000Z"),
            (4_107_542_400, 0, "2100-03-01T00:00:00.000000000Z"),
            (253_402_300_799, 0, "9999-12-31T23:59:59.000000000Z"),
        ] {
            assert_eq!(stamp(seconds, nanos), want);
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..200_000 {
            assert_eq!(civil(days), (year, month, day));
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 if leap => 29,
                2 => 28,
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (year, month, day) = match (month, day) {
                (12, 31) => (year + 1, 1, 1),
                (_, day) if day == last => (year, month + 1, 1),
                _ => (year, month, day + 1),
            };
        }
    }

    #[test]
    fn a_stamp_may_go_back() {
        let (mut stamp, mut out) = (Stamp::default(), Vec::new());
        for second in [10, 9, 9, 10] {
            stamp.write(&mut out, SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        }
        let seconds: Vec<_> = out.chunks(LEN).map(|text| &text[17..19]).collect();
        assert_eq!(seconds, [b"10", b"09", b"09", b"10"]);
    }
}
