//! Runs a client, and knows when it has ended.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use metrics::Gauge;
use serenity::client::{Client, ClientError};
use serenity::gateway::GatewayError;

use crate::discord::Discord;
use crate::gateway::Gateway;
use crate::metrics::CLIENT_UP;
use crate::poll::Polled;

impl Discord {
    /// Runs the client with one shard until it ends, as `Client::start` does.
    ///
    /// While it runs, `discord_client_up` is 1, and shards, cache and session starts are
    /// looked at; nothing is spawned. Dropping the future ends that, and not the client.
    ///
    /// # Errors
    ///
    /// Those of `Client::start`: the token or the intents are refused. It is logged as well, without
    /// its text.
    pub async fn run(&self, client: &mut Client) -> serenity::Result<()> {
        let watch = self.watch(client).shards(0..1);
        watch.until(client.start()).await
    }

    /// Runs the client with the number of shards that Discord recommends, as
    /// `Client::start_autosharded` does. See [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and if Discord does not tell the number.
    pub async fn run_autosharded(&self, client: &mut Client) -> serenity::Result<()> {
        let total = client.http.get_bot_gateway().await?.shards;
        self.run_shards(client, total).await
    }

    /// Runs the client with this many shards, as `Client::start_shards` does. See
    /// [`run`](Self::run).
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_shards(&self, client: &mut Client, total: u32) -> serenity::Result<()> {
        let watch = self.watch(client).shards(0..total);
        watch.until(client.start_shards(total)).await
    }

    /// Watches a client that is started in another way, such as with a range of shards:
    ///
    /// ```no_run
    /// # async fn run(
    /// #     discord: obs_serenity::Discord,
    /// #     mut client: serenity::Client,
    /// # ) -> serenity::Result<()> {
    /// let watch = discord.watch(&client).shards(4..8);
    /// watch.until(client.start_shard_range(4..7, 16)).await
    /// # }
    /// ```
    pub fn watch(&self, client: &Client) -> Watch {
        self.rest().watch_buckets(&client.http);
        Watch { gateway: Arc::clone(self.gateway()), polled: Polled::of(client) }
    }
}

/// A client that is about to run, from [`Discord::watch`].
#[must_use = "a client is watched while `until` runs"]
pub struct Watch {
    gateway: Arc<Gateway>,
    polled: Polled,
}

impl Watch {
    /// These shards are to run here: those that do not are down, not unknown.
    ///
    /// The end of the range is not in it, unlike with serenity's `start_shard_range`. Without this,
    /// the number is what READY tells of the whole bot.
    pub fn shards(self, ids: Range<u32>) -> Self {
        self.gateway.shards.configure(ids);
        self
    }

    /// Runs `start`, one of the client's `start` functions, to its end.
    ///
    /// # Errors
    ///
    /// Those of `start`.
    pub async fn until(
        self,
        start: impl Future<Output = serenity::Result<()>>,
    ) -> serenity::Result<()> {
        let up = Up::new(&self.gateway);
        let mut start = pin!(start);
        let mut state = pin!(self.polled.state(&self.gateway));
        let mut sessions = pin!(self.polled.sessions(&self.gateway));
        let result = poll_fn(|cx| {
            // Neither ever ends.
            let _ = state.as_mut().poll(cx);
            let _ = sessions.as_mut().poll(cx);
            start.as_mut().poll(cx)
        })
        .await;
        drop(up);
        match &result {
            Ok(()) => tracing::info!(target: "obs_serenity::client", "the client has ended"),
            Err(error) => {
                let kind = kind(error);
                tracing::error!(
                    target: "obs_serenity::client",
                    { "error.type" = kind },
                    "the client has ended"
                );
            }
        }
        result
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// The client is up until this is dropped.
struct Up<'a> {
    gateway: &'a Gateway,
    gauge: Gauge,
}

impl<'a> Up<'a> {
    fn new(gateway: &'a Gateway) -> Self {
        let gauge = CLIENT_UP.of(&gateway.metrics, []);
        gauge.set(1.0);
        Self { gateway, gauge }
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        self.gauge.set(0.0);
        #[expect(clippy::disallowed_methods, reason = "the client ends here")]
        self.gateway.shards.end(Instant::now());
    }
}

/// What went wrong, in a word. The text of an error may hold an address with a token.
fn kind(error: &serenity::Error) -> &'static str {
    match error {
        serenity::Error::Gateway(GatewayError::InvalidAuthentication) => "invalid_authentication",
        serenity::Error::Gateway(GatewayError::InvalidGatewayIntents) => "invalid_intents",
        serenity::Error::Gateway(GatewayError::DisallowedGatewayIntents) => "disallowed_intents",
        serenity::Error::Gateway(_) => "gateway",
        serenity::Error::Client(ClientError::ShardBootFailure) => "shard_boot",
        serenity::Error::Http(_) => "http",
        _ => "other",
    }
}
