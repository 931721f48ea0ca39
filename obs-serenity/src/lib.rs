//! Metrics and logs of a Discord bot that is made with serenity or poise.
//!
//! ```no_run
//! use serenity::all::{ClientBuilder, EventHandler, GatewayIntents, HttpBuilder};
//!
//! struct Handler;
//! impl EventHandler for Handler {}
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (token, intents) = (String::new(), GatewayIntents::empty());
//! let obs = obs_core::builder("bot").bundle(obs_serenity::BUNDLE).init()?;
//! let discord = obs_serenity::observe(&obs);
//! let http = HttpBuilder::new(&token).client(discord.http_client()?).build();
//! let client = ClientBuilder::new_with_http(http, intents).event_handler(discord.handler(Handler));
//! let mut client = client.await?;
//! discord.run(&mut client).await?;
//! # Ok(()) }
//! ```
//!
//! * [`observe`] makes a [`Discord`], of which all the rest is.
//! * [`Discord::handler`] and `Discord::framework` watch the calls of the bot's own code. One of them
//!   is needed, both may be used.
//! * [`Discord::run`] and its siblings start the client and watch its shards;
//!   [`Discord::run_until`] ends it as well.
//! * [`Discord::http_client`] makes the client for requests. What only serenity's spans and log tell of
//!   them and of the shards is read where `init` has installed the log, whatever its filter says; a
//!   subscriber of the application's own needs [`Discord::tracing_layer`]. See [`rest`].
//! * Commands are counted where the handler or framework gets them. See [`commands`], and for poise the
//!   module `poise`.
//! * [`Discord::readiness`] is a health check.
//! * [`BUNDLE`] is the dashboards and alert rules for all this.
//!
//! # When things are recorded
//!
//! | Metric | Recorded |
//! |---|---|
//! | `discord_client_up` | 1 while [`Discord::run`] or one of its siblings runs |
//! | `discord_client_info` | at each scrape, once it is known how many shards are to run |
//! | `discord_gateway_events_total` | when the handler or framework is called for an event; what could not be read, when it comes |
//! | `discord_gateway_unparsed_events_total` | when it comes; feature `collector` |
//! | `discord_event_handler_duration_seconds` | when the handler returns or panics, per method of `EventHandler` |
//! | `discord_event_handlers_in_flight` | up when it is called, down when its future is dropped or has ended |
//! | `discord_handler_panics_total` | when it panics; the panic passes on |
//! | `discord_event_lag_seconds` | when the handler is called for a message or an interaction |
//! | `discord_shard_connects_total` | with READY (`identify`) and RESUMED (`resume`) |
//! | `discord_shard_up`, `…_last_event_age_seconds`, `discord_shards_connected` | at each scrape, and four times a second |
//! | `discord_shard_stage` | as they, if [asked for](Discord::record_shard_stages) |
//! | `discord_shard_latency_seconds` | within a quarter of a second after a heartbeat was acknowledged |
//! | `discord_session_start…` | at the start, each hour, and within a minute after a session was started |
//! | `discord_cache_…` | every five seconds; feature `cache` |
//! | `discord_guild_joins_total`, `discord_guild_leaves_total`, `discord_voice_connections` | with their events |
//!
//! For `discord_rest_…`, closes and restarts see [`rest`], for commands and interactions [`commands`].
//! Where serenity's log is not read a restart counts when its shard connects again or its runner is gone, with
//! `reason="heartbeat"` if it was silent, else `unknown`.
//!
//! A call that is **cancelled**, as all are when the runtime ends, has no duration. A **clock** that runs
//! behind Discord's makes a lag of zero, and counts in `discord_event_lag_negative_total`.
//!
//! A guild is **joined** when it comes and was not announced as unavailable; without serenity's cache,
//! which knows that, when the bot joined it within the last minute. Guilds that go away in an outage
//! are neither left nor joined.
//!
//! **Several handlers**, or a handler and a framework, are each called for every event. Each call counts
//! as one; the event counts once.
//!
//! # Whether a shard is up
//!
//! It is from READY or RESUMED on, until its connection is seen to end, and only while events come or
//! heartbeats are acknowledged: at least one within twice 41.25 seconds, the interval that Discord asks
//! for. serenity's `ShardRunnerInfo::stage` is not asked, as it stays `connected` where it should
//! not. Where serenity's log is read an end is seen when serenity tells it. Where not, it is seen at
//! once where the client ends with it, and else when serenity has taken the runner away and not started
//! another within a quarter of a second: a connection that is resumed, or given up after five seconds and
//! made anew, mostly counts as up throughout.
//!
//! # Many shards
//!
//! Events are counted for each of the first 16 shards that appear; those of further shards have
//! `shard="other"`: each may have 76 series, and a shard that is told apart is one whose silence the
//! alert `DiscordShardZombie` sees. See [`Discord::count_events_by_shard`] for all of them, or none. All
//! else is by shard. [`Discord::time_requests_by_route`] saves series of requests.
//!
//! # What it costs
//!
//! No event is cloned, and counting allocates nothing. A wrapped handler has one small box more for
//! each call, which `async_trait` would have as well. serenity itself is dearer where its spans are
//! enabled: at `INFO` two of them format each event whole, twice. The log filter
//! `info,serenity=warn` turns that off, and nothing else.
//!
//! A second handler, and a raw one, make serenity clone each event: see [`Discord::handler`].
//!
//! # What it does not do
//!
//! Nothing is recorded by guild, channel, user or message. Events that serenity cannot read and that
//! come with READY, in the moment before its runner is seen, may be missed. Two clients need two
//! `Obs`.
//!
//! # Features
//!
//! * `cache` (on by default, as serenity's is): gauges of serenity's cache. It has to be on where serenity's own feature is, which the
//!   compiler checks: the wrapper would lack two methods of the handler.
//! * `client` (on by default): all but [`BUNDLE`] and [`metrics`], which alone need neither serenity nor a
//!   C compiler; for tools that read dashboards and rules.
//! * `framework`: `Discord::framework`.
//! * `collector`: events that serenity could not read.
//! * `poise`: commands of poise's.

mod bundle;
#[cfg(feature = "client")]
mod call;
#[cfg(feature = "collector")]
mod collector;
#[cfg(feature = "client")]
pub mod commands;
#[cfg(feature = "client")]
mod discord;
#[cfg(feature = "client")]
mod events;
#[cfg(feature = "framework")]
mod framework;
#[cfg(feature = "client")]
mod gateway;
#[cfg(feature = "client")]
mod handler;
#[cfg(feature = "client")]
mod info;
#[cfg(feature = "client")]
mod lag;
pub mod metrics;
#[cfg(feature = "client")]
mod options;
#[cfg(feature = "poise")]
pub mod poise;
#[cfg(feature = "client")]
mod poll;
#[cfg(feature = "client")]
pub mod rest;
#[cfg(feature = "client")]
mod run;
#[cfg(feature = "client")]
mod sessions;
#[cfg(feature = "client")]
mod shard;
#[cfg(feature = "client")]
mod shards;
#[cfg(feature = "client")]
mod stage;
// Two attributes: in `all` clippy does not see that these are tests.
#[cfg(test)]
#[cfg(feature = "client")]
mod tests;
#[cfg(feature = "client")]
mod voice;

pub use bundle::BUNDLE;
#[cfg(feature = "client")]
pub use discord::{Discord, observe};
#[cfg(feature = "framework")]
pub use framework::ObservedFramework;
#[cfg(feature = "client")]
pub use handler::Observed;
#[cfg(feature = "client")]
pub use run::Watch;
