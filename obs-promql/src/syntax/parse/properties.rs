//! What holds for all texts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::syntax::{DurationArg, DurationExpr, DurationKind, Kind, Query, Span, Syntax};

const WORDS: &[&str] = &[
    "x",
    "y:z",
    "a",
    "abs",
    "sum",
    "topk",
    "count_values",
    "by",
    "without",
    "on",
    "ignoring",
    "bool",
    "group_left",
    "group_right",
    "fill",
    "fill_left",
    "offset",
    "anchored",
    "smoothed",
    "start",
    "end",
    "step",
    "range",
    "min_of",
    "max_of",
    "and",
    "or",
    "unless",
    "atan2",
    "inf",
    "nan",
    "(",
    ")",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "@",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "=",
    "==",
    "!=",
    "=~",
    "!~",
    "<",
    ">",
    "<=",
    ">=",
    "</",
    ">/",
    "1",
    "0x1f",
    "5m",
    "1h30m",
    "\"a\"",
    "'b'",
    "`c`",
    "\"\\xff\"",
    "\"é\"",
    "# c\n",
    ".5",
    "{a=\"b\"}",
    "[5m]",
    "[5m:1m]",
    "(x)",
    "_",
    "é",
    "\\",
    "!",
];

const EXPRESSIONS: &[&str] = &[
    "sum by (a, b) (abs(x{a=\"b\", c=~\"d.*\"} offset 5m)) / on (a) group_left (b) y > bool 0.5",
    "topk(5, x) unless ignoring (a) count_values without () (\"v\", {\"a b\"=~`c|d`, \"m\"})",
    "x[5m:1m] @ start() offset -1h",
    "-abs(x @ 1.5e3 smoothed) ^ 2 atan2 -(y anchored offset (5m * step() - min_of(1, range())))",
    "limit_ratio(0.5, x) + fill_left(1) fill_right(-2m) y # what\n </ 1_000 + 0x1F",
    "{__name__!=\"\\u00e9\\n\", \"m\"}[max_of(5m, 1h) % 3 : -step() ^ 2]",
];

fn both(text: &str) -> Vec<Query> {
    [Syntax::default(), Syntax::everything()]
        .into_iter()
        .filter_map(|syntax| match syntax.parse(text) {
            Ok(query) => Some(query),
            Err(error) => {
                assert!(text.get(error.span.start..error.span.end).is_some(), "{text:?}: {error}");
                assert!(!error.message.is_empty() && !error.to_string().is_empty());
                None
            }
        })
        .collect()
}

/// Each part lies in its text, in what it is a part of, and behind the parts that it is made of.
fn assert_in_place(query: &Query) {
    let text = query.text();
    let whole = Span { start: 0, end: text.len() };
    let mut parents = vec![0; query.nodes().len()];
    for (id, node) in query.nodes() {
        assert!(!text[node.span.start..node.span.end].trim().is_empty(), "{text}");
        assert_inside(node.span, whole, text);
        for child in node.children() {
            assert!(child < id, "{text}");
            assert_inside(query[child].span, node.span, text);
            parents[child.0 as usize] += 1;
        }
        let durations: Vec<&DurationArg> = match &node.kind {
            Kind::Selector(selector) => selector.time.offset.iter().collect(),
            Kind::Matrix { range, .. } => vec![range],
            Kind::Subquery { range, step, time, .. } => {
                [range].into_iter().chain(step).chain(&time.offset).collect()
            }
            _ => Vec::new(),
        };
        for duration in durations {
            if let DurationArg::Expr(duration) = duration {
                assert_inside(duration.span, whole, text);
                assert_duration_in_place(duration, text);
            }
        }
    }
    // A tree: the last is the root.
    let (root, others) = parents.split_last().unwrap();
    assert!(*root == 0 && others.iter().all(|parents| *parents == 1), "{text}");
}

fn assert_duration_in_place(duration: &DurationExpr, text: &str) {
    let children = match &duration.kind {
        DurationKind::Number { .. } | DurationKind::Step | DurationKind::Range => vec![],
        DurationKind::Unary { expr, .. } | DurationKind::Paren(expr) => vec![expr],
        DurationKind::Binary { left, right, .. } | DurationKind::Extreme { left, right, .. } => {
            vec![left, right]
        }
    };
    for child in children {
        assert_inside(child.span, duration.span, text);
        assert_duration_in_place(child, text);
    }
}

fn assert_inside(inner: Span, outer: Span, text: &str) {
    assert!(inner.start >= outer.start && inner.end <= outer.end, "{text}: {inner:?} {outer:?}");
}

fn assert_all_holds(text: &str) {
    for query in both(text) {
        assert_in_place(&query);
        let _ = query.pretty();
        let printed = query.to_string();
        // U+FFFD is printed as it is, and not taken back; Prometheus does the same. It stands for what
        // is not UTF-8 in names of labels too.
        if printed.contains(char::REPLACEMENT_CHARACTER) {
            continue;
        }
        let again = Syntax::everything().parse(&printed);
        let again = again.unwrap_or_else(|error| panic!("{text:?} is printed as\n{error}"));
        // `Inf ^ 2` is printed as `+Inf ^ 2`, which is `+(Inf ^ 2)`; Prometheus does the same.
        if !printed.contains("Inf ^") {
            assert_eq!(again.to_string(), printed, "{text:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC*|[ -~\\n\\t]{0,40}") {
        assert_all_holds(&text);
    }

    #[test]
    fn any_words_are_parsed_or_refused(
        words in vec((select(WORDS), select(&[" ", "", "\n"][..])), 0..14),
    ) {
        let text: String = words.iter().flat_map(|(word, space)| [*word, *space]).collect();
        assert_all_holds(&text);
    }

    #[test]
    fn changed_expressions_are_parsed_or_refused(
        text in select(EXPRESSIONS),
        changes in vec((any::<prop::sample::Index>(), 0..4_usize, select(WORDS)), 0..4),
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        for (at, remove, insert) in changes {
            let at = at.index(chars.len() + 1);
            let end = chars.len().min(at + remove);
            chars.splice(at..end, insert.chars());
        }
        assert_all_holds(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn the_expressions_that_are_changed_are_good() {
    for text in EXPRESSIONS {
        if let Err(error) = Syntax::everything().parse(text) {
            panic!("{error}");
        }
    }
}
