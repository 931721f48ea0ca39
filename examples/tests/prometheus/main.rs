//! The shop under a real Prometheus.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundles;
mod counts;
mod server;
#[path = "../support/mod.rs"]
mod support;
