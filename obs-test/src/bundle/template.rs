//! Grafana's variables in a query.

use std::ops::Range;

use obs_promql::syntax::Span;
use obs_promql::{ParseError, Query};

/// What stands for a variable where a name is wanted.
pub(super) const ANY: &str = "grafana_variable";

/// A query of a dashboard, parsed.
///
/// Grafana's variables outside of strings are replaced by something that parses: `$__rate_interval` by
/// a duration, others by a number or a name, as the place wants. In strings, all ways to write a
/// variable become `$name`.
///
/// ```
/// use obs_test::bundle::DashboardQuery;
///
/// let query = DashboardQuery::parse("rate(orders_total{job=~\"${job:regex}\"}[$__rate_interval])")?;
/// assert_eq!(query.query().to_string(), "rate(orders_total{job=~\"$job\"}[5m])");
/// # Ok::<(), obs_promql::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct DashboardQuery {
    text: String,
    query: Query,
    replaced: Vec<Replaced>,
}

/// A variable: where it stands in the text, and what it was replaced by in the query.
#[derive(Clone, Debug)]
struct Replaced {
    from: Range<usize>,
    to: Range<usize>,
}

impl DashboardQuery {
    /// The query that `text` is.
    ///
    /// # Errors
    ///
    /// If it is no PromQL, or of bad types. Place and text of the error are those of `text` itself.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let (filled, replaced) = fill(text);
        match obs_promql::parse(&filled) {
            Ok(query) => Ok(Self { text: text.to_owned(), query, replaced }),
            Err(mut error) => {
                let place = original(&replaced, error.span);
                error.span = Span { start: place.start, end: place.end };
                error.text = text.to_owned();
                Err(error)
            }
        }
    }

    /// The parsed query, variables replaced.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// A part of the query as it is written in the dashboard.
    #[must_use]
    pub fn original(&self, span: Span) -> &str {
        self.text.get(original(&self.replaced, span)).unwrap_or_default()
    }
}

/// Where the text of `span` stands before the variables were replaced.
fn original(replaced: &[Replaced], span: Span) -> Range<usize> {
    let place = |at: usize, end: bool| {
        let mut shift = (0, 0);
        for one in replaced {
            if at <= one.to.start {
                break;
            }
            if at < one.to.end {
                return if end { one.from.end } else { one.from.start };
            }
            shift = (one.from.end, one.to.end);
        }
        at - shift.1 + shift.0
    };
    let start = place(span.start, false);
    start..place(span.end, true).max(start)
}

/// The text without variables, and which they were.
fn fill(text: &str) -> (String, Vec<Replaced>) {
    let mut out = String::with_capacity(text.len());
    let mut replaced = Vec::new();
    let mut quote: Option<char> = None;
    let mut brackets = 0_usize;
    // Whether the innermost parentheses hold a list of labels.
    let mut lists: Vec<bool> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = text.len() - rest.len();
        if let Some((name, length)) = variable(rest) {
            let after = &rest[length..];
            let in_list = lists.last() == Some(&true);
            let value = match quote {
                Some(_) => format!("${name}"),
                None => value(name, &out, after, brackets > 0, in_list).to_owned(),
            };
            let to = out.len()..out.len() + value.len();
            replaced.push(Replaced { from: at..at + length, to });
            out.push_str(&value);
            rest = after;
            continue;
        }
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (Some('"' | '\''), '\\') => {
                // An escaped quote does not end the string.
                out.push(c);
                rest = &rest[1..];
                let Some(escaped) = rest.chars().next() else { break };
                out.push(escaped);
                rest = &rest[escaped.len_utf8()..];
                continue;
            }
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '[') => brackets += 1,
            (None, ']') => brackets = brackets.saturating_sub(1),
            (None, '(') => lists.push(LISTS.contains(&last_word(&out))),
            (None, ')') => drop(lists.pop()),
            (None, '#') => {
                let end = rest.find('\n').unwrap_or(rest.len());
                out.push_str(&rest[..end]);
                rest = &rest[end..];
                continue;
            }
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    (out, replaced)
}

const LISTS: &[&str] = &["by", "without", "on", "ignoring", "group_left", "group_right"];

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

fn last_word(text: &str) -> &str {
    let text = text.trim_end();
    &text[text
        .rfind(|c| !is_word(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8))..]
}

/// The variable that `text` starts with: its name, and how long it is with what stands around it.
fn variable(text: &str) -> Option<(&str, usize)> {
    let (inside, around) = if let Some(rest) = text.strip_prefix("${") {
        (&rest[..rest.find('}')?], 3)
    } else if let Some(rest) = text.strip_prefix("[[") {
        (&rest[..rest.find("]]")?], 4)
    } else {
        let rest = text.strip_prefix('$')?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        (&rest[..end.unwrap_or(rest.len())], 1)
    };
    let end = inside.find([':', '.']).unwrap_or(inside.len());
    let name = &inside[..end];
    // `$1` in `label_replace` is a group of its expression.
    let good = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    good.then_some((name, inside.len() + around))
}

