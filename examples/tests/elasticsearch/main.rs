//! The shop's log in a real search server that follows the index template.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod lines;
#[path = "../support/peer.rs"]
mod peer;
mod server;
#[path = "../support/mod.rs"]
mod support;
