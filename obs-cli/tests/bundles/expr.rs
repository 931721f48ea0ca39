//! What a lint needs to know of a PromQL expression: its selectors, labels and comparisons.
//!
//! A scanner, not a parser: promtool says whether an expression is valid.

/// A scanned expression.
#[derive(Debug, Default)]
pub(crate) struct Expr {
    pub(crate) selectors: Vec<Selector>,
    /// Labels named by `by`, `on`, `group_left` and their like.
    pub(crate) grouping: Vec<String>,
    /// Strings inside `label_replace`: among them the label that it makes.
    pub(crate) made: Vec<String>,
    /// Functions and aggregations called.
    pub(crate) calls: Vec<String>,
    pub(crate) comparisons: Vec<Comparison>,
}

/// A comparison with a number.
#[derive(Debug, PartialEq)]
pub(crate) struct Comparison {
    /// `<`, `>` and their like, not `==` and `!=`.
    pub(crate) ordering: bool,
    /// `None` where the number is a factor of what is compared with.
    pub(crate) with: Option<f64>,
}

/// A metric name with what stands behind it.
#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) name: String,
    /// `(label, operator, value)`.
    pub(crate) matchers: Vec<(String, String, String)>,
    /// The text between brackets.
    pub(crate) range: Option<String>,
    /// The innermost function around it.
    pub(crate) function: Option<String>,
    /// Name and matchers as written.
    pub(crate) text: String,
}

impl Selector {
    pub(crate) fn has(&self, label: &str, op: &str, value: &str) -> bool {
        self.matchers
            .iter()
            .any(|(l, o, v)| (l.as_str(), o.as_str(), v.as_str()) == (label, op, value))
    }
}

const GROUPING: &[&str] = &["by", "without", "on", "ignoring", "group_left", "group_right"];
const WORDS: &[&str] = &["and", "or", "unless", "offset", "bool", "inf", "nan"];

impl Expr {
    pub(crate) fn scan(text: &str) -> Self {
        let mut expr = Self::default();
        let mut rest = text;
        // The functions whose parentheses are open; an empty name for a bare parenthesis.
        let mut open: Vec<String> = Vec::new();
        let mut pending = String::new();
        let mut compared = None;
        while let Some(c) = rest.chars().next() {
            if c.is_alphabetic() || c == '_' || c == ':' {
                let (word, tail) = split(rest, |c| c.is_alphanumeric() || c == '_' || c == ':');
                rest = tail;
                let next = rest.trim_start();
                if GROUPING.contains(&word) {
                    if let Some(list) = next.strip_prefix('(') {
                        let (labels, tail) = list.split_once(')').expect("a closed label list");
                        let labels = labels.split(',').map(str::trim).filter(|l| !l.is_empty());
                        expr.grouping.extend(labels.map(str::to_owned));
                        rest = tail;
                    }
                } else if next.starts_with('(')
                    || next.starts_with("by ")
                    || next.starts_with("without ")
                {
                    if !WORDS.contains(&word) {
                        expr.calls.push(word.to_owned());
                        pending = word.to_owned();
                    }
                } else if !WORDS.contains(&word) {
                    let (mut selector, tail) = Selector::scan(word, rest);
                    selector.function = open.iter().rev().find(|f| !f.is_empty()).cloned();
                    expr.selectors.push(selector);
                    rest = tail;
                }
                compared = None;
                continue;
            }
            if c.is_ascii_digit() {
                let (number, tail) = split(rest, |c| c.is_alphanumeric() || c == '.');
                rest = tail;
                if let Some(ordering) = compared {
                    let factor = rest.trim_start().starts_with('*');
                    let with = number.parse().ok().filter(|_| !factor);
                    expr.comparisons.push(Comparison { ordering, with });
                }
                compared = None;
                continue;
            }
            if c == '"' || c == '\'' {
                let (string, tail) = string(rest);
                rest = tail;
                if open.last().is_some_and(|f| f == "label_replace") {
                    expr.made.push(string);
                }
                continue;
            }
            match c {
                '(' => open.push(std::mem::take(&mut pending)),
                ')' => drop(open.pop()),
                '<' | '>' | '=' | '!' => compared = compared.or(Some(c == '<' || c == '>')),
                c if c.is_whitespace() => {}
                _ => compared = None,
            }
            rest = &rest[c.len_utf8()..];
        }
        expr
    }
}

impl Selector {
    /// The selector of `name`, followed by `text`; and what is left of it.
    fn scan<'a>(name: &str, text: &'a str) -> (Self, &'a str) {
        let mut selector = Self {
            name: name.to_owned(),
            matchers: Vec::new(),
            range: None,
            function: None,
            text: name.to_owned(),
        };
        let mut rest = text;
        if let Some(mut inside) = rest.strip_prefix('{') {
            loop {
                inside = inside.trim_start_matches([' ', ',', '\n']);
                if let Some(tail) = inside.strip_prefix('}') {
                    selector.text.push_str(&text[..text.len() - tail.len()]);
                    rest = tail;
                    break;
                }
                let (label, tail) = split(inside, |c| c.is_alphanumeric() || c == '_');
                let (op, tail) = split(tail.trim_start(), |c| matches!(c, '=' | '!' | '~'));
                let (value, tail) = string(tail.trim_start());
                selector.matchers.push((label.to_owned(), op.to_owned(), value));
                inside = tail;
            }
        }
        if let Some(inside) = rest.strip_prefix('[') {
            let (range, tail) = inside.split_once(']').expect("a closed range");
            selector.range = Some(range.to_owned());
            rest = tail;
        }
        (selector, rest)
    }
}

fn split(text: &str, part: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !part(c)).unwrap_or(text.len()))
}

/// The string that `text` starts with, and what is left. Ours escape nothing.
fn string(text: &str) -> (String, &str) {
    let quote = text.chars().next().expect("a string");
    let (string, tail) = text[1..].split_once(quote).expect("a closed string");
    (string.to_owned(), tail)
}

#[test]
fn an_expression_is_taken_apart() {
    let expr = Expr::scan(
        r#"(sum by (job, le) (rate(a_total{x="1", y=~"(.)}.."}[5m])) or 0 * b:c:d) > 0.5 and on (job) e < 3 * f offset 1w >= 1 == 0"#,
    );
    let names: Vec<_> = expr.selectors.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["a_total", "b:c:d", "e", "f"]);
    let first = &expr.selectors[0];
    assert_eq!((first.range.as_deref(), first.function.as_deref()), (Some("5m"), Some("rate")));
    assert!(first.has("y", "=~", "(.)}.."), "{first:?}");
    assert_eq!(first.text, r#"a_total{x="1", y=~"(.)}.."}"#);
    assert_eq!(expr.grouping, ["job", "le", "job"]);
    assert_eq!(expr.calls, ["sum", "rate"]);
    let comparisons: Vec<_> = expr.comparisons.iter().map(|c| (c.ordering, c.with)).collect();
    let wanted = [(true, Some(0.5)), (true, None), (true, Some(1.0)), (false, Some(0.0))];
    assert_eq!(comparisons, wanted);
}
