//! The log filter, changed while the log is written.
//!
//! Each test runs itself again in a process of its own, whose subscriber it is, and reads what that
//! prints.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use obs_core::log::LevelHandle;
use obs_core::{Obs, builder};
use serde_json::Value;
use tracing::level_filters::LevelFilter;

/// The log of `body` in a child process that begins with the filter `filter`: a line an event.
fn log_of(test: &str, filter: &str, body: impl FnOnce(&Obs, &LevelHandle)) -> Option<Vec<String>> {
    if let Ok(child) = std::env::var("CHILD") {
        if child == test {
            let obs = builder("shop").init().expect("good settings");
            body(&obs, obs.log_level().expect("a log"));
        }
        return None;
    }
    let mut command = Command::new(std::env::current_exe().expect("own path"));
    command.args([test, "--exact", "--nocapture"]).env("CHILD", test);
    // The environment of whoever runs the tests is not theirs.
    for (name, _) in std::env::vars_os() {
        let ours = ["OBS_", "OTEL_"].iter().any(|ours| name.to_string_lossy().starts_with(ours));
        if ours || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    let output = command
        .env("OBS_LOG", filter)
        .env("OBS_LOG_FORMAT", "json")
        .stderr(Stdio::inherit())
        .output()
        .expect("a child");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    // The test harness prints on the same output, perhaps without a line break.
    let events = text.lines().filter_map(|line| Some(line[line.find('{')?..].to_owned()));
    Some(events.collect())
}

fn message(line: &str) -> String {
    let event: Value = serde_json::from_str(line).expect(line);
    event["message"].as_str().expect("a message").to_owned()
}

fn messages(lines: &[String]) -> Vec<String> {
    lines.iter().map(|line| message(line)).collect()
}

/// Waits for the filter that a time limit goes back to. The time is for giving up.
fn until_back(level: &LevelHandle, filter: &str) {
    let began = Instant::now();
    while level.current() != filter {
        assert!(began.elapsed() < Duration::from_secs(60), "still {}", level.current());
        std::thread::yield_now();
    }
}

/// The same two callsites each time.
fn say(what: &str) {
    tracing::debug!("debug {what}");
    tracing::info!("info {what}");
}

const CHANGED: &str = "the log filter was changed";

#[test]
fn callsites_that_exist_appear_and_disappear_and_spans_stay() {
    let lines =
        log_of("callsites_that_exist_appear_and_disappear_and_spans_stay", "info", |_, level| {
            let span =
                tracing::info_span!("request", trace.id = "4bf92f3577b34da6a3ce929d0e0e4736");
            let _entered = span.entered();
            say("one");
            level.set(" debug, log_level=debug").unwrap();
            say("two");
            level.set("warn").unwrap();
            say("three");
            tracing::warn!("warned");
            level.reset();
            say("four");
            assert_eq!(level.current(), "info");
        });
    let Some(lines) = lines else { return };
    let reset = "the log filter was reset";
    let want =
        ["info one", CHANGED, "debug two", "info two", CHANGED, "warned", reset, "info four"];
    assert_eq!(messages(&lines), want);
    for line in &lines {
        assert!(line.contains("4bf92f3577b34da6a3ce929d0e0e4736"), "{line}");
    }
    for (line, (from, to)) in
        [(1, ("info", "debug,log_level=debug")), (4, ("debug,log_level=debug", "warn"))]
    {
        let line = &lines[line];
        assert!(line.contains(&format!(r#"from":"{from}""#)), "{line}");
        assert!(line.contains(&format!(r#"to":"{to}""#)), "{line}");
        assert!(!line.contains("until"), "{line}");
    }
}

#[test]
fn records_of_the_log_crate_follow() {
    let lines = log_of("records_of_the_log_crate_follow", "info", |_, level| {
        for (filter, what) in [("info", "one"), ("info,library=trace", "two"), ("warn", "three")] {
            level.set(filter).unwrap();
            log::trace!(target: "library", "trace {what}");
            log::info!(target: "library", "info {what}");
            log::warn!(target: "library", "warn {what}");
        }
        assert_eq!(log::max_level(), log::LevelFilter::Warn);
    });
    let Some(lines) = lines else { return };
    let shown = messages(&lines);
    let shown: Vec<&str> =
        shown.iter().map(String::as_str).filter(|message| *message != CHANGED).collect();
    assert_eq!(shown, ["info one", "warn one", "trace two", "info two", "warn two", "warn three"]);
}

#[test]
fn no_filter_silences_that_it_was_changed() {
    let lines = log_of("no_filter_silences_that_it_was_changed", "off", |_, level| {
        tracing::error!("dark");
        level.set("error,obs_core=off").unwrap();
        level.set("off").unwrap();
        tracing::error!("dark");
        // What was refused changes nothing and says nothing.
        assert!(level.set("loud").is_err());
        assert!(level.set_for("info", Duration::ZERO).is_err());
        assert!(level.set_for("info", Duration::from_secs(8 * 24 * 3600)).is_err());
        assert_eq!(level.current(), "off");
    });
    let Some(lines) = lines else { return };
    assert_eq!(messages(&lines), [CHANGED, CHANGED]);
    for line in lines {
        assert!(line.contains("WARN") || line.contains(r#""warn""#), "{line}");
    }
}

#[test]
fn a_time_limit_ends_by_itself() {
    let lines = log_of("a_time_limit_ends_by_itself", "info", |_, level| {
        level.set_for("debug", Duration::from_secs(3600)).unwrap();
        say("one");
        // Takes the place of the hour.
        level.set_for("trace", Duration::from_millis(1)).unwrap();
        until_back(level, "info");
        // The line is written after the filter is back.
        level.set_for("debug", Duration::from_millis(1)).unwrap();
        until_back(level, "info");
        assert_eq!(level.state().until, None);
        say("two");
        level.set_for("debug", Duration::from_secs(3600)).unwrap();
        let state = level.state();
        assert_eq!((&*state.filter, &*state.default), ("debug", "info"));
        assert!(state.until.is_some());
        level.set("warn").unwrap();
        assert_eq!(level.state().until, None);
    });
    let Some(lines) = lines else { return };
    let limited = "the log filter was changed for a time";
    let own = |line: &&String| !line.contains("the time of the log filter is over");
    let lines: Vec<String> = lines.iter().filter(own).cloned().collect();
    let want = [limited, "debug one", "info one", limited, limited, "info two", limited, CHANGED];
    assert_eq!(messages(&lines), want);
    assert!(lines[0].contains(r#"until":"20"#), "{}", lines[0]);
}

#[test]
fn going_back_is_logged() {
    let lines = log_of("going_back_is_logged", "off", |obs, level| {
        let told = || {
            let text = obs.metrics().render(obs_core::metrics::Format::Text);
            text.contains("obs_log_events_total{level=\"warn\"} 1\n")
        };
        // Long enough for the change to be told of first, on a busy machine too.
        level.set_for("info", Duration::from_millis(200)).unwrap();
        let began = Instant::now();
        while !told() {
            assert!(began.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
    });
    let Some(lines) = lines else { return };
    let back = "the time of the log filter is over";
    assert_eq!(messages(&lines), ["the log filter was changed for a time", back]);
    assert!(lines[1].contains(r#"from":"info""#) && lines[1].contains(r#"to":"off""#), "{lines:?}");
}

#[test]
fn a_filter_that_leaves_out_everything_is_warned_of_all_the_same() {
    let test = "a_filter_that_leaves_out_everything_is_warned_of_all_the_same";
    let lines = log_of(test, "shopp", |_, level| {
        tracing::error!("dark");
        level.set("info,[request]=debug").unwrap();
    });
    let Some(lines) = lines else { return };
    let messages = messages(&lines);
    assert_eq!(messages.len(), 3, "{messages:?}");
    assert!(
        messages[0].starts_with("`shopp` in the log filter names a target, and"),
        "{messages:?}"
    );
    assert_eq!(messages[1], CHANGED);
    assert!(messages[2].starts_with("the log filter looks at spans"), "{messages:?}");
}

#[test]
fn the_maximum_level_follows_the_filter() {
    let lines = log_of("the_maximum_level_follows_the_filter", "info", |_, level| {
        for (filter, max) in [
            ("info", LevelFilter::INFO),
            ("warn,sqlx=trace", LevelFilter::TRACE),
            ("off", LevelFilter::OFF),
            ("error", LevelFilter::ERROR),
            ("error,shop[request]=debug", LevelFilter::DEBUG),
        ] {
            level.set(filter).unwrap();
            assert_eq!(LevelFilter::current(), max, "{filter}");
        }
    });
    assert!(lines.is_none_or(|lines| lines.len() == 6));
}

#[test]
fn a_span_that_is_entered_while_the_filter_changes_is_left_in_order() {
    let test = "a_span_that_is_entered_while_the_filter_changes_is_left_in_order";
    let lines = log_of(test, "info,[request]=debug", |_, level| {
        let within = tracing::info_span!("request").entered();
        tracing::debug!("one");
        level.set("info").unwrap();
        tracing::debug!("not shown");
        let inner = tracing::info_span!("request").entered();
        level.set("info,[request]=debug").unwrap();
        // Both began before this filter.
        tracing::debug!("not shown");
        drop(inner);
        drop(within);
        tracing::info_span!("request").in_scope(|| tracing::debug!("two"));
        tracing::debug!("not shown");
    });
    let Some(lines) = lines else { return };
    let shown = messages(&lines);
    let shown: Vec<&str> = shown
        .iter()
        .map(String::as_str)
        .filter(|message| !message.contains("log filter"))
        .collect();
    assert_eq!(shown, ["one", "two"]);
}

#[test]
fn threads_that_log_do_not_mind_a_change() {
    let lines = log_of("threads_that_log_do_not_mind_a_change", "info", |_, level| {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let _span = tracing::debug_span!("request", n = 1).entered();
                        tracing::debug!("n");
                    }
                });
            }
            for _ in 0..50 {
                level.set("off,[request{n=1}]=info").unwrap();
                level.set("error").unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
        level.set("info").unwrap();
        tracing::info!("last");
    });
    let Some(lines) = lines else { return };
    assert_eq!(lines.last().map(|line| message(line)).as_deref(), Some("last"));
    let changes = lines.iter().filter(|line| line.contains(CHANGED)).count();
    assert_eq!(changes, 101);
}
