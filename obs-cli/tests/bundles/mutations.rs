//! Each lint is shown to refuse what it is there to refuse, in files that are good otherwise.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::LINTS;
use crate::model::{Rule, Shipped};

/// Which lint must object, what its finding must say, and the mistake.
type Mistake = (&'static str, &'static str, fn(&mut Shipped));

/// The panel `id` of the dashboard `uid`, also inside a row.
fn panel<'a>(shipped: &'a mut Shipped, uid: &str, id: u64) -> &'a mut Value {
    fn find(panels: &mut Value, id: u64) -> Option<&mut Value> {
        panels.as_array_mut()?.iter_mut().find_map(|panel| {
            if panel["id"] == id { Some(panel) } else { find(panel.get_mut("panels")?, id) }
        })
    }
    let board = shipped.boards.iter_mut().find(|board| board.json["uid"] == uid).expect("a board");
    find(&mut board.json["panels"], id).expect("a panel")
}

fn http(shipped: &mut Shipped, id: u64) -> &mut Value {
    panel(shipped, "obs-http-red", id)
}

/// Replaces `from`, which must be there, in the first query of a panel of the HTTP dashboard.
fn requery(shipped: &mut Shipped, id: u64, from: &str, to: &str) {
    replace(http(shipped, id), from, to);
}

/// The same in a panel of the bot's dashboard.
fn requery_discord(shipped: &mut Shipped, id: u64, from: &str, to: &str) {
    replace(panel(shipped, "obs-discord-bot", id), from, to);
}

fn replace(panel: &mut Value, from: &str, to: &str) {
    let expr = &mut panel["targets"][0]["expr"];
    let text = expr.as_str().expect("a query");
    assert!(text.contains(from), "{from:?} in {text}");
    *expr = json!(text.replacen(from, to, 1));
}

fn board_of<'a>(shipped: &'a mut Shipped, uid: &str) -> &'a mut Value {
    &mut shipped.boards.iter_mut().find(|b| b.json["uid"] == uid).expect("a board").json
}

fn board(shipped: &mut Shipped) -> &mut Value {
    board_of(shipped, "obs-http-red")
}

fn discord(shipped: &mut Shipped) -> &mut Value {
    board_of(shipped, "obs-discord-bot")
}

fn rule<'a>(shipped: &'a mut Shipped, name: &str) -> &'a mut Rule {
    let mut rules = shipped.rules.iter_mut().flat_map(|rules| &mut rules.rules);
    rules.find(|r| [&r.alert, &r.record].into_iter().flatten().any(|n| n == name)).expect("a rule")
}

fn without_tests(shipped: &mut Shipped, kind: &str, alert: &str) {
    for test in shipped.tests.iter_mut().flat_map(|tests| &mut tests.tests) {
        if test.name.ends_with(kind) {
            test.alert_rule_test.retain(|t| t.alertname != alert);
        }
    }
}

