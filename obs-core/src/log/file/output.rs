//! The output that writes to a file and rotates it.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::Clock;
use super::closed;
use super::failure::{Failure, Failures};
use super::name::{Form, Id, Names};
use super::open::{self, Active, FileId, explained};
use super::period::{Period, Schedule};
use super::retry::Retry;
use super::settings::Settings;
use super::tidier::{InUse, Tidier};
use crate::log::Output;

/// An open log file, from [`File::open`](super::File::open).
///
/// Dropping it ends its thread; a file that is just being compressed is left for the next start.
#[derive(Debug)]
pub struct FileOutput {
    settings: Settings,
    names: Names,
    schedule: Schedule,
    clock: Clock,
    failures: Failures,
    in_use: InUse,
    tidier: Tidier,
    active: Active,
    period: Period,
    /// The id of the file closed last.
    newest: Option<Id>,
    /// What was written last ends within a line.
    mid_line: bool,
    /// The last write failed.
    failing: bool,
    /// [`Output::reopen`] was called within a line.
    reopen: bool,
    looked_at: SystemTime,
    retry: Option<Retry>,
    /// What the next [`Output::tend`] has to tell.
    untold: Option<io::Error>,
}

/// What an output is made of, besides the file.
pub(super) struct Parts {
    pub(super) settings: Settings,
    pub(super) names: Names,
    pub(super) schedule: Schedule,
    pub(super) clock: Clock,
    pub(super) failures: Failures,
    pub(super) in_use: InUse,
}

impl FileOutput {
    /// How often at most the file's name is looked at.
    const LOOK: Duration = Duration::from_secs(1);

    pub(super) fn new(
        parts: Parts,
        (active, metadata): (Active, Metadata),
        tidier: impl FnOnce() -> io::Result<Tidier>,
    ) -> io::Result<Self> {
        let Parts { settings, names, schedule, clock, failures, in_use } = parts;
        let now = clock.now();
        let closed = failures.count(Failure::List, closed::list(settings.dir(), &names));
        let newest = closed.ok().and_then(|closed| closed.last().map(|closed| closed.id));
        let mut output = Self {
            period: period_of(&schedule, &active, &metadata, now),
            settings,
            names,
            schedule,
            clock,
            failures,
            in_use,
            // It takes its first look when the file of an earlier process may have been closed.
            tidier: Tidier::absent(),
            active,
            newest,
            mid_line: false,
            failing: false,
            reopen: false,
            looked_at: now,
            retry: None,
            untold: None,
        };
        output.rotate_if_due(now);
        output.tidier = tidier()?;
        Ok(output)
    }

    /// Waits until closed files are compressed and those that are too many deleted: for a program
    /// that ends before its files are looked after, and for tests.
    pub fn settle(&self) {
        self.tidier.settle();
    }

    fn rotate_if_due(&mut self, now: SystemTime) {
        if self.period.is_over(&self.schedule, now) {
            if self.active.size == 0 {
                self.period = Period::of(&self.schedule, now);
            } else {
                self.try_to_rotate(now);
            }
        }
    }

    /// Whether there is another file. A failure is told later, and tried again later.
    fn try_to_rotate(&mut self, now: SystemTime) -> bool {
        if self.retry.is_some_and(|retry| !retry.is_due(now)) {
            return false;
        }
        let rotated = self.rotate(now);
        self.retry = rotated.is_err().then(|| Retry::after(self.retry, now));
        rotated.map_err(|error| self.untold = Some(error)).is_ok()
    }

    /// Closes the file and begins another. On an error lines go to the file that they went to.
    fn rotate(&mut self, now: SystemTime) -> io::Result<()> {
        if !self.is_in_place() {
            // The file that has the name is not the one that is full.
            return self.open_anew(now);
        }
        // Where that fails, the next line is in another file anyway.
        let _ = self.end_torn_line();
        let path = self.settings.path.clone();
        let explain = |error| explained(&path, "cannot be closed", &error);
        let (id, closed) =
            self.failures.count(Failure::Rename, self.free_name(now)).map_err(explain)?;
        // The file that is closed is not compressed before another one is open.
        let in_use = self.in_use.clone();
        let mut in_use = in_use.lock();
        self.failures.count(Failure::Rename, fs::rename(&path, &closed)).map_err(explain)?;
        self.newest = Some(id);
        let opened = self.open_anew(now);
        match &opened {
            Ok(()) => *in_use = None,
            Err(_) => {
                let free = !exists(&path);
                if !free || fs::rename(&closed, &path).is_err() {
                    *in_use = Some(closed);
                }
            }
        }
        drop(in_use);
        self.tidier.tidy();
        opened
    }

    fn open_anew(&mut self, now: SystemTime) -> io::Result<()> {
        let opened = open::active(&self.settings.path, self.settings.mode);
        let (active, metadata) = self.failures.count(Failure::Open, opened)?;
        self.period = period_of(&self.schedule, &active, &metadata, now);
        self.active = active;
        self.looked_at = now;
        self.mid_line = false;
        self.reopen = false;
        Ok(())
    }

