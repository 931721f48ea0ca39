//! Metrics and logs of a Discord bot that is made with serenity or poise.

mod bundle;
pub mod metrics;
pub mod rest;

pub use bundle::BUNDLE;
