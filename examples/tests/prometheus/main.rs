//! The shop under a real Prometheus.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod counts;
#[path = "../support/peer.rs"]
mod peer;
mod server;
#[path = "../support/mod.rs"]
mod support;
