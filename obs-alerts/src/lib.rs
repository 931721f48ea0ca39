//! Prometheus rule files, evaluated inside the process.

pub mod rule;
pub mod store;
pub mod template;
pub mod unit;

mod yaml;
