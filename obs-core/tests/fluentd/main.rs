//! The Fluentd configuration: that its parts fit together, and that its patterns fit the lines.

mod config;
mod lines;
mod mutations;
mod rules;
