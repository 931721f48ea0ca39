//! The files of an audit log: one that grows, and those it was before.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::journal::{Ready, Short, Sink};

/// Where the files are, and what they are called.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    path: PathBuf,
    folder: PathBuf,
    stem: String,
    extension: String,
}

impl Place {
    /// `None` if `path` names no file. One that is relative is so to where the process is.
    pub(crate) fn new(path: &Path) -> Option<Self> {
        let path = std::path::absolute(path).ok()?;
        let stem = path.file_stem()?.to_str()?.to_owned();
        let extension = path.extension().map_or(Some(""), |e| e.to_str())?;
        let extension = if extension.is_empty() { String::new() } else { format!(".{extension}") };
        let folder = match path.parent() {
            Some(parent) => parent.to_owned(),
            None => PathBuf::from("."),
        };
        Some(Self { path, folder, stem, extension })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What a file is called once it has grown to its size: its first record's number goes before the
    /// extension, so that the order of names is the order of records, the growing file last.
    fn rotated(&self, first: u64) -> PathBuf {
        self.folder.join(format!("{}.{first:020}{}", self.stem, self.extension))
    }

    /// The finished files, oldest first.
    pub(crate) fn finished(&self) -> io::Result<Vec<PathBuf>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name();
            if name.to_str().is_some_and(|name| self.is_finished(name)) {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names.into_iter().map(|name| self.folder.join(name)).collect())
    }

    fn is_finished(&self, name: &str) -> bool {
        let number = name
            .strip_prefix(&self.stem)
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|rest| rest.strip_suffix(&self.extension));
        number.is_some_and(|n| n.len() == 20 && n.bytes().all(|b| b.is_ascii_digit()))
    }

    /// Says what takes the file's name, if that is not a file.
    pub(crate) fn check(&self) -> io::Result<()> {
        let problem = match fs::symlink_metadata(&self.path) {
            Ok(found) if found.is_symlink() => "is a symbolic link",
            Ok(found) if !found.is_file() => "is no regular file",
            _ => return Ok(()),
        };
        let text = format!("{problem}; name the file that records are to go to");
        Err(io::Error::new(io::ErrorKind::InvalidInput, text))
    }

    /// Opens a file of this log for reading.
    pub(crate) fn read(path: &Path) -> io::Result<File> {
        unfollowed(OpenOptions::new().read(true)).open(path)
    }

    /// Makes the folder, for its owner alone, if it does not exist.
    pub(crate) fn make_folder(&self) -> io::Result<()> {
        let mut folder = fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.folder)
    }

    /// Refuses a second writer, for as long as the returned file is open. The system lets go of it
    /// when the process ends, however it ends.
    pub(crate) fn lock(&self) -> io::Result<File> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(windows)]
        std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0);
        let file = private(&mut options).open(name)?;
        #[cfg(unix)]
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
        Ok(file)
    }

    /// Moves all files of this log into a folder beside them, `broken-1` or the next that is free,
    /// and returns it.
    pub(crate) fn set_aside(&self) -> io::Result<PathBuf> {
        let mut number = 1_u32;
        let aside = loop {
            let aside = self.folder.join(format!("broken-{number}"));
            match fs::create_dir(&aside) {
                Ok(()) => break aside,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        };
        for path in self.finished()?.iter().chain([&self.path]) {
            if let Some(name) = path.file_name().filter(|_| path.exists()) {
                fs::rename(path, aside.join(name))?;
            }
        }
        Ok(aside)
    }

    fn open(&self) -> io::Result<File> {
        let file = private(OpenOptions::new().append(true).create(true)).open(&self.path)?;
        // A file that is not in its folder on the disk is lost with the power.
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(file)
    }
}

/// For its owner alone, and no link that leads elsewhere.
fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    unfollowed(options)
}

/// Opens no link, and waits for nobody at the other end of a pipe.
fn unfollowed(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    crate::unix::no_follow(options);
    options
}

/// The growing file.
#[derive(Debug)]
pub(crate) struct FileSink {
    place: Place,
    file: Option<File>,
    size: u64,
    max_size: u64,
    /// The number of the file's first record.
    first: u64,
    _lock: File,
}

impl FileSink {
    /// Opens the file, whose first record is `first`. `lock` is that of [`Place::lock`].
    pub(crate) fn open(place: Place, lock: File, max_size: u64, first: u64) -> io::Result<Self> {
        let file = place.open()?;
        let size = file.metadata()?.len();
        Ok(Self { place, file: Some(file), size, max_size, first, _lock: lock })
    }

    /// Gives the full file its last name. The next one is made when it is written to.
    fn rotate(&mut self) -> io::Result<()> {
        let name = self.place.rotated(self.first);
        // A rename would take the place of a file that is there.
        if name.try_exists()? {
            return Err(io::Error::other(format!("{} is there already", name.display())));
        }
        fs::rename(&self.place.path, name)?;
        self.file = None;
        Ok(())
    }

    /// Whether the path still leads to the file that is open.
    #[cfg(unix)]
    fn in_place(&self, file: &File) -> io::Result<bool> {
        use std::os::unix::fs::MetadataExt;
        match fs::symlink_metadata(&self.place.path) {
            Ok(there) => {
                let ours = file.metadata()?;
                Ok((there.dev(), there.ino()) == (ours.dev(), ours.ino()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(unix))]
    fn in_place(&self, _: &File) -> io::Result<bool> {
        self.place.path.try_exists()
    }
}

impl Sink for FileSink {
    fn prepare(&mut self, sequence: u64, between: bool) -> io::Result<Ready> {
        let mut ready = Ready::default();
        if let Some(file) = &self.file {
            if !self.in_place(file)? {
                let text = "it was moved or deleted, and another one begins".to_owned();
                ready.complaint = Some(("moved", text));
                self.file = None;
            } else if between && self.size >= self.max_size {
                // A file that is too large is better than a record that is refused.
                if let Err(error) = self.rotate() {
                    ready.complaint = Some(("rotate", format!("it grows on: {error}")));
                }
            }
        }
        if self.file.is_none() {
            let file = self.place.open()?;
            self.size = file.metadata()?.len();
            self.file = Some(file);
            self.first = sequence;
            ready.fresh = true;
        }
        Ok(ready)
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Short> {
        let mut written = 0;
        let short = |written, error| Err(Short { written, error });
        let Some(file) = &mut self.file else {
            return short(0, io::ErrorKind::NotFound.into());
        };
        while written < bytes.len() {
            match file.write(&bytes[written..]) {
                Ok(0) => return short(written, io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    written += n;
                    self.size += n as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return short(written, error),
            }
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), File::sync_data)
    }
}
