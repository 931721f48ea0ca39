//! Lints of a dashboard as a whole.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::{Board, Shipped, list, text};

pub(crate) fn canonical_text(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for board in &shipped.boards {
        let canonical = serde_json::to_string_pretty(&board.json).expect("JSON") + "\n";
        if let Some(at) = board.text.lines().zip(canonical.lines()).position(|(a, b)| a != b) {
            found.push(format!(
                "{}:{}: keys sorted, two spaces, as Grafana exports it",
                board.file,
                at + 1
            ));
        } else if board.text.len() != canonical.len() {
            found.push(format!("{}: one line break at the end", board.file));
        }
    }
    found
}

pub(crate) fn settings(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for board in &shipped.boards {
        for (key, wanted) in [
            ("id", json!(null)),
            ("editable", json!(false)),
            ("graphTooltip", json!(1)),
            ("refresh", json!("30s")),
            ("schemaVersion", json!(39)),
            ("time", json!({"from": "now-1h", "to": "now"})),
            ("timezone", json!("browser")),
            ("version", json!(1)),
        ] {
            if board.json.get(key) != Some(&wanted) {
                found.push(format!("{}: {key} is {wanted}", board.file));
            }
        }
        let uid = text(&board.json["uid"]);
        if !uid.starts_with("obs-") || uid.len() > 40 || format!("{uid}.json") != board.file {
            found.push(format!(
                "{}: uid {uid:?} is the file's name, starts with obs-, has at most 40 characters",
                board.file
            ));
        }
        if list(&board.json["tags"]).len() < 2 || list(&board.json["tags"])[0] != "obs" {
            found.push(format!("{}: tags are obs and the area", board.file));
        }
        for key in ["__inputs", "__requires"] {
            if board.json.get(key).is_some() {
                found.push(format!(
                    "{}: has {key}, which provisioning does not fill in",
                    board.file
                ));
            }
        }
    }
    found
}

/// dashboard-linter: template-datasource, -job, -instance, -on-time-change-reload.
pub(crate) fn variables(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for board in &shipped.boards {
        let variables = list(&board.json["templating"]["list"]);
        let names: Vec<_> = variables.iter().map(|v| text(&v["name"])).collect();
        if !matches!(
            names[..],
            ["datasource", "job", "instance"]
                | ["datasource", "job", "instance", "route"]
                | ["datasource", "job", "instance", "shard", "command"]
        ) {
            found.push(format!(
                "{}: variables are datasource, job, instance, then route, or shard and command, in \
                 this order: {names:?}",
                board.file
            ));
        }
        let order: [(&str, &[(&str, Value)]); 6] = [
            (
                "datasource",
                &[
                    ("type", json!("datasource")),
                    ("query", json!("prometheus")),
                    ("label", json!("Data source")),
                ],
            ),
            ("job", &[("label", json!("Job"))]),
            ("instance", &[("label", json!("Instance"))]),
            ("route", &[("label", json!("Route"))]),
            ("shard", &[("label", json!("Shard"))]),
            ("command", &[("label", json!("Command"))]),
        ];
        for variable in variables {
            let name = text(&variable["name"]);
            let mut wanted: Vec<(&str, Value)> = Vec::new();
            for (of, settings) in &order {
                if *of == name {
                    wanted.extend(settings.iter().cloned());
                }
            }
            if name != "datasource" {
                wanted.extend([
                    ("type", json!("query")),
                    ("multi", json!(true)),
                    ("includeAll", json!(true)),
                    ("allValue", json!(".+")),
                    ("refresh", json!(2)),
                    ("sort", json!(1)),
                    ("datasource", json!({"type": "prometheus", "uid": "${datasource}"})),
                    ("current", json!({"selected": true, "text": ["All"], "value": ["$__all"]})),
                ]);
            }
            for (key, value) in wanted {
                if variable[key] != value {
                    found.push(format!("{}: variable {name}: {key} is {value}", board.file));
                }
            }
        }
    }
    found
}

pub(crate) fn links(shipped: &Shipped) -> Vec<String> {
    let by_tag = |link: &Value| {
        link["type"] == "dashboards"
            && list(&link["tags"]) == [json!("obs")]
            && link["includeVars"] == true
            && link["keepTime"] == true
    };
    shipped
        .boards
        .iter()
        .filter(|board| !list(&board.json["links"]).iter().any(by_tag))
        .map(|board| {
            format!("{}: links to the dashboards tagged obs, with variables and time", board.file)
        })
        .collect()
}

pub(crate) fn annotations(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for board in &shipped.boards {
        for name in ["Deploys", "Restarts", "Alerts"] {
            let there = |a: &&Value| {
                a["name"] == name
                    && a["enable"] == true
                    && a["hide"] == false
                    && a["expr"].is_string()
            };
            if list(&board.json["annotations"]["list"]).iter().filter(there).count() != 1 {
                found.push(format!("{}: has the annotation {name}, with a switch", board.file));
            }
        }
    }
    found
}

pub(crate) fn grid(shipped: &Shipped) -> Vec<String> {
    let mut found = Vec::new();
    for board in &shipped.boards {
        let top = list(&board.json["panels"]);
        overlaps(board, top, &mut found);
        for row in top {
            overlaps(board, list(&row["panels"]), &mut found);
        }
        let first: Vec<_> = top.iter().filter(|panel| panel["gridPos"]["y"] == 0).collect();
        if !(4..=6).contains(&first.len()) || first.iter().any(|panel| panel["type"] != "stat") {
            found.push(format!(
                "{}: the first row answers \u{201c}is it healthy?\u{201d} with 4 to 6 stats",
                board.file
            ));
        }
        let panels = board.panels().count();
        if panels > 25 {
            found.push(format!("{}: {panels} panels, more than 25", board.file));
        }
        for key in ["id", "title"] {
            let mut seen = BTreeSet::new();
            for panel in board.all_panels() {
                if !seen.insert(panel[key].to_string()) {
                    found.push(format!("{}: two panels with {key} {}", board.file, panel[key]));
                }
            }
        }
    }
    found
}

fn overlaps(board: &Board, panels: &[Value], found: &mut Vec<String>) {
    let place = |panel: &Value| {
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap_or(u64::MAX / 4);
        (at("x"), at("y"), at("w"), at("h"))
    };
    for (i, one) in panels.iter().enumerate() {
        let (x, y, w, h) = place(one);
        if x + w > 24 || w == 0 || h == 0 {
            found.push(format!(
                "{}: panel {} is outside of the 24 columns",
                board.file, one["title"]
            ));
        }
        for other in &panels[i + 1..] {
            let (ox, oy, ow, oh) = place(other);
            if x < ox + ow && ox < x + w && y < oy + oh && oy < y + h {
                found.push(format!(
                    "{}: panels {} and {} overlap",
                    board.file, one["title"], other["title"]
                ));
            }
        }
    }
}
