//! Metrics and logs of a Discord bot that is made with serenity or poise.

pub mod metrics;
pub mod rest;