const MISTAKES: &[Mistake] = &[
    ("canonical text", "keys sorted", |s| s.boards[0].text.insert_str(2, "  \"zebra\": 1,\n")),
    ("canonical text", "one line break", |s| s.boards[0].text.push('\n')),
    ("settings", "editable is false", |s| board(s)["editable"] = json!(true)),
    ("settings", "uid", |s| board(s)["uid"] = json!("http")),
    ("settings", "id is null", |s| board(s)["id"] = json!(7)),
    ("settings", "__inputs", |s| board(s)["__inputs"] = json!([])),
    ("settings", "tags", |s| board(s)["tags"] = json!(["http"])),
    ("variables", "in this order", |s| {
        board(s)["templating"]["list"].as_array_mut().expect("a list").swap(1, 2);
    }),
    ("variables", "allValue", |s| board(s)["templating"]["list"][1]["allValue"] = json!(".*")),
    ("variables", "refresh", |s| board(s)["templating"]["list"][2]["refresh"] = json!(1)),
    ("variables", "multi", |s| board(s)["templating"]["list"][3]["multi"] = json!(false)),
    ("variables", "label is \"Shard\"", |s| {
        discord(s)["templating"]["list"][3]["label"] = json!("Shard id");
    }),
    ("variables", "shard and command", |s| {
        drop(discord(s)["templating"]["list"].as_array_mut().expect("a list").pop());
    }),
    ("links", "tagged obs", |s| board(s)["links"][0]["includeVars"] = json!(false)),
    ("annotations", "Deploys", |s| board(s)["annotations"]["list"][1]["enable"] = json!(false)),
    ("grid", "overlap", |s| http(s, 11)["gridPos"]["x"] = json!(11)),
    ("grid", "overlap", |s| http(s, 22)["gridPos"]["x"] = json!(7)),
    ("grid", "outside", |s| http(s, 11)["gridPos"]["w"] = json!(13)),
    ("grid", "is it healthy", |s| http(s, 2)["type"] = json!("timeseries")),
    ("grid", "two panels with id", |s| http(s, 11)["id"] = json!(10)),
    ("words", "description", |s| http(s, 14)["description"] = json!("Latency.")),
    ("panel", "has no title", |s| http(s, 14)["title"] = json!("")),
    ("words", "noValue", |s| http(s, 14)["fieldConfig"]["defaults"]["noValue"] = json!("")),
    ("units", "unit \"sec\"", |s| http(s, 14)["fieldConfig"]["defaults"]["unit"] = json!("sec")),
    ("units", "unit \"%\"", |s| {
        http(s, 18)["fieldConfig"]["overrides"][2]["properties"][0]["value"] = json!("%");
    }),
    ("units", "starts at 0", |s| drop(http(s, 14)["fieldConfig"]["defaults"]["min"].take())),
    ("data sources", "${datasource}", |s| {
        http(s, 14)["targets"][0]["datasource"]["uid"] = json!("P18");
    }),
    ("data sources", "has a query", |s| http(s, 14)["targets"] = json!([])),
    ("legends", "legend table", |s| {
        http(s, 14)["options"]["legend"]["displayMode"] = json!("list");
    }),
    ("legends", "tooltip", |s| http(s, 14)["options"]["tooltip"]["mode"] = json!("single")),
    ("thresholds", "[0.01, 0.06]", |s| {
        http(s, 3)["fieldConfig"]["defaults"]["thresholds"]["steps"][2]["value"] = json!(0.06);
    }),
    ("thresholds", "[0.05]", |s| rule(s, "HttpErrorRatioElevated").expr = "a > 0".to_owned()),
    ("thresholds", "value null", |s| {
        let steps = &mut http(s, 3)["fieldConfig"]["defaults"]["thresholds"]["steps"];
        drop(steps[0].as_object_mut().expect("a step").remove("value"));
    }),
    ("thresholds", "no rule file", |s| {
        rule(s, "HttpPanics").alert = Some("HttpPanicked".to_owned());
    }),
    ("metric", "nothing exposes", |s| {
        requery(s, 14, "_duration_seconds_bucket", "_duration_bucket");
    }),
    ("label", "has no label status", |s| {
        board(s)["templating"]["list"][3]["query"]["query"] =
            json!("label_values(http_server_request_duration_seconds_count, status)");
    }),
    ("label", "no label status", |s| {
        requery(s, 3, "http_response_status_code=~", "status=~");
    }),
    ("label", "groups by path", |s| requery(s, 16, "http_route, le", "path, le")),
    ("variables are used", "$instance", |s| requery(s, 6, ",instance=~\"$instance\"", "")),
    ("variables are used", "$job", |s| requery(s, 1, "job=~\"$job\"", "job=\"shop\"")),
    ("variables are used", "$route", |s| requery(s, 23, ",http_route=~\"$route\"", "")),
    ("variables are used", "$shard", |s| requery_discord(s, 11, ",shard=~\"$shard\"", "")),
    ("variables are used", "$command", |s| requery_discord(s, 21, ",command=~\"$command\"", "")),
    ("rate intervals", "\"5m\"", |s| requery(s, 14, "[$__rate_interval]", "[5m]")),
    ("rate intervals", "$__range", |s| requery(s, 14, "[$__rate_interval]", "[$__range]")),
    ("rate", "without rate", |s| {
        http(s, 2)["targets"][0]["expr"] = json!("sum(http_server_upgrades_total)");
    }),
    ("rate", "of the gauge", |s| {
        http(s, 6)["targets"][0]["expr"] = json!("rate(http_server_active_requests[1m])");
    }),
    ("bucket", "le=\"0.3\"", |s| requery(s, 17, "le=\"0.25\"", "le=\"0.3\"")),
    ("bucket", "le=\"1\" never matches", |s| requery(s, 17, "le=\"1.0\"", "le=\"1\"")),
    ("quantile", "gets no le", |s| requery(s, 16, "http_route, le", "http_route")),
    ("latency has exemplars", "exemplars", |s| {
        http(s, 14)["targets"][0]["exemplar"] = json!(false);
    }),
    ("label", "no label method", |s| {
        http(s, 19)["targets"][0]["legendFormat"] = json!("{{method}}");
    }),
    ("metrics are used", "obs_build_info", |s| {
        s.boards.clear();
    }),
    ("record names", "level:metric:operations", |s| {
        rule(s, "job:http_server_requests:rate5m").record = Some("requests:rate5m".to_owned());
    }),
    ("record names", "leaves the labels", |s| {
        rule(s, "job:http_server_requests:rate5m").expr = "sum by (instance) (up)".to_owned();
    }),
    ("alert", "has no comparison", |s| {
        rule(s, "TargetDown").expr = "count by (job) (up)".to_owned();
    }),
    ("alerts", "CamelCase", |s| rule(s, "TargetDown").alert = Some("target_down".to_owned())),
    ("alerts", "two alerts", |s| rule(s, "TargetDown").alert = Some("Watchdog".to_owned())),
    ("alerts", "topk", |s| rule(s, "TargetDown").expr = "topk(1, up) > 1".to_owned()),
    ("alert", "how long", |s| rule(s, "TargetDown").r#for = None),
    ("alerts", "severity", |s| {
        drop(rule(s, "TargetDown").labels.insert("severity".to_owned(), "high".to_owned()));
    }),
    ("alerts", "category", |s| drop(rule(s, "TargetDown").labels.remove("category"))),
    ("alerts", "template in a label", |s| {
        drop(rule(s, "TargetDown").labels.insert("value".to_owned(), "{{ $value }}".to_owned()));
    }),
    ("alerts", "where there is traffic", |s| {
        rule(s, "HttpErrorRatioHigh").expr =
            "job:http_server_errors_per_request:ratio_rate5m > 0.05".to_owned();
    }),
    ("alerts", "a rate over 30m by job_command", |s| {
        let rule = rule(s, "DiscordCommandFailing");
        rule.expr = rule.expr.replace("job_command:discord_commands:rate30m", "up");
    }),
    ("alerts", "a rate over 5m by job_event", |s| {
        let rule = rule(s, "DiscordEventLagHigh");
        rule.expr =
            rule.expr.replace(":discord_events_timed:rate5m", ":discord_events_timed:rate1h");
    }),
    ("alerts", "at most 30 %", |s| {
        for rule in s.rules.iter_mut().flat_map(|rules| &mut rules.rules) {
            drop(rule.labels.insert("severity".to_owned(), "critical".to_owned()));
        }
    }),
    ("alert", "no annotation summary", |s| {
        drop(rule(s, "TargetDown").annotations.remove("summary"));
    }),
    ("label", "shows the label instance", |s| {
        drop(
            rule(s, "TargetDown")
                .annotations
                .insert("summary".to_owned(), "{{ $labels.instance }}".to_owned()),
        );
    }),
    ("links stand on one line", "runbook_url", |s| {
        s.rules[0].text = s.rules[0].text.replacen("runbook_url: ", "runbook_url: >\n", 1);
    }),
    ("dashboard links", "no dashboard", |s| {
        drop(
            rule(s, "TargetDown")
                .annotations
                .insert("dashboard_url".to_owned(), "/d/obs-none?viewPanel=1".to_owned()),
        );
    }),
    ("dashboard links", "has no panel", |s| {
        drop(
            rule(s, "TargetDown")
                .annotations
                .insert("dashboard_url".to_owned(), "/d/obs-runtime?viewPanel=99".to_owned()),
        );
    }),
    ("dashboard links", "does not name", |s| {
        drop(
            rule(s, "TargetDown")
                .annotations
                .insert("dashboard_url".to_owned(), "/d/obs-runtime?viewPanel=10".to_owned()),
        );
    }),
    ("runbooks", "not its section", |s| {
        drop(
            rule(s, "TargetDown")
                .annotations
                .insert("runbook_url".to_owned(), "runtime.runbook.md#watchdog".to_owned()),
        );
    }),
    ("runbooks", "no alert is called so", |s| s.runbooks[0].text.push_str("\n## Other\n")),
    ("runbooks", "says nothing", |s| {
        s.runbooks[0].text = s.runbooks[0].text.replacen("**Impact.**", "", 1);
    }),
    ("file", "a dashboard has panels", |s| board(s)["panels"] = json!(null)),
    ("parse", "parse error", |s| requery(s, 14, "sum by (le) (", "sum by (le) ")),
    ("parse", "expected type range vector", |s| requery(s, 14, "[$__rate_interval]", "")),
    ("parse", "parse error", |s| rule(s, "TargetDown").expr.push('(')),
    ("metric", "nothing exposes", |s| {
        s.runbooks[0].text.push_str("```promql\nrate(obs_panic_total[5m])\n```\n");
    }),
    ("label", "the right side lacks it", |s| {
        rule(s, "HttpErrorRatioHigh").expr =
            "up == 0 and on (instance) sum by (job) (up)".to_owned();
    }),
    ("label", "the other side lacks it", |s| {
        rule(s, "TargetDown").expr =
            "up * on (job) group_left (version) count by (job) (obs_build_info) > 0".to_owned();
    }),
    ("rate", "of the recorded", |s| {
        rule(s, "TargetDown").expr = "rate(job:http_server_requests:rate5m[5m]) > 0".to_owned();
    }),
    ("rate", "delta of the counter", |s| {
        rule(s, "TargetDown").expr = "delta(obs_panics_total[5m]) > 0".to_owned();
    }),
    ("bucket", "compares with 0.7", |s| {
        let rule = rule(s, "LogWriteSlow");
        rule.expr = rule.expr.replace("> 1", "> 0.7");
    }),
    ("bucket", "never true", |s| {
        let rule = rule(s, "LogWriteSlow");
        rule.expr = rule.expr.replace("> 1", "> 1000");
    }),
    ("quantile", "between 0 and 1", |s| requery(s, 14, "0.99", "99")),
    ("matching", "the left side lacks instance", |s| {
        rule(s, "TargetDown").expr = "count by (job) (up == 0) / up > 0.1".to_owned();
    }),
    ("alert", "severity", |s| drop(rule(s, "TargetDown").labels.remove("severity"))),
    ("panel", "has no description", |s| http(s, 14)["description"] = json!("")),
    ("panel", "has no unit", |s| drop(http(s, 14)["fieldConfig"]["defaults"]["unit"].take())),
    ("rule-test", "fires", |s| without_tests(s, "fires", "TargetDown")),
    ("rule-test", "quiet", |s| without_tests(s, "quiet", "HttpPanics")),
    ("rule-test", "zero traffic", |s| without_tests(s, "zero traffic", "HttpErrorRatioHigh")),
    ("rule-test", "missing series", |s| without_tests(s, "missing series", "Watchdog")),
];

#[test]
fn each_mistake_is_found_by_its_lint() {
    let good = crate::shipped();
    for (i, (name, says, spoil)) in MISTAKES.iter().enumerate() {
        let (_, lint) = LINTS.iter().find(|(lint, _)| lint == name).expect("a lint");
        let mut spoilt = good.clone();
        spoil(&mut spoilt);
        let found = lint(&spoilt);
        let at = format!("mistake {i} ({name}, {says})");
        assert!(found.iter().any(|finding| finding.contains(says)), "{at}: found {found:?}");
    }
}

#[test]
fn no_lint_is_without_a_mistake() {
    let tried: BTreeSet<_> = MISTAKES.iter().map(|(name, ..)| *name).collect();
    let untried: Vec<_> =
        LINTS.iter().map(|(name, _)| *name).filter(|n| !tried.contains(n)).collect();
    assert!(untried.is_empty(), "{untried:?}");
}
