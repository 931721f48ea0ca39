//! One closed file becomes a compressed one, or stays what it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::open::{self, FileId};

/// Where a file is, where its compressed form is made, and where that is found when it is whole.
pub(super) struct Paths<'a> {
    pub(super) from: &'a Path,
    pub(super) partial: &'a Path,
    pub(super) to: &'a Path,
}

/// Compresses `from` to `partial`, calls it `to`, and removes `from`: at every moment one of `from`
/// and `to` holds all lines.
///
/// `unused` is asked last before names change, and what it returns is held while they do. `false`
/// if it returns `None`, if `from` has grown meanwhile, or if `stop` is set: nothing has changed.
///
/// # Errors
///
/// `from` is as it was.
pub(super) fn compress<G>(
    paths: &Paths<'_>,
    mode: u32,
    stop: &AtomicBool,
    unused: impl FnOnce() -> Option<G>,
) -> io::Result<bool> {
    let source = open::closed(paths.from)?;
    // What is not a file of ours is not replaced: a link, a directory.
    match fs::symlink_metadata(paths.to) {
        Ok(taken) if !taken.is_file() => return Err(ErrorKind::AlreadyExists.into()),
        _ => (),
    }
    let target = open::create(paths.partial, mode, OpenOptions::new().write(true))?;
    let done = replace(source, target, paths, stop, unused);
    if !matches!(done, Ok(true)) {
        // Where it stays, the next look at the directory finds it.
        let _ = fs::remove_file(paths.partial);
    }
    done
}

fn replace<G>(
    mut source: File,
    target: File,
    paths: &Paths<'_>,
    stop: &AtomicBool,
    unused: impl FnOnce() -> Option<G>,
) -> io::Result<bool> {
    let metadata = source.metadata()?;
    let Some((target, length)) = encode(&mut source, target, stop)? else { return Ok(false) };
    // Tools that go by the time of a file see that of its last line.
    if let Ok(modified) = metadata.modified() {
        let _ = target.set_modified(modified);
    }
    target.sync_all()?;
    let Some(_held) = unused() else { return Ok(false) };
    let present = fs::symlink_metadata(paths.from)?;
    if FileId::of(&present) != FileId::of(&metadata) || present.len() != length {
        return Ok(false);
    }
    fs::rename(paths.partial, paths.to)?;
    sync_dir(paths.to);
    fs::remove_file(paths.from)?;
    Ok(true)
}

/// The file written, and how many bytes were read; `None` if it was stopped.
fn encode(source: &mut File, target: File, stop: &AtomicBool) -> io::Result<Option<(File, u64)>> {
    let mut encoder = GzEncoder::new(target, Compression::default());
    let mut piece = vec![0; 64 * 1024];
    let mut length = 0;
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match source.read(&mut piece) {
            Ok(0) => return Ok(Some((encoder.finish()?, length))),
            Ok(read) => {
                encoder.write_all(&piece[..read])?;
                length += read as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => (),
            Err(error) => return Err(error),
        }
    }
}

/// Has the new name survive a loss of power before the old file is removed, where the file system
/// can do that.
fn sync_dir(of: &Path) {
    #[cfg(unix)]
    if let Some(dir) = of.parent() {
        let _ = File::open(dir).and_then(|dir| dir.sync_all());
    }
    #[cfg(not(unix))]
    let _ = of;
}
