//! The audit log as a service and its auditor see it: files, restarts, tampering.

#![cfg(feature = "audit")]
#![expect(clippy::unwrap_used, reason = "a test is to fail there")]

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use obs_core::audit::{
    Audit, AuditError, Broken, Check, Event, Head, Key, Keys, Outcome, Receipt, Summary, What,
    verify,
};
use obs_core::metrics::Format;
use obs_core::{InitError, Obs, builder};
use proptest::prelude::*;
use tempfile::TempDir;

fn key(number: u8) -> Key {
    Key::new([number; 32]).unwrap().named(format!("k{number}")).unwrap()
}

fn check() -> Check {
    Check::new(key(1))
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("audit/shop.audit.jsonl")
    }

    fn audit(&self) -> Audit {
        Audit::file(self.file()).key(key(1))
    }

    fn open(&self) -> Obs {
        open(self.audit()).unwrap()
    }

    /// All files of the log, in the order of their names.
    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.path().join("audit")).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
        files.sort();
        files
    }

    fn verify(&self, check: &Check) -> Result<Summary, Broken> {
        let open = |path: PathBuf| {
            (path.display().to_string(), BufReader::new(fs::File::open(path).unwrap()))
        };
        verify(self.files().into_iter().map(open), check)
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }
}

fn open(audit: Audit) -> Result<Obs, InitError> {
    builder("shop").env(&[]).audit(audit).build()
}

fn record(obs: &Obs, action: &str) -> Head {
    let receipt = obs.audit().record_blocking(Event::new(action).actor("u-17"));
    receipt.unwrap().head().unwrap()
}

/// A log of `n` records, its bytes and its lines.
fn log_of(n: u64) -> (Vec<u8>, Vec<Vec<u8>>, Head) {
    let folder = Folder::new();
    let obs = folder.open();
    let mut head = Head::START;
    for i in 1..=n {
        head = record(&obs, &format!("action-{i}"));
        assert_eq!(head.sequence, i);
    }
    drop(obs);
    let bytes = folder.bytes();
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    (bytes, lines, head)
}

fn broken(bytes: &[u8], check: &Check) -> Broken {
    verify([("log", bytes)], check).unwrap_err()
}

#[test]
fn a_service_without_an_audit_log_refuses_every_record() {
    let obs = builder("shop").env(&[]).build().unwrap();
    let refused = obs.audit().record_blocking(Event::new("a"));
    assert!(matches!(refused, Err(AuditError::NotConfigured)), "{refused:?}");
}

#[tokio::test]
async fn what_is_acknowledged_is_in_the_file() {
    let folder = Folder::new();
    let obs = folder.open();
    let event = Event::new("login").outcome(Outcome::Failure).field("attempts", 3);
    let Receipt::Durable(head) = obs.audit().record(event).await.unwrap() else { panic!() };
    let line: serde_json::Value = serde_json::from_slice(&folder.bytes()).unwrap();
    assert_eq!(line["event.action"], "login");
    assert_eq!(line["event.dataset"], "shop.audit");
    assert_eq!(line["numeric_labels.attempts"], 3);
    assert_eq!(line["audit.hash"], head.hash.to_string());
    assert_eq!(folder.verify(&check()).unwrap().head, head);
    let text = obs.metrics().render(Format::Text);
    assert!(text.contains("obs_audit_records_total{outcome=\"durable\"} 1\n"), "{text}");
    let log = obs.audit().clone();
    obs.finish().await;
    assert!(matches!(log.record(Event::new("late")).await, Err(AuditError::Closed)));
}

#[test]
fn any_byte_that_changes_is_found_at_its_line() {
    let (bytes, _, _) = log_of(3);
    let mut line = 1;
    for at in 0..bytes.len() {
        for mask in [0x01, 0x20, 0x80] {
            let mut changed = bytes.clone();
            changed[at] ^= mask;
            let broken = broken(&changed, &check());
            assert_eq!(
                (broken.line, broken.sequence),
                (line, line),
                "byte {at} ^ {mask}: {broken}"
            );
        }
        line += u64::from(bytes[at] == b'\n');
    }
}

