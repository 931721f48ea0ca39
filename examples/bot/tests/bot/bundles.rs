//! The exported configuration on a real Prometheus, while the shop has customers and the
//! bot a crowd.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::server::{Prometheus, fresh_dir};
use crate::support::{Service, eventually};

/// More series than the bot ever has, with its two shards and seven commands.
const BOT_SERIES: f64 = 1000.0;

#[tokio::test]
async fn every_panel_has_data_and_every_rule_evaluates() {
    let shop = Service::start(&shop(), "info", &["--traffic", "40"]);
    let bot = Service::start(env!("CARGO_BIN_EXE_bot"), "info,serenity=warn", &["--traffic", "40"]);
    let dir = fresh_dir("bundles");
    let export = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "obs-cli", "--", "assets", "export"])
        .arg(&dir)
        .args(["--target", shop.addr(), "--target", bot.addr()])
        .status()
        .unwrap();
    assert!(export.success());

    let config = dir.join("prometheus/prometheus.yml");
    let prometheus = Prometheus::start(&config, &dir.join("data")).await;

    let panels = panels(&dir.join("grafana/dashboards"));
    assert!(panels.len() >= 80, "{} panel queries", panels.len());
    eventually("panels without data", async || {
        let mut empty = Vec::new();
        for panel in &panels {
            let data = prometheus.api("query", &[("query", &panel.query)]).await;
            if data["result"].as_array().is_some_and(Vec::is_empty) {
                empty.push(format!("{}: {}", panel.title, panel.query));
            }
        }
        if empty.is_empty() { Ok(()) } else { Err(empty.join("\n")) }
    })
    .await;

    eventually("rules that fail or were not evaluated", async || {
        let rules = prometheus.api("rules", &[]).await;
        let bad: Vec<_> = rules["groups"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|group| group["rules"].as_array().into_iter().flatten())
            .filter(|rule| rule["health"] != "ok")
            .map(|rule| format!("{}: {} {}", rule["name"], rule["health"], rule["lastError"]))
            .collect();
        if bad.is_empty() { Ok(()) } else { Err(bad.join("\n")) }
    })
    .await;

    let query = format!("max_over_time(scrape_samples_scraped{{instance=\"{}\"}}[1h])", bot.addr());
    let series = prometheus.vector(&query, &[]).await[0].1;
    assert!(series < BOT_SERIES, "{series} series");
}

/// The shop, of another package, beside the bot.
fn shop() -> String {
    let build = ["build", "--quiet", "--package", "examples", "--bin", "shop"];
    let built = Command::new(env!("CARGO")).args(build).status().unwrap();
    assert!(built.success());
    let shop = Path::new(env!("CARGO_BIN_EXE_bot")).with_file_name("shop");
    shop.to_str().unwrap().to_owned()
}

struct Panel {
    title: String,
    query: String,
}

/// The Prometheus queries of each panel of each dashboard in `dir` as Grafana would send them with every variable at "All".
fn panels(dir: &Path) -> Vec<Panel> {
    let mut panels = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let dashboard: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let top = dashboard["panels"].as_array().unwrap();
        let inner = top.iter().filter_map(|row| row["panels"].as_array()).flatten();
        for panel in top.iter().chain(inner) {
            for target in panel["targets"].as_array().into_iter().flatten() {
                let query = target["expr"].as_str().expect("a target has an expression");
                let title = format!("{} / {}", dashboard["title"], panel["title"]);
                panels.push(Panel { title, query: interpolated(query) });
            }
        }
    }
    panels
}

fn interpolated(query: &str) -> String {
    let mut query = query
        .replace("$__rate_interval", "1m")
        .replace("$__range", "5m")
        .replace("$__interval", "15s");
    for variable in ["job", "instance", "route", "shard", "command"] {
        query = query.replace(&format!("${{{variable}}}"), ".+");
        query = query.replace(&format!("${variable}"), ".+");
    }
    // `${1}` is a group of `label_replace`.
    let unknown = query.split('$').skip(1).map(|rest| rest.trim_start_matches('{'));
    for rest in unknown {
        assert!(!rest.starts_with(char::is_alphabetic), "an unknown variable: {query}");
    }
    query
}
