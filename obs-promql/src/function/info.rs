//! Labels of info metrics, joined.
use super::Function;
pub(super) const FUNCTIONS: &[Function] = &[];