#[test]
fn a_record_that_goes_moves_or_comes_twice_is_named() {
    let (bytes, lines, head) = log_of(6);
    assert_eq!(verify([("log", &bytes[..])], &check().anchor(head)).unwrap().anchors, 1);
    let n = lines.len();
    for i in 0..n {
        let number = i as u64 + 1;

        let mut gone = lines.clone();
        gone.remove(i);
        let gone = gone.concat();
        let found = broken(&gone, &check().anchor(head));
        let what = match number {
            6 => What::Truncated { anchor: head },
            _ => What::Missing { to: number },
        };
        assert_eq!((found.line, found.sequence, found.what), (number, number, what));

        let mut twice = lines.clone();
        twice.insert(i, lines[i].clone());
        let found = broken(&twice.concat(), &check());
        assert_eq!((found.line, found.what), (number + 1, What::Duplicated { found: number }));

        for j in i + 1..n {
            let mut swapped = lines.clone();
            swapped.swap(i, j);
            let found = broken(&swapped.concat(), &check());
            let what = What::Reordered { found: j as u64 + 1, at: format!("log:{}", j + 1) };
            assert_eq!((found.line, found.sequence, found.what), (number, number, what));
        }

        let cut = lines[..i].concat();
        let found = broken(&cut, &check().anchor(head));
        assert_eq!((found.line, found.what), (number, What::Truncated { anchor: head }));
        // The end is what only an anchor knows of.
        assert_eq!(verify([("log", &cut[..])], &check()).unwrap().records, i as u64);
    }
    let text = broken(&[&lines[0][..], &lines[4]].concat(), &check()).to_string();
    assert_eq!(text, "log:2: records 2 to 4 are missing: record 5 stands here");
}

#[test]
fn without_the_key_numbers_and_links_are_checked() {
    let (bytes, lines, _) = log_of(4);
    let unsigned = Check::default();
    assert!(!verify([("log", &bytes[..])], &unsigned).unwrap().signed);
    for (i, _) in lines.iter().enumerate().skip(1) {
        let mut swapped = lines.clone();
        swapped.swap(i - 1, i);
        assert_eq!(broken(&swapped.concat(), &unsigned).line, i as u64);
    }
    let wrong = Check::new(Key::new([9; 32]).unwrap().named("k1").unwrap());
    assert_eq!(broken(&bytes, &wrong).what, What::Changed);
    let other = broken(&bytes, &Check::new(key(2))).what;
    assert_eq!(other, What::UnknownKey { id: "k1".to_owned() });
}

#[test]
fn an_end_that_is_written_anew_is_found_by_an_anchor() {
    let (_, _, head) = log_of(3);
    // The same key, other events: genuine records all.
    let (bytes, _, _) = log_of(4);
    let found = broken(&bytes, &check().anchor(head));
    assert_eq!((found.line, found.what), (3, What::NotAnchored { anchor: head }));
}

#[test]
fn a_record_torn_at_any_byte_is_reported_and_the_chain_goes_on() {
    let (bytes, lines, _) = log_of(2);
    let start = lines[0].len();
    for end in start + 1..bytes.len() {
        let folder = Folder::new();
        fs::create_dir(folder.file().parent().unwrap()).unwrap();
        fs::write(folder.file(), &bytes[..end]).unwrap();
        let whole = end == bytes.len() - 1;
        if !whole {
            let found = folder.verify(&check()).unwrap_err();
            let what = What::Torn { bytes: (end - start) as u64 };
            assert_eq!((found.line, found.sequence, found.what), (2, 2, what));
        }

        let obs = folder.open();
        assert_eq!(obs.warnings().len(), usize::from(!whole), "{:?}", obs.warnings());
        // The second record: of the torn one, or the whole one that only lacked its line break.
        assert_eq!(record(&obs, "after").sequence, 3, "{end}");
        drop(obs);
        let summary = folder.verify(&check()).unwrap();
        assert_eq!((summary.records, summary.torn), (3, u64::from(!whole)), "{end}");
        // What was there is there still.
        assert!(folder.bytes().starts_with(&bytes[..end]));
        if end % 50 == 0 {
            // And is under the protection of the record after it.
            let mut changed = folder.bytes();
            changed[start] ^= 1;
            assert_eq!(broken(&changed, &check()).line, 2);
        }
    }
}

#[test]
fn a_broken_chain_stops_the_service_unless_it_is_to_be_replaced() {
    let folder = Folder::new();
    let obs = folder.open();
    for action in ["a", "b", "c"] {
        record(&obs, action);
    }
    drop(obs);
    let mut bytes = folder.bytes();
    let at = bytes.windows(7).rposition(|text| text == b"\"u-17\",").unwrap();
    bytes[at + 1] = b'x';
    fs::write(folder.file(), &bytes).unwrap();

    let error = open(folder.audit()).unwrap_err().to_string();
    let place = format!("{}:3: record 3 was changed", folder.file().display());
    assert!(error.contains(&place), "{error}");
    assert_eq!(folder.bytes(), bytes);

    let obs = open(folder.audit().replace_broken()).unwrap();
    assert!(obs.warnings()[0].contains(&place), "{:?}", obs.warnings());
    assert_eq!(record(&obs, "d").sequence, 1);
    let aside = folder.file().with_file_name("broken-1").join("shop.audit.jsonl");
    assert_eq!(fs::read(aside).unwrap(), bytes);
    assert_eq!(folder.verify(&check()).unwrap().records, 1);
}

