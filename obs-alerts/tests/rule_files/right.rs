//! What is read from files that are right.

use obs_alerts::rule::{ReadOptions, RuleFile, RuleKind};

fn read(text: &str) -> RuleFile {
    RuleFile::parse("rules.yml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

#[test]
fn every_field_arrives() {
    let file = read(include_str!("good/every-field.yml"));
    let [group] = &file.groups[..] else { panic!("{:?}", file.groups) };
    assert_eq!(group.name, "shop");
    assert_eq!((group.interval, group.query_offset, group.limit), (Some(30_000), Some(0), 10));
    assert_eq!(pairs(&group.labels), [("severity", "warn"), ("team", "shop")]);
    assert_eq!(group.place.to_string(), "rules.yml:2:3");

    let [record, alert] = &group.rules[..] else { panic!("{:?}", group.rules) };
    assert_eq!(record.kind, RuleKind::Record { name: "job:up:sum".to_owned() });
    assert_eq!(pairs(&record.labels), [("severity", "none")]);
    assert_eq!(pairs(&group.labels_of(record)), [("severity", "none"), ("team", "shop")]);
    assert_eq!(record.expr.to_string(), "sum by (job) (up)");
    assert_eq!(record.place.to_string(), "rules.yml:8:5");

    let name = "Down".to_owned();
    assert_eq!(alert.kind, RuleKind::Alert { name, hold: 90_000, keep_firing_for: 300_000 });
    assert_eq!(pairs(&alert.annotations), [("description", "it is down"), ("summary", "down")]);
    assert_eq!(alert.expr.to_string(), "job:up:sum == 0");
}

#[test]
fn aliases_and_merges_are_followed() {
    let file = read(include_str!("good/aliases.yml"));
    let [base, long, down] = &file.groups[0].rules[..] else { panic!("{:?}", file.groups) };
    assert_eq!((base.name(), long.name()), ("Down", "DownLong"), "its own fields come first");
    assert_eq!(base.expr.to_string(), long.expr.to_string());
    assert!(matches!(long.kind, RuleKind::Alert { hold: 3_600_000, .. }), "{:?}", long.kind);
    assert_eq!(pairs(&down.labels), [("severity", "page"), ("team", "shop")]);

    let file = read(include_str!("good/merge-list.yml"));
    let labels = pairs(&file.groups[0].rules[0].labels);
    assert_eq!(labels, [("a", "1"), ("b", "1"), ("c", "3")], "the first map merged counts");
    assert_eq!(pairs(&file.groups[1].labels), [("<<", "text")], "a quoted one is a name");
}

#[test]
fn scalars_are_taken_as_they_are_written() {
    let file = read(include_str!("good/scalars-as-text.yml"));
    let group = &file.groups[0];
    assert_eq!((group.name.as_str(), group.limit), ("5", 16));
    let labels = pairs(&group.rules[0].labels);
    assert_eq!(labels, [("a", "1.50"), ("b", "no"), ("c", "2020-01-01"), ("d", "7"), ("e", "x")]);
    assert_eq!(group.rules[0].name(), "true");
}

#[test]
fn nothing_is_no_item_and_no_value() {
    let file = read(include_str!("good/null-items.yml"));
    let [group] = &file.groups[..] else { panic!("{:?}", file.groups) };
    let [rule] = &group.rules[..] else { panic!("{:?}", group.rules) };
    assert_eq!(pairs(&rule.labels), [("severity", "")]);
    assert!(matches!(rule.kind, RuleKind::Alert { hold: 0, .. }), "{:?}", rule.kind);
}

#[test]
fn numbers_out_of_the_ordinary_are_as_in_go() {
    let file = read(include_str!("good/limit-fraction.yml"));
    assert_eq!((file.groups[0].limit, file.groups[0].interval), (1, None));
    let file = read(include_str!("good/limit-negative.yml"));
    assert_eq!(file.groups[0].limit, 0, "below zero is no limit");
}

#[test]
fn a_second_document_is_warned_of() {
    let file = read(include_str!("good/two-documents.yml"));
    let [warning] = &file.warnings[..] else { panic!("{:?}", file.warnings) };
    assert_eq!(
        warning.to_string(),
        "rules.yml:4:1: Multiple document yaml rules files are not supported, \
         only the first document is processed\n     4 | ---\n       | ^^^\n       \
         = help: write the groups of all documents below one `groups`"
    );
}

#[test]
fn the_same_rule_twice_is_found() {
    let file = read(include_str!("good/same-rule-twice.yml"));
    let duplicates = file.duplicates();
    let [duplicate] = &duplicates[..] else { panic!("{duplicates:?}") };
    assert_eq!(duplicate.name, "job:up:sum");
    assert_eq!(pairs(&duplicate.labels), [("team", "shop")]);
}

#[test]
fn unknown_fields_are_passed_over_where_that_is_asked_for() {
    let text = "owner: me\ngroups:\n- name: shop\n  dashboard: [1, {a: b}]\n  rules: []\n";
    let options = ReadOptions::default().ignore_unknown_fields(true);
    assert_eq!(RuleFile::parse_with("rules.yml", text, options).unwrap().groups[0].name, "shop");
    let error = RuleFile::parse("rules.yml", text).unwrap_err();
    let places: Vec<_> = error.problems().iter().map(|one| one.place.to_string()).collect();
    assert_eq!(places, ["rules.yml:1:1", "rules.yml:4:3"]);
}

#[test]
fn problems_are_told_in_the_order_of_the_file_and_counted_where_they_are_many() {
    let rules = "  - record: a\n    expr: 1 +\n".repeat(150);
    let text = format!("groups:\n- name: shop\n  rules:\n{rules}");
    let error = RuleFile::parse("rules.yml", &text).unwrap_err();
    let lines: Vec<_> = error.problems().iter().map(|one| one.place.line).collect();
    assert_eq!(lines.len(), 100);
    assert!(lines.is_sorted(), "{lines:?}");
    assert!(error.to_string().ends_with("\nrules.yml: and 50 more"), "{error}");
}
