//! `expect warn msg: …`: what a query's writer should be told.

use std::fmt;

use regex::Regex;

use super::error::Fault;
use super::scan::{Scanner, is_alphanumeric};
use crate::notes::{NoteLevel, Notes};

/// What an eval expects beside its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Expect {
    pub(super) ordered: bool,
    /// How it fails.
    pub(super) fail: Option<Pattern>,
    warn: Told,
    info: Told,
}

/// What is expected of notes of one level.
#[derive(Clone, Debug, Default)]
struct Told {
    /// Each must be met, and each note must meet one; unless there are none.
    some: Vec<Pattern>,
    none: bool,
}

/// What a message must be like.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Any,
    Text(String),
    Regex(Regex),
}

impl Pattern {
    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Text(expected) => expected == text,
            Self::Regex(regex) => regex.is_match(text),
        }
    }

    /// The regular expression at the byte `at` of a line.
    pub(super) fn regex(text: &str, at: usize) -> Result<Self, Fault> {
        Regex::new(text).map(Self::Regex).map_err(|error| Fault::new(at, error.to_string()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any message"),
            Self::Text(text) => f.write_str(text),
            Self::Regex(regex) => write!(f, "what matches {regex}"),
        }
    }
}

impl Expect {
    /// The forms `eval_fail`, `eval_warn`, `eval_info` and `eval_ordered`; `false` for others.
    pub(super) fn old_form(&mut self, form: &str) -> bool {
        match form {
            "" => {}
            "fail" => self.fail = Some(Pattern::Any),
            "warn" => self.warn.some.push(Pattern::Any),
            "info" => self.info.some.push(Pattern::Any),
            "ordered" => self.ordered = true,
            _ => return false,
        }
        true
    }

    /// A line that begins with the word `expect`.
    pub(super) fn line(&mut self, text: &str) -> Result<(), Fault> {
        let mut scan = Scanner::new(text);
        scan.take("expect");
        scan.skip_space();
        let at = scan.at();
        let what = scan.take_while(is_alphanumeric);
        let pattern = pattern(&mut scan)?;
        let again = |what: &str| Err(Fault::new(at, format!("{what} cannot be both")));
        match what {
            "ordered" => self.ordered = true,
            "fail" if self.fail.is_some() => {
                return Err(Fault::new(at, "an eval fails once"));
            }
            "fail" => self.fail = Some(pattern),
            "warn" => self.warn.some.push(pattern),
            "info" => self.info.some.push(pattern),
            "no_warn" => self.warn.none = true,
            "no_info" => self.info.none = true,
            _ => {
                let message =
                    "expected ordered, fail, warn, no_warn, info, no_info, string or range vector";
                return Err(Fault::new(at, message));
            }
        }
        match (&self.warn, &self.info) {
            (Told { some, none: true }, _) if !some.is_empty() => again("warn and no_warn"),
            (_, Told { some, none: true }) if !some.is_empty() => again("info and no_info"),
            _ => Ok(()),
        }
    }

    /// What was expected and what came, where they differ.
    pub(super) fn check(&self, notes: &Notes, text: &str) -> Result<(), (String, String)> {
        for (told, level, name) in
            [(&self.warn, NoteLevel::Warning, "warning"), (&self.info, NoteLevel::Info, "info")]
        {
            let notes = notes.iter().filter(|note| note.level == level);
            let notes: Vec<String> = notes.map(|note| note.render(text)).collect();
            let came = || match &*notes {
                [] => format!("no {name}"),
                notes => notes.join("; "),
            };
            if told.none && !notes.is_empty() {
                return Err((format!("no {name}"), came()));
            }
            let missed = told.some.iter().find(|one| !notes.iter().any(|note| one.matches(note)));
            if let Some(missed) = missed {
                return Err((format!("{name}: {missed}"), came()));
            }
            let unmet = notes.iter().find(|note| !told.some.iter().any(|one| one.matches(note)));
            if let (Some(unmet), false) = (unmet, told.some.is_empty()) {
                return Err((format!("no other {name} than those it names"), unmet.clone()));
            }
        }
        Ok(())
    }
}

/// ` msg: text`, ` regex: pattern`, or nothing.
fn pattern(scan: &mut Scanner<'_>) -> Result<Pattern, Fault> {
    if scan.is_done() {
        return Ok(Pattern::Any);
    }
    scan.skip_space();
    let regex = if scan.take("regex:") {
        true
    } else if scan.take("msg:") {
        false
    } else {
        return Err(scan.fault("expected `msg:` or `regex:`"));
    };
    scan.skip_space();
    match scan.rest() {
        "" => Err(scan.fault("expected a text")),
        text if regex => Pattern::regex(text, scan.at()),
        text => Ok(Pattern::Text(text.to_owned())),
    }
}