/// What stands for the variable `name` between `before` and `after`.
fn value(name: &str, before: &str, after: &str, in_brackets: bool, in_list: bool) -> &'static str {
    let next = after.chars().next();
    if name.ends_with("_ms") && name.starts_with("__")
        || ["__range_s", "__from", "__to"].contains(&name)
    {
        return "300";
    }
    if ["__interval", "__rate_interval", "__range"].contains(&name)
        || in_brackets
        || last_word(before) == "offset"
    {
        // `${minutes}m`
        let unit_follows = next.is_some_and(|c| c.is_ascii_alphabetic());
        return if unit_follows { "5" } else { "5m" };
    }
    if in_list || next.is_some_and(|c| is_word(c) || matches!(c, '{' | '[')) {
        return ANY;
    }
    let (tail, head) = (after.trim_start(), before.trim_end());
    // `$aggregation by (…)`, `$function(…)`
    if tail.starts_with("by ") || tail.starts_with("by(") || tail.starts_with("without") {
        return "sum";
    }
    if tail.starts_with('(') {
        let argument = tail.split(')').next().unwrap_or_default();
        return if argument.ends_with(']') { "rate" } else { "sum" };
    }
    let compared = head.ends_with(['<', '>', '=', '+', '-', '*', '/', '%', '^']);
    if compared || last_word(before) == "bool" || tail.starts_with(',') {
        return "1";
    }
    ANY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_become_what_their_place_wants() {
        for (text, want) in [
            ("rate(x_total[$__rate_interval])", "rate(x_total[5m])"),
            ("rate(x_total[${window}])", "rate(x_total[5m])"),
            ("rate(x_total[[[window]]])", "rate(x_total[5m])"),
            ("rate(x_total[${minutes}m])", "rate(x_total[5m])"),
            ("rate(x_total[5m:$__interval])", "rate(x_total[5m:5m])"),
            ("x offset $ago", "x offset 5m"),
            ("x > $limit", "x > 1"),
            ("topk($k, x)", "topk(1, x)"),
            ("sum by ($group) (x)", "sum by (grafana_variable) (x)"),
            ("${agg}(x)", "sum(x)"),
            ("$agg by (a) (x)", "sum by (a) (x)"),
            ("$fn(x_total[5m])", "rate(x_total[5m])"),
            ("${app}_requests{a=\"b\"}", "grafana_variable_requests{a=\"b\"}"),
            ("x{a=~\"$a|${b:regex}|[[c]]\"}", "x{a=~\"$a|$b|$c\"}"),
            (r#"x{a="\"$a"} + $b"#, r#"x{a="\"$a"} + 1"#),
            ("x * $__range_s", "x * 300"),
            (
                "label_replace(x, \"a\", \"${1}xx $2\", \"b\", \"(.)(.)\")",
                "label_replace(x, \"a\", \"${1}xx $2\", \"b\", \"(.)(.)\")",
            ),
            ("x # $y \"", "x # $y \""),
            ("é{$", "é{$"),
        ] {
            assert_eq!(fill(text).0, want, "{text}");
        }
    }

    #[test]
    fn parts_and_errors_are_shown_as_written() {
        let text = "rate(x_total{a=~\"${a:regex}\"}[$__rate_interval]) + y";
        let query = DashboardQuery::parse(text).unwrap();
        let spans: Vec<_> =
            query.query().nodes().map(|(_, node)| query.original(node.span)).collect();
        assert!(spans.contains(&"x_total{a=~\"${a:regex}\"}[$__rate_interval]"), "{spans:?}");
        assert!(spans.contains(&"y"), "{spans:?}");
        let error = DashboardQuery::parse("rate(x_total[$__rate_interval]) + rate(y)").unwrap_err();
        assert!(error.to_string().starts_with("1:40: parse error: expected type"), "{error}");
    }

    #[test]
    fn any_part_of_a_query_is_parsed_or_refused() {
        let text = "sum by (${a:é}) (rate(x_total{a=~\"\\\"$b\", c='[[d]]'}[${e}m:$__interval])) \
                    # $f\n> bool $g * topk($h, `\\` + y{le=\"${i.j}\"} offset $k)";
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for &start in &places {
            for &end in places.iter().filter(|end| **end > start).step_by(3) {
                let part = &text[start..end];
                match DashboardQuery::parse(part) {
                    Ok(query) => {
                        for (_, node) in query.query().nodes() {
                            assert!(part.contains(query.original(node.span)), "{part}");
                        }
                    }
                    Err(error) => assert!(error.span.start <= part.len(), "{part}: {error}"),
                }
            }
        }
    }
}
