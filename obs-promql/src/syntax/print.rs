//! From an expression to its text: Prometheus' `Expr.String()`.

use std::fmt::{self, Write as _};

use super::ast::{
    At, Cardinality, DurationArg, DurationExpr, DurationKind, Extension, Grouping, Kind, Matching,
    Node, NodeId, Query, Selector, TimeModifiers,
};
use crate::float::{Fixed, General, Millis};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::{MatchOp, Matcher};
use crate::text::Text;

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Printed::of(self).text)
    }
}

/// An expression as text, and where in it each part stands.
pub(super) struct Printed {
    pub(super) text: String,
    /// First byte and byte after the last, for each node.
    places: Vec<(usize, usize)>,
}

/// What is left to write. On a stack of its own: how deep an expression is, its writer decides.
enum Piece {
    Node(NodeId),
    /// The node's text is complete.
    End(NodeId),
    /// What stands between or after parts of the node.
    Sign(&'static str),
    Operator(NodeId),
    Suffix(NodeId),
}

impl Printed {
    pub(super) fn of(query: &Query) -> Self {
        let mut printed = Self { text: String::new(), places: vec![(0, 0); query.nodes.len()] };
        let mut stack = vec![Piece::Node(query.root())];
        while let Some(piece) = stack.pop() {
            let text = &mut printed.text;
            // Writing to a `String` does not fail.
            let _ = match piece {
                Piece::Sign(sign) => text.write_str(sign),
                Piece::End(id) => {
                    printed.places[id.0 as usize].1 = text.len();
                    Ok(())
                }
                Piece::Operator(id) => write!(text, " {} ", Operator(&query[id])),
                Piece::Suffix(id) => write_suffix(text, query, id),
                Piece::Node(id) => {
                    printed.places[id.0 as usize].0 = text.len();
                    stack.push(Piece::End(id));
                    write_start(text, query, id, &mut stack)
                }
            };
        }
        printed
    }

    /// The text of a part.
    pub(super) fn part(&self, id: NodeId) -> &str {
        let (start, end) = self.places[id.0 as usize];
        &self.text[start..end]
    }
}

/// Writes what a node begins with, and leaves the rest on the stack, what comes first on top.
fn write_start(
    text: &mut String,
    query: &Query,
    id: NodeId,
    stack: &mut Vec<Piece>,
) -> fmt::Result {
    match &query[id].kind {
        Kind::Number { value, duration } => write!(text, "{}", Number(*value, *duration)),
        Kind::String(string) => write!(text, "{string}"),
        Kind::Selector(selector) => {
            write_selector(text, selector)?;
            write_at(text, &selector.time)?;
            text.push_str(extension(selector));
            write_offset(text, &selector.time)
        }
        // The modifiers of its selector stand behind the range.
        Kind::Matrix { selector, .. } => {
            stack.push(Piece::Suffix(id));
            match &query[*selector].kind {
                Kind::Selector(selector) => write_selector(text, selector),
                _ => Ok(()),
            }
        }
        Kind::Subquery { expr, .. } => {
            stack.push(Piece::Suffix(id));
            stack.push(Piece::Node(*expr));
            Ok(())
        }
        Kind::Call { function, args } => {
            stack.push(Piece::Sign(")"));
            for (number, arg) in args.iter().enumerate().rev() {
                stack.push(Piece::Node(*arg));
                if number > 0 {
                    stack.push(Piece::Sign(", "));
                }
            }
            write!(text, "{}(", function.name)
        }
        Kind::Aggregate { op, expr, param, grouping } => {
            stack.push(Piece::Sign(")"));
            stack.push(Piece::Node(*expr));
            if let Some(param) = param {
                stack.push(Piece::Sign(", "));
                stack.push(Piece::Node(*param));
            }
            write!(text, "{}{}(", op.as_str(), By(grouping))
        }
        Kind::Binary { left, right, .. } => {
            stack.push(Piece::Node(*right));
            stack.push(Piece::Operator(id));
            stack.push(Piece::Node(*left));
            Ok(())
        }
        Kind::Unary { minus, expr } => {
            stack.push(Piece::Node(*expr));
            text.write_str(if *minus { "-" } else { "+" })
        }
        Kind::Paren(inner) => {
            stack.push(Piece::Sign(")"));
            stack.push(Piece::Node(*inner));
            text.write_str("(")
        }
    }
}

/// Writes the range of a range vector, and what follows it.
pub(super) fn write_suffix(text: &mut String, query: &Query, id: NodeId) -> fmt::Result {
    match &query[id].kind {
        Kind::Matrix { selector, range } => {
            write!(text, "[{}]", Duration(range))?;
            if let Kind::Selector(selector) = &query[*selector].kind {
                text.push_str(extension(selector));
                write_at(text, &selector.time)?;
                write_offset(text, &selector.time)?;
            }
            Ok(())
        }
        Kind::Subquery { range, step, time, .. } => {
            write!(text, "[{}:", Duration(range))?;
            match step {
                // What Prometheus takes for no step.
                None | Some(DurationArg::Fixed(0)) => {}
                Some(step) => write!(text, "{}", Duration(step))?,
            }
            text.push(']');
            write_at(text, time)?;
            write_offset(text, time)
        }
        _ => Ok(()),
    }
}

fn write_selector(text: &mut String, selector: &Selector) -> fmt::Result {
    let name = selector.name.as_deref().unwrap_or_default();
    text.push_str(name);
    let is_name = |one: &&Matcher| {
        one.name() == METRIC_NAME
            && one.op() == MatchOp::Equal
            && !name.is_empty()
            && one.value().as_bytes() == name.as_bytes()
    };
    let matchers = selector.matchers.iter().filter(|one| !is_name(one));
    let mut matchers: Vec<String> = matchers.map(ToString::to_string).collect();
    matchers.sort_unstable();
    if !matchers.is_empty() {
        write!(text, "{{{}}}", matchers.join(","))?;
    }
    Ok(())
}

fn extension(selector: &Selector) -> &'static str {
    match selector.extension {
        None => "",
        Some(Extension::Anchored) => " anchored",
        Some(Extension::Smoothed) => " smoothed",
    }
}

