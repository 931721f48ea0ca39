//! The log's writer in a process of its own: each line that was logged is in the output or among the
//! losses, however the process and its output end. The outputs are real: pipes that nobody reads or
//! that are closed, a file system that is full.
//!
//! Each test runs itself again as a child, which says on standard error what it did.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::print_stderr, reason = "how a child talks to its parent")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use obs_core::log::{LossReason, Losses};
use obs_core::{Obs, builder};
use serde_json::Value;

/// Set in the child, to the name of its test.
const CHILD: &str = "CHILD";

/// What the child was given to do besides.
const PART: &str = "PART";

/// The body of the test if this is its child, with what that was given.
fn as_child(test: &str, body: impl FnOnce(&str)) -> bool {
    let Ok(child) = std::env::var(CHILD) else { return false };
    if child == test {
        body(&std::env::var(PART).expect("a part"));
    }
    true
}

/// `command`, which ends with what `exec` takes, with this test as a child.
fn child_of(mut command: Command, test: &str, part: &str, env: &[(&str, &str)]) -> Command {
    command.args([test, "--exact", "--nocapture"]);
    // The environment of whoever runs the tests is not theirs.
    for (name, _) in std::env::vars_os() {
        let ours = ["OBS_", "OTEL_", "RUST_"];
        if ours.iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            command.env_remove(name);
        }
    }
    command.env(CHILD, test).env(PART, part).env("OBS_LOG_FORMAT", "json");
    command.envs(env.iter().copied());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn itself() -> Command {
    Command::new(std::env::current_exe().expect("own path"))
}

/// A child with its output as it comes.
struct Running {
    child: Child,
    stdout: Option<BufReader<std::process::ChildStdout>>,
    stderr: BufReader<std::process::ChildStderr>,
    /// What it said on standard error.
    said: String,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("a child");
        let stdout = child.stdout.take().map(BufReader::new);
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, stdout, stderr, said: String::new() }
    }

    /// Waits for a line of the child on standard error, and returns what is behind `word`.
    fn wait_for(&mut self, word: &str) -> String {
        loop {
            let mut line = String::new();
            let bytes = self.stderr.read_line(&mut line).expect("UTF-8");
            assert!(bytes > 0, "the child did not say {word:?}: {}", self.said);
            self.said.push_str(&line);
            if let Some((_, rest)) = line.split_once(word) {
                return rest.trim().to_owned();
            }
        }
    }

    /// Reads standard output to its end, on a thread of its own.
    fn read(&mut self) -> std::thread::JoinHandle<Vec<u64>> {
        let reading = self.read_text();
        std::thread::spawn(move || numbers(&reading.join().expect("a text")))
    }

    fn read_text(&mut self) -> std::thread::JoinHandle<String> {
        let mut stdout = self.stdout.take().expect("not read yet");
        std::thread::spawn(move || {
            let mut text = String::new();
            stdout.read_to_string(&mut text).expect("UTF-8");
            text
        })
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status().expect("a `kill` command");
        assert!(kill.success());
    }

    /// What the child says of its lines: how many it logged, and how many were lost.
    fn account(&mut self) -> (u64, u64) {
        let account = self.wait_for("ACCOUNT ");
        let (logged, lost) = account.split_once(' ').expect("two numbers");
        (logged.parse().expect("a number"), lost.parse().expect("a number"))
    }

    fn end(mut self) -> bool {
        self.child.wait().expect("an exit status").success()
    }
}

/// The one line that is not a test's own; its number is the greatest.
const SHUTTING_DOWN: &str = "shutting down";

/// The numbers of the lines in `text`, in their order. A line that is not whole is a failure, save
/// for what others than us print, and the last one.
fn numbers(text: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    for event in events(text) {
        // A notice has none.
        numbers.extend(event["numeric_labels.number"].as_u64());
        if event["message"] == SHUTTING_DOWN {
            numbers.push(u64::MAX);
        }
    }
    numbers
}

fn events(text: &str) -> Vec<Value> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    // What follows the last line break: of a process that was killed, a part of a line.
    lines.pop();
    let parsed = lines.into_iter().filter_map(|line| {
        // The test harness prints on the same output, perhaps without a line break.
        let at = line.find('{')?;
        let event = serde_json::from_str(&line[at..]);
        Some(event.unwrap_or_else(|error| panic!("{error}: {line:?}")))
    });
    parsed.collect()
}

fn service() -> Obs {
    // A failure of the child is to be read by its parent.
    builder("shop").keep_panic_hook().init().expect("good settings")
}

/// About 500 bytes.
fn log(number: u64) {
    tracing::info!(number, "{}", "x".repeat(230));
}

fn finish(obs: Obs) -> Losses {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(obs.finish())
}

