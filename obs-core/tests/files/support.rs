//! A directory for log files, with a clock that stands still.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use obs_core::log::{File, FileOutput, Output};
use obs_core::metrics::{Config, Format, Metrics};

/// 2026-11-23T12:00:00Z.
pub(crate) const NOON: u64 = 1_795_435_200;
/// The midnight after it.
pub(crate) const MIDNIGHT: u64 = NOON + 12 * 3600;

pub(crate) struct Dir {
    dir: tempfile::TempDir,
    now: Arc<AtomicU64>,
    metrics: Metrics,
}

impl Dir {
    /// It is noon.
    pub(crate) fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            now: Arc::new(AtomicU64::new(NOON)),
            metrics: Metrics::new(Config::default()),
        }
    }

    pub(crate) fn set(&self, now: u64) {
        self.now.store(now, Ordering::Relaxed);
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.now.fetch_add(by.as_secs(), Ordering::Relaxed);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn file(&self, name: &str) -> File {
        let now = Arc::clone(&self.now);
        File::new(self.path(name)).clock(move || at(now.load(Ordering::Relaxed)))
    }

    pub(crate) fn open(&self, options: impl FnOnce(File) -> File) -> FileOutput {
        self.open_as("shop.log", options)
    }

    pub(crate) fn open_as(&self, name: &str, options: impl FnOnce(File) -> File) -> FileOutput {
        options(self.file(name)).open(&self.metrics).unwrap()
    }

    /// Writes all of `lines`, as the writer does: until nothing is left. The file's time becomes
    /// that of the clock.
    pub(crate) fn write(&self, log: &mut FileOutput, lines: &str) {
        let mut rest = lines.as_bytes();
        while !rest.is_empty() {
            let written = log.write(rest).unwrap();
            assert!(written > 0);
            rest = &rest[written..];
        }
        let file = fs::File::options().append(true).open(log.place()).unwrap();
        file.set_modified(at(self.now.load(Ordering::Relaxed))).unwrap();
    }

    pub(crate) fn modified(&self, name: &str, seconds: u64) {
        let file = fs::File::options().append(true).open(self.path(name)).unwrap();
        file.set_modified(at(seconds)).unwrap();
    }

    /// What all regular files hold, decompressed, by name.
    pub(crate) fn list(&self) -> Vec<(String, String)> {
        let entries = fs::read_dir(self.dir.path()).unwrap().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        let files: BTreeMap<_, _> = files
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                let text = self.read(&name);
                (name, text)
            })
            .collect();
        files.into_iter().collect()
    }

    pub(crate) fn assert_list(&self, expected: &[(&str, &str)]) {
        let list = self.list();
        let list: Vec<_> = list.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(list, expected);
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.list().into_iter().map(|(name, _)| name).collect()
    }

    pub(crate) fn contents(&self) -> Vec<String> {
        self.list().into_iter().map(|(_, text)| text).collect()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.path(name)).unwrap();
        let mut text = String::new();
        if bytes.starts_with(&[0x1f, 0x8b]) {
            flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        } else {
            text = String::from_utf8(bytes).unwrap();
        }
        text
    }

    pub(crate) fn render(&self) -> String {
        self.metrics.render(Format::Text)
    }

    /// The failures counted so far: reason and number.
    pub(crate) fn failures(&self) -> Vec<(String, u64)> {
        let text = self.render();
        let prefix = "obs_log_rotation_failures_total{reason=\"";
        text.lines()
            .filter_map(|line| line.strip_prefix(prefix)?.split_once("\"} "))
            .map(|(reason, count)| (reason.to_owned(), count.parse().unwrap()))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
