//! The thread that compresses closed files and deletes those that are too many.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use super::Clock;
use super::closed::{self, Closed, Keep};
use super::failure::{Failure, Failures};
use super::gzip;
use super::name::{Form, Id, Names};

/// Age makes files too many when nothing else happens, and what failed is tried again.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Held while a file changes its name. Within is the closed file that lines still go to, because
/// no other could be opened: it stays as it is.
#[derive(Clone, Debug, Default)]
pub(super) struct InUse(Arc<Mutex<Option<PathBuf>>>);

impl InUse {
    pub(super) fn lock(&self) -> MutexGuard<'_, Option<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What there is to do in a directory.
#[derive(Debug)]
pub(super) struct Tidy {
    pub(super) dir: PathBuf,
    pub(super) names: Names,
    pub(super) keep: Keep,
    /// The mode of compressed files; `None` compresses nothing.
    pub(super) compress: Option<u32>,
    pub(super) in_use: InUse,
    pub(super) failures: Failures,
}

impl Tidy {
    /// Does it all, as far as it can be done; what fails is counted.
    pub(super) fn run(&self, now: SystemTime, stop: &AtomicBool) {
        let all = self.list();
        // Not by size yet: what is not compressed yet will be smaller.
        let surplus = Keep { bytes: u64::MAX, ..self.keep }.surplus(&all, now);
        let (gone, kept) = all.split_at(surplus.len());
        gone.iter().for_each(|closed| self.delete(closed));
        if let Some(mode) = self.compress {
            for closed in kept.iter().filter(|closed| closed.form == Form::Plain) {
                self.compress(closed, mode, stop);
            }
        }
        if stop.load(Ordering::Relaxed) {
            return;
        }
        // A file that was closed meanwhile has yet to be compressed, and is for the next time.
        let newest = kept.last().map(|closed| closed.id);
        let all: Vec<_> =
            self.list().into_iter().filter(|closed| Some(closed.id) <= newest).collect();
        self.keep.surplus(&all, now).iter().for_each(|closed| self.delete(closed));
    }

    fn list(&self) -> Vec<Closed> {
        let list = closed::list(&self.dir, &self.names);
        let mut list = self.failures.count(Failure::List, list).unwrap_or_default();
        // Nobody else makes them, and this thread is not at it.
        list.retain(|closed| {
            if closed.form == Form::Partial {
                self.delete(closed);
            }
            closed.form != Form::Partial
        });
        list
    }

    fn delete(&self, closed: &Closed) {
        let in_use = self.in_use.lock();
        if in_use.as_ref() == Some(&closed.path) {
            return;
        }
        match fs::remove_file(&closed.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => (),
            deleted => drop(self.failures.count(Failure::Delete, deleted)),
        }
    }

    fn compress(&self, closed: &Closed, mode: u32, stop: &AtomicBool) {
        let path = |form| self.path(closed.id, form);
        let (Some(partial), Some(to)) = (path(Form::Partial), path(Form::Gzip)) else { return };
        let unused = || {
            let in_use = self.in_use.lock();
            (in_use.as_ref() != Some(&closed.path)).then_some(in_use)
        };
        if stop.load(Ordering::Relaxed) || unused().is_none() {
            return;
        }
        let paths = gzip::Paths { from: &closed.path, partial: &partial, to: &to };
        match gzip::compress(&paths, mode, stop, unused) {
            // Deleted or renamed meanwhile, by its rotation or by hand.
            Err(error) if error.kind() == ErrorKind::NotFound => (),
            compressed => drop(self.failures.count(Failure::Compress, compressed)),
        }
    }