    /// The name for the file that is closed, which no file has in any form.
    fn free_name(&self, now: SystemTime) -> io::Result<(Id, PathBuf)> {
        let mut id = Id::after(self.newest, now);
        // Others must have made a great many names of ours for all of these to be taken.
        for _ in 0..1000 {
            let path = |form| Some(self.settings.dir().join(self.names.make(id, form)?));
            let all = [path(Form::Plain), path(Form::Gzip), path(Form::Partial)];
            if let [Some(plain), Some(gzip), Some(partial)] = all
                && ![&plain, &gzip, &partial].into_iter().any(|path| exists(path))
            {
                return Ok((id, plain));
            }
            id = id.next();
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    /// Whether the plain name is that of the open file; takes its size from the disk.
    fn is_in_place(&mut self) -> bool {
        let Ok(found) = fs::symlink_metadata(&self.settings.path) else { return false };
        let same = found.is_file() && FileId::of(&found) == self.active.id;
        if same {
            // Smaller after somebody has truncated it.
            self.active.size = found.len();
        }
        same
    }

    /// Opens the file again if it was moved away or deleted; looks at most once a second.
    fn look(&mut self, now: SystemTime) -> io::Result<()> {
        if now.duration_since(self.looked_at).is_ok_and(|gone| gone < Self::LOOK) {
            return Ok(());
        }
        self.looked_at = now;
        if self.is_in_place() { Ok(()) } else { self.reopen_at(now) }
    }

    fn reopen_at(&mut self, now: SystemTime) -> io::Result<()> {
        self.open_anew(now)?;
        // A closed file that lines went to meanwhile is a closed file like any other.
        if self.in_use.lock().take().is_some() {
            self.tidier.tidy();
        }
        Ok(())
    }

    /// How many bytes of `lines` go to the file that is open in the end.
    fn fit(&mut self, lines: &[u8], now: SystemTime) -> usize {
        let end = self.room_for(lines);
        if end > 0 {
            return end;
        }
        if self.active.size > 0 {
            if !self.try_to_rotate(now) {
                return lines.len();
            }
            let end = self.room_for(lines);
            if end > 0 {
                return end;
            }
        }
        // Longer than a file may be: it has one of its own.
        end_of_line(lines)
    }

    /// The end of the last line that leaves the file within its size.
    fn room_for(&self, lines: &[u8]) -> usize {
        let room = self.settings.max_size.saturating_sub(self.active.size);
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        match lines.get(..room) {
            None => lines.len(),
            Some(fitting) => fitting.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1),
        }
    }

    /// Ends the last line of a process that was ended within it.
    fn end_torn_line(&mut self) -> io::Result<()> {
        if self.active.torn {
            self.active.file.write_all(b"\n")?;
            self.active.torn = false;
            self.active.size += 1;
        }
        Ok(())
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<usize> {
        loop {
            match self.active.file.write(lines) {
                Err(error) if error.kind() == ErrorKind::Interrupted => (),
                written => return written,
            }
        }
    }
}

impl Output for FileOutput {
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        if lines.is_empty() {
            return Ok(0);
        }
        self.end_torn_line().inspect_err(|_| self.failing = true)?;
        let now = self.clock.now();
        let end = if self.mid_line {
            end_of_line(lines)
        } else {
            if lines == b"\n" {
                // A writer is to end a line, and there is none to end.
                return Ok(1);
            }
            if self.reopen {
                self.reopen = false;
                self.untold = self.reopen_at(now).err().or(self.untold.take());
            }
            self.rotate_if_due(now);
            self.fit(lines, now)
        };
        let written = self.append(&lines[..end]);
        self.failing = written.is_err();
        let written = written?;
        self.active.size += written as u64;
        if let Some(last) = lines[..written].last() {
            self.mid_line = *last != b'\n';
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.active.file.flush()
    }

    fn tend(&mut self) -> io::Result<()> {
        let now = self.clock.now();
        if !self.mid_line {
            self.look(now)?;
            self.rotate_if_due(now);
        }
        self.untold.take().map_or(Ok(()), Err)
    }

    fn reopen(&mut self) -> io::Result<()> {
        if self.mid_line && !self.failing {
            // The rest of the line goes where it began.
            self.reopen = true;
            return Ok(());
        }
        self.reopen_at(self.clock.now())
    }

    fn place(&self) -> String {
        self.settings.path.display().to_string()
    }
}

/// The period of a file: that of its last line, or that of now.
fn period_of(schedule: &Schedule, active: &Active, metadata: &Metadata, now: SystemTime) -> Period {
    let last = metadata.modified().ok().filter(|_| active.size > 0);
    Period::of(schedule, last.unwrap_or(now).min(now))
}

fn end_of_line(lines: &[u8]) -> usize {
    lines.iter().position(|b| *b == b'\n').map_or(lines.len(), |at| at + 1)
}

fn exists(path: &std::path::Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}
