//! `obs assets check`, run as a user runs it.

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

const RULES: &str = r#"groups:
  - name: shop
    rules:
      - record: job:shop_orders:rate5m
        expr: sum by (job) (rate(shop_orders_total[5m]))
      - alert: ShopSlow
        expr: |
          histogram_quantile(0.99,
            sum by (job, le) (rate(shop_request_seconds_bucket[5m]))
          ) > 0.5
        for: 5m
        labels:
          severity: warning
        annotations:
          summary: "{{ $labels.job }} is slow"
          description: "One in 100 requests takes longer than half a second."
          runbook_url: https://wiki.example/shop#slow
"#;

const TESTS: &str = r#"rule_files: [shop.yml]
tests:
  - name: slow
    input_series: []
    alert_rule_test:
      - eval_time: 1m
        alertname: ShopSlow
        exp_alerts: []
      - eval_time: 20m
        alertname: ShopSlow
        exp_alerts:
          - exp_labels: {severity: warning, job: shop}
"#;

const BOARD: &str = r##"{
  "title": "Shop",
  "panels": [
    {
      "id": 1,
      "type": "timeseries",
      "title": "Orders",
      "description": "How many orders are placed.",
      "datasource": {"type": "prometheus", "uid": "${datasource}"},
      "fieldConfig": {"defaults": {"unit": "ops"}},
      "targets": [
        {
          "expr": "sum by (payment) (rate(shop_orders_total{job=~\"$job\"}[$__rate_interval]))",
          "legendFormat": "{{payment}}"
        },
        {"expr": "# by job\njob:shop_orders:rate5m{job=~\"${job:regex}\"}"}
      ]
    },
    {
      "id": 2,
      "type": "logs",
      "datasource": {"type": "loki", "uid": "logs"},
      "targets": [{"expr": "{app=\"shop\"} |= `error`"}]
    }
  ]
}
"##;

const PAGE: &str = r#"# TYPE shop_orders counter
shop_orders_total{payment="card"} 3
# TYPE shop_request_seconds histogram
shop_request_seconds_bucket{le="0.5"} 1
shop_request_seconds_bucket{le="1.0"} 1
shop_request_seconds_bucket{le="+Inf"} 1
shop_request_seconds_count 1
shop_request_seconds_sum 0.2
# TYPE shop_baskets gauge
shop_baskets 2
# EOF
"#;

