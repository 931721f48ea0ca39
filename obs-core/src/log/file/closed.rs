//! The closed files of one log: which there are, and which are too many.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::name::{Form, Id, Names};

/// A closed file on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) id: Id,
    pub(super) form: Form,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
}

/// The regular files of `dir` whose names `names` made, oldest first.
pub(super) fn list(dir: &Path, names: &Names) -> io::Result<Vec<Closed>> {
    let mut closed = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let Some((id, form)) = entry.file_name().to_str().and_then(|name| names.parse(name)) else {
            continue;
        };
        // Says what the entry itself is, not what a link leads to. It may be gone by now.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_file() {
            closed.push(Closed { id, form, path: entry.path(), bytes: metadata.len() });
        }
    }
    closed.sort_by_key(|closed| (closed.id, closed.form));
    Ok(closed)
}

/// What is kept of the closed files. One bound is enough to make a file one too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keep {
    pub(super) files: usize,
    pub(super) age: Option<Duration>,
    pub(super) bytes: u64,
}

impl Keep {
    /// The beginning of `closed`, which is sorted, that is too many at `now`.
    pub(super) fn surplus<'a>(&self, closed: &'a [Closed], now: SystemTime) -> &'a [Closed] {
        let mut ids = HashSet::new();
        let mut bytes = 0_u64;
        let last = closed.iter().rposition(|closed| {
            // A file and its compressed twin, which a crash leaves behind, are one.
            ids.insert(closed.id);
            bytes = bytes.saturating_add(closed.bytes);
            let old = self.age.is_some_and(|age| closed.id.age(now) >= age);
            old || ids.len() > self.files || bytes > self.bytes
        });
        &closed[..last.map_or(0, |last| last + 1)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn closed(seconds: u64, form: Form, bytes: u64) -> Closed {
        Closed { id: Id::at(at(seconds)), form, path: PathBuf::new(), bytes }
    }

    const ALL: Keep = Keep { files: usize::MAX, age: None, bytes: u64::MAX };

    #[test]
    fn the_oldest_go_first() {
        let files: Vec<_> = (1..=4).map(|hour| closed(hour * 3600, Form::Gzip, 100)).collect();
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        for (keep, gone) in [
            (ALL, 0),
            (Keep { files: 4, ..ALL }, 0),
            (Keep { files: 3, ..ALL }, 1),
            (Keep { files: 1, ..ALL }, 3),
            (Keep { bytes: 400, ..ALL }, 0),
            (Keep { bytes: 399, ..ALL }, 1),
            (Keep { bytes: 99, ..ALL }, 4),
            (Keep { age: hours(4), ..ALL }, 1),
            (Keep { age: hours(5), ..ALL }, 0),
            (Keep { age: hours(4), files: 2, bytes: 300 }, 2),
        ] {
            assert_eq!(keep.surplus(&files, at(5 * 3600)), &files[..gone], "{keep:?}");
        }
    }

    #[test]
    fn a_file_and_its_compressed_twin_count_once() {
        let files =
            [closed(1, Form::Plain, 100), closed(1, Form::Gzip, 10), closed(2, Form::Gzip, 10)];
        assert!(Keep { files: 2, ..ALL }.surplus(&files, at(3)).is_empty());
        assert_eq!(Keep { files: 1, ..ALL }.surplus(&files, at(3)).len(), 2);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nothing_old() {
        let files = [closed(1_000_000, Form::Gzip, 1)];
        let keep = Keep { age: Some(Duration::from_secs(1)), ..ALL };
        assert!(keep.surplus(&files, at(10)).is_empty());
    }

    proptest! {
        /// What goes is a beginning of the list, what stays is within all bounds, and one more
        /// would not be.
        #[test]
        fn as_much_is_kept_as_the_bounds_allow(
            sizes in proptest::collection::vec(0..50_u64, 0..12),
            files in 1..12_usize, bytes in 0..200_u64, age in 1..20_u64,
        ) {
            let keep = Keep { files, bytes, age: Some(Duration::from_secs(age)) };
            let list: Vec<_> = sizes
                .iter()
                .zip(1..)
                .map(|(size, second)| closed(second, Form::Gzip, *size))
                .collect();
            let now = 12;
            let gone = keep.surplus(&list, at(now)).len();
            prop_assert_eq!(keep.surplus(&list, at(now)), &list[..gone]);
            let fits = |from: usize| {
                let kept = &list[from..];
                kept.len() <= files
                    && kept.iter().map(|file| file.bytes).sum::<u64>() <= bytes
                    && kept.iter().all(|file| file.id.age(at(now)) < Duration::from_secs(age))
            };
            prop_assert!(fits(gone));
            prop_assert!(gone == 0 || !fits(gone - 1));
        }
    }
}
