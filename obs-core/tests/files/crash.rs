//! A process that is killed at any moment: what it was told is written is there, once.

#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a test is an edge")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use obs_core::log::{File, Output};
use obs_core::metrics::{Config, Metrics};

use crate::support::Dir;

const TEST: &str = "crash::what_was_written_when_the_process_was_killed_is_there_once";
const RUNS: u64 = 12;

fn file(path: impl Into<std::path::PathBuf>) -> File {
    File::new(path).max_size(2000).keep_files(usize::MAX).clock(SystemTime::now)
}

/// Writes until it is killed, and prints the number of lines that are written.
fn write_for_ever(path: &str, run: &str) {
    let mut log = file(path).open(&Metrics::new(Config::default())).unwrap();
    for line in 0_u64.. {
        let text = format!("{{\"run\":{run},\"line\":{line}}}\n");
        assert_eq!(log.write(text.as_bytes()).unwrap(), text.len());
        println!("written {line}");
    }
}

#[test]
fn what_was_written_when_the_process_was_killed_is_there_once() {
    if let (Ok(path), Ok(run)) = (std::env::var("CRASH_PATH"), std::env::var("CRASH_RUN")) {
        return write_for_ever(&path, &run);
    }
    let dir = Dir::new();
    let mut acknowledged = Vec::new();
    for run in 0..RUNS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([TEST, "--exact", "--nocapture"])
            .env("CRASH_PATH", dir.path("shop.log"))
            .env("CRASH_RUN", run.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut written = lines.filter_map(|line| line.strip_prefix("written ")?.parse().ok());
        // At another point of a file each time, and with compression under way.
        acknowledged.push(written.nth(400 + 37 * run as usize).unwrap());
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let log = file(dir.path("shop.log")).open(&Metrics::new(Config::default())).unwrap();
    log.settle();

    let mut next = vec![0_u64; acknowledged.len()];
    let list = dir.list();
    for (name, text) in &list {
        for line in text.lines() {
            // A line that was being written, and whose end was not acknowledged.
            let Ok(line) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            let run = usize::try_from(line["run"].as_u64().unwrap()).unwrap();
            assert_eq!(line["line"].as_u64(), Some(next[run]), "{name}: run {run}");
            next[run] += 1;
        }
    }
    for (run, (next, acknowledged)) in next.iter().zip(&acknowledged).enumerate() {
        let acknowledged: u64 = *acknowledged;
        assert!(*next > acknowledged, "run {run}: {next} lines, {acknowledged} acknowledged");
    }
    let plain = list.iter().filter(|(name, _)| !name.ends_with(".log.gz")).count();
    assert_eq!(plain, 1, "{:?}", dir.names());
}
