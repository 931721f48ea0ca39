//! What nothing tells and has to be asked for: runners, latencies, the cache, session starts.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serenity::client::Client;
use serenity::gateway::ShardManager;
use serenity::http::Http;
use serenity::model::id::ShardId;
use tokio::time::sleep;

use crate::gateway::Gateway;
#[cfg(feature = "cache")]
use crate::metrics::{
    CACHE_CHANNELS, CACHE_GUILDS, CACHE_UNAVAILABLE_GUILDS, CACHE_UNKNOWN_MEMBERS, CACHE_USERS,
};
use crate::sessions::{Asked, Sessions};

/// A runner that is gone is seen within this, and a new one gets its collector.
const RUNNERS: Duration = Duration::from_millis(250);

/// The cache is counted once in so many looks at the runners.
const LOOKS: u32 = 20;

/// How often the session starts are looked at; Discord is asked only when they may have changed.
const SESSIONS: Duration = Duration::from_secs(5);

/// The parts of a client that are asked.
pub(crate) struct Polled {
    manager: Arc<ShardManager>,
    http: Arc<Http>,
    #[cfg(feature = "cache")]
    cache: Arc<serenity::cache::Cache>,
}

impl Polled {
    pub(crate) fn of(client: &Client) -> Self {
        Self {
            manager: Arc::clone(&client.shard_manager),
            http: Arc::clone(&client.http),
            #[cfg(feature = "cache")]
            cache: Arc::clone(&client.cache),
        }
    }

    /// Looks at the runners and the cache, again and again.
    pub(crate) async fn state(&self, gateway: &Arc<Gateway>) -> Infallible {
        #[cfg(feature = "cache")]
        let cache = CacheGauges::new(gateway);
        loop {
            #[cfg(feature = "cache")]
            cache.set(&self.cache);
            for _ in 0..LOOKS {
                self.runners(gateway).await;
                sleep(RUNNERS).await;
            }
        }
    }

    /// Asks how many sessions may be started, when that may have changed.
    pub(crate) async fn sessions(&self, gateway: &Arc<Gateway>) -> Infallible {
        let mut sessions = Sessions::new(&gateway.metrics);
        loop {
            let identified = gateway.shards.identified();
            if sessions.is_due(identified, now()) {
                let answer = self.http.get_bot_gateway().await;
                let limit = answer.ok().map(|bot| Asked::from(&bot.session_start_limit));
                sessions.answered(limit, identified, now());
            }
            sessions.publish(now());
            sleep(SESSIONS).await;
        }
    }

    async fn runners(&self, gateway: &Arc<Gateway>) {
        // Held throughout: a shard whose runner appears meanwhile must not be called absent after
        // its READY.
        let runners = self.manager.runners.lock().await;
        let now = now();
        let shards = &gateway.shards;
        for (id, runner) in runners.iter() {
            let is_new = shards.present(id.0, runner.latency, now);
            #[cfg(feature = "collector")]
            if is_new && let Some(slot) = shards.get(id.0) {
                gateway.collect(slot, &runner.runner_tx);
            }
            let _ = is_new;
        }
        shards.absent(|id| runners.contains_key(&ShardId(id)), now);
        shards.publish(now);
    }
}

/// The gauges of the cache.
#[cfg(feature = "cache")]
struct CacheGauges([metrics::Gauge; 5]);

#[cfg(feature = "cache")]
impl CacheGauges {
    fn new(gateway: &Gateway) -> Self {
        Self(
            [
                &CACHE_GUILDS,
                &CACHE_UNAVAILABLE_GUILDS,
                &CACHE_USERS,
                &CACHE_CHANNELS,
                &CACHE_UNKNOWN_MEMBERS,
            ]
            .map(|gauge| gauge.of(&gateway.metrics, [])),
        )
    }

    fn set(&self, cache: &serenity::cache::Cache) {
        let counts = [
            cache.guild_count(),
            cache.unavailable_guilds().len(),
            cache.user_count(),
            cache.guild_channel_count(),
            usize::try_from(cache.unknown_members()).unwrap_or(usize::MAX),
        ];
        for (gauge, count) in self.0.iter().zip(counts) {
            gauge.set(count as f64);
        }
    }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the poller is where the shards get the time")]
    Instant::now()
}
