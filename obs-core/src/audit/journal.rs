//! The chain as it grows: batches of records to a sink, and what a failed write leaves behind.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use super::chain::{Note, seal};
use super::encoding::Head;
use super::error::{AuditError, Step};
use super::event::Event;
use super::key::Key;
use super::record::{Circumstances, Origin, body};
use super::walk::{Tail, Torn};
use crate::trace::TraceId;

/// Where the bytes of a chain go.
pub(crate) trait Sink: Send {
    /// Gets ready for a batch whose first record is `sequence`. `between` tells that what was written
    /// ends with a whole line, so that another file may begin.
    fn prepare(&mut self, sequence: u64, between: bool) -> io::Result<Ready>;

    /// Appends all of `bytes`, or says how many of them were written.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Short>;

    /// Returns when all that was appended is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// What [`Sink::prepare`] did.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// What comes next is the first line of a file.
    pub(crate) fresh: bool,
    /// What went wrong without standing in the way.
    pub(crate) complaint: Option<(&'static str, String)>,
}

/// A write that ended early.
#[derive(Debug)]
pub(crate) struct Short {
    pub(crate) written: usize,
    pub(crate) error: io::Error,
}

/// Where a chain goes on, as found at the start.
#[derive(Debug, Default)]
pub(crate) struct Resume {
    pub(crate) head: Option<Head>,
    pub(crate) tail: Tail,
    /// The key of the last record.
    pub(crate) key_id: Option<String>,
}

/// The growing chain.
pub(crate) struct Journal {
    sink: Box<dyn Sink>,
    origin: Arc<Origin>,
    key: Key,
    /// The key of the last record, where that is another one: the next record is of the change.
    old: Option<Key>,
    head: Head,
    tail: Tail,
    /// Events that callers went on without.
    lost: u64,
    count_lost: bool,
    batch: Batch,
}

/// Lines to be written at once.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// The bytes at the start that end what stands in the file already.
    joint: usize,
    lines: Vec<Line>,
}

struct Line {
    /// Where it ends, after its line break.
    end: usize,
    head: Head,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Event,
    Torn,
    KeyChange,
    Lost { records: u64 },
}

/// What became of a batch.
#[derive(Debug)]
pub(crate) struct Committed {
    /// Where each event's record is, or why it is not known to be on the disk.
    pub(crate) outcome: Result<Vec<Head>, AuditError>,
    pub(crate) complaint: Option<(&'static str, String)>,
}

impl Journal {
    pub(crate) fn new(
        sink: Box<dyn Sink>,
        origin: Arc<Origin>,
        key: Key,
        old: Option<Key>,
        resume: Resume,
    ) -> Self {
        Self {
            sink,
            origin,
            key,
            old,
            head: resume.head.unwrap_or(Head::START),
            tail: resume.tail,
            lost: 0,
            count_lost: false,
            batch: Batch::default(),
        }
    }

    /// Has a record say how many events could not be written.
    pub(crate) const fn count_lost(&mut self) {
        self.count_lost = true;
    }

    /// The last record that was written.
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// Whether there is something to say before the next event.
    pub(crate) const fn has_news(&self) -> bool {
        self.old.is_some() || !matches!(self.tail, Tail::Clean)
    }

    /// Writes a record of each of `bodies`, after those that the log itself has to make, and waits
    /// for the disk once.
    pub(crate) fn commit(&mut self, bodies: &[Vec<u8>], now: SystemTime) -> Committed {
        let between = matches!(self.tail, Tail::Clean);
        let sequence = self.head.sequence.saturating_add(1);
        let ready = match self.sink.prepare(sequence, between) {
            Ok(ready) => ready,
            Err(error) => {
                self.lose(bodies.len());
                let outcome = Err(AuditError::storage(Step::Open, error));
                return Committed { outcome, complaint: None };
            }
        };
        if ready.fresh {
            self.tail = Tail::Clean;
        }
        self.fill(bodies, now);
        let outcome = match self.sink.append(&self.batch.bytes) {
            Ok(()) => {
                self.settle(self.batch.bytes.len());
                match self.sink.sync() {
                    Ok(()) => Ok(self.heads()),
                    // The records may or may not be on the disk; they stand in the file, so the
                    // chain goes on after them.
                    Err(error) => Err(AuditError::storage(Step::Sync, error)),
                }
            }
            Err(Short { written, error }) => {
                let events = self.settle(written.min(self.batch.bytes.len()));
                self.lose(bodies.len().saturating_sub(events));
                Err(AuditError::storage(Step::Write, error))
            }
        };
        Committed { outcome, complaint: ready.complaint }
    }

