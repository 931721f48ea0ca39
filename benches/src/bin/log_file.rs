//! Lines a second into a file, none lost: our writer and tracing-appender.
//!
//! Each run is a process of its own, since a log is installed once in a process. The lines of the file
//! are counted.

use std::env;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use obs_benches::log::file::{self, ALL, APPENDER_JSON, APPENDER_OURS, OURS, OURS_STDOUT, Took};
use obs_benches::{conditions, ratio};

const ROUNDS: usize = 7;
/// On each thread.
const EVENTS: u64 = 300_000;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [name, path, threads, events] = arguments.as_slice() {
        let number = |text: &str| text.parse().expect("a number");
        let Took { wall, cpu } = file::run(name, path, number(threads), number(events));
        // Standard output is the log.
        eprintln!("{wall} {cpu}");
        return;
    }
    let program = env::current_exe().expect("this program has a path");
    let dir = program.with_file_name("log-file-bench");
    fs::create_dir_all(&dir).expect("a folder beside this program");
    for threads in [1, 2] {
        compare(&program, &dir.join("lines"), threads);
    }
    fs::remove_dir_all(&dir).expect("the folder is ours");
}

fn compare(program: &Path, path: &Path, threads: u64) {
    let lines = threads * EVENTS;
    conditions::print(&format!(
        "log_file: {lines} lines from {threads} threads, until all are in the file, none lost"
    ));
    let mut runs = ALL.map(|name| (name, Vec::new()));
    for _ in 0..ROUNDS {
        for (name, runs) in &mut runs {
            runs.push(run(program, path, name, threads));
        }
    }
    println!(
        "{:<52} {:>10} {:>10} {:>10} {:>8} {:>8}",
        "", "ns/line", "cpu ns", "lines/s", "MB/s", "missing"
    );
    for (name, runs) in &runs {
        let best = best(runs);
        let nanos = best.wall / lines as f64;
        println!(
            "  {name:<50} {nanos:>10.0} {:>10.0} {:>10.0} {:>8.0} {:>8}",
            runs.iter().map(|run| run.cpu).fold(f64::INFINITY, f64::min) / lines as f64,
            1e9 / nanos,
            best.bytes as f64 / best.wall * 1e3,
            runs.iter().map(|run| lines - run.lines).max().unwrap_or_default()
        );
    }
    let wall = |name| best(&runs.iter().find(|run| run.0 == name).expect("it was run").1).wall;
    let threads = if threads == 1 { "1_thread" } else { "2_threads" };
    for (against, peer) in [
        ("ours/tracing-appender-our-layer", APPENDER_OURS),
        ("ours/tracing-appender-json", APPENDER_JSON),
    ] {
        ratio(&format!("log_file_{threads}"), against, wall(OURS), wall(peer));
    }
}

struct Run {
    wall: f64,
    cpu: f64,
    lines: u64,
    bytes: u64,
}

fn best(runs: &[Run]) -> &Run {
    runs.iter().min_by(|a, b| a.wall.total_cmp(&b.wall)).expect("it was run")
}

fn run(program: &Path, path: &Path, name: &str, threads: u64) -> Run {
    let _ = fs::remove_file(path);
    let stdout = if name == OURS_STDOUT {
        File::create(path).expect("the file can be made").into()
    } else {
        Stdio::null()
    };
    let output = Command::new(program)
        .arg(name)
        .arg(path)
        .args([threads.to_string(), EVENTS.to_string()])
        .stdout(stdout)
        .stderr(Stdio::piped())
        .output()
        .expect("this program runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let told: Vec<f64> = told.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let &[wall, cpu] = told.as_slice() else {
        panic!("{name}: {}", String::from_utf8_lossy(&output.stderr))
    };
    let file = File::open(path).expect("the file is there");
    let bytes = file.metadata().expect("it is a file").len();
    let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
    let lines = lines.filter(|line| line.starts_with(b"{") && line.ends_with(b"}")).count() as u64;
    // All were told to lose nothing; ours keeps to it, whatever is missing of theirs is shown.
    assert!(
        ![OURS, OURS_STDOUT].contains(&name) || lines == threads * EVENTS,
        "{name}: {lines} lines"
    );
    Run { wall, cpu, lines, bytes }
}