#[test]
fn a_second_writer_is_refused() {
    let folder = Folder::new();
    let first = folder.open();
    let error = open(folder.audit()).unwrap_err().to_string();
    assert!(error.contains("another process has it open"), "{error}");
    drop(first);
    record(&folder.open(), "a");
}

#[test]
fn a_chain_goes_on_across_files_and_restarts() {
    let folder = Folder::new();
    let audit = || folder.audit().max_file_bytes(2000);
    for round in 0..3 {
        let obs = open(audit()).unwrap();
        for i in 1..=10 {
            assert_eq!(record(&obs, "a").sequence, round * 10 + i);
        }
    }
    let files = folder.files();
    assert!(files.len() > 5, "{files:?}");
    assert!(files[0].ends_with("shop.audit.00000000000000000001.jsonl"), "{files:?}");
    assert!(files.last().unwrap().ends_with("shop.audit.jsonl"), "{files:?}");
    let summary = folder.verify(&check()).unwrap();
    assert_eq!(summary.records, 30);
    for (a, b) in summary.files.iter().zip(&summary.files[1..]) {
        assert_eq!(a.last.map(|last| last + 1), b.first);
    }

    // Without its first file, the log begins where that ended.
    fs::rename(&files[0], folder.0.path().join("elsewhere")).unwrap();
    let last = summary.files[0].last.unwrap();
    let found = folder.verify(&check()).unwrap_err();
    assert_eq!((found.line, found.sequence, found.what), (1, 1, What::Missing { to: last }));
    let first = fs::read(folder.0.path().join("elsewhere")).unwrap();
    let head = verify([("first", &first[..])], &check()).unwrap().head;
    assert_eq!(folder.verify(&check().from(head)).unwrap().records, 30 - last);

    // A restart does without it too, but not without the file before the growing one.
    record(&open(audit()).unwrap(), "b");
    let files = folder.files();
    let before = fs::read(&files[files.len() - 2]).unwrap();
    fs::write(&files[files.len() - 2], &before[..before.len() / 2]).unwrap();
    let error = open(audit()).unwrap_err().to_string();
    assert!(error.contains("not continued"), "{error}");
}

#[test]
fn a_rotation_that_was_cut_short_is_finished_by_the_next_start() {
    let folder = Folder::new();
    let last = record(&folder.open(), "a");
    // Renamed, and no file after it.
    let name = "shop.audit.00000000000000000001.jsonl";
    fs::rename(folder.file(), folder.file().with_file_name(name)).unwrap();
    assert_eq!(record(&folder.open(), "b").sequence, last.sequence + 1);
    assert_eq!(folder.verify(&check()).unwrap().records, 2);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_moved_away_is_followed_by_another() {
    let folder = Folder::new();
    let obs = folder.open();
    record(&obs, "a");
    fs::rename(folder.file(), folder.file().with_file_name("a-moved.jsonl")).unwrap();
    record(&obs, "b");
    assert_eq!(folder.files().len(), 2);
    assert_eq!(folder.verify(&check()).unwrap().records, 2);
    let text = obs.metrics().render(Format::Text);
    assert!(text.contains("obs_audit_failures_total{reason=\"moved\"} 1\n"), "{text}");
}

#[cfg(unix)]
#[test]
fn the_files_are_the_owner_s_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = Folder::new();
    record(&folder.open(), "a");
    assert_eq!(mode(&folder.file()), 0o600);
    assert_eq!(mode(folder.file().parent().unwrap()), 0o700);

    let elsewhere = folder.0.path().join("elsewhere");
    fs::write(&elsewhere, "").unwrap();
    fs::remove_file(folder.file()).unwrap();
    symlink(&elsewhere, folder.file()).unwrap();
    assert!(open(folder.audit()).is_err(), "a link is not followed");
}