fn tell(logged: u64, losses: &Losses) {
    eprintln!("{losses}");
    eprintln!("ACCOUNT {logged} {}", losses.total());
}

const SMALL: (&str, &str) = ("OBS_LOG_QUEUE_BYTES", "64KiB");

#[test]
fn a_reader_that_is_slow_costs_lines_that_are_counted_and_told() {
    const TEST: &str = "a_reader_that_is_slow_costs_lines_that_are_counted_and_told";
    let body = |_: &str| {
        let obs = service();
        (0..5000).for_each(log);
        eprintln!("LOGGED");
        tell(5000, &finish(obs));
    };
    if as_child(TEST, body) {
        return;
    }
    for policy in ["drop", "shed", "block:1ms"] {
        let env = [SMALL, ("OBS_LOG_POLICY", policy), ("OBS_LOG_FLUSH_TIMEOUT", "1m")];
        let mut child = Running::start(child_of(itself(), TEST, "", &env));
        // Nothing is read until everything is logged.
        child.wait_for("LOGGED");
        let reading = child.read_text();
        let (logged, lost) = child.account();
        let text = reading.join().unwrap();
        let told = events(&text);
        let told = told.iter().filter_map(|event| event["numeric_labels.log_lines_lost"].as_u64());
        assert_eq!(told.sum::<u64>(), lost, "{policy}: {}", child.said);
        let written = numbers(&text);
        assert!(lost > 0, "{policy}: 2 MB do not fit into 128 KiB");
        assert_eq!(written.len() as u64 + lost, logged, "{policy}: {}", child.said);
        assert!(written.is_sorted_by(|a, b| a < b), "{policy}");
        assert!(child.end(), "{policy}");
    }
}

#[test]
fn block_waits_for_a_slow_reader() {
    const TEST: &str = "block_waits_for_a_slow_reader";
    let body = |_: &str| {
        let obs = service();
        (0..5000).for_each(|number| {
            log(number);
            if number == 100 {
                eprintln!("STARTED");
            }
        });
        tell(5000, &finish(obs));
    };
    if as_child(TEST, body) {
        return;
    }
    let env = [SMALL, ("OBS_LOG_POLICY", "block")];
    let mut child = Running::start(child_of(itself(), TEST, "", &env));
    child.wait_for("STARTED");
    let reading = child.read();
    assert_eq!(child.account(), (5000, 0));
    let written = reading.join().unwrap();
    assert!(written.iter().copied().eq(0..5000), "{} lines", written.len());
    assert!(child.end());
}

#[test]
fn a_reader_that_goes_away_is_told_once_on_standard_error_and_stops_nothing() {
    const TEST: &str = "a_reader_that_goes_away_is_told_once_on_standard_error_and_stops_nothing";
    let body = |_: &str| {
        let obs = service();
        eprintln!("STARTED");
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).expect("a line");
        (0..5000).for_each(log);
        tell(5000, &finish(obs));
    };
    if as_child(TEST, body) {
        return;
    }
    let env = [SMALL, ("OBS_LOG_POLICY", "block")];
    let mut command = child_of(itself(), TEST, "", &env);
    command.stdin(Stdio::piped());
    let mut child = Running::start(command);
    child.wait_for("STARTED");
    drop(child.stdout.take());
    drop(child.child.stdin.take());
    assert_eq!(child.account(), (5000, 5000), "{}", child.said);
    let told = child.said.matches("log output stdout: Broken pipe").count();
    assert_eq!(told, 1, "{}", child.said);
    assert!(child.said.contains("io_error 5000"), "{}", child.said);
    // The harness cannot print its result.
    child.end();
}

#[test]
fn nothing_is_lost_when_the_process_exits_after_finish() {
    const TEST: &str = "nothing_is_lost_when_the_process_exits_after_finish";
    #[expect(clippy::exit, reason = "what this is about")]
    let body = |_: &str| {
        let obs = service();
        (0..10_000).for_each(log);
        assert!(finish(obs).is_empty());
        // Logged late, and written at once.
        log(10_000);
        std::process::exit(7);
    };
    if as_child(TEST, body) {
        return;
    }
    let mut child = Running::start(child_of(itself(), TEST, "", &[("OBS_LOG_POLICY", "block")]));
    let written = child.read().join().unwrap();
    assert!(written.iter().copied().eq(0..=10_000), "{} lines", written.len());
    assert_eq!(child.child.wait().unwrap().code(), Some(7));
}

