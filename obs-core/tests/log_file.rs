//! `init` with a log file, alone in a process: it is one subscriber's.
//!
//! Each test runs itself again in a process of its own.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use obs_core::audit::{Audit, Key};
use obs_core::builder;
use obs_core::log::Output;
use serde_json::Value;

/// The directory of a child process; in the parent, runs `test` in one and checks what it left.
fn in_child(test: &str, body: impl FnOnce(&Path), check: impl FnOnce(&Path)) {
    if let Some(dir) = std::env::var_os("LOG_FILE_DIR") {
        return body(&PathBuf::from(dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars_os() {
        let ours = ["OBS_", "OTEL_"].iter().any(|ours| name.to_string_lossy().starts_with(ours));
        if ours || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    let child = command
        .args([test, "--exact", "--nocapture"])
        .env("LOG_FILE_DIR", dir.path())
        .env("OBS_LOG_FILE", dir.path().join("logs/shop.log"))
        // A line is in the file when its call returns.
        .env("OBS_LOG_SYNC_LEVEL", "info")
        .output()
        .unwrap();
    let text = [child.stdout, child.stderr].concat();
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&text));
    check(dir.path());
}

fn messages(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).expect(line));
    lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
}

/// Whether SIGHUP, the first signal, has a handler.
fn listens_to_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & 1 == 1
}

async fn until(done: impl Fn() -> bool) {
    let wait = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.unwrap();
}

#[test]
fn lines_go_to_the_file_and_a_hangup_opens_it_anew() {
    in_child(
        "lines_go_to_the_file_and_a_hangup_opens_it_anew",
        |dir| {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let file = dir.join("logs/shop.log");
                let obs = builder("shop").init().unwrap();
                tracing::info!("one");
                fs::rename(&file, dir.join("logs/shop.log.1")).unwrap();
                let pid = std::process::id().to_string();
                until(listens_to_hangup).await;
                assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
                until(|| file.exists()).await;
                tracing::info!("two");
                let _ = obs.finish().await;
            });
        },
        |dir| {
            assert_eq!(messages(&dir.join("logs/shop.log.1")), ["one"]);
            assert_eq!(messages(&dir.join("logs/shop.log")), ["two"]);
        },
    );
}

#[test]
fn a_file_that_cannot_be_opened_stops_init_and_leaves_the_process_as_it_was() {
    in_child(
        "a_file_that_cannot_be_opened_stops_init_and_leaves_the_process_as_it_was",
        |dir| {
            let taken = dir.join("logs/shop.log");
            fs::create_dir_all(&taken).unwrap();
            let error = builder("shop").init().unwrap_err();
            let text = error.to_string();
            assert!(text.contains("shop.log: is no regular file; name the regular file"), "{text}");
            assert!(!error.is_already_installed());
            assert!(!tracing::dispatcher::has_been_set());
            fs::remove_dir(&taken).unwrap();
            drop(builder("shop").init().unwrap());
        },
        |dir| assert!(dir.join("logs/shop.log").is_file()),
    );
}

#[test]
fn an_init_that_is_refused_leaves_no_file_behind() {
    in_child(
        "an_init_that_is_refused_leaves_no_file_behind",
        |dir| {
            let audit =
                || Audit::file(dir.join("audit/shop.jsonl")).key(Key::new([7; 32]).unwrap());
            let theirs = builder("theirs").env(&[]).build().unwrap();
            metrics::set_global_recorder(theirs.metrics().clone()).unwrap();
            let error = builder("shop").audit(audit()).init().unwrap_err();
            assert!(error.to_string().contains("`metrics` recorder is installed"), "{error}");
            assert_eq!(fs::read_dir(dir).unwrap().count(), 0, "a recorder was there");

            let subscriber = tracing_subscriber::registry();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            let builder = builder("shop").audit(audit()).without_global_recorder();
            let error = builder.init().unwrap_err();
            assert!(error.to_string().contains("`tracing` subscriber is installed"), "{error}");
            assert_eq!(fs::read_dir(dir).unwrap().count(), 0, "a subscriber was there");
        },
        |_| (),
    );
}

/// As a test does that records its metrics apart.
#[test]
fn a_recorder_of_one_thread_stands_in_nobody_s_way() {
    in_child(
        "a_recorder_of_one_thread_stands_in_nobody_s_way",
        |_| {
            let own = builder("own").env(&[]).build().unwrap();
            metrics::with_local_recorder(own.metrics(), || drop(builder("shop").init().unwrap()));
        },
        |_| (),
    );
}

/// An output of the application's own gets every line that the file gets.
#[test]
fn lines_go_to_each_output() {
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Output for Kept {
        fn write(&mut self, lines: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(lines);
            Ok(lines.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }

        fn place(&self) -> String {
            "memory".to_owned()
        }
    }

    in_child(
        "lines_go_to_each_output",
        |dir| {
            let kept = [Kept::default(), Kept::default()];
            let [first, second] = kept.clone();
            let obs = builder("shop").log_output(first).log_output(second).init().unwrap();
            tracing::info!("one");
            drop(obs);
            let file = fs::read(dir.join("logs/shop.log")).unwrap();
            assert!(!file.is_empty());
            for kept in kept {
                assert_eq!(*kept.0.lock().unwrap(), file);
            }
        },
        |_| (),
    );
}

/// The log says where the audit log stands, or that it does not.
#[test]
fn a_filter_that_leaves_out_the_audit_log_s_anchors_is_told() {
    in_child(
        "a_filter_that_leaves_out_the_audit_log_s_anchors_is_told",
        |dir| {
            let audit = Audit::file(dir.join("audit/shop.jsonl")).key(Key::new([7; 32]).unwrap());
            drop(builder("shop").log_filter("warn").audit(audit).init().unwrap());
        },
        |dir| {
            let messages = messages(&dir.join("logs/shop.log"));
            let [message] = messages.as_slice() else { panic!("{messages:?}") };
            assert!(message.contains("add `obs_core::audit=info` to the filter"), "{message}");
        },
    );
}

#[test]
fn build_opens_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shop.log");
    let obs = builder("shop").env(&[("OBS_LOG_FILE", file.to_str().unwrap())]).build().unwrap();
    assert!(!file.exists());
    drop(obs);
}