#[test]
fn another_key_signs_once_the_old_one_has_agreed() {
    let folder = Folder::new();
    record(&folder.open(), "a");
    // The old key is needed for the change.
    let error = open(Audit::file(folder.file()).key(key(2))).unwrap_err().to_string();
    assert!(error.contains("signed by key \"k1\", which is not given"), "{error}");

    let obs = open(Audit::file(folder.file()).key(key(1)).key(key(2))).unwrap();
    assert_eq!(record(&obs, "b").sequence, 3);
    drop(obs);
    let both = Keys::new().key(key(1)).key(key(2));
    assert_eq!(folder.verify(&Check::new(both.clone())).unwrap().records, 3);
    let text = String::from_utf8(folder.bytes()).unwrap();
    assert_eq!(text.matches("\"event.action\":\"audit-key-changed\"").count(), 1, "{text}");

    // Once more with the same keys: nothing to change.
    let obs = open(Audit::file(folder.file()).key(key(1)).key(key(2))).unwrap();
    assert_eq!(record(&obs, "c").sequence, 4);
    assert_eq!(folder.verify(&Check::new(both)).unwrap().records, 4);
}

#[test]
fn a_torn_record_is_the_old_key_s_to_explain() {
    let folder = Folder::new();
    record(&folder.open(), "a");
    let mut bytes = folder.bytes();
    bytes.extend_from_slice(b"{\"@timestamp\":\"20");
    fs::write(folder.file(), bytes).unwrap();
    let obs = open(Audit::file(folder.file()).key(key(1)).key(key(2))).unwrap();
    assert_eq!(record(&obs, "b").sequence, 4);
    drop(obs);
    let both = Check::new(Keys::new().key(key(1)).key(key(2)));
    let summary = folder.verify(&both).unwrap();
    assert_eq!((summary.records, summary.torn), (4, 1));
}

#[test]
fn the_environment_alone_makes_an_audit_log() {
    let folder = Folder::new();
    let (file, key_file) = (folder.file().display().to_string(), folder.0.path().join("key"));
    fs::write(&key_file, format!("{}\n", "0a".repeat(32))).unwrap();
    let key_file = key_file.display().to_string();
    let obs = builder("shop")
        .env(&[
            ("OBS_AUDIT_FILE", &file),
            ("OBS_AUDIT_KEY_FILE", &key_file),
            ("OBS_AUDIT_KEY_ID", "2026"),
        ])
        .build()
        .unwrap();
    record(&obs, "a");
    drop(obs);
    let key = Key::new([10; 32]).unwrap().named("2026").unwrap();
    assert_eq!(folder.verify(&Check::new(key)).unwrap().records, 1);

    let hex = "0a".repeat(32);
    for (variable, value, problem) in [
        ("OBS_LOG", "info", "audit: expected a key, here or in OBS_AUDIT_KEY_FILE"),
        ("OBS_AUDIT_KEY", "s3cret", "OBS_AUDIT_KEY=…: a key has 32 bytes or more"),
        ("OBS_AUDIT_KEY_FILE", &hex, "OBS_AUDIT_KEY_FILE=…: "),
        ("OBS_AUDIT_KEY_FILE", "/no/such/file", "OBS_AUDIT_KEY_FILE=/no/such/file: "),
        ("OBS_AUDIT_ON_FAILURE", "ignore", "OBS_AUDIT_ON_FAILURE=ignore: expected `refuse` or"),
    ] {
        let env = [("OBS_AUDIT_FILE", &*file), (variable, value)];
        let error = builder("shop").env(&env).build().unwrap_err().to_string();
        assert!(error.contains(problem), "{variable}={value}: {error}");
        assert!(!error.contains("s3cret") && !error.contains(&hex), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn whatever_an_event_says_is_read_back_and_verifies(
        events in prop::collection::vec((any::<String>(), ".*", any::<Option<String>>(), any::<f64>()), 1..5)
    ) {
        let folder = Folder::new();
        let obs = folder.open();
        for (action, name, text, number) in &events {
            let event = Event::new(action)
                .actor(action)
                .field(name, text)
                .field(name, number)
                .field(format!("{name}*."), action);
            prop_assert!(obs.audit().record_blocking(event).is_ok());
        }
        drop(obs);
        let count = events.len() as u64;
        prop_assert_eq!(folder.verify(&check()).unwrap().records, count);
        prop_assert_eq!(folder.bytes().iter().filter(|byte| **byte == b'\n').count() as u64, count);
        for (line, (action, ..)) in folder.bytes().split(|byte| *byte == b'\n').zip(&events) {
            let members: Members = serde_json::from_slice(line).unwrap();
            let mut names: Vec<_> = members.0.iter().map(|(name, _)| name).collect();
            names.sort();
            names.dedup();
            prop_assert_eq!(names.len(), members.0.len(), "a key stands twice");
            for (name, value) in [("event.action", action), ("user.id", action)] {
                prop_assert!(members.0.contains(&(name.to_owned(), value.clone().into())));
            }
        }
    }
}

/// The members of an object, those too that stand twice.
struct Members(Vec<(String, serde_json::Value)>);

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}