fn write_at(text: &mut String, time: &TimeModifiers) -> fmt::Result {
    match time.at {
        None => Ok(()),
        Some(At::Start) => text.write_str(" @ start()"),
        Some(At::End) => text.write_str(" @ end()"),
        #[expect(clippy::cast_precision_loss, reason = "as Prometheus shows it")]
        Some(At::Time(millis)) => write!(text, " @ {:.3}", millis as f64 / 1000.0),
    }
}

fn write_offset(text: &mut String, time: &TimeModifiers) -> fmt::Result {
    match &time.offset {
        None | Some(DurationArg::Fixed(0)) => Ok(()),
        Some(offset) => write!(text, " offset {}", Duration(offset)),
    }
}

/// Whether it can stand without quotes: a name of the time before UTF-8.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let mut chars = name.bytes();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == b'_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

struct Number(f64, bool);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value, duration) = *self;
        #[expect(clippy::cast_possible_truncation, reason = "out of range it is held at the end")]
        if duration {
            // Whole nanoseconds, of which the milliseconds are shown.
            write!(f, "{}", Millis((value * 1e9) as i64 / 1_000_000))
        } else {
            write!(f, "{}", Fixed(value))
        }
    }
}

struct Duration<'a>(&'a DurationArg);

impl fmt::Display for Duration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DurationArg::Fixed(millis) => write!(f, "{}", Millis(*millis)),
            DurationArg::Expr(expr) => write!(f, "{expr}"),
        }
    }
}

/// How deep it is, the parser has limited.
impl fmt::Display for DurationExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            DurationKind::Number { value, duration } => {
                write!(f, "{}", Number(*value, *duration))
            }
            DurationKind::Step => f.write_str("step()"),
            DurationKind::Range => f.write_str("range()"),
            DurationKind::Unary { minus: true, expr } => write!(f, "-{expr}"),
            DurationKind::Unary { minus: false, expr } => write!(f, "{expr}"),
            DurationKind::Binary { op, left, right } => {
                write!(f, "{left} {} {right}", op.as_str())
            }
            DurationKind::Extreme { max, left, right } => {
                write!(f, "{}_of({left}, {right})", if *max { "max" } else { "min" })
            }
            DurationKind::Paren(inner) => write!(f, "({inner})"),
        }
    }
}

/// ` by (a, b) `, or nothing.
pub(super) struct By<'a>(pub(super) &'a Grouping);

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Grouping { without, labels } = self.0;
        match (without, labels.is_empty()) {
            (false, true) => Ok(()),
            (false, false) => write!(f, " by ({}) ", Names(labels)),
            (true, _) => write!(f, " without ({}) ", Names(labels)),
        }
    }
}

/// An operator with `bool` and how elements are matched.
pub(super) struct Operator<'a>(pub(super) &'a Node);

impl fmt::Display for Operator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Kind::Binary { op, returns_bool, matching, .. } = &self.0.kind else { return Ok(()) };
        f.write_str(op.as_str())?;
        if *returns_bool {
            f.write_str(" bool")?;
        }
        let Some(Matching { cardinality, on, labels, include, fill_left, fill_right }) = matching
        else {
            return Ok(());
        };
        let group = match cardinality {
            Cardinality::ManyToOne => Some("left"),
            Cardinality::OneToMany => Some("right"),
            Cardinality::OneToOne | Cardinality::ManyToMany => None,
        };
        if *on || !labels.is_empty() || group.is_some() {
            write!(f, " {} ({})", if *on { "on" } else { "ignoring" }, Names(labels))?;
        }
        if let Some(side) = group {
            write!(f, " group_{side} ({})", Names(include))?;
        }
        match (fill_left, fill_right) {
            (Some(left), Some(right)) if left == right => write!(f, " fill ({})", General(*left)),
            (left, right) => {
                if let Some(value) = left {
                    write!(f, " fill_left ({})", General(*value))?;
                }
                if let Some(value) = right {
                    write!(f, " fill_right ({})", General(*value))?;
                }
                Ok(())
            }
        }
    }
}

/// Names of labels, with commas between them.
struct Names<'a>(&'a [String]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, name) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", Name(name))?;
        }
        Ok(())
    }
}

/// The name of a label, in quotes where it needs them.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain_name(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Text::from(self.0))
        }
    }
}

/// `name{label="value"}`, and `{"a name", label="value"}` where the name needs quotes.
pub(crate) fn write_labels(f: &mut fmt::Formatter<'_>, labels: &Labels) -> fmt::Result {
    let name = labels.metric_name();
    // A metric's name may have colons too.
    let plain = name.filter(|name| is_plain_name(&name.replace(':', "_")));
    let mut separator = "";
    if let Some(name) = plain {
        f.write_str(name)?;
        if labels.len() == 1 {
            return Ok(());
        }
    }
    f.write_str("{")?;
    if let Some(name) = name.filter(|_| plain.is_none()) {
        write!(f, "{}", Text::from(name))?;
        separator = ", ";
    }
    for (name, value) in labels.iter().filter(|(name, _)| *name != METRIC_NAME) {
        write!(f, "{separator}{}={}", Name(name), Text::from(value))?;
        separator = ", ";
    }
    f.write_str("}")
}
