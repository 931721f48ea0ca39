//! Metrics, logs, health and lifecycle for a Rust service, from one `init`.

mod bundle;
mod config;
mod error;
mod guard;
pub mod health;
mod init;
mod log;
pub mod metrics;
mod panic;
mod shutdown;
pub mod trace;

pub use bundle::{Asset, AssetKind, BUNDLE, Bundle};
pub use config::{Builder, Setting, builder, settings, settings_table};
pub use error::InitError;
pub use guard::{EndpointSettings, Obs, Service};
pub use log::LogFormat;
pub use shutdown::{DeadlineExceeded, ShutdownHandle};
