//! The settings of a file: as they are said, and as they come to.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::closed::Keep;
use super::name::Names;
use super::period::Rotation;

/// What code or environment say about a file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) max_size: Option<u64>,
    pub(crate) every: Option<Rotation>,
    pub(crate) local_time: Option<bool>,
    pub(crate) compress: Option<bool>,
    pub(crate) keep_files: Option<usize>,
    pub(crate) keep_for: Option<Option<Duration>>,
    pub(crate) keep_bytes: Option<u64>,
    pub(crate) mode: Option<u32>,
}

/// What was expected where [`is_path`] says no.
pub(crate) const A_PATH: &str = "the path of a file, with a name in UTF-8 that does not end in `.`, `.gz` or `.tmp` and has at \
     most 223 bytes";

pub(crate) fn is_path(path: &Path) -> bool {
    // `logs/` has `logs` for its last part.
    Names::of(path).is_some() && !path.as_os_str().to_string_lossy().ends_with(['/', '\\'])
}

/// What was expected where [`is_mode`] says no.
pub(crate) const A_MODE: &str =
    "permissions such as `0600` or `0640`, with which the owner reads and writes";

pub(crate) const fn is_mode(mode: u32) -> bool {
    mode & !0o777 == 0 && mode & 0o600 == 0o600
}

/// Every setting with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Absolute: the process may go elsewhere.
    pub(super) path: PathBuf,
    pub(super) max_size: u64,
    pub(super) every: Rotation,
    pub(super) local_time: bool,
    pub(super) compress: bool,
    pub(super) keep: Keep,
    pub(super) mode: u32,
}

impl Settings {
    pub(super) fn new(path: PathBuf, options: Options) -> Self {
        Self {
            path,
            max_size: options.max_size.unwrap_or(100 << 20),
            every: options.every.unwrap_or_default(),
            local_time: options.local_time.unwrap_or_default(),
            compress: options.compress.unwrap_or(true),
            keep: Keep {
                files: options.keep_files.unwrap_or(14),
                age: options.keep_for.flatten(),
                bytes: options.keep_bytes.unwrap_or(1 << 30),
            },
            mode: options.mode.unwrap_or(0o600),
        }
    }

    pub(super) fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }
}
