//! Audit logs that something went over, and files that are none.

#![cfg(feature = "audit")]
#![expect(clippy::unwrap_used, reason = "a test is to fail there")]

use std::fs;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use obs_core::audit::{Audit, Check, Event, Head, Key, Keys, What, verify};
use obs_core::{InitError, Obs, builder};
use tempfile::TempDir;

fn key() -> Key {
    Key::new([1; 32]).unwrap()
}

fn open(file: &Path) -> Result<Obs, InitError> {
    builder("shop").env(&[]).audit(Audit::file(file).key(key())).build()
}

/// A log of three records, and the last of them.
fn log() -> (TempDir, PathBuf, Head) {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("shop.audit.jsonl");
    let obs = open(&file).unwrap();
    let mut head = Head::START;
    for _ in 0..3 {
        let receipt = obs.audit().record_blocking(Event::new("order-refunded").actor("u-17"));
        head = receipt.unwrap().head().unwrap();
    }
    drop(obs);
    (dir, file, head)
}

/// A writer that dies leaves no whole object: lines of them are not what a crash left, and no start
/// of the service is to pass them over as such.
#[test]
fn whole_lines_without_a_seal_are_no_torn_records() {
    let (_dir, file, _) = log();
    let good = fs::read_to_string(&file).unwrap();
    let unsealed =
        |line: &str| format!("{}}}\n", line.split_once(",\"event.sequence\"").unwrap().0);
    let (first, rest) = good.split_once('\n').unwrap();
    for (what, text, line) in [
        ("line breaks were converted", good.replace('\n', "\r\n"), 1),
        ("seals are gone", good.lines().map(unsealed).collect(), 1),
        ("one seal is gone", format!("{first}\n{}", unsealed(rest)), 2),
        ("an ordinary log", "{\"@timestamp\":\"2026-11-23T00:00:00Z\"}\n".repeat(3), 1),
    ] {
        for check in [Check::new(key()), Check::default()] {
            let broken = verify([("log", text.as_bytes())], &check).unwrap_err();
            assert_eq!((broken.line, &broken.what), (line, &What::Unsealed), "{what}");
        }
        fs::write(&file, &text).unwrap();
        let error = open(&file).unwrap_err().to_string();
        let place = format!("{}:{line}: ", file.display());
        assert!(error.contains(&place) && error.contains("has no seal"), "{what}: {error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), text, "{what}");
    }
}

#[test]
fn a_byte_order_mark_is_a_change() {
    let (_dir, file, _) = log();
    let marked = [b"\xef\xbb\xbf", &*fs::read(&file).unwrap()].concat();
    let broken = verify([("log", &*marked)], &Check::new(key())).unwrap_err();
    assert_eq!((broken.line, broken.what), (1, What::Changed));
}

#[test]
fn a_line_without_an_end_costs_no_memory() {
    let (dir, file, _) = log();
    const BYTES: u64 = 8 << 20;
    for log in [Vec::new(), fs::read(&file).unwrap()] {
        let mut result = None;
        let memory = allocation_counter::measure(|| {
            let endless = BufReader::new(log.as_slice().chain(std::io::repeat(b'x').take(BYTES)));
            result = Some(verify([("log", endless)], &Check::new(key())));
        });
        let broken = result.unwrap().unwrap_err();
        let lines = log.iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!((broken.line, broken.what), (lines + 1, What::Torn { bytes: BYTES }));
        assert!(memory.bytes_max < BYTES / 2, "{} bytes", memory.bytes_max);
    }
    let strange = dir.path().join("strange.jsonl");
    fs::write(&strange, vec![b'x'; usize::try_from(BYTES).unwrap()]).unwrap();
    let memory = allocation_counter::measure(|| drop(open(&strange)));
    assert!(memory.bytes_max < BYTES / 2, "{} bytes", memory.bytes_max);
}

/// However a long line is read, a record at its end is none.
#[test]
fn a_record_within_a_line_is_none() {
    let (_dir, file, _) = log();
    let records = fs::read(&file).unwrap();
    let line = records.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for before in [1, 1 << 20, (1 << 21) - 1, 1 << 21, (1 << 21) + 1, 1 << 22] {
        let text = [&vec![b'x'; before], &records[..line]].concat();
        let check = Check::new(key());
        let broken = verify([("log", &*text)], &check).unwrap_err();
        assert_eq!(broken.line, 1, "{before}");
        let text = [&text, &records[..]].concat();
        assert!(verify([("log", &*text)], &check).is_err(), "{before}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (pipe, folder, link) = (path("pipe"), path("folder"), path("link"));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink(path("target"), &link).unwrap();
    for (file, problem) in [
        (&pipe, "is no regular file"),
        (&folder, "is no regular file"),
        (&link, "is a symbolic link"),
        (&PathBuf::from("/dev/null"), ""),
    ] {
        let error = open(file).unwrap_err().to_string();
        assert!(error.contains(&file.display().to_string()), "{error}");
        assert!(error.contains(problem), "{error}");
    }
    assert!(!path("target").exists());
}

/// One of the two would break the other's chain.
#[test]
fn the_log_and_the_audit_log_are_two_files() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("shop.jsonl");
    for log in [file.clone(), dir.path().join("./shop.jsonl")] {
        let env = [("OBS_LOG_FILE", log.to_str().unwrap())];
        let audit = Audit::file(&file).key(key());
        let error = builder("shop").env(&env).audit(audit).build().unwrap_err().to_string();
        assert!(error.contains("one for the log and the audit log each"), "{error}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_key_file_is_what_its_author_meant_or_an_error() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("key");
    let hex = "0a".repeat(32);
    let read = |text: &str| {
        fs::write(&path, text).unwrap();
        Keys::file(&path).map(|keys| keys.signing().unwrap().id().to_owned())
    };
    let id = read(&hex).unwrap();
    for (text, want) in [
        (format!("\u{feff}{hex}\r\n"), &*id),
        (format!("\u{feff}2025:{hex}\r\n2026:{hex}\r\n"), "2026"),
        // A word with a colon in it is a word.
        (
            "correct horse:battery staple, and more".to_owned(),
            &*read("correct horse:battery staple, and more").unwrap(),
        ),
    ] {
        assert_eq!(read(&text).unwrap(), want, "{text:?}");
    }
    for (text, problem) in [
        (format!("2025:{hex}\n2026:{}\n", "xyz ".repeat(10)), "line 2"),
        (format!("2025:{hex}\n{hex}\n"), "line 2"),
        (format!("{hex}\n{hex}\n"), "line 1"),
        // A digit is missing: base64 would make another key of it.
        (hex[1..].to_owned(), "63 hex digits"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
        assert!(!error.contains("0a0a") && !error.contains("xyz"), "{error}");
    }
}
