//! The audit log of a process that dies or that logs: each test runs itself again as a child.

#![cfg(feature = "audit")]
#![expect(clippy::unwrap_used, reason = "a test is to fail there")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use obs_core::audit::{Audit, Check, Event, Head, Key, What, anchors, verify};
use obs_core::{Obs, builder};
use tempfile::TempDir;

fn key() -> Key {
    Key::new([1; 32]).unwrap()
}

fn file(folder: &Path) -> PathBuf {
    folder.join("audit/shop.audit.jsonl")
}

fn audit(folder: &Path) -> Audit {
    Audit::file(file(folder)).key(key()).max_file_bytes(100_000)
}

fn open(folder: &Path) -> Obs {
    builder("shop").env(&[]).audit(audit(folder)).build().unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("audit")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "jsonl"));
    files.sort();
    files
}

fn readers(folder: &Path) -> impl Iterator<Item = (String, BufReader<fs::File>)> {
    let open =
        |path: PathBuf| (path.display().to_string(), BufReader::new(fs::File::open(path).unwrap()));
    files(folder).into_iter().map(open)
}

/// The folder that a child of `test` works in; `None` in the test itself.
fn child_folder(test: &str) -> Option<PathBuf> {
    let (child, folder) = (std::env::var("CHILD").ok()?, std::env::var_os("FOLDER")?);
    (child == test).then(|| folder.into())
}

fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("own path"));
    command.args([test, "--exact", "--nocapture"]).env("CHILD", test).env("FOLDER", folder);
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if ["OBS_", "OTEL_", "RUST_"].iter().any(|ours| name_text.starts_with(ours)) {
            command.env_remove(&name);
        }
    }
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// The head at the end of a line, if it is one of ours.
fn acknowledged(line: &str) -> Option<Head> {
    line.trim_end().rsplit_once("ack ")?.1.parse().ok()
}

#[test]
fn nothing_acknowledged_is_lost_by_a_hundred_kills() {
    const TEST: &str = "nothing_acknowledged_is_lost_by_a_hundred_kills";
    if let Some(folder) = child_folder(TEST) {
        return record_for_ever(&open(&folder));
    }
    let folder = TempDir::new().unwrap();
    let mut check = Check::new(key());
    let mut seen = 0;
    for round in 0..100 {
        let mut child = child(TEST, folder.path()).spawn().expect("a child");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        let mut here = 0;
        // After another number of records each time, with others on their way.
        while here < 1 + round % 7 {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "round {round}: the child ended");
            if let Some(head) = acknowledged(&line) {
                check = check.anchor(head);
                here += 1;
            }
        }
        child.kill().unwrap();
        let mut rest = String::new();
        output.read_to_string(&mut rest).unwrap();
        child.wait().unwrap();
        // The last line may be cut.
        for head in
            rest.split_inclusive('\n').filter(|l| l.ends_with('\n')).filter_map(acknowledged)
        {
            check = check.anchor(head);
            here += 1;
        }
        seen += here;

        let obs = open(folder.path());
        let head = obs.audit().record_blocking(Event::new("restarted")).unwrap().head().unwrap();
        drop(obs);
        check = check.anchor(head);
        seen += 1;
        let summary = verify(readers(folder.path()), &check)
            .unwrap_or_else(|broken| panic!("round {round}: {broken}"));
        assert_eq!((summary.anchors, summary.head), (seen, head), "round {round}");
    }
    assert!(files(folder.path()).len() > 1, "no rotation was under way");
}

/// Four threads record, and print what is acknowledged.
fn record_for_ever(obs: &Obs) {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                loop {
                    let event = Event::new("order-placed")
                        .field("thread", thread)
                        .field("note", "x".repeat(500 * thread));
                    let head = obs.audit().record_blocking(event).unwrap().head().unwrap();
                    // A pipe without a reader is the parent's death.
                    if writeln!(std::io::stdout(), "ack {head}").is_err() {
                        return;
                    }
                }
            });
        }
    });
}

#[test]
fn the_ordinary_log_knows_the_end_that_was_cut_off() {
    const TEST: &str = "the_ordinary_log_knows_the_end_that_was_cut_off";
    if let Some(folder) = child_folder(TEST) {
        let audit = audit(&folder).anchor_every(10, std::time::Duration::from_secs(3600));
        let obs = builder("shop").log_filter("info").audit(audit).init().unwrap();
        for _ in 0..25 {
            let _ = obs.audit().record_blocking(Event::new("a")).unwrap();
        }
        return;
    }
    let folder = TempDir::new().unwrap();
    let output = child(TEST, folder.path()).env("OBS_LOG_FORMAT", "json").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let anchors = anchors(&output.stdout[..]).unwrap();
    let at: Vec<u64> = anchors.iter().map(|head| head.sequence).collect();
    // When it was opened, twice on the way, and when it was closed.
    assert_eq!(at, [0, 10, 20, 25], "{}", String::from_utf8_lossy(&output.stdout));
    let check = anchors.iter().fold(Check::new(key()), |check, head| check.anchor(*head));
    assert_eq!(verify(readers(folder.path()), &check).unwrap().anchors, 3);

    let text = fs::read_to_string(file(folder.path())).unwrap();
    let kept: Vec<_> = text.lines().take(22).collect();
    fs::write(file(folder.path()), kept.join("\n") + "\n").unwrap();
    let broken = verify(readers(folder.path()), &check).unwrap_err();
    assert_eq!((broken.line, broken.sequence), (23, 23));
    assert_eq!(broken.what, What::Truncated { anchor: anchors[3] });
}

#[cfg(unix)]
#[test]
fn a_full_disk_refuses_and_the_next_start_goes_on() {
    const TEST: &str = "a_full_disk_refuses_and_the_next_start_goes_on";
    if let Some(folder) = child_folder(TEST) {
        let obs = open(&folder);
        for _ in 0..100 {
            match obs.audit().record_blocking(Event::new("a").field("note", "x".repeat(700))) {
                Ok(receipt) => println!("ack {}", receipt.head().unwrap()),
                Err(error) => println!("refused {error:?}"),
            }
        }
        return;
    }
    let folder = TempDir::new().unwrap();
    let child = child(TEST, folder.path());
    // A file may have 16 blocks of 512 bytes or 1 KiB; a process that ignores the signal is told.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh"]).arg(child.get_program());
    limited.args(child.get_args());
    for (name, value) in child.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let output = limited.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let heads: Vec<Head> = text.lines().filter_map(acknowledged).collect();
    assert!((1..50).contains(&heads.len()), "{text}");
    let refused = text.lines().filter(|line| line.contains("FileTooLarge")).count();
    assert_eq!(refused + heads.len(), 100, "{text}");

    let obs = open(folder.path());
    let head = obs.audit().record_blocking(Event::new("after")).unwrap().head().unwrap();
    drop(obs);
    let check = heads.iter().fold(Check::new(key()), |check, head| check.anchor(*head));
    let summary = verify(readers(folder.path()), &check).unwrap();
    assert_eq!((summary.anchors, summary.head), (heads.len() as u64, head));
    assert_eq!(summary.torn, 1);
}
