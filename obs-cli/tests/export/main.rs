//! `obs assets export`, run as a user runs it, and what Prometheus' own tool says of the result.

mod promtool;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use promtool::promtool;
use tempfile::TempDir;

fn obs(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obs"))
        .args(["assets", "export"])
        .arg(dir)
        .args(args)
        .output()
        .expect("the binary runs")
}

fn export(args: &[&str]) -> TempDir {
    let dir = TempDir::new().expect("a temporary folder");
    let output = obs(dir.path(), args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    dir
}

fn read(dir: &TempDir, path: &str) -> String {
    fs::read_to_string(dir.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Paths of all files below `dir`, sorted.
fn files(dir: &Path) -> Vec<String> {
    fn walk(root: &Path, dir: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                let path = path.strip_prefix(root).expect("below the root");
                found.push(path.to_str().expect("a plain name").replace('\\', "/"));
            }
        }
    }
    let mut found = Vec::new();
    walk(dir, dir, &mut found);
    found.sort();
    found
}

fn rule_files(dir: &TempDir, suffix: &str) -> Vec<String> {
    files(&dir.path().join("prometheus/rules"))
        .into_iter()
        .filter(|name| name.ends_with(suffix))
        .map(|name| format!("rules/{name}"))
        .collect()
}

#[test]
fn an_export_holds_every_part() {
    let dir = export(&[]);
    assert_eq!(
        files(dir.path()),
        [
            "README.md",
            "elasticsearch/obs-logs.template.json",
            "fluentd/README.md",
            "fluentd/filter-kubernetes.conf",
            "fluentd/filter.conf",
            "fluentd/fluent.conf",
            "fluentd/output-elasticsearch.conf",
            "fluentd/plan-source.conf",
            "fluentd/source-containers.conf",
            "fluentd/source-docker.conf",
            "fluentd/source-files.conf",
            "grafana/dashboards/obs-discord-bot.json",
            "grafana/dashboards/obs-http-red.json",
            "grafana/dashboards/obs-logs.json",
            "grafana/dashboards/obs-runtime.json",
            "grafana/provisioning/dashboards/obs.yml",
            "grafana/provisioning/datasources/obs.yml",
            "prometheus/prometheus.yml",
            "prometheus/rules/discord.rules.test.yml",
            "prometheus/rules/discord.rules.yml",
            "prometheus/rules/http.rules.test.yml",
            "prometheus/rules/http.rules.yml",
            "prometheus/rules/http.weekly.rules.test.yml",
            "prometheus/rules/log.rules.test.yml",
            "prometheus/rules/log.rules.yml",
            "prometheus/rules/runtime.rules.test.yml",
            "prometheus/rules/runtime.rules.yml",
            "runbooks/discord.runbook.md",
            "runbooks/http.runbook.md",
            "runbooks/log.runbook.md",
            "runbooks/runtime.runbook.md",
        ]
    );
    for bundle in [obs_core::BUNDLE, obs_axum::BUNDLE, obs_serenity::BUNDLE] {
        for asset in bundle.files() {
            let named = |path: &String| path.ends_with(&format!("/{}", asset.name));
            let path = files(dir.path()).into_iter().find(named);
            let path = path.unwrap_or_else(|| panic!("{} was not exported", asset.name));
            assert_eq!(read(&dir, &path), asset.text, "{path} as bundled");
        }
    }
}

#[test]
fn only_the_parts_asked_for_are_written() {
    for (only, folder) in [
        ("dashboards", "grafana/dashboards/"),
        ("grafana", "grafana/provisioning/"),
        ("prometheus", "prometheus/prometheus.yml"),
        ("rules", "prometheus/rules/"),
        ("runbooks", "runbooks/"),
        ("fluentd", "fluentd/"),
        ("elasticsearch", "elasticsearch/"),
    ] {
        let dir = export(&["--only", only]);
        let found = files(dir.path());
        assert!(found.len() > 1, "{only}: {found:?}");
        for path in found.iter().filter(|path| *path != "README.md") {
            assert!(path.starts_with(folder), "--only {only} wrote {path}");
        }
    }
    let two = export(&["--only", "fluentd,elasticsearch"]);
    assert!(two.path().join("fluentd/fluent.conf").exists());
    assert!(two.path().join("elasticsearch/obs-logs.template.json").exists());
    let two = export(&["--only", "rules,runbooks"]);
    assert!(two.path().join("runbooks").exists() && two.path().join("prometheus/rules").exists());
}

#[test]
fn prometheus_accepts_the_configuration_and_finds_the_rules() {
    let dir = export(&["--target", "shop-1.internal:80", "--target", "[::1]:8080"]);
    let text = promtool(&dir.path().join("prometheus"), &["check", "config", "prometheus.yml"]);
    assert!(text.contains("4 rule files found"), "{text}");
    let config = read(&dir, "prometheus/prometheus.yml");
    for target in ["\"shop-1.internal:80\"", "\"[::1]:8080\""] {
        assert!(config.contains(target), "{target} in\n{config}");
    }
}

#[test]
fn prometheus_finds_no_fault_with_the_rules() {
    let dir = export(&["--only", "rules"]);
    for file in rule_files(&dir, ".rules.yml") {
        let args = ["check", "rules", "--lint=all", "--lint-fatal", file.as_str()];
        let text = promtool(&dir.path().join("prometheus"), &args);
        assert!(text.contains("SUCCESS"), "{file}: {text}");
    }
}

#[test]
fn the_tests_of_the_rules_pass_with_and_without_absolute_links() {
    let links =
        ["--runbook-base-url", "https://wiki.example/obs/", "--grafana-url", "https://g.example"];
    for args in [&["--only", "rules"][..], &[&["--only", "rules"][..], &links[..]].concat()] {
        let dir = export(args);
        for file in rule_files(&dir, ".rules.test.yml") {
            promtool(&dir.path().join("prometheus"), &["test", "rules", file.as_str()]);
        }
    }
}

#[test]
fn alerts_link_to_where_the_reader_said() {
    let dir = export(&[
        "--runbook-base-url",
        "https://wiki.example/obs/",
        "--grafana-url",
        "https://g.example",
    ]);
    let rules = read(&dir, "prometheus/rules/http.rules.yml");
    for link in [
        "runbook_url: https://wiki.example/obs/http.runbook.md#httperrorratiohigh\n",
        "dashboard_url: https://g.example/d/obs-http-red?var-job={{ $labels.job }}",
    ] {
        assert!(rules.contains(link), "{link}");
    }
    assert!(!rules.contains("runbook_url: http.runbook.md"), "a relative link is left");
}

#[test]
fn the_data_source_leads_from_an_exemplar_to_its_trace() {
    let args = [
        "--prometheus-url",
        "http://prometheus:9090",
        "--trace-url",
        "https://t.example/{trace_id}",
    ];
    let source = read(&export(&args), "grafana/provisioning/datasources/obs.yml");
    let source: serde_json::Value = serde_yaml_ng::from_str(&source).expect("YAML");
    let source = &source["datasources"][0];
    assert_eq!(source["url"], "http://prometheus:9090");
    let link = &source["jsonData"]["exemplarTraceIdDestinations"][0];
    assert_eq!(link["name"], "trace_id");
    // Grafana makes one dollar sign of two.
    assert_eq!(link["url"], "https://t.example/$${__value.raw}");
}

#[test]
fn a_second_export_changes_nothing_and_keeps_what_the_user_changed() {
    let dir = export(&[]);
    let again = obs(dir.path(), &[]);
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success());
    assert!(text.lines().all(|line| line.starts_with("unchanged")), "{text}");

    let changed = dir.path().join("prometheus/rules/http.rules.yml");
    let missing = dir.path().join("runbooks/http.runbook.md");
    fs::write(&changed, "groups: []\n").expect("a write");
    fs::remove_file(&missing).expect("a removal");
    let refused = obs(dir.path(), &[]);
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(text.contains("http.rules.yml") && text.contains("--force"), "{text}");
    assert_eq!(fs::read_to_string(&changed).expect("a file"), "groups: []\n");
    assert!(!missing.exists(), "a refused export writes nothing at all");

    assert!(obs(dir.path(), &["--force"]).status.success());
    assert_ne!(fs::read_to_string(&changed).expect("a file"), "groups: []\n");
    assert!(missing.exists());
}

#[test]
fn errors_name_the_path_or_value_and_the_remedy() {
    let dir = TempDir::new().expect("a temporary folder");
    let file = dir.path().join("file");
    fs::write(&file, "").expect("a write");
    for (at, args, wanted) in [
        (file.as_path(), &[][..], &["cannot", "file/"][..]),
        (dir.path(), &["--target", "http://shop:80"], &["http://shop:80", "HOST:PORT"]),
        (dir.path(), &["--runbook-base-url", "wiki"], &["wiki", "https://"]),
        (dir.path(), &["--trace-url", "https://t.example/"], &["{trace_id}"]),
        (dir.path(), &["--only", "dashboard"], &["dashboards"]),
    ] {
        let output = obs(at, args);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{args:?} was accepted");
        for word in wanted {
            assert!(text.contains(word), "{args:?}: {word:?} not in {text}");
        }
    }
}
