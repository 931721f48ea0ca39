//! Metrics, logs, health and lifecycle for a Rust service, from one `init`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use obs_core::metrics::Format;
//!
//! obs_core::catalogue! {
//!     /// What the shop sells.
//!     static SHOP;
//!     /// Orders placed, by payment method.
//!     ORDERS: Counter = "shop_orders_total" (payment_method);
//! }
//!
//! let obs = obs_core::builder("shop").catalogue(SHOP).init()?;
//! tracing::info!(order = 42, "order placed");
//! ORDERS.with(["card"]).increment(1);
//! # let signal = obs.shutdown_signal();
//! # obs.shutdown_handle().trigger();
//! # let serve = async { signal.await };
//!
//! let text = obs.metrics().render(Format::Text);
//! assert!(text.contains("shop_orders_total{payment_method=\"card\"} 1"));
//!
//! obs.drain(serve).await?; // `serve` is the service: it ends after SIGTERM, or is ended
//! obs.finish().await;
//! # Ok(()) }
//! ```
//!
//! # The nouns
//!
//! A [`Builder`] takes the *settings*: code wins over the environment, which wins over defaults.
//! [`init`](Builder::init) makes an [`Obs`] of them, which `main` holds to its end, or one
//! [`InitError`] that names every bad setting. A *catalogue* declares metrics; a [`Bundle`] is the
//! catalogue of an instrumenting crate with its dashboards and alerting rules.
//!
//! # Metrics
//!
//! Declared once, help text and all; a name that breaks the conventions does not compile. Recorded
//! through the `metrics` facade, so other crates' metrics are there too. See
//! [`catalogue!`] and [`metrics`].
//!
//! # Logs
//!
//! Plain `tracing`: lines of JSON in the Elastic Common Schema, text on a terminal, to standard
//! output and to files that rotate. Secrets are hidden, each line is accounted for, and the filter is
//! changed while the service runs. Records of the `log` crate are there too. A panic is an event of
//! target `panic`, with its place, thread, trace id and (with `RUST_BACKTRACE`) backtrace. See
//! [`log`].
//!
//! # Audit log
//!
//! What was done by whom, signed and chained, in a file that cannot be changed unnoticed. See
//! [`Builder::audit`].
//!
//! # Health
//!
//! Named async checks for readiness and liveness, with a timeout, a cache and one run at a time.
//! See [`health`].
//!
//! # Shutdown
//!
//! 1. SIGTERM or SIGINT, or [`ShutdownHandle::trigger`]: readiness is down,
//!    [`Obs::shutting_down`] resolves.
//! 2. `shutdown_delay` later: [`Obs::shutdown_signal`] resolves, and the service stops accepting.
//! 3. `shutdown_timeout` later: [`Obs::shutdown_deadline`] resolves, and [`Obs::drain`] drops what
//!    has not ended. A second signal goes here at once.
//! 4. [`Obs::finish`] writes out what is left.
//!
//! # Traces
//!
//! The W3C `traceparent` of a request is parsed or made, and carried to exemplars, panics and
//! spawned tasks. See [`trace`].
//!
//! # What it does not do
//!
//! It opens no port: `obs-axum` serves `/metrics`, `/healthz`, `/readyz` and `/-/log-level`. It
//! exports no spans and carries no `tracestate`.
//!
//! # Features
//!
//! * `audit`: the audit log. On by default.
//! * `metrics-exporter-prometheus`: records into that crate's recorder in place of our own, for an
//!   application that uses it already. Off by default.
//!
//! # Environment
//!
//! [`settings`] lists every variable with its default; the README shows them as a table. Durations
//! are `500ms`, `30s`, `2m`, `1h` or `7d`. An empty variable is the same as none. A variable that
//! begins with `OBS_` and means nothing is a warning in the log, with the name it may stand for.
//!
//! # Minimum supported Rust version
//!
//! 1.88.

#[cfg(feature = "audit")]
pub mod audit;
mod bundle;
mod config;
mod error;
mod guard;
pub mod health;
mod init;
pub mod log;
pub mod metrics;
mod panic;
mod shared;
mod shutdown;
pub mod trace;
#[cfg(unix)]
mod unix;

pub use bundle::{Asset, AssetKind, BUNDLE, Bundle};
pub use config::{
    Builder, DurationError, Setting, builder, parse_duration, settings, settings_table,
};
pub use error::InitError;
pub use guard::{EndpointSettings, Obs, Service};
pub use log::{LogFormat, Secret};
pub use shutdown::{DeadlineExceeded, ShutdownHandle};
