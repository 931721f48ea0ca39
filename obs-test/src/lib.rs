//! Captures the log records and metrics of one test while others run beside it, and checks dashboards and
//! rules.
//!
//! ```
//! use obs_test::Level;
//!
//! let logs = obs_test::capture();
//!
//! // What is tested:
//! tracing::info!(order.id = 42, "order placed");
//!
//! logs.one("order placed").assert_field("order.id", 42);
//! logs.none("order refused");
//! logs.assert_none_at_or_above(Level::WARN);
//! ```
//!
//! A [`Logs`] is what a test logs, [`Records`] some of it, a [`Record`] one line: the one that the
//! service would write, fields of spans, trace ids and redaction included. [`Metered`] is the metrics
//! that a test records.
//!
//! # What is captured
//!
//! From [`capture`] until its value is dropped:
//!
//! * what its **thread** logs: all of a plain test, and all tasks of a `#[tokio::test]`, whose
//!   runtime has that one thread;
//! * what the threads of the **tokio runtime** log that it was started in: tasks and
//!   `spawn_blocking` of a `#[tokio::test(flavor = "multi_thread")]`;
//! * what is logged in a **span** that was opened there, or in a span within such a one, on
//!   whatever thread that is;
//! * what runs [`in_scope`](Logs::in_scope), is [`wrap`](Logs::wrap)ped (or as a
//!   [future](Logs::wrap_future)), and what a further [`runtime`](Logs::runtime) does.
//!
//! Captures nest: an event belongs to all that it reaches, so that a helper may look at what it did
//! without taking it from the test.
//!
//! Not captured is:
//!
//! * what a thread of one's own logs outside the test's spans: give it [`wrap`](Logs::wrap), or a span;
//! * what a thread pool or a server logs that tests share, unless in a span of the test;
//! * what goes to another subscriber, set for a scope by the code under test;
//! * fields of spans that were opened before the first capture of the process;
//! * records of the `log` crate, if the process has another logger for them.
//!
//! What another test started may log into this one's capture in one case: it lives in a span of this
//! test. A worker that is started once and kept should not be started within one.
//!
//! The first capture installs a `tracing` subscriber for the process. That is why the process can have
//! no other: tests take [`obs_core::Builder::build`], which installs nothing, in place of `init`.
//!
//! # Snapshots
//!
//! [`Logs::snapshot`] is text without times, ids and places in the source, in the same order whenever
//! the test is deterministic itself. See [`Records::snapshot`].
//!
//! # What it does not do
//!
//! It does not wait: join what the test spawns before asserting. It does not test subscribers, rate
//! limits or settings of the log; see [`EcsLayer`](obs_core::log::EcsLayer) for a layer of one's own.
//!
//! # Features
//!
//! * `bundle`: checks that dashboards and rules read what a service exposes, see the module `bundle`;
//! * `discord`: a fake Discord for tests of bots, see the module `discord`.
//!
//! # Minimum supported Rust version
//!
//! 1.88.

#[cfg(feature = "bundle")]
pub mod bundle;
mod claim;
#[cfg(feature = "discord")]
pub mod discord;
mod field;
mod layer;
mod logs;
mod metered;
mod record;
mod records;
mod snapshot;
mod store;

#[cfg(feature = "bundle")]
pub use bundle::check_bundle;
pub use claim::Captured;
pub use logs::{Builder, Logs, builder, capture, capture_at};
pub use metered::{Metered, capture_metrics};
pub use record::Record;
pub use records::Records;
pub use tracing::Level;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
