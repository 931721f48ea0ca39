//! The names of closed files: made here, and recognised again to the letter.
//!
//! `shop.log` closes as `shop.2026-11-23T14-05-07Z.000.log`, and becomes `….log.gz`. The time is UTC
//! in every time zone, so that names sort by time when a clock is set back for winter.

use std::path::Path;
use std::time::{Duration, SystemTime};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// As in `2026-11-23T14-05-07Z`: no colon, which some file systems refuse.
const STAMP: &str = "%Y-%m-%dT%H-%M-%SZ";
const STAMP_LEN: usize = 20;

/// Most bytes of the plain name: file systems take 255, and `.`, the stamp, `.000` and `.gz.tmp`
/// come on top.
const MAX_LEN: usize = 255 - 1 - STAMP_LEN - ".000".len() - ".gz.tmp".len();

/// When a file was closed, and which of that second it is. Sorts by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    seconds: i64,
    sequence: u16,
}

impl Id {
    const LAST_OF_SECOND: u16 = 999;

    pub(super) fn at(now: SystemTime) -> Self {
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        Self { seconds: seconds.try_into().unwrap_or(i64::MAX), sequence: 0 }
    }

    /// The name after this one. The second moves on where its thousand names are used up.
    pub(super) fn next(self) -> Self {
        match self.sequence {
            Self::LAST_OF_SECOND => Self { seconds: self.seconds.saturating_add(1), sequence: 0 },
            sequence => Self { sequence: sequence + 1, ..self },
        }
    }

    /// The id of a file closed at `now`: after `newest`, even where the clock was set back.
    pub(super) fn after(newest: Option<Self>, now: SystemTime) -> Self {
        let id = Self::at(now);
        newest.map_or(id, |newest| id.max(newest.next()))
    }

    /// How long ago that was; a clock that was set back counts as no time.
    pub(super) fn age(self, now: SystemTime) -> Duration {
        let closed = u64::try_from(self.seconds).unwrap_or_default();
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        now.saturating_sub(Duration::from_secs(closed))
    }

    /// `None` after the year 9999.
    fn stamp(self) -> Option<String> {
        let at = Timestamp::from_second(self.seconds).ok()?;
        Some(at.to_zoned(TimeZone::UTC).strftime(STAMP).to_string())
    }

    /// Reads back what [`Self::stamp`] wrote, and nothing else.
    fn parse(stamp: &str, sequence: &str) -> Option<Self> {
        let digits = |text: &str, len: usize| {
            (text.len() == len && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse())
        };
        let field = |at: usize, len: usize| digits(stamp.get(at..at + len)?, len)?.ok();
        let part = |at: usize| field(at, 2).and_then(|part: i16| i8::try_from(part).ok());
        // Refuses dates and times that do not exist.
        let at =
            DateTime::new(field(0, 4)?, part(5)?, part(8)?, part(11)?, part(14)?, part(17)?, 0);
        let at: Zoned = at.ok()?.to_zoned(TimeZone::UTC).ok()?;
        let sequence: i16 = digits(sequence, 3)?.ok()?;
        let id = Self { seconds: at.timestamp().as_second(), sequence: sequence.try_into().ok()? };
        (id.seconds >= 0 && id.stamp()? == stamp).then_some(id)
    }
}

/// What a file of ours is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Form {
    /// Lines, as they were written.
    Plain,
    /// The same, compressed.
    Gzip,
    /// The beginning of a compressed file, never finished or in the making.
    Partial,
}

impl Form {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Gzip => ".gz",
            Self::Partial => ".gz.tmp",
        }
    }
}

/// The pattern of one log's files.
#[derive(Clone, Debug)]
pub(super) struct Names {
    /// `shop` of `shop.log`.
    stem: String,
    /// `.log`, or nothing.
    extension: String,
}

impl Names {
    /// `None` if `active` has no file name, one that is not UTF-8, one that could be taken for a
    /// compressed file, or one that is too long to be continued by a date.
    pub(super) fn of(active: &Path) -> Option<Self> {
        let extension = match active.extension() {
            Some(extension) => format!(".{}", extension.to_str()?),
            None => String::new(),
        };
        let names = Self { stem: active.file_stem()?.to_str()?.to_owned(), extension };
        let fits = names.stem.len() + names.extension.len() <= MAX_LEN;
        (fits && !matches!(names.extension.as_str(), "." | ".gz" | ".tmp")).then_some(names)
    }

