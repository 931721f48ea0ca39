//! A disk for tests: it counts, it fills up, it makes its users wait.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use super::journal::{Ready, Short, Sink};
use super::record::Origin;
use super::{Check, Key};
use crate::guard::Service;

#[derive(Clone)]
pub(super) struct Disk {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// How many bytes it still takes.
    room: Arc<AtomicUsize>,
    failing_syncs: Arc<AtomicBool>,
    panics: Arc<AtomicBool>,
    gate: Arc<Mutex<Option<mpsc::Receiver<()>>>>,
    pub(super) writes: Arc<AtomicUsize>,
    pub(super) syncs: Arc<AtomicUsize>,
}

impl Default for Disk {
    fn default() -> Self {
        Self {
            bytes: Arc::default(),
            room: Arc::new(AtomicUsize::new(usize::MAX)),
            failing_syncs: Arc::default(),
            panics: Arc::default(),
            gate: Arc::default(),
            writes: Arc::default(),
            syncs: Arc::default(),
        }
    }
}

impl Disk {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.bytes.lock().unwrap().clone()).unwrap()
    }

    pub(super) fn fill_after(&self, bytes: usize) {
        self.room.store(bytes, Ordering::SeqCst);
    }

    pub(super) fn empty(&self) {
        self.room.store(usize::MAX, Ordering::SeqCst);
    }

    pub(super) fn fail_syncs(&self, fail: bool) {
        self.failing_syncs.store(fail, Ordering::SeqCst);
    }

    pub(super) fn panic_on_write(&self) {
        self.panics.store(true, Ordering::SeqCst);
    }

    /// Syncs wait until the returned value is dropped.
    pub(super) fn hold_syncs(&self) -> mpsc::Sender<()> {
        let (sender, receiver) = mpsc::channel();
        *self.gate.lock().unwrap() = Some(receiver);
        sender
    }

    /// Events of which a part stands in a line that is no record.
    pub(super) fn torn_events(&self) -> u64 {
        let text = self.text();
        let torn =
            text.lines().filter(|line| !line.contains("\"audit.hash\":") || !line.ends_with("\"}"));
        torn.filter(|line| line.contains("\"message\":\"") && !line.contains("event.action"))
            .count() as u64
    }
}

impl Sink for Disk {
    fn prepare(&mut self, _: u64, _: bool) -> io::Result<Ready> {
        Ok(Ready::default())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Short> {
        assert!(!self.panics.load(Ordering::SeqCst), "the disk burns");
        self.writes.fetch_add(1, Ordering::SeqCst);
        let room = self.room.load(Ordering::SeqCst);
        let written = bytes.len().min(room);
        self.room.store(room - written, Ordering::SeqCst);
        self.bytes.lock().unwrap().extend_from_slice(&bytes[..written]);
        if written == bytes.len() {
            return Ok(());
        }
        Err(Short { written, error: io::ErrorKind::StorageFull.into() })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.syncs.fetch_add(1, Ordering::SeqCst);
        if let Some(gate) = self.gate.lock().unwrap().take() {
            let _ = gate.recv();
        }
        match self.failing_syncs.load(Ordering::SeqCst) {
            true => Err(io::Error::other("the disk does not answer")),
            false => Ok(()),
        }
    }
}

/// A key called `k1` for 1.
pub(super) fn key(number: u8) -> Key {
    Key::new([number; 32]).unwrap().named(format!("k{number}")).unwrap()
}

pub(super) fn check() -> Check {
    Check::new(key(1))
}

pub(super) fn origin() -> Arc<Origin> {
    let name = "shop".to_owned();
    Arc::new(Origin::new(&Service { name, version: None, environment: None, instance_id: None }))
}
