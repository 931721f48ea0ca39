//! Regular expressions as Go reads them, and as Prometheus does: of whole texts, `.` being any
//! character.
//!
//! A pattern is read once by a parser of our own, which refuses what Go refuses in Go's words and
//! writes the same pattern for the `regex` crate. Most patterns of matchers are no more than texts,
//! alternatives and gaps: those never become an automaton.

mod class;
mod parse;
mod plain;
mod replacement;
mod search;

use ::regex::RegexBuilder;

use crate::matcher::RegexError;
use crate::text::Text;
use parse::Parsed;
use plain::Plain;
pub(crate) use replacement::Replacement;
pub use search::Regex;

/// Bytes that a compiled pattern may have. One that repeats large classes a thousand times has more,
/// and takes a time to match that nobody wants.
const MAX_COMPILED: usize = 4 << 20;

/// A pattern to try on many texts.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Plain(Plain),
    Compiled(::regex::Regex),
}

impl Pattern {
    pub(crate) fn new(text: &Text) -> Result<Self, RegexError> {
        let parsed = parse::parse(text, true)?;
        Ok(Self(match Plain::of(&parsed.alternatives) {
            Some(plain) => Kind::Plain(plain),
            None => Kind::Compiled(compiled(&format!("^(?s:{})$", parsed.translated), &parsed)?),
        }))
    }

    /// Whether it matches the whole text.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Plain(plain) => plain.is_match(text),
            Kind::Compiled(regex) => regex.is_match(text),
        }
    }
}

/// A pattern whose groups are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Groups {
    regex: ::regex::Regex,
    /// The names of the groups from the first on, empty where there is none.
    names: Vec<String>,
}

impl Groups {
    /// Prometheus puts anchors around the text before it is read: `a)|(b` is a pattern here, and a `\Q`
    /// without its end is none.
    pub(crate) fn new(text: &Text) -> Result<Self, RegexError> {
        let anchored = [b"^(?s:", text.as_bytes(), b")$"].concat();
        let parsed = parse::parse(&Text::from(anchored), false)?;
        Ok(Self { regex: compiled(&parsed.translated, &parsed)?, names: parsed.names })
    }

    /// What the groups match where the pattern matches.
    pub(crate) fn captures<'t>(&self, text: &'t str) -> Option<::regex::Captures<'t>> {
        self.regex.captures(text)
    }

    /// The numbers of the groups that `name` means: one by number, or all of that name.
    pub(crate) fn named(&self, name: &str) -> Vec<usize> {
        if name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'))
        {
            let number = name.parse().ok().filter(|number| *number <= self.names.len());
            return number.into_iter().collect();
        }
        let named = self.names.iter().enumerate().filter(|(_, one)| *one == name);
        named.map(|(number, _)| number + 1).collect()
    }
}

fn compiled(translated: &str, parsed: &Parsed) -> Result<::regex::Regex, RegexError> {
    RegexBuilder::new(translated)
        .size_limit(MAX_COMPILED)
        .nest_limit(4 * parse::MAX_DEPTH)
        .build()
        .map_err(|error| match error {
            ::regex::Error::CompiledTooBig(_) => parse::error("expression too large", &parsed.text),
            // The translation is of the crate's syntax, but for classes that the crate does not know.
            _ => parse::error("invalid character class range", &parsed.text),
        })
}

#[cfg(test)]
mod tests;