#[test]
fn a_signal_under_load_loses_nothing_under_block_and_counts_under_others() {
    const TEST: &str = "a_signal_under_load_loses_nothing_under_block_and_counts_under_others";
    let body = |_: &str| {
        let stop = Arc::new(AtomicBool::new(false));
        let obs = service();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (logged, losses, metrics) = runtime.block_on(async {
            let signal = tokio::spawn(obs.shutdown_signal());
            tokio::task::yield_now().await;
            let logging = [0, 1].map(|thread| {
                let stop = Arc::clone(&stop);
                std::thread::spawn(move || {
                    let mut logged = 0;
                    while !stop.load(Ordering::Relaxed) {
                        log(2 * logged + thread);
                        logged += 1;
                    }
                    logged
                })
            });
            eprintln!("STARTED");
            signal.await.unwrap();
            // Both threads go on: what they log from here on is nobody's loss either.
            let obs_metrics = obs.metrics().clone();
            let losses = obs.finish().await;
            stop.store(true, Ordering::Relaxed);
            let logged: u64 = logging.map(|thread| thread.join().unwrap()).iter().sum();
            (logged, losses, obs_metrics)
        });
        // What was lost after `finish` only the metric tells.
        let text = metrics.render(obs_core::metrics::Format::Text);
        let dropped = text.lines().filter(|line| line.starts_with("obs_log_lines_dropped_total{"));
        let dropped: u64 =
            dropped.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum();
        assert!(dropped >= losses.total());
        eprintln!("ACCOUNT {} {dropped}", logged + 1);
    };
    if as_child(TEST, body) {
        return;
    }
    for policy in ["block", "shed", "drop"] {
        let env = [SMALL, ("OBS_LOG_POLICY", policy), ("OBS_LOG_FLUSH_TIMEOUT", "1m")];
        let mut child = Running::start(child_of(itself(), TEST, "", &env));
        child.wait_for("STARTED");
        let reading = child.read();
        child.signal("-TERM");
        let (logged, lost) = child.account();
        let mut written = reading.join().unwrap();
        assert_eq!(written.len() as u64 + lost, logged, "{policy}: {}", child.said);
        written.sort_unstable();
        written.dedup();
        assert_eq!(written.len() as u64 + lost, logged, "{policy}: a line is there twice");
        if policy == "block" {
            assert_eq!(lost, 0);
        }
        assert!(child.end());
    }
}

/// Nothing outlives SIGKILL but what is written, and of that the synchronous level is sure.
#[test]
fn a_line_of_the_synchronous_level_survives_sigkill() {
    const TEST: &str = "a_line_of_the_synchronous_level_survives_sigkill";
    let body = |_: &str| {
        let _obs = service();
        std::thread::spawn(|| {
            let mut number = 1_000_000;
            loop {
                log(number);
                number += 1;
            }
        });
        for number in 0.. {
            tracing::error!(number, "paid");
            eprintln!("PAID {number}");
        }
    };
    if as_child(TEST, body) {
        return;
    }
    for policy in ["block", "shed"] {
        let env = [SMALL, ("OBS_LOG_POLICY", policy), ("OBS_LOG_SYNC_LEVEL", "error")];
        let mut child = Running::start(child_of(itself(), TEST, "", &env));
        let reading = child.read();
        for _ in 0..200 {
            child.wait_for("PAID ");
        }
        child.signal("-KILL");
        child.stderr.read_to_string(&mut child.said).unwrap();
        // The last line may be a part of one.
        let acknowledged =
            child.said.lines().filter_map(|l| l.strip_prefix("PAID ")).count() as u64;
        let written = reading.join().unwrap();
        let paid: Vec<u64> = written.iter().copied().filter(|n| *n < 1_000_000).collect();
        assert!(paid.len() as u64 + 1 >= acknowledged, "{policy}: {acknowledged} {paid:?}");
        assert!(paid.iter().copied().eq(0..paid.len() as u64), "{policy}: {paid:?}");
        assert!(!child.end());
    }
}

#[test]
fn a_panic_on_the_main_thread_is_written_before_the_process_can_end() {
    const TEST: &str = "a_panic_on_the_main_thread_is_written_before_the_process_can_end";
    let body = |_: &str| {
        // The harness has the main thread for itself; ours is known by its name.
        let main = std::thread::Builder::new().name("main".to_owned()).spawn(|| {
            let _obs = service();
            (0..100).for_each(log);
            let _ = std::panic::catch_unwind(|| panic!("on purpose"));
            std::process::abort();
        });
        main.unwrap().join().unwrap();
    };
    if as_child(TEST, body) {
        return;
    }
    let mut child = Running::start(child_of(itself(), TEST, "", &[]));
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(numbers(&text).len(), 100);
    assert!(text.contains("panicked: on purpose"), "{text}");
    assert!(!child.end());
}

