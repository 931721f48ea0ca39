//! Where the file is, who may read it, and what happens when somebody moves it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use obs_core::log::{File, Output};
use obs_core::metrics::{Config, Metrics};

use crate::support::{Dir, NOON};

const LOOK: Duration = Duration::from_secs(1);

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn files_have_the_mode_that_was_asked_for_compressed_ones_too() {
    // The umask of the test is whatever it is: 0o666 has bits that it usually takes.
    for (asked, expected) in [(None, 0o600), (Some(0o640), 0o640), (Some(0o666), 0o666)] {
        let dir = Dir::new();
        let mut log = dir.open(|file| {
            let file = file.max_size(4);
            asked.map_or(file.clone(), |mode| file.mode(mode))
        });
        dir.write(&mut log, "one\n");
        dir.write(&mut log, "two\n");
        log.settle();
        for name in ["shop.log", "shop.2026-11-23T12-00-00Z.000.log.gz"] {
            assert_eq!(mode(&dir.path(name)), expected, "{name} {asked:?}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_exists_keeps_its_mode_and_new_directories_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let dir = Dir::new();
    fs::write(dir.path("shop.log"), "").unwrap();
    fs::set_permissions(dir.path("shop.log"), fs::Permissions::from_mode(0o644)).unwrap();
    drop(dir.open(|file| file));
    assert_eq!(mode(&dir.path("shop.log")), 0o644);

    drop(dir.open_as("a/b/shop.log", |file| file));
    assert_eq!(mode(&dir.path("a")), 0o700);
    assert_eq!(mode(&dir.path("a/b")), 0o700);
    assert_eq!(mode(&dir.path("a/b/shop.log")), 0o600);
}

#[test]
fn a_file_that_is_moved_or_deleted_is_opened_again_within_a_second() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file);
    dir.write(&mut log, "one\n");
    fs::rename(dir.path("shop.log"), dir.path("shop.log.1")).unwrap();
    // Not looked at yet.
    log.tend().unwrap();
    assert_eq!(log.write(b"two\n").unwrap(), 4);
    dir.advance(LOOK);
    log.tend().unwrap();
    dir.write(&mut log, "three\n");
    dir.assert_list(&[("shop.log", "three\n"), ("shop.log.1", "one\ntwo\n")]);

    fs::remove_file(dir.path("shop.log")).unwrap();
    dir.advance(LOOK);
    log.tend().unwrap();
    dir.write(&mut log, "four\n");
    dir.assert_list(&[("shop.log", "four\n"), ("shop.log.1", "one\ntwo\n")]);
}

#[test]
fn a_directory_that_is_deleted_is_made_again() {
    let dir = Dir::new();
    let mut log = dir.open_as("logs/shop.log", |file| file);
    dir.write(&mut log, "one\n");
    fs::remove_dir_all(dir.path("logs")).unwrap();
    dir.advance(LOOK);
    log.tend().unwrap();
    dir.write(&mut log, "two\n");
    assert_eq!(dir.read("logs/shop.log"), "two\n");
}

#[test]
fn reopen_looks_at_once() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file);
    dir.write(&mut log, "one\n");
    fs::rename(dir.path("shop.log"), dir.path("shop.log.1")).unwrap();
    log.reopen().unwrap();
    dir.write(&mut log, "two\n");
    dir.assert_list(&[("shop.log", "two\n"), ("shop.log.1", "one\n")]);
}

#[test]
fn a_file_that_is_truncated_counts_as_what_is_left() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(10).without_compression());
    dir.write(&mut log, "12345678\n");
    fs::File::options().write(true).open(dir.path("shop.log")).unwrap().set_len(0).unwrap();
    dir.advance(LOOK);
    log.tend().unwrap();
    dir.write(&mut log, "two\n");
    dir.assert_list(&[("shop.log", "two\n")]);
}

#[cfg(unix)]
#[test]
fn the_place_does_not_follow_the_process_to_another_directory() {
    let dir = Dir::new();
    let here = std::env::current_dir().unwrap();
    let up = "../".repeat(here.components().count() - 1);
    let relative = Path::new(&up).join(dir.path("shop.log").strip_prefix("/").unwrap());
    let log = File::new(&relative).open(&Metrics::new(Config::default())).unwrap();
    assert!(Path::new(&log.place()).is_absolute(), "{}", log.place());
    assert!(dir.path("shop.log").exists());
}

