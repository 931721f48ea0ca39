//! Services that use the obs crates: one binary each.

pub mod cli;

/// The code of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
