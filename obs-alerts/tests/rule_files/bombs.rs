//! Texts that are made to hurt, and texts that are made of anything.

use std::fmt::Write;

use obs_alerts::rule::RuleFile;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};

fn error(text: &str) -> String {
    RuleFile::parse("rules.yml", text).expect_err("a bomb").to_string()
}

/// Ten lists, each of nine aliases of the one before: three and a half billion nodes.
#[test]
fn a_billion_laughs_are_refused() {
    let mut text = "a0: &a0 {name: x, rules: []}\n".to_owned();
    for level in 1..10 {
        let items = vec![format!("*a{}", level - 1); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").unwrap();
    }
    writeln!(text, "groups: *a9").unwrap();
    assert!(error(&text).contains("field a0 not found in the file"), "{}", error(&text));
}

/// The same where each level is a field that rule files have.
#[test]
fn groups_of_aliased_rules_are_bounded() {
    let mut text =
        "groups:\n- &g\n  name: shop\n  rules: &r\n  - &x {record: a, expr: b}\n".to_owned();
    for _ in 0..300 {
        text.push_str("  - *x\n");
    }
    for number in 0..300 {
        writeln!(text, "- {{name: g{number}, rules: *r}}").unwrap();
    }
    assert!(error(&text).contains("document contains excessive aliasing"), "{}", error(&text));
}

/// A long expression is not parsed again for each alias.
#[test]
fn a_long_expression_behind_many_aliases_is_bounded() {
    let mut text = format!(
        "groups:\n- name: shop\n  rules:\n  - &x\n    record: a\n    expr: b{}\n",
        " + b".repeat(5000)
    );
    for _ in 0..300 {
        text.push_str("  - *x\n");
    }
    assert!(error(&text).contains("document contains excessive aliasing"), "{}", error(&text));
}

#[test]
fn merges_that_double_are_bounded() {
    let mut text = "groups:\n- &m0 {name: shop}\n".to_owned();
    for level in 1..30 {
        let below = level - 1;
        writeln!(text, "- &m{level} {{<<: [*m{below}, *m{below}]}}").unwrap();
    }
    assert!(error(&text).contains("document contains excessive aliasing"), "{}", error(&text));
}

#[test]
fn a_long_chain_of_merges_takes_no_stack() {
    let mut text = "groups:\n- &m0 {name: shop}\n".to_owned();
    for level in 1..2000 {
        writeln!(text, "- &m{level} {{<<: *m{}}}", level - 1).unwrap();
    }
    assert!(error(&text).contains("maps are merged too deeply"), "{}", error(&text));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let text = format!("groups:\n{}x{}\n", open.repeat(100_000), close.repeat(100_000));
        assert!(error(&text).starts_with("rules.yml:"), "{open}");
    }
}

#[test]
fn a_large_file_of_faults_is_told_in_part() {
    let text = "groups:\n- name: shop\n  rules: []\n".repeat(20_000);
    assert!(error(&text).contains("mapping key \"groups\" already defined"), "{}", error(&text));
    let rules = "  - {record: a, expr: 1 +}\n".repeat(20_000);
    let text = format!("groups:\n- name: shop\n  rules:\n{rules}");
    assert!(error(&text).ends_with("and 19900 more"));
    let rules = "  - {frecord: a, fexpr: 1, zzzzzzzzzzzzzzzzzzzzzzzz: 1}\n".repeat(20_000);
    let text = format!("groups:\n- name: shop\n  rules:\n{rules}");
    assert!(error(&text).ends_with("and 59900 more"));
}

#[test]
fn a_long_line_is_shown_in_part() {
    let text = format!("groups: [{{name: shop, x{}: 1}}]", "y".repeat(1_000_000));
    let error = error(&text);
    assert!(error.len() < 1000, "{} bytes", error.len());
}

/// Pieces of rule files and of YAML, in any order.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "groups:",
        "- name: ",
        "rules:",
        "  - alert: A",
        "    expr: ",
        "    for: 5m",
        "labels: ",
        "annotations:",
        "record: r",
        "limit: 3",
        "interval: 1m",
        "\n",
        "\n  ",
        "\n    ",
        "\r\n",
        "\t",
        "- ",
        ": ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "|",
        ">-",
        "|2+",
        "'",
        "\"",
        "\\",
        "\\u00e9",
        "\\x",
        "&a ",
        "*a",
        "<<: ",
        "!!int ",
        "!x ",
        "#",
        " #",
        "---\n",
        "...\n",
        "%YAML 1.1\n",
        "~",
        "null",
        "up == 0",
        "sum(",
        "rat(x[5m])",
        "é",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\0",
        "𝄞",
        "{{ $value }}",
        "{{",
        "0x10",
        "5",
        "-1.5",
    ];
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => Just("groups:\n- name: g\n  rules:\n  - alert: A\n    expr: ".to_owned()),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_file_or_an_error(text in pieces()) {
        check(&text);
    }

    #[test]
    fn a_damaged_file_is_a_file_or_an_error(
        at in 0..10_000_usize, cut in 0..4_usize, insert in pieces(),
    ) {
        let text = include_str!("../../../obs-core/assets/log.rules.yml");
        let start = at % text.len();
        let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let rest: String = text[start..].chars().skip(cut).collect();
        check(&[&text[..start], &insert, &rest].concat());
    }
}

/// Every problem is in the file.
fn check(text: &str) {
    let Err(error) = RuleFile::parse("rules.yml", text) else { return };
    assert!(!error.problems().is_empty(), "{text:?}");
    let breaks = text.matches(['\n', '\r']).count();
    for problem in error.problems() {
        assert!(problem.place.line <= breaks + 1, "{problem}\n{text:?}");
        assert!(!problem.to_string().is_empty());
    }
}
