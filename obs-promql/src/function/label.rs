//! Functions that change labels, and look at no sample.

use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Evaluated, merge_same};
use crate::labels::METRIC_NAME;
use crate::regex::Groups;
use crate::text::Text;
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "label_replace",
        &[Type::Vector, Type::String, Type::String, Type::String, Type::String],
        Type::Vector,
        "Where the label of the fourth argument matches the regular expression of the fifth, sets the \
         label of the second to the third, in which `$1` and `${name}` stand for what groups matched.",
        Body::Whole(label_replace),
    ),
    Function::new(
        "label_join",
        &[Type::Vector, Type::String, Type::String, Type::String],
        Type::Vector,
        "Sets the label of the second argument to the values of the labels of the fourth and all that \
         follow, joined by the third.",
        Body::Whole(label_join),
    )
    .repeating(None),
];

fn label_replace(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let (target, template) = (call.text(1)?, call.text(2)?);
    let (source, pattern) = (call.text(3)?, call.text(4)?);
    let groups = Groups::new(pattern).map_err(|_| {
        let pattern = pattern.to_str_lossy();
        let message = format!("invalid regular expression in label_replace(): {pattern}");
        EvalError::expression(message, call.arg_span(4))
    })?;
    let target = label_name(call, target, "destination", 1)?;
    let template = template.to_str_lossy();
    let template = Template::parse(&template, &groups);
    let source = source.as_str().unwrap_or_default();

    let mut grid = call.grid(0)?;
    let mut value = String::new();
    for row in &mut grid.rows {
        let from = row.labels.get(source).unwrap_or_default();
        let Some(found) = groups.captures(from) else { continue };
        value.clear();
        template.expand(&found, &mut value);
        drop(found);
        row.labels = row.labels.with(target, &value);
        row.drop_name &= target != METRIC_NAME;
    }
    merge_same(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

fn label_join(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let separator = call.text(2)?.to_str_lossy();
    let sources = (3..call.args.len())
        .map(|number| label_name(call, call.text(number)?, "source", number))
        .collect::<Result<Vec<_>, _>>()?;
    let target = label_name(call, call.text(1)?, "destination", 1)?;

    let mut grid = call.grid(0)?;
    let mut value = String::new();
    for row in &mut grid.rows {
        value.clear();
        for (number, source) in sources.iter().enumerate() {
            if number > 0 {
                value.push_str(&separator);
            }
            value.push_str(row.labels.get(source).unwrap_or_default());
        }
        row.labels = row.labels.with(target, &value);
        row.drop_name &= target != METRIC_NAME;
    }
    merge_same(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

/// The text, if a label may be called so: whatever is UTF-8 and not empty.
fn label_name<'q>(
    call: &Call<'_, 'q>,
    text: &'q Text,
    what: &str,
    number: usize,
) -> Result<&'q str, EvalError> {
    text.as_str().filter(|name| !name.is_empty()).ok_or_else(|| {
        let (function, name) = (call.function.name, text.to_str_lossy());
        let message = format!("invalid {what} label name in {function}(): {name}");
        EvalError::expression(message, call.arg_span(number))
    })
}

/// What matches are replaced with, as `Regexp.Expand` of Go reads it.
struct Template<'t> {
    parts: Vec<Part<'t>>,
}

enum Part<'t> {
    Text(&'t str),
    /// What the first of these groups that matched has matched.
    Groups(Vec<usize>),
}

impl<'t> Template<'t> {
    fn parse(mut text: &'t str, groups: &Groups) -> Self {
        let mut parts = Vec::new();
        while let Some(at) = text.find('$') {
            let (before, dollar) = text.split_at(at);
            parts.push(Part::Text(before));
            let after = &dollar[1..];
            if let Some(rest) = after.strip_prefix('$') {
                parts.push(Part::Text("$"));
                text = rest;
            } else if let Some((name, rest)) = reference(after) {
                parts.push(Part::Groups(groups.named(name)));
                text = rest;
            } else {
                parts.push(Part::Text("$"));
                text = after;
            }
        }
        parts.push(Part::Text(text));
        Self { parts }
    }

    fn expand(&self, found: &regex::Captures<'_>, into: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => into.push_str(text),
                Part::Groups(numbers) => {
                    let group = numbers.iter().find_map(|number| found.get(*number));
                    into.push_str(group.map_or("", |group| group.as_str()));
                }
            }
        }
    }
}

/// The name of a group after `$`, in braces or as long as it goes, and the text after it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let is_word = |c: char| c == '_' || c.is_alphabetic() || c.is_numeric();
    let (name, rest) = match text.strip_prefix('{') {
        Some(inner) => {
            let end = inner.find(|c| !is_word(c))?;
            (&inner[..end], inner[end..].strip_prefix('}')?)
        }
        None => text.split_at(text.find(|c| !is_word(c)).unwrap_or(text.len())),
    };
    (!name.is_empty()).then_some((name, rest))
}
