//! Log files: rotated by size and time, compressed, and deleted when they are too many.

mod closed;
mod failure;
mod gzip;
mod hangup;
mod name;
mod open;
mod output;
mod period;
mod retry;
mod settings;
mod tidier;

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;

use self::failure::Failures;
use self::name::Names;
use self::output::Parts;
use self::period::Schedule;
use self::settings::{Options, Settings};
use self::tidier::{InUse, Tidier, Tidy};
use crate::metrics::Metrics;

pub(crate) use hangup::reopen_on_hangup;
pub use output::FileOutput;
pub use period::Rotation;
pub(crate) use settings::{A_MODE, A_PATH, is_mode, is_path};

/// A log file.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use obs_core::log::{File, Rotation};
///
/// # let dir = std::env::temp_dir().join(format!("obs-doc-{}", std::process::id()));
/// let file = File::new(dir.join("shop.log")).every(Rotation::Hourly).keep_files(48);
/// let builder = obs_core::builder("shop").log_file(file);
/// # drop(builder);
/// # Ok(()) }
/// ```
///
/// What is not said here is said by the environment (`OBS_LOG_FILE_…`), or is the default.
///
/// # Names
///
/// The file that lines go to always has the plain name, `shop.log`. When it is full, or its day is
/// over, it becomes `shop.2026-11-23T14-05-07Z.000.log`: when it was closed, in UTC whatever
/// [`local_time`](Self::local_time) says, and a number for the files of one second. A thread of its
/// own makes `….log.gz` of that. These names sort by time, also where the clock was set back.
///
/// Files with another name are never touched, nor is what is no regular file: a file of ours is one
/// whose name has every part of this pattern, with a date that exists. So a directory may hold
/// the files of several services, `shop.log` and `shop.admin.log`, and anything else.
///
/// # When files change
///
/// * By size: before the line that would take the file over [`max_size`](Self::max_size). A line is
///   never divided; one that is larger than that has a file of its own.
/// * By time: at the full hour or midnight, also when nothing is written; at the start if the
///   boundary passed while the service was down. A day of 23 or 25 hours is one day.
/// * When somebody else moved or deleted the file, as `logrotate` does: noticed within a second,
///   or at once with SIGHUP (which [`init`](crate::Builder::init) listens to when there is a log
///   file and a tokio runtime; without a runtime SIGHUP does what it did). What is written to a
///   deleted file until then is gone with it.
///
/// # When something fails
///
/// Lines go on to the file that is open; what failed is tried again, a rotation after 1 s at
/// first and 60 s at last, the rest after ten minutes or at the next rotation. Each failure counts
/// in `obs_log_rotation_failures_total{reason}`: `rename`, `open`, `list`, `compress`, `delete`. A
/// file that cannot be compressed stays as it is. What a crash leaves behind is taken up at the
/// next start: a closed file is compressed, half of a compressed one is deleted, and the first line
/// does not continue the last one of before.
///
/// # What it does not do
///
/// * One process writes to a file. Two of them lose no line as long as neither rotates it, but the
///   one that does may compress a file that the other still writes to, which it notices only if
///   that happens meanwhile. There is no lock: give each process a file of its own.
/// * It calls no `fsync` for lines: they are the operating system's when they are written, and a
///   loss of power may take the last ones. Compressed files are synchronised before their
///   original is deleted.
/// * It opens no symbolic link, pipe or device as its file.
#[derive(Clone, Debug)]
#[must_use = "it is a description: give it to `Builder::log_file`"]
pub struct File {
    path: PathBuf,
    options: Options,
    clock: Clock,
}