    fn lose(&mut self, events: usize) {
        if self.count_lost {
            self.lost = self.lost.saturating_add(u64::try_from(events).unwrap_or(u64::MAX));
        }
    }

    fn heads(&self) -> Vec<Head> {
        let events = self.batch.lines.iter().filter(|line| line.kind == Kind::Event);
        events.map(|line| line.head).collect()
    }

    fn fill(&mut self, bodies: &[Vec<u8>], now: SystemTime) {
        let origin = Arc::clone(&self.origin);
        let own = |action: &str, message: &str| {
            let event = Event::new(action).message(message);
            body(&event, &origin, Circumstances { now, id: TraceId::random().get(), trace: None })
        };
        self.batch.bytes.clear();
        self.batch.lines.clear();
        match &self.tail {
            Tail::Clean => {}
            Tail::Unterminated => self.batch.bytes.push(b'\n'),
            Tail::Torn(torn) => {
                let mut torn = torn.clone();
                if !torn.ended {
                    torn.add(b"\n");
                    self.batch.bytes.push(b'\n');
                }
                let note = torn.note();
                let body = own("audit-log-recovered", "the last record was never whole");
                self.push(&body, note, None, Kind::Torn);
            }
        }
        self.batch.joint = usize::from(self.batch.bytes.first() == Some(&b'\n'));
        if let Some(old) = self.old.clone() {
            let body = own("audit-key-changed", "another key signs from here on");
            self.push(&body, Note::None, Some(&old), Kind::KeyChange);
        }
        if self.lost > 0 {
            let records = self.lost;
            let body = own("audit-records-lost", "events could not be written");
            self.push(&body, Note::Lost { records }, None, Kind::Lost { records });
        }
        for body in bodies {
            self.push(body, Note::None, None, Kind::Event);
        }
    }

    fn push(&mut self, body: &[u8], note: Note, old: Option<&Key>, kind: Kind) {
        let before = self.batch.lines.last().map_or(self.head, |line| line.head);
        // A record before the change of keys is still the old key's.
        let key = match (&self.old, kind) {
            (Some(old), Kind::Torn) => old,
            _ => &self.key,
        };
        let head = seal(&mut self.batch.bytes, body, note, before, key, old);
        self.batch.lines.push(Line { end: self.batch.bytes.len(), head, kind });
    }

