//! `obs log verify`, run as an auditor runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use obs_core::audit::{Audit, Event, Head, Key};
use tempfile::TempDir;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct Log {
    folder: TempDir,
    head: Head,
}

impl Log {
    /// A log of `n` records in files of some records each.
    fn new(n: usize) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let key = Key::parse(HEX).and_then(|key| key.named("2026")).expect("a key");
        let file = folder.path().join("audit/shop.audit.jsonl");
        let audit = Audit::file(file).key(key).max_file_bytes(2000);
        let obs = obs_core::builder("shop").env(&[]).audit(audit).build().expect("good settings");
        let mut head = Head::START;
        for _ in 0..n {
            let receipt = obs.audit().record_blocking(Event::new("order-refunded").actor("u-17"));
            head = receipt.expect("a record").head().expect("a durable one");
        }
        fs::write(folder.path().join("key"), HEX).expect("a key file");
        fs::write(folder.path().join("keys"), format!("2025:{}\n2026:{HEX}\n", "ab".repeat(32)))
            .expect("a key file");
        Self { folder, head }
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join("audit")).expect("a folder");
        let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        files.sort();
        files
    }

    /// The command's status and what it prints on both outputs.
    fn verify(&self, args: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_obs"))
            .args(["log", "verify"])
            .args(self.files())
            .args(args)
            .current_dir(self.folder.path())
            .output()
            .expect("the binary runs");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).expect("text"))
    }
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a file");
    assert!(text.contains(from), "{from} is not in {text}");
    fs::write(file, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn a_good_log_is_summed_up_file_by_file() {
    let log = Log::new(8);
    assert!(log.files().len() > 1);
    let head = log.head.to_string();
    let (status, text) = log.verify(&["--key", "2026=key", "--head", &head]);
    assert_eq!(status, Some(0), "{text}");
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), log.files().len() + 1, "{text}");
    assert!(lines[0].starts_with("ok  ") && lines[0].contains("records 1 to "), "{text}");
    assert_eq!(*lines.last().expect("a line"), format!("8 records; the last is {head}"));

    let (status, text) = log.verify(&["--key-file", "keys"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("without an anchor"), "{text}");
}

#[test]
fn a_broken_log_ends_with_status_1_and_its_place() {
    let log = Log::new(12);
    let second = &log.files()[1];
    change(second, "\"user.id\":\"u-17\"", "\"user.id\":\"u-18\"");
    let (status, text) = log.verify(&["--key-file", "keys"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains(&format!("{}:1: record ", second.display())), "{text}");
    assert!(text.contains("was changed"), "{text}");

    // Which nobody sees without the key.
    let (status, text) = log.verify(&[]);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("without a key"), "{text}");

    fs::remove_file(second).expect("removed");
    let (status, text) = log.verify(&["--key-file", "keys"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("are missing"), "{text}");
}

#[test]
fn an_end_that_is_cut_off_is_missed_by_who_knows_of_it() {
    let log = Log::new(3);
    let app =
        format!("{{\"log.logger\":\"obs_core::audit\",\"labels.audit_head\":\"{}\"}}\n", log.head);
    fs::write(log.folder.path().join("app.log"), app).expect("written");
    assert_eq!(log.verify(&["--key-file", "keys", "--anchors", "app.log"]).0, Some(0));

    let file = &log.files()[0];
    let text = fs::read_to_string(file).expect("a file");
    let first = text.split_inclusive('\n').next().expect("a line");
    for other in log.files().iter().skip(1) {
        fs::remove_file(other).expect("removed");
    }
    fs::write(file, first).expect("written");
    let (status, text) = log.verify(&["--key-file", "keys", "--anchors", "app.log"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.contains(":2: the log is truncated: records 2 to 3 are missing at its end"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_checked_is_said_and_no_key_is_shown() {
    let log = Log::new(1);
    for (args, said) in [
        (&["--key-file", "no-such-key"][..], "cannot use the key in no-such-key"),
        (&["--anchors", "no-such-log"], "cannot read no-such-log"),
        (&["--key", "other=key"], "signed by key \"2026\", which is not given"),
        (&["--head", "1"], "expected `SEQUENCE:HASH`"),
        (&["--key", "key"], "expected ID=FILE"),
    ] {
        let (status, text) = log.verify(args);
        assert_ne!(status, Some(0), "{args:?}: {text}");
        assert!(text.contains(said), "{args:?}: {text}");
        assert!(!text.contains(HEX), "{text}");
    }
}