    fn path(&self, id: Id, form: Form) -> Option<PathBuf> {
        self.names.make(id, form).map(|name| self.dir.join(name))
    }
}

enum Job {
    Tidy,
    Settle(mpsc::Sender<()>),
}

/// The thread, which ends when this is dropped: a compression under way is left for the next start.
#[derive(Debug)]
pub(super) struct Tidier {
    jobs: Option<mpsc::Sender<Job>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Tidier {
    /// Starts the thread, which looks at once at what an earlier process left.
    pub(super) fn spawn(tidy: Tidy, clock: Clock) -> io::Result<Self> {
        let (jobs, inbox) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .name("obs-log-tidy".to_owned())
            .spawn(move || work(&tidy, &clock, &inbox, &stopped))?;
        Ok(Self { jobs: Some(jobs), stop, thread: Some(thread) })
    }

    /// No thread yet.
    pub(super) fn absent() -> Self {
        Self { jobs: None, stop: Arc::default(), thread: None }
    }

    /// Has the thread look after the directory.
    pub(super) fn tidy(&self) {
        if let Some(jobs) = &self.jobs {
            // An error: the thread is gone, and the next start finds what it left.
            let _ = jobs.send(Job::Tidy);
        }
    }

    /// Returns when all that was asked for has been done.
    pub(super) fn settle(&self) {
        let (done, wait) = mpsc::channel();
        if self.jobs.as_ref().is_some_and(|jobs| jobs.send(Job::Settle(done)).is_ok()) {
            // An error: the thread is gone, and nothing will be done any more.
            let _ = wait.recv();
        }
    }
}

impl Drop for Tidier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(tidy: &Tidy, clock: &Clock, inbox: &mpsc::Receiver<Job>, stop: &AtomicBool) {
    tidy.run(clock.now(), stop);
    loop {
        let first = match inbox.recv_timeout(INTERVAL) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        // However many files were closed meanwhile, one look finds them.
        let jobs: Vec<_> = first.into_iter().chain(inbox.try_iter()).collect();
        if stop.load(Ordering::Relaxed) {
            return;
        }
        tidy.run(clock.now(), stop);
        for job in jobs {
            if let Job::Settle(done) = job {
                let _ = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Config, Metrics};

    /// A closed file that lines still go to, since no other could be opened.
    #[test]
    fn what_is_in_use_is_neither_compressed_nor_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let names = Names::of(&dir.path().join("shop.log")).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let id = Id::at(now);
        let path = |id, form| dir.path().join(names.make(id, form).unwrap());
        let (held, newer) = (path(id, Form::Plain), path(id.next(), Form::Plain));
        for path in [&held, &newer] {
            fs::write(path, "line\n").unwrap();
        }
        let tidy = Tidy {
            dir: dir.path().to_owned(),
            names: names.clone(),
            keep: Keep { files: 1, age: None, bytes: u64::MAX },
            compress: Some(0o600),
            in_use: InUse::default(),
            failures: Failures::new(&Metrics::new(Config::default())),
        };
        *tidy.in_use.lock() = Some(held.clone());
        tidy.run(now, &AtomicBool::new(false));
        assert!(held.exists() && !newer.exists());
        assert!(path(id.next(), Form::Gzip).exists());

        *tidy.in_use.lock() = Some(newer);
        tidy.run(now, &AtomicBool::new(false));
        assert!(!held.exists());
    }

    /// A service that ends deletes nothing for being large before it is compressed.
    #[test]
    fn who_is_stopped_deletes_nothing_by_size() {
        let dir = tempfile::tempdir().unwrap();
        let names = Names::of(&dir.path().join("shop.log")).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let closed = dir.path().join(names.make(Id::at(now), Form::Plain).unwrap());
        fs::write(&closed, "x".repeat(10_000)).unwrap();
        let tidy = Tidy {
            dir: dir.path().to_owned(),
            names,
            keep: Keep { files: 1, age: None, bytes: 1000 },
            compress: Some(0o600),
            in_use: InUse::default(),
            failures: Failures::new(&Metrics::new(Config::default())),
        };
        tidy.run(now, &AtomicBool::new(true));
        assert!(closed.exists());
        tidy.run(now, &AtomicBool::new(false));
        assert!(closed.with_extension("log.gz").exists());
    }
}