    /// `None` after the year 9999.
    pub(super) fn make(&self, id: Id, form: Form) -> Option<String> {
        let Self { stem, extension } = self;
        let (stamp, suffix) = (id.stamp()?, form.suffix());
        Some(format!("{stem}.{stamp}.{:03}{extension}{suffix}", id.sequence))
    }

    /// What the file called `name` is, if this pattern made the name.
    pub(super) fn parse(&self, name: &str) -> Option<(Id, Form)> {
        let rest = name.strip_prefix(self.stem.as_str())?.strip_prefix('.')?;
        let (stamp, rest) = rest.split_at_checked(STAMP_LEN)?;
        let (sequence, rest) = rest.strip_prefix('.')?.split_at_checked(3)?;
        let suffix = rest.strip_prefix(self.extension.as_str())?;
        let form = [Form::Plain, Form::Gzip, Form::Partial]
            .into_iter()
            .find(|form| form.suffix() == suffix)?;
        Some((Id::parse(stamp, sequence)?, form))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(active: &str) -> Names {
        Names::of(Path::new(active)).unwrap()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    const NOON: u64 = 1_795_435_507;

    #[test]
    fn a_name_tells_when_the_file_was_closed() {
        let id = Id::at(at(NOON));
        for (active, form, name) in [
            ("logs/shop.log", Form::Plain, "shop.2026-11-23T12-05-07Z.000.log"),
            ("logs/shop.log", Form::Gzip, "shop.2026-11-23T12-05-07Z.000.log.gz"),
            ("shop", Form::Gzip, "shop.2026-11-23T12-05-07Z.000.gz"),
            ("a.b.json", Form::Partial, "a.b.2026-11-23T12-05-07Z.000.json.gz.tmp"),
            (".log", Form::Plain, ".log.2026-11-23T12-05-07Z.000"),
        ] {
            assert_eq!(names(active).make(id, form).as_deref(), Some(name), "{active}");
            assert_eq!(names(active).parse(name), Some((id, form)), "{name}");
        }
    }

    #[test]
    fn only_the_full_pattern_is_ours() {
        let shop = names("shop.log");
        assert!(shop.parse("shop.2026-11-23T14-05-07Z.000.log").is_some());
        for name in [
            "",
            "shop",
            "shop.log",
            "shop.conf",
            "shop-audit.log",
            "shop.2026-11-22-01-01.gz",
            "shop2.2026-11-23T14-05-07Z.000.log",
            "Shop.2026-11-23T14-05-07Z.000.log",
            "shop.admin.2026-11-23T14-05-07Z.000.log",
            "shop.2026-11-23T14-05-07Z.000",
            "shop.2026-11-23T14-05-07Z.000.gz",
            "shop.2026-11-23T14-05-07Z.000.json",
            "shop.2026-11-23T14-05-07Z.000.log.bak",
            "shop.2026-11-23T14-05-07Z.000.log.gz.gz",
            "shop.2026-11-23T14-05-07Z.000.log.tmp",
            "shop.2026-11-23T14-05-07Z.000.log~",
            "shop.2026-11-23T14-05-07Z.log",
            "shop.2026-11-23T14-05-07Z.00.log",
            "shop.2026-11-23T14-05-07Z.0000.log",
            "shop.2026-11-23T14-05-07Z.+00.log",
            "shop.2026-11-23T14-05-07Z.0x0.log",
            "shop.2026-11-23T14-05-07.000.log",
            "shop.2026-11-23T14:05:07Z.000.log",
            "shop.2026-11-23t14-05-07z.000.log",
            "shop.2026-11-23.000.log",
            "shop.2026-02-29T14-05-07Z.000.log",
            "shop.2026-13-01T14-05-07Z.000.log",
            "shop.2026-11-31T14-05-07Z.000.log",
            "shop.2026-00-00T00-00-00Z.000.log",
            "shop.2026-11-23T24-05-07Z.000.log",
            "shop.2026-11-23T14-60-07Z.000.log",
            "shop.2026-11-23T14-05-60Z.000.log",
            "shop.2026-11--3T14-05-07Z.000.log",
            "shop.1969-12-31T23-59-59Z.000.log",
            "shop.+026-11-23T14-05-07Z.000.log",
            "shop.２０２６-11-23T14-05-07Z.000.log",
        ] {
            assert_eq!(shop.parse(name), None, "{name}");
        }
    }

    #[test]
    fn a_service_is_not_taken_for_another_whose_name_begins_the_same() {
        let all = ["shop", "shop.log", "shop.admin.log", "shop.json", "shop2.log", "shop.log.log"];
        for ours in all {
            for theirs in all.into_iter().filter(|theirs| *theirs != ours) {
                for form in [Form::Plain, Form::Gzip, Form::Partial] {
                    let name = names(theirs).make(Id::at(at(NOON)), form).unwrap();
                    assert_eq!(names(ours).parse(&name), None, "{name} for {ours}");
                }
            }
        }
    }

    #[test]
    fn names_that_look_like_compressed_files_are_refused() {
        for name in ["shop.gz", "shop.log.gz", "shop.tmp", "shop.", "..", "/", ""] {
            assert!(Names::of(Path::new(name)).is_none(), "{name}");
        }
    }

    #[test]
    fn names_never_repeat_and_never_go_back() {
        let first = Id::after(None, at(NOON));
        assert_eq!(first, Id::at(at(NOON)));
        // (newest, now, next)
        let id = |seconds, sequence| Id { seconds, sequence };
        let noon = NOON as i64;
        for (newest, now, next) in [
            (first, NOON, id(noon, 1)),
            (first, NOON + 1, id(noon + 1, 0)),
            (id(noon, 7), NOON - 3600, id(noon, 8)),
            (id(noon, 999), NOON, id(noon + 1, 0)),
            (id(noon, 999), NOON + 1, id(noon + 1, 0)),
        ] {
            assert_eq!(Id::after(Some(newest), at(now)), next, "{newest:?} {now}");
        }
    }

    #[test]
    fn age_is_never_negative() {
        for (now, age) in [(NOON + 5, 5), (NOON, 0), (NOON - 5, 0), (0, 0)] {
            assert_eq!(Id::at(at(NOON)).age(at(now)), Duration::from_secs(age), "{now}");
        }
    }

    proptest! {
        #[test]
        fn what_is_made_is_recognised_and_sorts(
            a in 0..253_402_300_799_i64, b in 0..253_402_300_799_i64,
            (x, y) in (0..1000_u16, 0..1000_u16),
        ) {
            let names = names("shop.log");
            let (a, b) = (Id { seconds: a, sequence: x }, Id { seconds: b, sequence: y });
            let of = |id| names.make(id, Form::Plain).unwrap();
            prop_assert_eq!(names.parse(&of(a)), Some((a, Form::Plain)));
            prop_assert_eq!(a.cmp(&b), of(a).cmp(&of(b)));
        }

        /// Whatever is taken for ours is exactly what we would have called it.
        #[test]
        fn nothing_but_what_is_made_is_recognised(
            name in "shop\\.?[0-9T:Z-]{0,21}\\.?[0-9]{0,4}(\\.log)?(\\.gz)?(\\.tmp)?",
        ) {
            let names = names("shop.log");
            if let Some((id, form)) = names.parse(&name) {
                prop_assert_eq!(names.make(id, form), Some(name));
            }
        }

        #[test]
        fn one_changed_character_makes_a_name_foreign_or_another_of_ours(
            seconds in 0..4_000_000_000_i64, at in 0..33_usize, by in any::<char>(),
        ) {
            let names = names("shop.log");
            let name = names.make(Id { seconds, sequence: 3 }, Form::Plain).unwrap();
            let changed: String =
                name.chars().enumerate().map(|(i, c)| if i == at { by } else { c }).collect();
            if let Some((id, form)) = names.parse(&changed) {
                prop_assert_eq!(names.make(id, form), Some(changed));
            }
        }
    }
}
