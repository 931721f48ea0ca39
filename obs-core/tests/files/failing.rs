//! What fails is counted and told, and lines go on to the file that is open.

use std::fs;
use std::time::Duration;

use obs_core::log::{File, Output};

use crate::support::{Dir, MIDNIGHT, NOON};

/// Stops every file from being closed in the second that `at` is in, and the clock with it: each
/// name that a rotation tries is taken.
fn take_all_names(dir: &Dir, stamp: &str) {
    for sequence in 0..1000 {
        let name = format!("shop.{stamp}.{sequence:03}.log");
        fs::create_dir(dir.path(&name)).unwrap();
    }
}

#[test]
fn a_rotation_that_fails_keeps_the_file_and_is_tried_again_later_and_later() {
    let dir = Dir::new();
    let mut log = dir.open(File::without_compression);
    dir.write(&mut log, "monday\n");
    take_all_names(&dir, "2026-11-24T00-00-00Z");

    dir.set(MIDNIGHT);
    let error = log.tend().unwrap_err();
    assert!(error.to_string().contains("shop.log: cannot be closed: "), "{error}");
    assert_eq!(dir.failures(), [("rename".to_owned(), 1)]);
    // Told once, and writing goes on.
    log.tend().unwrap();
    dir.write(&mut log, "tuesday\n");
    assert_eq!(dir.read("shop.log"), "monday\ntuesday\n");
    assert_eq!(dir.failures(), [("rename".to_owned(), 1)]);

    dir.advance(Duration::from_secs(1));
    log.tend().unwrap();
    dir.write(&mut log, "again\n");
    dir.assert_list(&[
        ("shop.2026-11-24T00-00-01Z.000.log", "monday\ntuesday\n"),
        ("shop.log", "again\n"),
    ]);
}

#[test]
fn a_full_file_that_cannot_be_closed_grows() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(4).without_compression());
    take_all_names(&dir, "2026-11-23T12-00-00Z");
    for line in ["one\n", "two\n", "three\nfour\n"] {
        dir.write(&mut log, line);
    }
    assert_eq!(dir.read("shop.log"), "one\ntwo\nthree\nfour\n");
    // One try: the next is due in a second.
    assert_eq!(dir.failures(), [("rename".to_owned(), 1)]);
    assert!(log.tend().is_err());
}

/// As root every file can be opened and renamed, so that permissions stop nothing.
#[cfg(unix)]
#[test]
fn when_no_file_can_be_opened_lines_go_on_to_the_one_that_is() {
    let dir = Dir::new();
    let mut log = dir.open_as("logs/shop.log", File::without_compression);
    dir.write(&mut log, "one\n");
    // The directory is moved away and a file has its name: nothing can be opened there.
    fs::rename(dir.path("logs"), dir.path("moved")).unwrap();
    fs::write(dir.path("logs"), "").unwrap();
    for seconds in [2, 4, 6] {
        dir.set(NOON + seconds);
        let error = log.tend().unwrap_err();
        assert!(error.to_string().contains("logs/shop.log: "), "{error}");
        assert_eq!(log.write(b"more\n").unwrap(), 5);
    }
    assert!(log.reopen().is_err());
    assert_eq!(log.write(b"more\n").unwrap(), 5);
    assert_eq!(dir.read("moved/shop.log"), "one\nmore\nmore\nmore\nmore\n");
    assert_eq!(dir.failures(), [("open".to_owned(), 4)]);

    fs::remove_file(dir.path("logs")).unwrap();
    dir.set(NOON + 8);
    log.tend().unwrap();
    dir.write(&mut log, "two\n");
    assert_eq!(dir.read("logs/shop.log"), "two\n");
}

#[test]
fn a_compression_that_fails_keeps_the_file_and_is_tried_again() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(4));
    let partial = dir.path("shop.2026-11-23T12-00-00Z.000.log.gz.tmp");
    dir.write(&mut log, "one\n");
    // Not before the rotation, which takes a name that is free in every form.
    let blocked = dir.path("shop.2026-11-20T00-00-00Z.000.log.gz.tmp");
    fs::write(dir.path("shop.2026-11-20T00-00-00Z.000.log"), "old\n").unwrap();
    fs::create_dir(&blocked).unwrap();
    dir.write(&mut log, "two\n");
    log.settle();
    assert!(!partial.exists());
    assert_eq!(dir.read("shop.2026-11-20T00-00-00Z.000.log"), "old\n");
    assert_eq!(dir.read("shop.2026-11-23T12-00-00Z.000.log.gz"), "one\n");
    assert!(dir.failures()[0].1 >= 1 && dir.failures()[0].0 == "compress", "{:?}", dir.failures());

    fs::remove_dir(&blocked).unwrap();
    log.settle();
    assert_eq!(dir.contents(), ["old\n", "one\n", "two\n"]);
    assert!(dir.names().contains(&"shop.2026-11-20T00-00-00Z.000.log.gz".to_owned()));
}

#[test]
fn every_reason_is_there_before_anything_fails() {
    let dir = Dir::new();
    let _log = dir.open(|file| file);
    let text = dir.render();
    for reason in ["rename", "open", "list", "compress", "delete"] {
        let line = format!("obs_log_rotation_failures_total{{reason=\"{reason}\"}} 0");
        assert!(text.lines().any(|l| l == line), "{line} is missing in\n{text}");
    }
}
