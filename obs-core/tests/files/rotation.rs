//! When files change, what they are called, and which are kept.

use std::fs;
use std::io::Read;
use std::sync::Mutex;
use std::time::Duration;

use crate::support::{Dir, MIDNIGHT, NOON};
use obs_core::log::{File, Output, Rotation};

#[test]
fn the_active_file_has_the_plain_name_and_closed_ones_sort_by_time() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(8).without_compression());
    for line in ["one\n", "two\n", "three\n", "4\n", "5\n"] {
        dir.write(&mut log, line);
        dir.advance(Duration::from_secs(1));
    }
    dir.assert_list(&[
        ("shop.2026-11-23T12-00-02Z.000.log", "one\ntwo\n"),
        ("shop.2026-11-23T12-00-04Z.000.log", "three\n4\n"),
        ("shop.log", "5\n"),
    ]);
}

#[test]
fn a_batch_is_divided_between_lines_only() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(10).without_compression());
    // (what is given, how much of it is taken)
    for (lines, taken) in [
        ("123\n567\n9\n1\n", 10),
        ("1\n", 2),
        // Longer than a file: one of its own, and nothing beside it.
        ("much too long\n2\n", 14),
        ("2\n", 2),
        ("", 0),
    ] {
        assert_eq!(log.write(lines.as_bytes()).unwrap(), taken, "{lines:?}");
    }
    assert_eq!(dir.contents(), ["123\n567\n9\n", "1\n", "much too long\n", "2\n"]);
}

#[test]
fn the_rest_of_a_line_goes_where_it_began() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(6).without_compression());
    assert_eq!(log.write(b"1234567").unwrap(), 7);
    dir.set(MIDNIGHT);
    log.tend().unwrap();
    log.reopen().unwrap();
    assert_eq!(log.write(b"89\nnext\n").unwrap(), 3);
    assert_eq!(log.write(b"next\n").unwrap(), 5);
    assert_eq!(dir.contents(), ["123456789\n", "next\n"]);
}

#[test]
fn midnight_closes_the_file_also_when_nothing_is_written() {
    let dir = Dir::new();
    let mut log = dir.open(File::without_compression);
    dir.write(&mut log, "monday\n");
    dir.set(MIDNIGHT - 1);
    log.tend().unwrap();
    assert_eq!(dir.contents(), ["monday\n"]);
    dir.set(MIDNIGHT);
    log.tend().unwrap();
    assert_eq!(dir.contents(), ["monday\n", ""]);
    // A day without a line leaves no file.
    dir.set(MIDNIGHT + 24 * 3600);
    log.tend().unwrap();
    dir.write(&mut log, "wednesday\n");
    dir.assert_list(&[
        ("shop.2026-11-24T00-00-00Z.000.log", "monday\n"),
        ("shop.log", "wednesday\n"),
    ]);
    // And with the first line after the boundary.
    dir.set(MIDNIGHT + 3 * 24 * 3600);
    dir.write(&mut log, "friday\n");
    assert_eq!(dir.contents(), ["monday\n", "wednesday\n", "friday\n"]);
}

#[test]
fn hours_and_never() {
    for (rotation, files) in [(Rotation::Hourly, 3), (Rotation::Daily, 1), (Rotation::Never, 1)] {
        let dir = Dir::new();
        let mut log = dir.open(|file| file.every(rotation).without_compression());
        for _ in 0..3 {
            dir.write(&mut log, "line\n");
            dir.advance(Duration::from_secs(3600));
        }
        assert_eq!(dir.contents().len(), files, "{rotation:?}");
    }
}

#[test]
fn a_boundary_that_passed_while_the_service_was_down_closes_the_file() {
    // (when the last line was written, files after a start at noon)
    for (last, files) in [(NOON - 3600, 1), (NOON - 13 * 3600, 2), (NOON + 365 * 86400, 1)] {
        let dir = Dir::new();
        fs::write(dir.path("shop.log"), "before\n").unwrap();
        dir.modified("shop.log", last);
        let mut log = dir.open(File::without_compression);
        dir.write(&mut log, "after\n");
        assert_eq!(dir.contents().len(), files, "{last}");
        assert_eq!(dir.contents().concat(), "before\nafter\n", "{last}");
    }
}

