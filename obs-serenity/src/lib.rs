//! Metrics and logs of a Discord bot that is made with serenity or poise.

mod bundle;
pub mod commands;
pub mod metrics;
#[cfg(feature = "poise")]
pub mod poise;
pub mod rest;

pub use bundle::BUNDLE;
