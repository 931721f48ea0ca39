//! Runs a client, and knows when it has ended.

use std::future::poll_fn;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use serenity::client::{Client, ClientError};
use serenity::gateway::{GatewayError, ShardManager};
use serenity::http::HttpError;
use tokio::time::sleep;

use crate::discord::Discord;
use crate::gateway::Gateway;
use crate::poll::Polled;

impl Discord {
    /// Runs the client with one shard until it ends, as `Client::start` does.
    ///
    /// While it runs, `discord_client_up` is 1, and shards, cache and session starts are
    /// looked at; nothing is spawned. Dropping the future ends that, and not the client.
    ///
    /// The end of the client is logged, by target `obs_serenity::client`: at INFO, or at ERROR with
    /// an `error.type`, in a word. The text of the error may hold an address with a token: it is for the
    /// caller to look at.
    ///
    /// # Errors
    ///
    /// Those of `Client::start`: the token or the intents are refused.
    pub async fn run(&self, client: &mut Client) -> serenity::Result<()> {
        let watch = self.watch(client).shards(0..1);
        watch.until(client.start()).await
    }

    /// Runs the client with the number of shards that Discord recommends, as
    /// `Client::start_autosharded` does. See [`run`](Self::run).
    ///
    /// Discord is asked for the number first. It refuses a wrong token there: the client has then ended
    /// as well, logs it, and `discord_client_up` is 0.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and if Discord does not tell the number.
    pub async fn run_autosharded(&self, client: &mut Client) -> serenity::Result<()> {
        match client.http.get_bot_gateway().await {
            Ok(bot) => self.run_shards(client, bot.shards).await,
            Err(error) => {
                self.gateway().client_up(false);
                log_end(Some(&error));
                Err(error)
            }
        }
    }

    /// Runs the client as [`run_autosharded`](Self::run_autosharded) does, until `signal`: then closes
    /// the connections of all shards, so that Discord shows the bot as offline at once.
    ///
    /// That takes as long as serenity takes for it: next to nothing, but five seconds for a shard that is
    /// just connecting anew. [`Obs::drain`](obs_core::Obs::drain) sets a limit. serenity's own
    /// `ShardManager::shutdown_all` does nothing while no shard has been started, and the client goes on:
    /// here it ends, a second after the signal at most.
    ///
    /// ```no_run
    /// # async fn run(
    /// #     obs: obs_core::Obs,
    /// #     mut client: serenity::Client,
    /// # ) -> serenity::Result<()> {
    /// let discord = obs_serenity::observe(&obs);
    /// discord.run_until(&mut client, obs.shutdown_signal()).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`run_autosharded`](Self::run_autosharded); none after the signal.
    pub async fn run_until(
        &self,
        client: &mut Client,
        signal: impl Future<Output = ()>,
    ) -> serenity::Result<()> {
        let shards = Arc::clone(&client.shard_manager);
        let mut run = pin!(self.run_autosharded(client));
        let mut signal = pin!(signal);
        let ended = poll_fn(|cx| match run.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(Some(result)),
            Poll::Pending => signal.as_mut().poll(cx).map(|()| None),
        })
        .await;
        if let Some(result) = ended {
            return result;
        }
        let mut close = pin!(close(&shards));
        let ended = poll_fn(|cx| match run.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending => close.as_mut().poll(cx).map(|()| false),
        })
        .await;
        if !ended {
            log_end(None);
        }
        Ok(())
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
        log_end(result.as_ref().err());
        result
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").field("gateway", &self.gateway).finish_non_exhaustive()
    }
}

/// The client is up until this is dropped.
struct Up<'a>(&'a Gateway);

impl<'a> Up<'a> {
    fn new(gateway: &'a Gateway) -> Self {
        gateway.client_up(true);
        Self(gateway)
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        self.0.client_up(false);
        #[expect(clippy::disallowed_methods, reason = "the client ends here")]
        self.0.shards.end(Instant::now());
    }
}

/// Closes the connections of all shards. Returns after a second in which that did not end the client.
///
/// serenity does nothing where it has no runner, and a shard may be about to get one.
async fn close(shards: &ShardManager) {
    for _ in 0..10 {
        shards.shutdown_all().await;
        sleep(Duration::from_millis(100)).await;
    }
}

fn log_end(error: Option<&serenity::Error>) {
    match error.map(kind) {
        None => tracing::info!(target: "obs_serenity::client", "the client has ended"),
        Some(kind) => tracing::error!(
            target: "obs_serenity::client",
            { "error.type" = kind },
            "the client has ended"
        ),
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
        serenity::Error::Http(HttpError::UnsuccessfulRequest(response))
            if response.status_code.as_u16() == 401 =>
        {
            "invalid_authentication"
        }
        serenity::Error::Http(_) => "http",
        _ => "other",
    }
}
