//! An error and what caused it.

use std::error::Error;
use std::fmt;

/// An error followed by its sources, as far as a loop among them cannot go on for ever.
pub(crate) struct Chain<'a> {
    pub(crate) error: &'a (dyn Error + 'static),
    pub(crate) separator: &'static str,
}

const MAX_DEPTH: usize = 32;

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = std::iter::successors(Some(self.error), |error| (*error).source());
        for (i, error) in errors.take(MAX_DEPTH).enumerate() {
            if i > 0 {
                f.write_str(self.separator)?;
            }
            fmt::Display::fmt(error, f)?;
        }
        Ok(())
    }
}
