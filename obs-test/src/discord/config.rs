use std::time::Duration;

use super::event::Guild;

/// How a fake behaves from its start; set by [`Builder`](super::Builder).
#[derive(Clone)]
pub(super) struct Config {
    pub(super) token: Option<String>,
    pub(super) guilds: Vec<Guild>,
    pub(super) shards: u32,
    pub(super) max_concurrency: u32,
    pub(super) identify_interval: Duration,
    pub(super) session_starts: u32,
    pub(super) session_starts_left: u32,
    pub(super) session_starts_reset: Duration,
    pub(super) heartbeat_interval: Duration,
    pub(super) compress_payloads: bool,
    pub(super) patience: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            token: None,
            guilds: vec![Guild::new(super::event::GUILD)],
            shards: 1,
            max_concurrency: 1,
            identify_interval: Duration::ZERO,
            session_starts: 1000,
            session_starts_left: 1000,
            session_starts_reset: Duration::from_secs(4 * 60 * 60),
            heartbeat_interval: Duration::from_millis(41_250),
            compress_payloads: false,
            patience: Duration::from_secs(30),
        }
    }
}

impl Config {
    /// Whether a client that says `token` is let in, with or without the `Bot ` of the header.
    pub(super) fn lets_in(&self, token: Option<&str>) -> bool {
        let Some(wanted) = &self.token else { return true };
        token.is_some_and(|token| token.strip_prefix("Bot ").unwrap_or(token) == wanted)
    }

    /// The guilds of one of `total` shards.
    pub(super) fn guilds_of(&self, shard: u32, total: u32) -> impl Iterator<Item = &Guild> {
        let of = move |guild: &&Guild| (guild.id() >> 22) % u64::from(total) == u64::from(shard);
        self.guilds.iter().filter(of)
    }
}
