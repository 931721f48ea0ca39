//! Services that use the obs crates: one binary each.

/// The code of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
