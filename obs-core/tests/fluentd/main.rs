//! The Fluentd configuration: that its parts fit together, and that its patterns fit the lines.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod config;
mod lines;
mod mutations;
mod rules;
