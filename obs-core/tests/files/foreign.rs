//! What is not ours stays as it is, whatever its name is.

use std::collections::BTreeMap;
use std::fs;

use obs_core::log::Output;
use proptest::prelude::*;

use crate::support::{Dir, NOON};

/// Closes, compresses and deletes as much as can be.
fn rotate(dir: &Dir) {
    let mut log = dir.open(|file| file.max_size(1).keep_files(1));
    for _ in 0..3 {
        dir.write(&mut log, "line\n");
    }
    log.settle();
}

/// Everything in the directory that is not made by `rotate`.
fn others(dir: &Dir) -> BTreeMap<String, String> {
    let ours = |name: &str| name == "shop.log" || name == "shop.2026-11-23T12-00-00Z.001.log.gz";
    dir.list().into_iter().filter(|(name, _)| !ours(name)).collect()
}

#[test]
fn foreign_files_stay() {
    let dir = Dir::new();
    let names = [
        "shop.conf",
        "shop-audit.log",
        "shop.2026-11-22-01-01.gz",
        "shop.2026-11-22.log",
        "shop2.2026-11-20T00-00-00Z.000.log",
        "shop.admin.2026-11-20T00-00-00Z.000.log",
        "ashop.2026-11-20T00-00-00Z.000.log",
        "Shop.2026-11-20T00-00-00Z.000.log",
        "shop.2026-11-20T00-00-00Z.000",
        "shop.2026-11-20T00-00-00Z.000.gz",
        "shop.2026-11-20T00-00-00Z.000.json",
        "shop.2026-11-20T00-00-00Z.000.log.bak",
        "shop.2026-11-20T00-00-00Z.000.log.zst",
        "shop.2026-11-20T00-00-00Z.000.log.gz.1",
        "shop.2026-02-30T00-00-00Z.000.log",
        "shop.2026-13-01T00-00-00Z.000.log.gz",
        "shop.2026-11-20T25-00-00Z.000.log",
        "shop.2026-11-20T00-00-00Z.0.log",
        "shop.2026-11-20T00-00-00Z.0000.log",
        "shop.2026-11-20T00-00-00.000.log",
        "shop.log.1",
        "shop.log.gz",
        "shop.log.tmp",
        "shop",
        " shop.2026-11-20T00-00-00Z.000.log",
    ];
    for name in names {
        fs::write(dir.path(name), name).unwrap();
    }
    let before = others(&dir);
    assert_eq!(before.len(), names.len());
    rotate(&dir);
    assert_eq!(others(&dir), before);
}

#[test]
fn what_was_closed_long_ago_goes() {
    // The counterpart: with our very own name a file is deleted.
    let dir = Dir::new();
    for name in ["shop.2026-11-20T00-00-00Z.000.log", "shop.2026-11-19T00-00-00Z.000.log.gz"] {
        fs::write(dir.path(name), "old").unwrap();
    }
    rotate(&dir);
    assert!(others(&dir).is_empty(), "{:?}", others(&dir));
}

#[cfg(unix)]
#[test]
fn directories_links_and_sockets_of_our_name_stay() {
    use std::os::unix::fs::symlink;

    let dir = Dir::new();
    let name = |second, end| format!("shop.2026-11-20T00-00-{second:02}Z.000.log{end}");
    fs::write(dir.path("precious"), "precious").unwrap();
    for (second, end) in [(1, ""), (2, ".gz"), (3, ".gz.tmp")] {
        symlink(dir.path("precious"), dir.path(&name(second, end))).unwrap();
    }
    symlink(dir.path("nowhere"), dir.path(&name(4, ""))).unwrap();
    for (second, end) in [(5, ""), (6, ".gz"), (7, ".gz.tmp")] {
        fs::create_dir(dir.path(&name(second, end))).unwrap();
    }
    let _socket = std::os::unix::net::UnixListener::bind(dir.path(&name(8, ""))).unwrap();
    let entries = || {
        let entries = fs::read_dir(dir.path("")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.contains("2026-11-20")).collect();
        names.sort();
        names
    };
    let before = entries();
    assert_eq!(before.len(), 8);
    rotate(&dir);
    assert_eq!(entries(), before);
    assert_eq!(dir.read("precious"), "precious");
}

