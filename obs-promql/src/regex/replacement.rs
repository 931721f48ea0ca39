//! What matches are replaced with: texts, and what groups matched.

use super::Groups;

/// What matches are replaced with, as `Regexp.Expand` of Go reads it.
#[derive(Debug)]
pub(crate) struct Replacement<'t> {
    parts: Vec<Part<'t>>,
}

#[derive(Debug)]
enum Part<'t> {
    Text(&'t str),
    /// What the first of these groups that matched has matched.
    Groups(Vec<usize>),
}

impl<'t> Replacement<'t> {
    pub(crate) fn parse(mut text: &'t str, groups: &Groups) -> Self {
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

    pub(crate) fn expand(&self, found: &::regex::Captures<'_>, into: &mut String) {
        for part in &self.parts {
            into.push_str(part.of(found));
        }
    }

    /// How many bytes [`expand`](Self::expand) adds.
    pub(crate) fn length(&self, found: &::regex::Captures<'_>) -> usize {
        self.parts.iter().map(|part| part.of(found).len()).fold(0, usize::saturating_add)
    }
}

impl Part<'_> {
    fn of<'f>(&'f self, found: &'f ::regex::Captures<'_>) -> &'f str {
        match self {
            Self::Text(text) => text,
            Self::Groups(numbers) => {
                let group = numbers.iter().find_map(|number| found.get(*number));
                group.map_or("", |group| group.as_str())
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
