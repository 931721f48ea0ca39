//! axum instrumentation.

mod bundle;
mod metrics;

pub use bundle::BUNDLE;