/// A link where the compressed file or its beginning belongs: what it leads to is not overwritten,
/// and the lines stay in the file that they are in.
#[cfg(unix)]
#[test]
fn compression_writes_through_no_link_and_replaces_none() {
    use std::os::unix::fs::symlink;

    for end in [".gz", ".gz.tmp"] {
        let dir = Dir::new();
        let closed = "shop.2026-11-20T00-00-00Z.000.log";
        fs::write(dir.path("precious"), "precious").unwrap();
        fs::write(dir.path(closed), "closed\n").unwrap();
        symlink(dir.path("precious"), dir.path(&format!("{closed}{end}"))).unwrap();
        let log = dir.open(|file| file);
        log.settle();
        assert_eq!(dir.read("precious"), "precious", "{end}");
        assert_eq!(dir.read(closed), "closed\n", "{end}");
        assert!(fs::symlink_metadata(dir.path(&format!("{closed}{end}"))).unwrap().is_symlink());
        assert_eq!(dir.failures()[0].0, "compress", "{end}");
    }
}

#[test]
fn a_name_that_is_taken_is_not_overwritten() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(4).without_compression());
    // After the start, so that it has not been seen.
    for taken in ["shop.2026-11-23T12-00-00Z.000.log", "shop.2026-11-23T12-00-00Z.001.log.gz"] {
        fs::write(dir.path(taken), "taken").unwrap();
    }
    dir.write(&mut log, "one\n");
    dir.write(&mut log, "two\n");
    dir.assert_list(&[
        ("shop.2026-11-23T12-00-00Z.000.log", "taken"),
        ("shop.2026-11-23T12-00-00Z.001.log.gz", "taken"),
        ("shop.2026-11-23T12-00-00Z.002.log", "one\n"),
        ("shop.log", "two\n"),
    ]);
}

/// Pieces of names, mostly of ours, in any order.
fn names() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("shop"),
        Just("app"),
        Just("."),
        Just("-"),
        Just("2026-11-20T00-00-00Z"),
        Just("2026-11-31T00-00-00Z"),
        Just("2026-11-20"),
        Just("000"),
        Just("log"),
        Just("gz"),
        Just("tmp"),
        Just("conf"),
    ];
    let pieces = proptest::collection::vec(piece, 1..9).prop_map(|pieces| pieces.concat());
    prop_oneof![pieces, "shop\\.[a-z0-9.TZ-]{1,30}", "[a-zA-Z0-9_.é-]{1,40}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Checked against the pattern as the documentation shows it, letter by letter.
    #[test]
    fn only_names_of_the_pattern_go(names in proptest::collection::btree_set(names(), 1..20)) {
        let dir = Dir::new();
        let ours = |name: &str| {
            let Some(rest) = name.strip_prefix("shop.2026-11-20T00-00-00Z.") else { return false };
            let (sequence, end) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
            sequence.len() == 3
                && sequence.bytes().all(|b| b.is_ascii_digit())
                && [".log", ".log.gz", ".log.gz.tmp"].contains(&end)
        };
        for name in names.iter().filter(|name| *name != "." && *name != ".." && *name != "shop.log") {
            fs::write(dir.path(name), name).unwrap();
        }
        let mut before = dir.list();
        before.retain(|(name, _)| !ours(name));
        rotate(&dir);
        let mut after = dir.list();
        after.retain(|(name, _)| name != "shop.log" && !name.starts_with("shop.2026-11-23T12-"));
        prop_assert_eq!(after, before);
    }
}

#[test]
fn a_file_that_takes_our_name_later_is_not_ours_to_close() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(8).without_compression());
    dir.write(&mut log, "one\n");
    fs::rename(dir.path("shop.log"), dir.path("moved")).unwrap();
    fs::write(dir.path("shop.log"), "two\n").unwrap();
    dir.modified("shop.log", NOON);
    // Full, and no longer in its place: the other one is gone on with.
    dir.write(&mut log, "three\n");
    log.flush().unwrap();
    dir.assert_list(&[("moved", "one\n"), ("shop.log", "two\nthree\n")]);
}
