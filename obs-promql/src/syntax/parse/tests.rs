use std::fmt::Write as _;

use super::MAX_DEPTH;
use super::duration::MAX_DURATION_DEPTH;
use crate::syntax::{DurationArg, Kind, Query, Syntax, parse_metric, parse_selector};
use crate::{Labels, Options, Series, Type, parse};

fn everything(text: &str) -> Query {
    Syntax::everything().parse(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// All operators in brackets, to see what binds to what.
fn bracketed(text: &str) -> String {
    fn write(query: &Query, id: crate::syntax::NodeId, out: &mut String) {
        match &query[id].kind {
            Kind::Binary { op, left, right, .. } => {
                out.push('[');
                write(query, *left, out);
                let _ = write!(out, " {} ", op.as_str());
                write(query, *right, out);
                out.push(']');
            }
            Kind::Unary { minus, expr } => {
                out.push_str(if *minus { "[-" } else { "[+" });
                write(query, *expr, out);
                out.push(']');
            }
            _ => {
                let span = query[id].span;
                out.push_str(&query.text()[span.start..span.end]);
            }
        }
    }
    let query = everything(text);
    let mut out = String::new();
    write(&query, query.root(), &mut out);
    out
}

#[test]
fn operators_bind_as_in_prometheus() {
    for (text, want) in [
        ("a + b * c", "[a + [b * c]]"),
        ("a * b + c", "[[a * b] + c]"),
        ("a - b - c", "[[a - b] - c]"),
        ("a ^ b ^ c", "[a ^ [b ^ c]]"),
        ("-a ^ b", "[-[a ^ b]]"),
        ("-a * b", "[[-a] * b]"),
        ("a ^ -b * c", "[[a ^ [-b]] * c]"),
        ("a ^ -b ^ c", "[a ^ [-[b ^ c]]]"),
        ("a or b and c", "[a or [b and c]]"),
        ("a and b unless c or d", "[[[a and b] unless c] or d]"),
        ("a > b + c", "[a > [b + c]]"),
        ("a > b == c", "[[a > b] == c]"),
        ("a </ b >/ c", "[[a </ b] >/ c]"),
        ("a atan2 b % c", "[[a atan2 b] % c]"),
        ("-a offset 5m", "[-a offset 5m]"),
        ("a + b offset 5m + c", "[[a + b offset 5m] + c]"),
        ("a offset -5m ^ 2", "[a offset -5m ^ 2]"),
        ("a offset (5m) * 2", "a offset (5m) * 2"),
        ("a offset -(5m) * 2", "[a offset -(5m) * 2]"),
        ("a offset step() * 2", "[a offset step() * 2]"),
        ("1 - -1", "[1 - -1]"),
        ("- -1", "- -1"),
        ("-(1)", "[-(1)]"),
    ] {
        assert_eq!(bracketed(text), want, "{text}");
    }
}

#[test]
fn keywords_are_names_where_they_can_be() {
    for text in [
        "and and and",
        "or or or",
        "sum",
        "sum + by",
        "offset offset 5m",
        "fill + fill",
        "fill + on (fill) fill (0) fill",
        "start + end + step + range",
        "anchored anchored",
        "sum by (by, without, on, bool, offset, atan2, start) (without)",
        "{sum=\"a\", by=\"b\"}",
        "SUM BY (a) (x) AND ON (a) y",
        "limitk{a=\"b\"}",
        "x @ start() + x @ END()",
    ] {
        everything(text);
    }
    for text in ["atan2", "bool", "group_left", "ignoring", "on", "nan{}", "x + on"] {
        assert!(Syntax::everything().parse(text).is_err(), "{text}");
    }
}

#[test]
fn numbers_mean_what_they_mean_to_prometheus() {
    for (text, want) in [
        ("0x1F", 31.0),
        ("0755", 493.0),
        ("089", 89.0),
        ("1_000", 1000.0),
        ("1_000.5", 1000.5),
        ("0x_ff", 255.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1E-3", 0.001),
        ("+Inf", f64::INFINITY),
        ("-iNf", f64::NEG_INFINITY),
        ("9223372036854775808", 9_223_372_036_854_775_808.0),
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1y", 31_536_000.0),
        ("1ms", 0.001),
        ("-1d", -86_400.0),
    ] {
        let query = everything(text);
        let Kind::Number { value, .. } = query[query.root()].kind else { panic!("{text}") };
        assert_eq!(value, want, "{text}");
    }
    for text in [
        "1__0",
        "1_",
        "0xg",
        "0xff_",
        "1e",
        "1e5m",
        "5m5h",
        "1ys",
        "0x1.5",
        "1..2",
        "1.5.",
        "2e2e2",
        "1e999",
        "0xfffffffffffffffff",
        "300000y",
        "5min",
        "0_x1",
    ] {
        assert!(Syntax::everything().parse(text).is_err(), "{text}");
    }
}

#[test]
fn strings_mean_what_they_mean_to_prometheus() {
    for (text, want) in [
        (r#""a\n\t\\\"'""#, &b"a\n\t\\\"'"[..]),
        (r"'\'\x41\101\u00e9\U0001F600'", "'AA\u{e9}\u{1f600}".as_bytes()),
        (r"`\n`", b"\\n"),
        (r#""\xff\377\a\b\f\r\v""#, b"\xff\xff\x07\x08\x0c\r\x0b"),
        ("`a\nb`", b"a\nb"),
        ("\"\"", b""),
    ] {
        let query = everything(text);
        let Kind::String(found) = &query[query.root()].kind else { panic!("{text}") };
        assert_eq!(found.as_bytes(), want, "{text}");
    }
    for text in [
        r#""\'""#,
        r#""\q""#,
        r#""\x4""#,
        r#""\ud800""#,
        r#""\U00110000""#,
        r#""\400""#,
        "\"a\nb\"",
        "'a",
        "`a",
        "\"\\",
        "\"\u{fffd}\"",
    ] {
        assert!(Syntax::everything().parse(text).is_err(), "{text}");
    }
}

#[test]
fn ranges_are_in_milliseconds() {
    for (text, want) in
        [("x[5m]", 300_000), ("x[1.5]", 1500), ("x[1h1ms]", 3_600_001), ("x[0x10]", 16_000)]
    {
        let query = everything(text);
        let Kind::Matrix { range: DurationArg::Fixed(range), .. } = query[query.root()].kind else {
            panic!("{text}")
        };
        assert_eq!(range, want, "{text}");
    }
}

#[test]
fn selectors_hold_what_is_written_around_them() {
    let query = everything("x{a=\"b\"}[5m] offset 1m @ 1.5");
    let Kind::Matrix { selector, .. } = query[query.root()].kind else { panic!() };
    assert_eq!((query[selector].span.start, query[selector].span.end), (0, 8));
    let Kind::Selector(selector) = &query[selector].kind else { panic!() };
    assert_eq!(selector.time.at, Some(crate::syntax::At::Time(1500)));
    assert!(matches!(selector.time.offset, Some(DurationArg::Fixed(60_000))));
    let names: Vec<_> = selector.matchers.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["a=\"b\"", "__name__=\"x\""]);
}

#[test]
fn the_first_error_is_told_where_it_is() {
    for (text, want) in [
        ("", "1:1: parse error: no expression found in input"),
        ("sum(x", "1:6: parse error: unclosed left parenthesis"),
        ("x)", "1:3: parse error: unexpected right parenthesis ')'"),
        ("foo bar", "1:5: parse error: unexpected identifier \"bar\""),
        ("sum(foo bar)", "1:9: parse error: unexpected identifier \"bar\" in aggregation"),
        (
            "x / on (a) group_left / y",
            "1:23: parse error: unexpected <op:/> in grouping opts, expected \"(\"",
        ),
        ("x[5m", "1:5: parse error: unclosed left bracket"),
        (
            "x[]",
            "1:3: parse error: unexpected \"]\" in subquery or range selector, expected number, duration, step(), or range()",
        ),
        (
            "x[5m:5m 5m]",
            "1:9: parse error: unexpected duration \"5m\" in subquery selector, expected \"]\"",
        ),
        (
            "x{a=b}",
            "1:5: parse error: unexpected identifier \"b\" in label matching, expected string",
        ),
        (
            "x{a}",
            "1:4: parse error: unexpected \"}\" in label matching, expected label matching operator",
        ),
        ("x @ y", "1:5: parse error: unexpected identifier \"y\" in @, expected timestamp"),
        ("abs(x,)", "1:6: parse error: trailing commas not allowed in function call args"),
        ("nosuch(x)", "1:1: parse error: unknown function with name \"nosuch\""),
        (
            "abs(1)",
            "1:5: parse error: expected type instant vector in call to function \"abs\", got scalar",
        ),
        ("abs(-\"a\", 1)", "1:1: parse error: expected 1 argument(s) in call to \"abs\", got 2"),
        ("1\n  == 1", "2:3: parse error: comparisons between scalars must use BOOL modifier"),
        (
            "# ä\n\"ä\" + 1",
            "2:1: parse error: binary expression must contain only scalar and instant vector types",
        ),
        ("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"),
        (
            "x{__name__=\"y\"}",
            "1:1: parse error: metric name must not be set twice: \"x\" or \"y\"",
        ),
    ] {
        assert_eq!(parse(text).unwrap_err().one_line(), want, "{text}");
    }
}

#[test]
fn what_production_lacks_is_refused_there_alone() {
    for (text, want) in [
        ("limitk(1, x)", "limitk() is experimental and must be enabled"),
        ("x + fill(0) y", "binop fill modifiers are experimental and not enabled"),
        ("x[5m] smoothed", "smoothed modifier is experimental and not enabled"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.message.starts_with(want), "{error}");
        everything(text);
    }
    let without = Syntax { duration_expressions: false, ..Syntax::everything() };
    for text in ["x[5m * 2]", "x[step()]", "x offset (5m)", "x[5m:min_of(1, 2)]"] {
        let error = without.parse(text).unwrap_err();
        assert_eq!(error.message, "experimental duration expression is not enabled", "{text}");
        parse(text).unwrap();
    }
}

#[test]
fn metrics_and_selectors_are_read_alone() {
    let labels: Labels = [("__name__", "x"), ("a", "b"), ("c d", "e")].into_iter().collect();
    assert_eq!(parse_metric("x{a='b', \"c d\"=`e`,}").unwrap(), labels);
    assert_eq!(parse_metric("{\"x\", a=\"b\", \"c d\"=\"e\"}").unwrap(), labels);
    assert_eq!(parse_metric("").unwrap(), Labels::empty());
    assert!(parse_metric("x{a=~\"b\"}").is_err());
    assert!(parse_metric("x 1").is_err());
    assert_eq!(parse_selector("{a!~\"b\"}").unwrap()[0].to_string(), "a!~\"b\"");
    assert!(parse_selector("{}").unwrap().is_empty());
    assert!(parse_selector("x[5m]").is_err());
    let (labels, end) = super::metric_prefix("x{a=\"b\"} 1 2").unwrap();
    assert_eq!((labels.to_string().as_str(), end), ("x{a=\"b\"}", 8));
    assert_eq!(super::metric_prefix("x 1 {{}}").unwrap().1, 1);
}

/// Nests `text` in `before` and `after`.
fn nested(times: usize, before: &str, text: &str, after: &str) -> String {
    format!("{}{text}{}", before.repeat(times), after.repeat(times))
}

/// Threads of tests have the 2 MiB of stack that [`MAX_DEPTH`] is made for.
#[test]
fn depth_has_a_limit_that_fits_in_the_stack() {
    // How often each can be nested.
    let shapes = [
        ("(", "x", ")", MAX_DEPTH - 1),
        ("abs(", "x", ")", MAX_DEPTH - 1),
        ("sum by (a) (", "x", ")", MAX_DEPTH - 1),
        ("-", "x", "", MAX_DEPTH - 1),
        ("x ^ ", "x", "", MAX_DEPTH - 1),
        ("x or (", "x", ")", MAX_DEPTH / 2 - 1),
        ("max_over_time(", "x", "[5m:])", (MAX_DEPTH - 1) / 2),
        ("label_replace(", "x", ", 'a', 'b', 'c', 'd')", MAX_DEPTH - 1),
        ("info(", "x", ")", MAX_DEPTH - 1),
        ("(", "x", ")[5m:]", 1),
        ("x + -abs(", "x", ")", MAX_DEPTH / 3 - 1),
    ];
    for (before, inner, after, times) in shapes {
        let query = everything(&nested(times, before, inner, after));
        assert!(!query.to_string().is_empty());
        assert!(!query.pretty().is_empty());
        if query.ty() == Type::Vector {
            query.instant(&Vec::<Series>::new(), 0, &Options::default()).unwrap();
        }
        if after == ")[5m:]" {
            continue;
        }
        for times in [MAX_DEPTH, 100_000] {
            let error = Syntax::everything().parse(&nested(times, before, inner, after));
            let message = error.unwrap_err().message;
            assert!(message.contains("nested more than"), "{before}: {message}");
        }
    }
    let durations = [
        ("(", "1m", ")"),
        ("-(", "1m", ")"),
        ("min_of(1m, ", "1m", ")"),
        ("1m + ", "1m", ""),
        ("1m ^ ", "1m", ""),
    ];
    for (before, inner, after) in durations {
        for place in ["x[", "x offset ("] {
            let close = if place == "x[" { "]" } else { ")" };
            let text = |times| format!("{place}{}{close}", nested(times, before, inner, after));
            let query = everything(&text(MAX_DURATION_DEPTH / 2 - 1));
            assert!(!query.to_string().is_empty());
            let message = Syntax::everything().parse(&text(100_000)).unwrap_err().message;
            assert!(message.contains("nested more than"), "{place}{before}: {message}");
        }
    }
}

#[test]
fn long_texts_need_no_stack() {
    let terms = 100_000;
    for separator in [" + ", " - on (a) group_left () "] {
        let query = everything(&vec!["x"; terms].join(separator));
        assert_eq!(query.nodes().len(), 2 * terms - 1);
        assert_eq!(
            query.nodes().filter(|(_, node)| node.children().count() == 2).count(),
            terms - 1
        );
    }
    let query = everything(&format!("{}1", "-".repeat(terms)));
    assert_eq!(query.nodes().len(), 1);
    let matchers = vec!["a=\"b\""; terms].join(",");
    everything(&format!("x{{{matchers}}}"));
    everything(&format!("sum by ({}) (x)", vec!["a"; terms].join(",")));
    let (on, include) = (vec!["a"; terms / 4].join(","), vec!["b"; terms / 4].join(","));
    everything(&format!("x + on ({on}) group_left ({include}) y"));
    everything(&format!("x{{{}=\"{}\"}}", "a".repeat(terms), "\\n".repeat(terms)));
}