#[test]
fn what_stands_in_the_way_of_opening_is_said() {
    let dir = Dir::new();
    fs::create_dir(dir.path("dir.log")).unwrap();
    fs::write(dir.path("plain"), "").unwrap();
    let open = |file: File| file.open(&Metrics::new(Config::default())).unwrap_err();
    // (the file, the kind of error, what the text ends with)
    let mut cases = vec![
        (
            dir.file("dir.log"),
            ErrorKind::InvalidInput,
            "dir.log: is no regular file; name the regular file that lines are to go to",
        ),
        (
            dir.file("plain/shop.log"),
            ErrorKind::AlreadyExists,
            "name a place whose parents are directories",
        ),
        (dir.file("shop.gz"), ErrorKind::InvalidInput, "or `.tmp` and has at most 223 bytes"),
        // It could be opened, and never closed: the name then has a date as well.
        (dir.file(&"x".repeat(240)), ErrorKind::InvalidInput, "has at most 223 bytes"),
        (File::new(""), ErrorKind::InvalidInput, "or `.tmp` and has at most 223 bytes"),
        (
            dir.file("shop.log").max_size(0),
            ErrorKind::InvalidInput,
            "max_size(0): expected a number above zero",
        ),
        (
            dir.file("shop.log").mode(0o400),
            ErrorKind::InvalidInput,
            "with which the owner reads and writes",
        ),
    ];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(dir.path("plain"), dir.path("link.log")).unwrap();
        cases.push((
            dir.file("link.log"),
            ErrorKind::InvalidInput,
            "link.log: is a symbolic link; name the regular file that lines are to go to",
        ));
        cases.push((
            File::new("/dev/full"),
            ErrorKind::InvalidInput,
            "log file /dev/full: is no regular file; name the regular file that lines are to go to",
        ));
    }
    for (file, kind, text) in cases {
        let error = open(file);
        assert!(error.to_string().ends_with(text), "{error}");
        assert_eq!(error.kind(), kind, "{error}");
    }
}

/// A pipe that took the name blocks nobody: opening it would wait for a reader.
#[cfg(unix)]
#[test]
fn a_pipe_is_refused() {
    let dir = Dir::new();
    let made = std::process::Command::new("mkfifo").arg(dir.path("shop.log")).status();
    assert!(made.is_ok_and(|status| status.success()), "a `mkfifo` command");
    let error = dir.file("shop.log").open(&Metrics::new(Config::default())).unwrap_err();
    assert!(error.to_string().contains("is no regular file"), "{error}");
}

#[test]
fn a_link_that_takes_the_name_later_gets_no_line() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file);
    dir.write(&mut log, "one\n");
    #[cfg(unix)]
    {
        fs::write(dir.path("precious"), "precious").unwrap();
        fs::rename(dir.path("shop.log"), dir.path("moved")).unwrap();
        std::os::unix::fs::symlink(dir.path("precious"), dir.path("shop.log")).unwrap();
        dir.set(NOON + 2);
        let error = log.tend().unwrap_err();
        assert!(error.to_string().contains("is a symbolic link"), "{error}");
        assert_eq!(log.write(b"two\n").unwrap(), 4);
        assert_eq!(dir.read("precious"), "precious");
        assert_eq!(dir.read("moved"), "one\ntwo\n");
        assert_eq!(dir.failures(), [("open".to_owned(), 1)]);
    }
}

/// The longest name there may be closes, and is compressed.
#[test]
fn the_longest_name_can_be_closed() {
    let dir = Dir::new();
    let name = "x".repeat(223);
    let mut log = dir.file(&name).max_size(10).open(&Metrics::new(Config::default())).unwrap();
    for line in [b"one line\n", b"two line\n"] {
        log.write(line).unwrap();
    }
    log.settle();
    let names = fs::read_dir(dir.path("")).unwrap().map(|e| e.unwrap().file_name().len());
    let mut lengths: Vec<_> = names.collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [223, 223 + 1 + 20 + 4 + 3]);
}
