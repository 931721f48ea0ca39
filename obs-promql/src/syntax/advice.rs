//! What may have been meant where a text is no expression.

use std::cmp::Reverse;

use super::token::{Keyword, TokenKind};
use crate::function::Function;
use crate::syntax::Aggregator;

pub(super) const REGEX: &str = "regular expressions are for labels, in braces: `x{label=~\"a.*\"}`";
pub(super) const UNITS: &str = "a duration goes from long units to short ones, of y, w, d, h, m, s and ms: `1h30m`; a name does not begin with a digit";
pub(super) const QUOTE: &str = "a quote is missing, or a line break is not written as `\\n`";

/// For what Prometheus takes behind a switch alone.
pub(super) fn enabled_by(feature: &str) -> String {
    format!("Prometheus takes it with `--enable-feature={feature}`")
}

/// For a character that means nothing.
pub(super) const fn of_char(c: char) -> Option<&'static str> {
    Some(match c {
        '&' => "`and` is written as a word",
        '|' => "`or` is written as a word",
        '$' => {
            "variables such as `$__rate_interval` are of Grafana, which puts values in their place"
        }
        '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' => {
            "strings stand between straight quotes"
        }
        '}' => "no `{` is open here",
        '\u{d7}' => "`*` multiplies",
        '\u{2212}' | '\u{2013}' => "`-` subtracts",
        ';' => "a text holds one expression",
        '.' => "labels of a metric stand in braces, names with dots in quotes: `{\"a.b\"}`",
        _ => return None,
    })
}

/// The same in braces.
pub(super) const fn of_char_in_braces(c: char) -> Option<&'static str> {
    match c {
        '0'..='9' | '-' => Some("values stand in quotes"),
        '.' | ':' => Some("names with such characters stand in quotes: `{\"a.b\"=\"c\"}`"),
        '~' => Some("regular expressions are matched with `=~`"),
        '<' | '>' => Some("labels are compared with `=`, `!=`, `=~` and `!~` alone"),
        '(' | '[' | ']' | ')' => Some("a `}` is missing before it"),
        '}' => None,
        _ => of_char(c),
    }
}

/// A word that is in the wrong place.
pub(super) struct Unexpected<'a> {
    pub(super) kind: TokenKind,
    pub(super) written: &'a str,
    /// The word before it.
    pub(super) previous: Option<TokenKind>,
    /// What the error calls the place, and what it says that should be there.
    pub(super) context: &'a str,
    pub(super) expected: &'a str,
}

impl Unexpected<'_> {
    pub(super) fn advice(&self) -> Option<String> {
        let Self { kind, written, .. } = *self;
        match (self.context, self.expected) {
            ("label matching", "string") => match kind {
                TokenKind::Identifier => Some(format!("values stand in quotes: `\"{written}\"`")),
                TokenKind::Equal => Some("labels are compared with a single `=`".to_owned()),
                _ => None,
            },
            ("label matching", "label matching operator") => {
                Some("labels are compared with `=`, `!=`, `=~` or `!~`".to_owned())
            }
            ("label matching", _) => match kind {
                TokenKind::Identifier | TokenKind::String => Some("a comma is missing".to_owned()),
                _ => None,
            },
            ("grouping opts", "\"(\"") if kind.is_label() => {
                Some(format!("labels stand in parentheses: `({written})`"))
            }
            ("grouping opts", "label") => match kind {
                TokenKind::Number | TokenKind::Duration => {
                    Some(format!("a label that is called so stands in quotes: `\"{written}\"`"))
                }
                TokenKind::LeftBrace => Some("only names stand here, no matchers".to_owned()),
                _ => None,
            },
            ("grouping opts", _) => Some("labels are separated by commas".to_owned()),
            ("subquery or range selector", _) => Some("a range is written as `[5m]`".to_owned()),
            ("subquery or range", _) => {
                Some("a range is written as `[5m]`, a subquery as `[1h:5m]`".to_owned())
            }
            ("offset", _) => Some("how much earlier, such as `offset 5m`".to_owned()),
            ("@", _) => Some("seconds since 1970, `start()` or `end()`: `@ 1609746000`".to_owned()),
            ("" | "aggregation", _) => self.between_expressions(),
            _ => None,
        }
    }

    fn between_expressions(&self) -> Option<String> {
        let Self { kind, written, .. } = *self;
        let lower = written.to_ascii_lowercase();
        match kind {
            TokenKind::Keyword(Keyword::By | Keyword::Without) => Some(format!(
                "`{lower}` belongs to an aggregation, before or behind its parentheses: \
                 `sum {lower} (route) (x)`"
            )),
            TokenKind::Keyword(Keyword::GroupLeft | Keyword::GroupRight) => {
                Some(format!("`{lower}` follows `on (…)` or `ignoring (…)`"))
            }
            TokenKind::Keyword(Keyword::On | Keyword::Ignoring | Keyword::Bool) => {
                Some(format!("`{lower}` follows an operator between two expressions"))
            }
            TokenKind::Equal => Some("`==` compares".to_owned()),
            TokenKind::LeftParen | TokenKind::LeftBrace | TokenKind::LeftBracket => None,
            TokenKind::End => Some("an expression is missing at the end".to_owned()),
            _ if matches!(self.previous, Some(TokenKind::Aggregator(_))) => {
                Some("what is aggregated stands in parentheses".to_owned())
            }
            TokenKind::Identifier => Some(match nearest(written, OPERATORS.iter().copied()) {
                Some(word) => format!("did you mean `{word}`?"),
                None => "an operator is missing before it".to_owned(),
            }),
            TokenKind::Number | TokenKind::Duration | TokenKind::String => {
                Some("an operator is missing before it".to_owned())
            }
            TokenKind::Operator(_) | TokenKind::Comma => {
                Some("an expression is missing before it".to_owned())
            }
            _ => None,
        }
    }
}

