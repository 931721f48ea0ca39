//! How much a template may do.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use obs_promql::Regex;

/// The bytes of the longest text that a template may make on its way, and of the result.
pub(super) const MAX_TEXT: usize = 1 << 20;

/// Commands that are run, rounds of ranges, and what counts as much.
const MAX_STEPS: usize = 500_000;

/// Expressions take long to read: as long as so many steps.
const STEPS_OF_REGEX: usize = 20_000;

/// A query takes as long as so many steps, at the least.
pub(super) const STEPS_OF_QUERY: usize = 1000;

/// Bytes that take as long as a step.
const BYTES_OF_STEP: usize = 16;

/// What is left of it.
pub(super) struct Budget {
    steps: Cell<usize>,
    regexes: RefCell<HashMap<String, Regex>>,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self { steps: Cell::new(MAX_STEPS), regexes: RefCell::default() }
    }

    pub(super) fn spend(&self, steps: usize) -> Result<(), String> {
        let left = self.steps.get().checked_sub(steps);
        self.steps.set(left.unwrap_or(0));
        match left {
            Some(_) => Ok(()),
            None => Err(format!(
                "the template takes more than {MAX_STEPS} steps: let it do less, or compute in the \
                 expression of the rule"
            )),
        }
    }

    /// A text of `length` bytes is made, of which `new` are new.
    pub(super) fn text(&self, length: usize, new: usize) -> Result<(), String> {
        if length > MAX_TEXT {
            return Err(too_long());
        }
        self.spend(new / BYTES_OF_STEP)
    }

    /// The expression, read once.
    pub(super) fn regex(&self, pattern: &str, text: &str) -> Result<Regex, String> {
        self.spend(text.len() / BYTES_OF_STEP)?;
        if let Some(regex) = self.regexes.borrow().get(pattern) {
            return Ok(regex.clone());
        }
        self.spend(STEPS_OF_REGEX)?;
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        self.regexes.borrow_mut().insert(pattern.to_owned(), regex.clone());
        Ok(regex)
    }
}

pub(super) fn too_long() -> String {
    format!("the text becomes longer than {MAX_TEXT} bytes: let the template write less")
}