#[test]
fn a_start_goes_on_with_the_file_and_its_size() {
    let dir = Dir::new();
    for round in 0..3 {
        let mut log = dir.open(|file| file.max_size(10).without_compression());
        dir.write(&mut log, &format!("run{round}\n"));
    }
    assert_eq!(dir.contents(), ["run0\nrun1\n", "run2\n"]);
}

#[test]
fn a_line_that_a_crash_cut_off_does_not_continue() {
    let dir = Dir::new();
    fs::write(dir.path("shop.log"), "whole\nhal").unwrap();
    dir.modified("shop.log", NOON);
    let mut log = dir.open(|file| file);
    dir.write(&mut log, "next\n");
    assert_eq!(dir.read("shop.log"), "whole\nhal\nnext\n");

    // Nor does that of a file that is closed at the start.
    let dir = Dir::new();
    fs::write(dir.path("shop.log"), "whole\nhal").unwrap();
    dir.modified("shop.log", NOON - 86400);
    drop(dir.open(File::without_compression));
    assert_eq!(dir.contents(), ["whole\nhal\n", ""]);
}

#[test]
fn a_line_break_ends_a_line_and_makes_no_empty_one() {
    let dir = Dir::new();
    let mut log = dir.open(File::without_compression);
    // What a writer does that begins a line anew after an error.
    for (lines, found) in [
        ("\n", ""),
        ("whole\nhal", "whole\nhal"),
        ("\n", "whole\nhal\n"),
        ("\n", "whole\nhal\n"),
        ("half\n", "whole\nhal\nhalf\n"),
    ] {
        assert_eq!(log.write(lines.as_bytes()).unwrap(), lines.len());
        assert_eq!(dir.read("shop.log"), found, "{lines:?}");
    }
    assert_eq!(log.write(b"hal").unwrap(), 3);
    drop(log);
    let mut log = dir.open(File::without_compression);
    assert_eq!(log.write(b"\n").unwrap(), 1);
    assert!(dir.read("shop.log").ends_with("half\nhal\n"));
}

#[test]
fn a_clock_that_is_set_back_neither_repeats_a_name_nor_breaks_their_order() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(2).without_compression());
    for (at, line) in [(NOON, "1\n"), (NOON, "2\n"), (NOON - 7200, "3\n"), (NOON - 7200, "4\n")] {
        dir.set(at);
        dir.write(&mut log, line);
    }
    // Also where the process learns of the names from the disk.
    drop(log);
    dir.set(NOON - 86400);
    let mut log = dir.open(|file| file.max_size(2).without_compression());
    dir.write(&mut log, "5\n");
    assert_eq!(dir.contents(), ["1\n", "2\n", "3\n", "4\n", "5\n"]);
    let names: Vec<_> = dir.list().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[3], "shop.2026-11-23T12-00-00Z.003.log");
}

#[test]
fn closed_files_are_compressed_and_hold_all_lines() {
    let dir = Dir::new();
    let lines: Vec<_> = (0..2000).map(|i| format!("{{\"line\":{i}}}\n")).collect();
    let mut log = dir.open(|file| file.max_size(10_000).keep_files(100));
    for line in &lines {
        dir.write(&mut log, line);
    }
    log.settle();
    let names = dir.names();
    assert!(names.len() > 2, "{names:?}");
    assert!(names.iter().all(|name| name.ends_with(".log.gz") || name == "shop.log"), "{names:?}");
    assert_eq!(dir.contents().concat(), lines.concat());
    assert!(dir.failures().is_empty(), "{:?}", dir.failures());
}

#[test]
fn a_start_takes_up_what_a_crash_left() {
    let dir = Dir::new();
    let name = |second| format!("shop.2026-11-20T00-00-{second:02}Z.000.log");
    // Closed and not compressed; half compressed; compressed and not deleted.
    fs::write(dir.path(&name(1)), "one\n").unwrap();
    fs::write(dir.path(&name(2)), "two\n").unwrap();
    fs::write(dir.path(&(name(2) + ".gz.tmp")), "half").unwrap();
    fs::write(dir.path(&name(3)), "three\n").unwrap();
    fs::write(dir.path(&(name(3) + ".gz")), "stale").unwrap();
    fs::write(dir.path(&(name(4) + ".gz.tmp")), "half").unwrap();
    let mut log = dir.open(|file| file);
    dir.write(&mut log, "now\n");
    log.settle();
    assert_eq!(
        dir.names(),
        [name(1) + ".gz", name(2) + ".gz", name(3) + ".gz", "shop.log".to_owned()]
    );
    assert_eq!(dir.contents(), ["one\n", "two\n", "three\n", "now\n"]);
}

