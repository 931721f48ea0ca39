//! The patterns of the configuration on lines as they are written.
//!
//! They keep to what Ruby and the `regex` crate have in common.

use std::process::Command;
use std::sync::{Arc, Mutex};

use obs_core::log::EcsLayer;
use regex::{Regex, RegexBuilder};
use tracing_subscriber::prelude::*;

use crate::config::{Section, everything, shipped};

fn by_id(id: &str) -> Section {
    let config = everything(shipped).unwrap();
    let found = config.all().into_iter().find(|section| section.get("@id") == id).cloned();
    found.unwrap_or_else(|| panic!("no plugin {id}"))
}

/// `/…/` as Ruby reads it: `^` and `$` are at any line.
fn pattern(text: &str) -> Regex {
    let inner = text.strip_prefix('/').and_then(|text| text.strip_suffix('/'));
    let inner = inner.unwrap_or_else(|| panic!("{text} stands between slashes"));
    RegexBuilder::new(inner).multi_line(true).build().unwrap()
}

/// Lines that the layer writes.
fn ours() -> Vec<String> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let to = lines.clone();
    let layer = EcsLayer::builder("shop").build(move |_, line| {
        let line = String::from_utf8(line.to_vec()).unwrap();
        to.lock().unwrap().push(line.trim_end().to_owned());
    });
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        tracing::info!("order placed");
        tracing::error!(order.id = 42, "a \"quoted\"\nmessage in {{braces}}");
        tracing::debug!(no_message = true);
        tracing::warn!("é{}", "x".repeat(20_000));
    });
    std::mem::take(&mut *lines.lock().unwrap())
}

#[test]
fn our_lines_are_told_from_others() {
    let ecs = by_id("obs_is_ecs").sections[0].clone();
    let text = by_id("obs_is_text").sections[0].clone();
    assert_eq!((ecs.name.as_str(), text.name.as_str()), ("regexp", "exclude"));
    assert_eq!(ecs.get("pattern"), text.get("pattern"), "a line is one or the other");
    let pattern = pattern(ecs.get("pattern"));
    let ours = ours();
    assert_eq!(ours.len(), 4);
    for line in &ours {
        assert!(pattern.is_match(line), "{line}");
        assert!(!pattern.is_match(&line[..line.len() / 2]), "half of {line}");
        assert!(!pattern.is_match(&format!("text\n{line}")), "text before {line}");
    }
    for line in [
        "plain text",
        "{}",
        "[1]",
        r#"{"level":"info","msg":"of another program"}"#,
        r#"{"@timestamp":"2026-11-23T02:05:07Z","log.level":"info"}"#,
        r#"{"message":"m","@timestamp":"2026-11-23T02:05:07.123456789Z","log.level":"info"}"#,
    ] {
        assert!(!pattern.is_match(line), "{line}");
    }
}

#[test]
fn lines_of_containers_are_taken_apart() {
    let source = by_id("obs_containers");
    let expression = pattern(source.sections[0].get("expression"));
    let line = &ours()[1];
    for (head, stream, logtag) in [
        ("2026-11-23T02:05:07.123456789Z stdout F", "stdout", "F"),
        ("2026-11-23T02:05:07.123456789+01:00 stderr P", "stderr", "P"),
        ("2026-11-23T02:05:07.123456789Z stdout P:more:tags", "stdout", "P"),
    ] {
        let whole = format!("{head} {line}");
        let parts = expression.captures(&whole).unwrap_or_else(|| panic!("{whole}"));
        assert_eq!((&parts["stream"], &parts["logtag"]), (stream, logtag));
        assert_eq!(&parts["log"], line);
        assert!(head.starts_with(&parts["time"]));
    }
    assert_eq!(&expression.captures("t stdout F ").unwrap()["log"], "", "an empty line");
    for line in ["plain", r#"{"log":"x\n","stream":"stdout"}"#, "t stdin F x", "t stdout X x"] {
        assert!(!expression.is_match(line), "{line}");
    }
}

#[test]
fn a_container_is_told_by_the_name_of_its_file() {
    let id = "0123456789abcdef".repeat(4);
    let kubernetes = |file: &str| format!("kubernetes.var.log.containers.{file}-{id}.log");
    let docker = format!("docker.var.lib.docker.containers.{id}.{id}-json.log");
    for (plugin, tag, wanted) in [
        (
            "obs_pod",
            kubernetes("shop-7d9f_default_shop"),
            [Some(&*id), Some("shop-7d9f"), Some("default"), Some("shop")],
        ),
        (
            "obs_pod",
            kubernetes("db-0.eu_prod-1_pg-main"),
            [Some(&*id), Some("db-0.eu"), Some("prod-1"), Some("pg-main")],
        ),
        ("obs_pod", "kubernetes.var.log.containers.other.log".to_owned(), [None; 4]),
        ("obs_container", docker, [Some(&*id), None, None, None]),
    ] {
        let record = by_id(plugin).sections[0].clone();
        for (field, wanted) in [
            "container.id",
            "labels.kubernetes_pod_name",
            "labels.kubernetes_namespace",
            "labels.kubernetes_container_name",
        ]
        .iter()
        .zip(wanted)
        {
            if !record.has(field) {
                assert_eq!(wanted, None, "{plugin} has no {field}");
                continue;
            }
            let value = record.get(field);
            let inner = value.strip_prefix("${tag[").and_then(|text| text.strip_suffix(", 1]}"));
            let inner = inner.expect(value);
            let found = pattern(inner).captures(&tag).map(|parts| parts[1].to_owned());
            assert_eq!(found.as_deref(), wanted, "{field} of {tag}");
        }
    }
}

/// The name of a thread that panics in a child.
const PANICS: &str = "lines::a_panic_is_one_record";

#[test]
#[expect(clippy::disallowed_methods, reason = "a child asks what it is to do")]
fn a_panic_is_one_record() {
    if std::env::var_os("OBS_TEST_PANIC").is_some() {
        panic!("out of cheese\n  and of wine");
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", PANICS, "--nocapture"])
        .env("OBS_TEST_PANIC", "1")
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8(child.stderr).unwrap();
    let join = by_id("obs_panic");
    let start = pattern(join.get("multiline_start_regexp"));
    let goes_on = pattern(join.get("continuous_line_regexp"));
    // Empty lines are left out before.
    let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let at = lines.iter().position(|line| line.contains("panicked at")).expect("a panic");
    assert!(start.is_match(lines[at]), "{}", lines[at]);
    let rest = &lines[at + 1..];
    assert!(rest.len() > 5 && rest.iter().any(|line| line.contains("out of cheese")), "{said}");
    for line in rest {
        assert!(goes_on.is_match(line) && !start.is_match(line), "{line}");
    }
    for line in
        ["thread 'main' panicked at src/main.rs:2:5:", "thread '<unnamed>' (7) panicked at x:1:2:"]
    {
        assert!(start.is_match(line), "{line}");
    }
    for line in ours() {
        assert!(!start.is_match(&line) && !goes_on.is_match(&line), "{line}");
    }
}

#[test]
fn blank_lines_are_left_out() {
    let blank = pattern(by_id("obs_blank").sections[0].get("pattern"));
    for (line, is) in [("", true), (" \t", true), ("x", false)] {
        assert_eq!(blank.is_match(line), is, "{line:?}");
    }
}
