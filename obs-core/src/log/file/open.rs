//! Opening files: with their mode, never through a symbolic link, and with errors that help.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;

/// Which file on the disk a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileId(#[cfg(unix)] (u64, u64));

impl FileId {
    #[cfg(unix)]
    pub(super) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self((metadata.dev(), metadata.ino()))
    }

    /// Without inodes every file is the same one: only a missing file is noticed.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Self {
        Self()
    }
}

/// The file that lines go to.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) file: File,
    pub(super) id: FileId,
    pub(super) size: u64,
    /// Whether the last byte is within a line.
    pub(super) torn: bool,
}

/// Opens `path` for appending, made with its directory where it does not exist.
pub(super) fn active(path: &Path, mode: u32) -> io::Result<(Active, Metadata)> {
    let explain = |what: &'static str| move |error| explained(path, what, &error);
    if let Some(dir) = path.parent().filter(|dir| !dir.is_dir()) {
        make_dir(dir).map_err(explain("its directory cannot be made"))?;
    }
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => return Err(unfit(path, "is a symbolic link")),
        Ok(found) if !found.is_file() => return Err(unfit(path, "is no regular file")),
        _ => (),
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    no_follow(&mut options);
    let file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => create(path, mode, &mut options),
        opened => opened,
    };
    let mut file = file.map_err(explain("cannot be opened"))?;
    let metadata = file.metadata().map_err(explain("cannot be looked at"))?;
    if !metadata.is_file() {
        return Err(unfit(path, "is no regular file"));
    }
    let torn = ends_within_a_line(&mut file).map_err(explain("cannot be read"))?;
    Ok((Active { file, id: FileId::of(&metadata), size: metadata.len(), torn }, metadata))
}

/// Makes a file that must not exist, with exactly this mode.
pub(super) fn create(path: &Path, mode: u32, options: &mut OpenOptions) -> io::Result<File> {
    no_follow(options);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
    let file = options.create_new(true).open(path)?;
    // The umask may have taken bits that were asked for.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    #[cfg(not(unix))]
    let _ = mode;
    Ok(file)
}

/// Opens a closed file for reading.
pub(super) fn closed(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    no_follow(&mut options);
    options.read(true).open(path)
}

fn no_follow(options: &mut OpenOptions) {
    #[cfg(unix)]
    crate::unix::no_follow(options);
    #[cfg(not(unix))]
    let _ = options;
}

fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

fn ends_within_a_line(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// The error with the file it is about and what to do.
pub(super) fn explained(path: &Path, what: &str, error: &io::Error) -> io::Error {
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => {
            "; give the file and its directory to the user that runs the service"
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "; name a place whose parents are directories"
        }
        ErrorKind::ReadOnlyFilesystem => "; name a place that can be written to",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; make room",
        _ => "",
    };
    io::Error::new(error.kind(), format!("log file {}: {what}: {error}{remedy}", path.display()))
}

fn unfit(path: &Path, what: &str) -> io::Error {
    let path = path.display();
    let text = format!("log file {path}: {what}; name the regular file that lines are to go to");
    io::Error::new(ErrorKind::InvalidInput, text)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// Also when the link is made after somebody has looked.
    #[test]
    fn nothing_is_opened_through_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (target, link) = (dir.path().join("target"), dir.path().join("link"));
        fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(closed(&target).is_ok());
        let error = closed(&link).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::LOOP.raw_os_error()));
        let error = create(&link, 0o600, OpenOptions::new().write(true)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    }
}
