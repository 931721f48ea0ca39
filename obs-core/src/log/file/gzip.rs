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

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;

    use super::*;

    const LINES: &[u8] = b"one\ntwo\n";

    /// A closed file, and what compressing it comes to: the result, and which files there are.
    fn compressed(
        stop: bool,
        unused: impl FnOnce(&Path) -> Option<()>,
    ) -> (io::Result<bool>, Vec<(String, Vec<u8>)>) {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let (from, partial, to) = (path("a"), path("a.gz.tmp"), path("a.gz"));
        fs::write(&from, LINES).unwrap();
        let paths = Paths { from: &from, partial: &partial, to: &to };
        let result = compress(&paths, 0o600, &AtomicBool::new(stop), || unused(&from));
        let entries = fs::read_dir(dir.path()).unwrap().map(Result::unwrap);
        let mut files: Vec<_> = entries
            .map(|entry| {
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        (result, files)
    }

    #[test]
    fn the_compressed_file_takes_the_place_of_the_other() {
        let (result, files) = compressed(false, |_| Some(()));
        assert!(result.unwrap());
        let [(name, bytes)] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!(name, "a.gz");
        let mut text = Vec::new();
        GzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
        assert_eq!(text, LINES);
    }

    #[test]
    fn a_file_that_is_in_use_stays_alone_as_it_is() {
        let append = |path: &Path, text: &[u8]| {
            let mut file = File::options().append(true).open(path).unwrap();
            file.write_all(text).ok()
        };
        let grown = [LINES, b"three\n"].concat();
        type Unused = Box<dyn FnOnce(&Path) -> Option<()>>;
        // (stop, what happens at the last moment, what is in the file then)
        let cases: [(&str, bool, Unused, &[u8]); 4] = [
            ("stopped", true, Box::new(|_| Some(())), LINES),
            ("in use", false, Box::new(|_| None), LINES),
            ("grown", false, Box::new(move |path| append(path, b"three\n")), &grown),
            (
                "replaced",
                false,
                Box::new(|path| {
                    let other = path.with_extension("other");
                    fs::write(&other, LINES).unwrap();
                    fs::rename(other, path).ok()
                }),
                LINES,
            ),
        ];
        for (case, stop, unused, left) in cases {
            let (result, files) = compressed(stop, unused);
            assert!(!result.unwrap(), "{case}");
            assert_eq!(files, [("a".to_owned(), left.to_owned())], "{case}");
        }
    }
}