/// 512 KiB of room on a tmpfs of the child's own, or where mounting is refused by a limit on the
/// size of its files; which one is said.
#[test]
fn a_full_disk_loses_nothing_until_the_queue_is_full_and_then_counts() {
    const TEST: &str = "a_full_disk_loses_nothing_until_the_queue_is_full_and_then_counts";
    const ROOM: u64 = 512 * 1024;
    let body = |path: &str| {
        let obs = service();
        let (mut lines, mut size) = (0, 0);
        while size < ROOM {
            (lines..lines + 100).for_each(log);
            lines += 100;
            // Slowly: more than this and the disk is full once more when it is emptied.
            let before = size;
            while size == before {
                size = std::fs::metadata(path).unwrap().len();
                std::thread::yield_now();
            }
        }
        // Less than the emptied disk has room for, and more than the small queue.
        (lines..lines + 600).for_each(log);
        lines += 600;
        // Full: nothing is written between these two.
        let mut text = std::fs::read_to_string(path).unwrap();
        std::fs::File::options().write(true).open(path).unwrap().set_len(0).unwrap();
        let losses = finish(obs);
        text.push_str(&std::fs::read_to_string(path).unwrap());
        let written = numbers(&text);
        assert!(written.is_sorted_by(|a, b| a < b));
        assert_eq!(written.len() as u64 + losses.total(), lines, "{losses}");
        let of_errors = losses.of_reason(LossReason::IoError);
        assert!(losses.is_empty() || of_errors > 0, "{losses}");
        tell(lines, &losses);
    };
    if as_child(TEST, body) {
        return;
    }
    let dir = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("full");
    std::fs::create_dir_all(&dir).unwrap();
    let mount = "mount -t tmpfs -o size=512k none \"$0\"";
    let can_mount = Command::new("unshare").args(["-Urm", "sh", "-c", mount]).arg(&dir).output();
    let mounts = can_mount.is_ok_and(|output| output.status.success());
    println!("room is limited by {}", if mounts { "a tmpfs" } else { "the size of a file" });
    // (settings, whether all lines find room)
    for (policy, bytes, all) in [("shed", "8MiB", true), ("shed", "64KiB", false)] {
        let path = dir.join("log");
        let _ = std::fs::remove_file(&path);
        let mut command;
        if mounts {
            command = Command::new("unshare");
            let script = format!("{mount} && exec \"$@\" >> \"$0/log\"");
            command.args(["-Urm", "sh", "-c", &script]).arg(&dir);
        } else {
            command = Command::new("bash");
            // The signal would end the child; without it, writing fails.
            let script = "trap '' XFSZ; ulimit -f 512; exec \"$@\" >> \"$0/log\"";
            command.args(["-c", script]).arg(&dir);
        }
        command.arg(std::env::current_exe().unwrap());
        // A queue that is full of what cannot be written has no room for the policy to spare.
        let env = [("OBS_LOG_POLICY", policy), ("OBS_LOG_QUEUE_BYTES", bytes)];
        let mut child = Running::start(child_of(command, TEST, path.to_str().unwrap(), &env));
        let (_, lost) = child.account();
        assert_eq!(lost == 0, all, "{bytes}: {}", child.said);
        assert_eq!(child.said.matches("obs: log output stdout: ").count(), 1, "{}", child.said);
        assert!(child.end());
    }
}

/// Standard error is a pipe that nobody reads, and full.
#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_stands_still_does_not_hold_up_the_log() {
    use obs_core::log::Output;
    use std::io::Write as _;

    const TEST: &str = "a_standard_error_that_stands_still_does_not_hold_up_the_log";

    /// Fails once, and then writes to standard output.
    struct Ill(bool);

    impl Output for Ill {
        fn write(&mut self, lines: &[u8]) -> std::io::Result<usize> {
            if std::mem::replace(&mut self.0, false) {
                return Err(std::io::Error::other("ill"));
            }
            std::io::stdout().write(lines)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            std::io::stdout().flush()
        }

        fn place(&self) -> String {
            "ill".to_owned()
        }
    }

    let body = |_: &str| {
        let obs = builder("shop").without_log_stdout().log_output(Ill(true)).init();
        let obs = obs.expect("good settings");
        // What a pipe holds.
        std::io::stderr().write_all(&[b'.'; 64 * 1024]).expect("room");
        (0..100).for_each(log);
        let lost = finish(obs).total();
        std::io::stdout().write_all(format!("LOST {lost}\n").as_bytes()).expect("written");
    };
    if as_child(TEST, body) {
        return;
    }
    let mut child = child_of(itself(), TEST, "", &[]).spawn().expect("a child");
    let mut text = String::new();
    child.stdout.take().expect("a pipe").read_to_string(&mut text).expect("UTF-8");
    assert!(text.contains("LOST 0\n"), "{text}");
    assert_eq!(numbers(&text), (0..100).collect::<Vec<_>>());
    assert!(child.wait().expect("a status").success());
}
