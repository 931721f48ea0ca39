//! Rules: what their files say.

mod file;

pub use file::{Group, Place, Rule, RuleFile, RuleKind};
