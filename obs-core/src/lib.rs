//! Metrics, logs, health and lifecycle for a Rust service, from one `init`.

mod builder;
mod bundle;
pub mod metrics;
pub mod trace;

pub use builder::{Builder, InitError, Obs, builder};
pub use bundle::{Asset, AssetKind, BUNDLE, Bundle};