    /// Takes note of what stands in the file after `written` bytes of the batch; returns how many
    /// events that are.
    fn settle(&mut self, written: usize) -> usize {
        // A record is whole without its line break: a restart takes it for one, too.
        let whole = self.batch.lines.iter().take_while(|line| line.end - 1 <= written).count();
        let mut events = 0;
        for line in &self.batch.lines[..whole] {
            self.head = line.head;
            match line.kind {
                Kind::Event => events += 1,
                Kind::Torn => {}
                Kind::KeyChange => self.old = None,
                Kind::Lost { records } => self.lost = self.lost.saturating_sub(records),
            }
        }
        let bytes = &self.batch.bytes[..written];
        self.tail = match self.batch.lines[..whole].last() {
            Some(last) if written < last.end => Tail::Unterminated,
            Some(last) => torn(Torn::default(), &bytes[last.end..]),
            None => match std::mem::take(&mut self.tail) {
                Tail::Clean => torn(Torn::default(), bytes),
                Tail::Unterminated if bytes.is_empty() => Tail::Unterminated,
                // The first byte ended the line before.
                Tail::Unterminated => torn(Torn::default(), &bytes[self.batch.joint..]),
                Tail::Torn(before) => torn(before, bytes),
            },
        };
        events
    }
}

fn torn(mut torn: Torn, bytes: &[u8]) -> Tail {
    torn.add(bytes);
    if torn.is_empty() { Tail::Clean } else { Tail::Torn(torn) }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::super::testing::{Disk, check, key, origin};
    use super::super::{Check, Summary, verify};
    use super::*;

    fn journal(disk: &Disk) -> Journal {
        Journal::new(Box::new(disk.clone()), origin(), key(1), None, Resume::default())
    }

    fn bodies(names: &[&str]) -> Vec<Vec<u8>> {
        names.iter().map(|name| format!("{{\"message\":\"{name}\"").into_bytes()).collect()
    }

    fn commit(journal: &mut Journal, names: &[&str]) -> Result<Vec<Head>, AuditError> {
        journal.commit(&bodies(names), SystemTime::UNIX_EPOCH).outcome
    }

    fn verified(disk: &Disk, check: &Check) -> Summary {
        let text = disk.text();
        verify([("audit", text.as_bytes())], check).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    #[test]
    fn a_batch_is_one_write_and_one_sync() {
        let disk = Disk::default();
        let heads = commit(&mut journal(&disk), &["a", "b", "c"]).unwrap();
        assert_eq!(heads.iter().map(|head| head.sequence).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(
            (disk.writes.load(Ordering::Relaxed), disk.syncs.load(Ordering::Relaxed)),
            (1, 1)
        );
        let summary = verified(&disk, &check());
        assert_eq!((summary.records, summary.head), (3, heads[2]));
    }

    #[test]
    fn a_write_that_ends_at_any_byte_leaves_a_chain_that_goes_on() {
        let whole = {
            let disk = Disk::default();
            let mut journal = journal(&disk);
            commit(&mut journal, &["a", "b"]).unwrap();
            disk.text().len()
        };
        for (count_lost, first) in (0..=whole).flat_map(|n| [(false, n), (true, n)]) {
            // The second failure cuts the record about the first, or leaves nothing, or all of it.
            for second in [None, Some(0), Some(1), Some(40), Some(420), Some(1000)] {
                let disk = Disk::default();
                let mut journal = journal(&disk);
                if count_lost {
                    journal.count_lost();
                }
                let before = commit(&mut journal, &["before"]).unwrap()[0];
                disk.fill_after(first);
                let failed = commit(&mut journal, &["a", "b"]).is_err();
                assert_eq!(failed, first < whole, "{first}");
                if let Some(second) = second {
                    disk.fill_after(second);
                    let _ = commit(&mut journal, &["c"]);
                }
                disk.empty();
                let after = commit(&mut journal, &["after"]).unwrap()[0];
                let check = check().anchor(before).anchor(after);
                let summary = verified(&disk, &check);
                assert_eq!(summary.head, after, "{first} {second:?}");
                if count_lost {
                    let of_events = disk.text().matches("\"message\":\"").count() as u64;
                    let told = 2 + 2 + u64::from(second.is_some());
                    // Each event stands in the log or is counted there.
                    let own = disk.text().matches("event.action").count() as u64;
                    let torn = disk.torn_events();
                    assert_eq!(of_events - own - torn + summary.lost, told, "{first} {second:?}");
                }
            }
        }
    }

    #[test]
    fn the_chain_goes_on_after_a_disk_that_did_not_confirm() {
        let disk = Disk::default();
        let mut journal = journal(&disk);
        disk.fail_syncs(true);
        let error = commit(&mut journal, &["a"]).unwrap_err();
        assert!(matches!(error, AuditError::Storage { step: Step::Sync, .. }), "{error:?}");
        disk.fail_syncs(false);
        assert_eq!(commit(&mut journal, &["b"]).unwrap()[0].sequence, 2);
        verified(&disk, &check());
    }

    #[test]
    fn a_change_of_key_is_signed_by_both() {
        let disk = Disk::default();
        let last = commit(&mut journal(&disk), &["a"]).unwrap()[0];
        let resume = Resume { head: Some(last), tail: Tail::Clean, key_id: Some("k1".to_owned()) };
        let mut journal =
            Journal::new(Box::new(disk.clone()), origin(), key(2), Some(key(1)), resume);
        assert!(journal.has_news());
        assert_eq!(commit(&mut journal, &["b"]).unwrap()[0].sequence, 3);
        assert!(!journal.has_news());
        let both = Check::new(super::super::Keys::from(key(1)).key(key(2)));
        assert_eq!(verified(&disk, &both).records, 3);
        let text = disk.text();
        for (keys, line, id) in [(key(1), 2, "k2"), (key(2), 1, "k1")] {
            let broken = verify([("audit", text.as_bytes())], &Check::new(keys)).unwrap_err();
            let what = super::super::What::UnknownKey { id: id.to_owned() };
            assert_eq!((broken.line, broken.what), (line, what));
        }
        // Without the record of the change, the new key is nobody's.
        let mut lines: Vec<_> = text.lines().collect();
        lines.remove(1);
        let text = lines.join("\n");
        assert!(verify([("audit", text.as_bytes())], &both).is_err());
    }

    #[test]
    fn a_key_is_not_changed_by_who_has_the_new_one_alone() {
        let disk = Disk::default();
        let last = commit(&mut journal(&disk), &["a"]).unwrap()[0];
        let resume = Resume { head: Some(last), ..Resume::default() };
        let mut journal = Journal::new(Box::new(disk.clone()), origin(), key(2), None, resume);
        commit(&mut journal, &["b"]).unwrap();
        let both = Check::new(super::super::Keys::from(key(1)).key(key(2)));
        let broken = verify([("audit", disk.text().as_bytes())], &both).unwrap_err();
        let what = super::super::What::KeyChange { from: "k1".to_owned(), to: "k2".to_owned() };
        assert_eq!((broken.line, broken.sequence, broken.what), (2, 2, what));
    }
}