impl File {
    /// A file at `path`, which is relative to where the process is when it opens it. Directories
    /// that are missing are made, for the user alone.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), options: Options::default(), clock: Clock::default() }
    }

    /// How large the file may become, in bytes. Default 100 MiB; `u64::MAX` is no limit.
    pub const fn max_size(mut self, bytes: u64) -> Self {
        self.options.max_size = Some(bytes);
        self
    }

    /// How often another file begins, whatever the size of this one. Default: daily.
    pub const fn every(mut self, rotation: Rotation) -> Self {
        self.options.every = Some(rotation);
        self
    }

    /// Has days and hours begin with those of the system's time zone. Default: UTC.
    pub const fn local_time(mut self) -> Self {
        self.options.local_time = Some(true);
        self
    }

    /// Leaves closed files as they are. Default: they are compressed with gzip.
    pub const fn without_compression(mut self) -> Self {
        self.options.compress = Some(false);
        self
    }

    /// How many closed files are kept. Default 14; `usize::MAX` is no limit.
    pub const fn keep_files(mut self, files: usize) -> Self {
        self.options.keep_files = Some(files);
        self
    }

    /// How long a closed file is kept. Default: for as long as the other bounds allow.
    ///
    /// By the system's clock, and so by its mistakes: a clock that jumps ahead makes files old.
    pub const fn keep_for(mut self, age: Duration) -> Self {
        self.options.keep_for = Some(Some(age));
        self
    }

    /// How many bytes the closed files may have together, after compression. The file that is
    /// written to comes on top. Default 1 GiB; `u64::MAX` is no limit.
    pub const fn keep_bytes(mut self, bytes: u64) -> Self {
        self.options.keep_bytes = Some(bytes);
        self
    }

    /// The permissions of files that are made, compressed ones too, whatever the umask is; a file
    /// that exists keeps its own. Default `0o600`. Without effect where there are no such modes.
    pub const fn mode(mut self, mode: u32) -> Self {
        self.options.mode = Some(mode);
        self
    }

    /// The clock that decides on names and rotations: for tests.
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }

    /// Opens the file and starts the thread that looks after the closed ones. What
    /// [`init`](crate::Builder::init) does; for an application that writes to it itself.
    ///
    /// Failures that come later are counted in `metrics`. The environment is not asked.
    ///
    /// # Errors
    ///
    /// If a setting makes no sense, or the file cannot be opened or made. The text names the file,
    /// what failed and what may help.
    pub fn open(&self, metrics: &Metrics) -> io::Result<FileOutput> {
        let invalid = |text: String| io::Error::new(ErrorKind::InvalidInput, text);
        if let Some((call, expected)) = self.mistakes().into_iter().next() {
            return Err(invalid(format!("{call}: expected {expected}")));
        }
        let path = std::path::absolute(&self.path)?;
        let settings = self.settings(path);
        let Some(names) = Names::of(&settings.path) else {
            return Err(invalid(format!("log file {}: expected {A_PATH}", self.path.display())));
        };
        let zone = if settings.local_time { system_zone(&self.path)? } else { TimeZone::UTC };
        let active = open::active(&settings.path, settings.mode)?;
        let failures = Failures::new(metrics);
        let in_use = InUse::default();
        let tidy = Tidy {
            dir: settings.dir().to_owned(),
            names: names.clone(),
            keep: settings.keep,
            compress: settings.compress.then_some(settings.mode),
            in_use: in_use.clone(),
            failures: failures.clone(),
        };
        let clock = self.clock.clone();
        let parts = Parts {
            schedule: Schedule { every: settings.every, zone },
            settings,
            names,
            clock: clock.clone(),
            failures,
            in_use,
        };
        FileOutput::new(parts, active, || {
            Tidier::spawn(tidy, clock).map_err(|error| {
                let path = self.path.display();
                let text = format!("log file {path}: no thread to look after it: {error}");
                io::Error::new(error.kind(), text)
            })
        })
    }

    /// Where it is, as it was said.
    #[cfg(feature = "audit")]
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What code says of it.
    pub(crate) const fn options(&self) -> Options {
        self.options
    }

    /// The same file with all of this said.
    pub(crate) fn with(self, options: Options) -> Self {
        Self { options, ..self }
    }

    /// What it comes to at `path`, which is absolute.
    pub(crate) fn settings(&self, path: PathBuf) -> Settings {
        Settings::new(path, self.options)
    }

    /// What is wrong with it: the call, and what was expected.
    pub(crate) fn mistakes(&self) -> Vec<(String, &'static str)> {
        let Options { max_size, keep_files, keep_for, keep_bytes, mode, .. } = self.options;
        let mut mistakes = Vec::new();
        let mut check = |good: bool, call: String, expected| {
            if !good {
                mistakes.push((call, expected));
            }
        };
        check(is_path(&self.path), format!("log_file({:?})", self.path), A_PATH);
        let above_zero = "a number above zero";
        check(max_size != Some(0), "log_file: max_size(0)".to_owned(), above_zero);
        check(keep_files != Some(0), "log_file: keep_files(0)".to_owned(), above_zero);
        check(keep_bytes != Some(0), "log_file: keep_bytes(0)".to_owned(), above_zero);
        let never = keep_for.flatten().is_some_and(|age| age.is_zero());
        check(!never, "log_file: keep_for(0s)".to_owned(), "a duration above zero");
        if let Some(mode) = mode {
            check(is_mode(mode), format!("log_file: mode({mode:#o})"), A_MODE);
        }
        mistakes
    }
}

fn system_zone(path: &Path) -> io::Result<TimeZone> {
    TimeZone::try_system().map_err(|error| {
        let path = path.display();
        let text = format!(
            "log file {path}: the local time zone is not known: {error}; install the time zone \
             database (tzdata) and set TZ, or use UTC"
        );
        io::Error::new(ErrorKind::NotFound, text)
    })
}

/// Where the time comes from.
#[derive(Clone)]
struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    fn now(&self) -> SystemTime {
        (self.0)()
    }
}

impl Default for Clock {
    #[expect(clippy::disallowed_methods, reason = "the clock that the others are told")]
    fn default() -> Self {
        Self(Arc::new(SystemTime::now))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