/// Words that may follow an expression.
const OPERATORS: &[&str] = &[
    "and",
    "or",
    "unless",
    "atan2",
    "offset",
    "by",
    "without",
    "on",
    "ignoring",
    "bool",
    "group_left",
    "group_right",
    "anchored",
    "smoothed",
];

/// For the name of no function.
pub(super) fn of_function(name: &str) -> Option<String> {
    let functions = Function::all().map(|function| function.name);
    let known = functions.chain(Aggregator::ALL.iter().map(|op| op.as_str()));
    nearest(name, known).map(|name| format!("did you mean `{name}`?"))
}

/// The word that differs from `written` in the fewest letters, if these are few.
fn nearest<'w>(written: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    // No word is so long, and time goes with the square of the length.
    if written.len() > 40 {
        return None;
    }
    let written = written.to_ascii_lowercase();
    let limit = (written.len() + 1) / 4;
    // Of words that are as near, the one that begins alike.
    let alike = |word: &str| word.bytes().zip(written.bytes()).take_while(|(a, b)| a == b).count();
    let near = words.map(|word| (distance(&written, word), Reverse(alike(word)), word));
    near.filter(|(distance, ..)| *distance <= limit).min().map(|(.., word)| word)
}

/// How many letters have to be added, taken away, changed or swapped with the next to make `a` of `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = last[j] + usize::from(x != y);
            let mut best = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i - 1] == *y && b[j - 1] == *x {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use crate::syntax::{Syntax, parse};

    #[test]
    fn advice_fits_what_is_wrong() {
        for (text, want) in [
            ("abss(x)", "did you mean `abs`?"),
            ("ABS(x)", "did you mean `abs`?"),
            ("sun(x)", "did you mean `sum`?"),
            ("x unles y", "did you mean `unless`?"),
            ("x adn y", "did you mean `and`?"),
            ("x y", "an operator is missing before it"),
            ("abs(x) by (a)", "`by` belongs to an aggregation"),
            ("x / group_left y", "`group_left` follows `on"),
            ("sum by a (x)", "labels stand in parentheses: `(a)`"),
            ("sum x", "what is aggregated stands in parentheses"),
            ("x + abs((y)", "the `(` at 1:8 has no `)`"),
            ("x{a=\"b\"", "a `}` is missing"),
            ("x{a=b}", "values stand in quotes: `\"b\"`"),
            ("x{a=5}", "values stand in quotes"),
            ("x{a==\"b\"}", "a single `=`"),
            ("x{a=\"b\" c=\"d\"}", "a comma is missing"),
            ("x = 5", "`==` compares"),
            ("x && y", "`and` is written as a word"),
            ("x[$__interval]", "of Grafana"),
            ("x[5min]", "of y, w, d, h, m, s and ms"),
            ("x{a=~\"\\d\"}", "write `\\\\d`, or the string between backquotes"),
            ("x =~ \"a\"", "in braces"),
            ("1 == 1", "`== bool`"),
            ("abs(x[5m])", "a range vector"),
            ("x + fill(1) y", "promql-binop-fill-modifiers"),
            ("abs(x) offset 5m", "directly behind the selector"),
            ("x +", "an expression is missing at the end"),
        ] {
            let error = parse(text).unwrap_err();
            let help = error.help.clone().unwrap_or_default();
            assert!(help.contains(want), "{error}");
            assert!(error.to_string().ends_with(&format!("\n  help: {help}")), "{error}");
        }
    }

    #[test]
    fn nothing_is_said_where_nothing_is_near() {
        for text in ["entirely_unknown(x)", "5 5 5 @ {}", "{}"] {
            let help = Syntax::default().parse(text).unwrap_err().help;
            assert!(!help.is_some_and(|help| help.contains("did you mean")), "{text}");
        }
    }
}
