//! The bot as its user starts it, on the Discord that it brings along.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundles;
#[path = "../../../tests/support/peer.rs"]
mod peer;
mod process;
mod refusals;
#[path = "../../../tests/prometheus/server.rs"]
mod server;
#[path = "../../../tests/support/mod.rs"]
mod support;
#[path = "../../../../obs-core/tests/support/unique.rs"]
mod unique;
