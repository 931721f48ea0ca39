//! Files of rule tests: how they are read, and what they can say.

use obs_alerts::rule::RuleFile;
use obs_alerts::unit::{Report, TestFile};

fn run(rules: &str, tests: &str) -> Report {
    let rules = RuleFile::parse("rules.yml", rules).expect("rules");
    let tests = TestFile::parse("test.yml", tests).unwrap_or_else(|error| panic!("{error}"));
    tests.run(&rules.groups, &|_| true)
}

/// A test of one expression at some time.
fn expr(head: &str, expr: &str, eval_time: &str, sample: &str) -> Report {
    let tests = format!(
        "{head}\ntests:\n- input_series: [{{series: up, values: '0+1x10'}}]\n  promql_expr_test:\n  \
         - expr: {expr}\n    eval_time: {eval_time}\n    exp_samples: [{sample}]\n"
    );
    run("groups: []", &tests)
}

#[test]
fn a_fuzzy_comparison_takes_the_next_float_and_no_other() {
    let third = "{value: 0.30000000000000004}";
    assert!(expr("fuzzy_compare: true", "vector(0.3)", "1m", third).passed());
    assert!(!expr("fuzzy_compare: false", "vector(0.3)", "1m", third).passed());
    let far = "{value: 0.3000000000000001}";
    assert!(!expr("fuzzy_compare: true", "vector(0.3)", "1m", far).passed());
}

#[test]
fn series_have_a_value_each_evaluation_interval_unless_the_test_names_one() {
    assert!(expr("evaluation_interval: 30s", "up", "2m", "{labels: up, value: 4}").passed());
    assert!(expr("", "up", "2m", "{labels: up, value: 2}").passed());
}

#[test]
fn what_comes_after_the_last_evaluation_is_not_seen() {
    // At 90 seconds the last evaluation was at 60.
    assert!(expr("", "up offset -1m", "90s", "{labels: up, value: 1}").passed());
}

#[test]
fn a_test_may_begin_at_any_time() {
    let tests = "
tests:
- start_timestamp: 2024-01-01T00:00:00Z
  input_series: [{series: up, values: 1 0}]
  alert_rule_test:
  - {eval_time: 1m, alertname: Down, exp_alerts: [{}]}
  promql_expr_test:
  - {expr: time(), eval_time: 1m, exp_samples: [{value: 1704067260}]}
- start_timestamp: 100.5
  promql_expr_test:
  - {expr: time(), eval_time: 0, exp_samples: [{value: 100.5}]}
";
    let rules = "groups: [{name: a, rules: [{alert: Down, expr: up == 0}]}]";
    let report = run(rules, tests);
    assert_eq!((report.tests, report.failures.len()), (2, 0), "{:?}", report.failures);
}

#[test]
fn a_rule_that_fails_ends_its_test_and_tells_where_it_stands() {
    let rules = "groups:\n- name: a\n  rules:\n  - {record: b, expr: x * on () x}\n";
    let tests = "
tests:
- name: two of them
  input_series: [{series: 'x{a=\"1\"}', values: 1 1}, {series: 'x{a=\"2\"}', values: _ 1}]
  promql_expr_test:
  - {expr: time(), eval_time: 2m, exp_samples: [{value: 7}]}
";
    let report = run(rules, tests);
    let [failure] = &*report.failures else { panic!("{:?}", report.failures) };
    let told = failure.to_string();
    let start =
        r#"rules.yml:4:5: test "two of them": rule "b" fails at 1m: found duplicate series"#;
    assert!(told.starts_with(start), "{told}");
}

#[test]
fn all_that_is_wrong_with_a_file_is_told_with_its_place() {
    let text = "tests:\n- intervall: 1m\n  alert_rule_test:\n  - eval_time: 5\n    alertname: A\n  \
                - alertname: ~\nfuzzy_compare: 1\n";
    let error = TestFile::parse("test.yml", text).expect_err("four faults").to_string();
    for told in [
        "test.yml:2:3: field intervall not found in a test",
        "test.yml:4:16: not a valid duration string: \"5\"",
        "test.yml:6:5: an item under alert_rule_test misses required attribute alertname",
        "test.yml:7:16: ",
    ] {
        assert!(error.contains(told), "no {told:?} in\n{error}");
    }
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let before = format!("*a{}", level - 1);
        let items = vec![before; 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
    }
    text.push_str("tests: *a8\n");
    assert!(TestFile::parse("test.yml", &text).is_err());
}