#[test]
fn no_more_is_kept_than_was_asked_for() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(4).keep_files(2));
    for i in 0..6 {
        dir.write(&mut log, &format!("{i:03}\n"));
    }
    log.settle();
    assert_eq!(dir.contents(), ["003\n", "004\n", "005\n"]);

    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(4).keep_bytes(10).without_compression());
    for i in 0..6 {
        dir.write(&mut log, &format!("{i:03}\n"));
    }
    log.settle();
    assert_eq!(dir.contents(), ["003\n", "004\n", "005\n"]);

    let dir = Dir::new();
    let day = Duration::from_secs(86400);
    let mut log = dir.open(|file| file.keep_for(2 * day));
    for i in 0..6 {
        dir.write(&mut log, &format!("{i:03}\n"));
        dir.advance(day);
    }
    log.tend().unwrap();
    log.settle();
    // Closed at the midnight before the last, at the last one, and the one that is open.
    assert_eq!(dir.contents(), ["004\n", "005\n", ""]);
}

#[test]
fn bytes_are_counted_after_compression() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(100_000).keep_bytes(5_000));
    for _ in 0..2500 {
        dir.write(&mut log, &("x".repeat(99) + "\n"));
    }
    log.settle();
    assert_eq!(dir.contents().concat().len(), 250_000, "{:?}", dir.names());
}

#[test]
fn services_share_a_directory() {
    let dir = Dir::new();
    let services = ["shop.log", "shop.admin.log", "shop2.log", "shop", "shop.json"];
    let mut logs = services.map(|name| dir.open_as(name, |file| file.max_size(4).keep_files(1)));
    for _ in 0..4 {
        for (log, name) in logs.iter_mut().zip(services) {
            dir.write(log, &format!("{name}\n"));
        }
    }
    for log in &logs {
        log.settle();
    }
    // Of each the one that is open, and the one that is kept.
    assert_eq!(dir.names().len(), 2 * services.len(), "{:?}", dir.names());
    for name in services {
        let line = format!("{name}\n");
        assert_eq!(dir.contents().into_iter().filter(|text| *text == line).count(), 2, "{name}");
    }
}

#[test]
fn rotation_under_load_from_two_threads_loses_tears_and_doubles_nothing() {
    const LINES: u64 = 3000;
    let dir = Dir::new();
    let log = dir.open(|file| file.max_size(4096).keep_files(usize::MAX));
    let log = Mutex::new(log);
    let write = |thread: u64| {
        for first in (0..LINES).step_by(10) {
            let batch: String = (first..first + 10)
                .map(|i| format!("{{\"thread\":{thread},\"line\":{i}}}\n"))
                .collect();
            let mut log = log.lock().unwrap();
            let mut rest = batch.as_bytes();
            while !rest.is_empty() {
                let written = log.write(rest).unwrap();
                rest = &rest[written..];
            }
            log.tend().unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| write(0));
        scope.spawn(|| write(1));
    });
    log.lock().unwrap().settle();

    let mut found = Vec::new();
    for text in dir.contents() {
        assert!(text.len() <= 4096);
        for line in text.split_inclusive('\n') {
            let value: serde_json::Value = serde_json::from_str(line).expect(line);
            found.push((value["thread"].as_u64().unwrap(), value["line"].as_u64().unwrap()));
        }
    }
    // In order within each thread, and so complete and without repetition.
    for thread in 0..2 {
        let lines = found.iter().filter(|(of, _)| *of == thread).map(|(_, line)| *line);
        assert!(lines.eq(0..LINES), "thread {thread}");
    }
    assert!(dir.names().len() > 30, "{:?}", dir.names());
}

#[test]
fn a_file_is_closed_as_gzip_that_other_tools_read() {
    let dir = Dir::new();
    let mut log = dir.open(|file| file.max_size(4));
    dir.write(&mut log, "one\n");
    dir.write(&mut log, "two\n");
    log.settle();
    let name = dir.names().into_iter().find(|name| name.ends_with(".gz")).unwrap();
    let bytes = fs::read(dir.path(&name)).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    assert_eq!(text, "one\n");
}
