//! Metrics and logs of a Discord bot that is made with serenity or poise.

mod call;
#[cfg(feature = "collector")]
mod collector;
mod discord;
mod events;
#[cfg(feature = "framework")]
mod framework;
mod gateway;
mod handler;
mod lag;
pub mod metrics;
mod poll;
mod run;
mod sessions;
mod shard;
mod shards;
mod voice;

pub use discord::{Discord, observe};
#[cfg(feature = "framework")]
pub use framework::ObservedFramework;
pub use handler::Observed;
pub use run::Watch;