/// A folder with all of these, after the replacements.
fn folder(replace: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().expect("a temporary folder");
    let mut unused: Vec<&str> = replace.iter().map(|(from, _)| *from).collect();
    for (path, text) in [
        ("rules/shop.yml", RULES),
        ("rules/shop.test.yaml", TESTS),
        ("shop.json", BOARD),
        ("page.txt", PAGE),
        ("prometheus.yml", "scrape_configs: []\n"),
        ("package.json", "{\"name\": \"shop\"}\n"),
    ] {
        let mut text = text.to_owned();
        for (from, to) in replace {
            unused.retain(|one| one != from || !text.contains(from));
            text = text.replacen(from, to, 1);
        }
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    assert!(unused.is_empty(), "{unused:?} is in no file");
    dir
}

fn check(dir: &TempDir, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_obs"))
        .current_dir(dir.path())
        .args(["assets", "check", "."])
        .args(args)
        .output()
        .expect("the binary runs")
}

/// Standard output, and whether the status is 0.
fn outcome(replace: &[(&str, &str)], args: &[&str]) -> (String, bool) {
    let output = check(&folder(replace), args);
    (String::from_utf8(output.stdout).expect("UTF-8"), output.status.success())
}

const WITH_PAGE: &[&str] = &["--metrics", "page.txt"];

#[test]
fn good_files_have_no_findings() {
    for args in [&[][..], WITH_PAGE] {
        assert_eq!(
            outcome(&[], args),
            ("4 queries checked\n0 findings\n".to_owned(), true),
            "{args:?}"
        );
    }
}

#[test]
fn mistakes_are_found_without_a_page() {
    for (from, to, want) in [
        (
            "[5m]))\n      - alert",
            "[5m])\n      - alert",
            "./rules/shop.yml:5: [parse] job:shop_orders:rate5m: 1:42: parse error: unclosed left parenthesis",
        ),
        (
            "[$__rate_interval]))\"",
            "$__rate_interval))\"",
            "./shop.json:13: [parse] panel 1 \"Orders\": 1:",
        ),
        ("job, le) (rate", "job) (rate", "./rules/shop.yml:8: [quantile] ShopSlow: "),
        (
            "0.99,",
            "99,",
            "./rules/shop.yml:8: [quantile] ShopSlow: a quantile is between 0 and 1, not 99",
        ),
        (
            "sum by (job) (rate(shop_orders_total[5m]))",
            "sum by (job) (shop_orders_total)",
            "./rules/shop.yml:5: [rate] job:shop_orders:rate5m: the counter shop_orders_total without rate",
        ),
        (
            "rate(shop_orders_total[5m])",
            "rate(shop_baskets[5m])",
            "./rules/shop.yml:5: [rate] job:shop_orders:rate5m: rate of shop_baskets, whose name",
        ),
        (
            "job:shop_orders:rate5m{",
            "job:shop_order:rate5m{",
            "./shop.json:16: [metric] panel 1 \"Orders\": nothing exposes or records job:shop_order:rate5m: use job:shop_orders:rate5m",
        ),
        (
            "{{payment}}",
            "{{method}}",
            "./shop.json:14: [label] panel 1 \"Orders\": the query leaves no label method",
        ),
        (
            "{{ $labels.job }}",
            "{{ $labels.instance }}",
            "./rules/shop.yml:6: [label] ShopSlow: shows the label instance",
        ),
        (
            "        for: 5m\n",
            "",
            "./rules/shop.yml:6: [alert] ShopSlow: says how long it must hold (for), be it 0m",
        ),
        (" > 0.5\n", "\n", "./rules/shop.yml:6: [alert] ShopSlow: has no comparison"),
        (
            "severity: warning\n",
            "team: shop\n",
            "./rules/shop.yml:6: [alert] ShopSlow: has no label severity",
        ),
        (
            "          runbook_url: https://wiki.example/shop#slow\n",
            "",
            "./rules/shop.yml:6: [alert] ShopSlow: has no annotation runbook_url",
        ),
        (
            "alertname: ShopSlow\n        exp_alerts:\n",
            "alertname: ShopSlw\n        exp_alerts:\n",
            "./rules/shop.test.yaml:10: [rule-test] ShopSlw: no rule has this alert",
        ),
        (
            "          - exp_labels: {severity: warning, job: shop}\n",
            "          []\n",
            "./rules/shop.yml:6: [rule-test] ShopSlow: no test makes it fire",
        ),
        (
            "exp_alerts: []",
            "exp_alerts: [{}]",
            "./rules/shop.yml:6: [rule-test] ShopSlow: no test shows it to be quiet",
        ),
        (
            "\"description\": \"How many orders are placed.\",",
            "",
            "./shop.json:4: [panel] panel 1 \"Orders\": has no description",
        ),
        ("{\"unit\": \"ops\"}", "{}", "./shop.json:4: [panel] panel 1 \"Orders\": has no unit"),
        ("\"title\": \"Shop\",", "\"title\": ", "./shop.json:3: [file] no JSON: "),
        ("groups:\n", "groups: [\n", "./rules/shop.yml:"),
        (
            "        expr: sum",
            "        exp: sum",
            "./rules/shop.yml: [file] group shop: a rule has alert or record, and expr",
        ),
    ] {
        let (found, good) = outcome(&[(from, to)], &[]);
        assert!(found.contains(want) && !good, "{from:?} -> {to:?}: {want:?} is not in\n{found}");
    }
}

#[test]
fn mistakes_are_found_with_a_page() {
    for (from, to, want) in [
        (
            "rate(shop_orders_total[5m])",
            "rate(shop_order_total[5m])",
            "./rules/shop.yml:5: [metric] job:shop_orders:rate5m: nothing exposes or records shop_order_total: use shop_orders_total",
        ),
        (
            "by (payment)",
            "by (method)",
            "./shop.json:13: [label] panel 1 \"Orders\": groups by method, which the series do not have",
        ),
        (
            "(shop_request_seconds_bucket[5m])",
            "(shop_request_seconds_bucket{route=\"/\"}[5m])",
            "./rules/shop.yml:9: [label] ShopSlow: shop_request_seconds_bucket has no label route",
        ),
        (
            "rate(shop_orders_total[5m])",
            "rate(shop_baskets[5m])",
            "./rules/shop.yml:5: [rate] job:shop_orders:rate5m: rate of the gauge shop_baskets",
        ),
        (
            " > 0.5\n",
            " > 0.7\n",
            "./rules/shop.yml:8: [bucket] ShopSlow: compares with 0.7, which is no bucket of shop_request_seconds: 0.5, 1",
        ),
        (" > 0.5\n", " > 1\n", "./rules/shop.yml:8: [bucket] ShopSlow: never true"),
        (
            "(shop_request_seconds_bucket[5m])",
            "(shop_request_seconds_bucket{le=\"0.25\"}[5m])",
            "le=\"0.25\" is no bucket of shop_request_seconds, which has 0.5, 1.0",
        ),
        (
            "(shop_request_seconds_bucket[5m])",
            "(shop_request_seconds_bucket{le=\"1\"}[5m])",
            "le=\"1\" never matches: the bound is exposed as \"1.0\"",
        ),
        (
            "expr: sum by (job) (rate(shop_orders_total[5m]))",
            "expr: sum by (job) (rate(shop_orders_total[5m])) / rate(shop_orders_total[5m])",
            "./rules/shop.yml:5: [matching] job:shop_orders:rate5m: `/` matches nothing, the left side lacks instance, payment",
        ),
        ("shop_baskets 2", "<html>", "page.txt:10: [file] "),
    ] {
        let (found, good) = outcome(&[(from, to)], WITH_PAGE);
        assert!(found.contains(want) && !good, "{from:?} -> {to:?}: {want:?} is not in\n{found}");
    }
}

#[test]
fn buckets_of_the_page_count_and_not_those_of_the_bundles() {
    let page = "# TYPE http_server_request_duration_seconds histogram\n\
                http_server_request_duration_seconds_bucket{le=\"0.3\"} 1\n# TYPE shop_baskets gauge";
    for (le, good) in [("0.3", true), ("0.25", false)] {
        let query = format!(
            "rate(http_server_request_duration_seconds_bucket{{http_route=\"/\",le=\"{le}\"}}[5m])"
        );
        let replace = [
            ("# TYPE shop_baskets gauge", page),
            ("sum by (job) (rate(shop_orders_total[5m]))", &query),
        ];
        let (found, passed) = outcome(&replace, WITH_PAGE);
        assert_eq!(passed, good, "{found}");
    }
}

#[test]
fn what_the_user_allows_is_no_finding() {
    let raw = ("sum by (job) (rate(shop_orders_total[5m]))", "sum by (job) (shop_orders_total)");
    let cluster = ("by (payment)", "by (cluster, payment)");
    for (mistake, args) in [
        (raw, &["--raw-counter", "shop_orders_total"][..]),
        (raw, &["--skip", "rate,panel"]),
        (cluster, &["--metrics", "page.txt", "--label", "cluster"]),
    ] {
        let (found, good) = outcome(&[mistake], args);
        assert_eq!(found, "4 queries checked\n0 findings\n", "{args:?}");
        assert!(good);
    }
}

#[test]
fn a_folder_without_anything_to_check_is_an_error() {
    let dir = TempDir::new().expect("a temporary folder");
    fs::write(dir.path().join("prometheus.yml"), "scrape_configs: []\n").expect("a file");
    let output = check(&dir, &[]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr, "obs: no dashboard, rule file or rule test in .\n");
}
