//! The bot's observer.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use obs_core::Obs;
use obs_core::health::Outcome;
use obs_core::metrics::Metrics;
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::commands::Commands;
use crate::gateway::Gateway;
use crate::handler::Observed;
use crate::info::Info;
use crate::rest::{self, Rest, ShardNews};
use crate::shards::Tally;

/// What observes a Discord bot, from [`observe`]. A cheap handle; clones share everything.
///
/// It observes one client: a second one gets a second `Obs`, or its numbers are mixed up.
#[derive(Clone)]
pub struct Discord {
    shared: Arc<Shared>,
}

struct Shared {
    gateway: Arc<Gateway>,
    rest: Rest,
}

/// Observes the Discord bot of this application. See [the front page](crate) for what to do with it.
///
/// Called again it returns the same. Reads serenity's spans where `init` has installed the log; in a
/// subscriber of the application's own [`Discord::tracing_layer`] does.
#[must_use]
pub fn observe(obs: &Obs) -> Discord {
    let observed = obs.shared::<OnceLock<Discord>>();
    let discord = observed.get_or_init(|| {
        let metrics = obs.metrics();
        // Our own log takes the ids from the trace that is current.
        let commands = if obs.log_layer().is_some() {
            Commands::without_id_fields(metrics)
        } else {
            Commands::new(metrics)
        };
        let discord = Discord::new(metrics, commands);
        obs.add_layer(rest::bare_layer(discord.rest()));
        discord
    });
    discord.clone()
}

impl Discord {
    fn new(metrics: &Metrics, commands: Commands) -> Self {
        let rest = Rest::new(metrics);
        let gateway = Arc::new(Gateway::new(metrics, commands, rest.clone(), now()));
        let info = Info::default();
        // Weak: the gateway holds the metrics.
        let weak = Arc::downgrade(&gateway);
        metrics.on_collect(move || {
            if let Some(gateway) = weak.upgrade() {
                let tally = gateway.shards.publish(now());
                info.publish(&gateway.metrics, tally.configured);
            }
        });
        let weak = Arc::downgrade(&gateway);
        rest.on_shard_news(move |news| {
            if let Some(gateway) = weak.upgrade() {
                gateway.shards.log_is_read();
                match news {
                    ShardNews::Heard => {}
                    ShardNews::Lost(shard) => gateway.shards.lost(shard, now()),
                    ShardNews::Enters(shard, stage) => gateway.shards.enters(shard, stage),
                }
            }
        });
        Self { shared: Arc::new(Shared { gateway, rest }) }
    }

    pub(crate) fn gateway(&self) -> &Arc<Gateway> {
        &self.shared.gateway
    }

    /// Observes the calls of a handler.
    ///
    /// Several may be observed, and a framework beside them. Each is timed on its own; events are
    /// counted once. A handler beside the first costs a clone of each event, which is serenity's.
    ///
    /// ```
    /// use serenity::all::{Context, EventHandler, Message};
    ///
    /// struct Handler;
    ///
    /// #[serenity::async_trait]
    /// impl EventHandler for Handler {
    ///     async fn message(&self, _: Context, message: Message) {
    ///         tracing::debug!(length = message.content.len(), "a message");
    ///     }
    /// }
    ///
    /// let obs = obs_core::builder("bot").build().unwrap();
    /// let handler = obs_serenity::observe(&obs).handler(Handler);
    /// ```
    #[must_use]
    pub fn handler<H>(&self, handler: H) -> Observed<H> {
        Observed::new(handler, self.gateway())
    }

    /// Observes the calls of a framework, such as poise's.
    ///
    /// serenity tells a framework of no rate limits and changes of a shard's stage; nothing here
    /// needs them.
    #[cfg(feature = "framework")]
    #[must_use]
    pub fn framework<F>(&self, framework: F) -> crate::ObservedFramework<F> {
        crate::ObservedFramework::new(framework, self.gateway())
    }

    /// The client to give to `HttpBuilder::client`: each of its requests to Discord is counted.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up.
    pub fn http_client(&self) -> reqwest::Result<reqwest::Client> {
        self.http_client_with(reqwest::Client::builder())
    }

    /// The same with settings of one's own. See [`Rest::instrument`] for what becomes of them.
    ///
    /// # Errors
    ///
    /// If they do not make a client.
    pub fn http_client_with(
        &self,
        builder: reqwest::ClientBuilder,
    ) -> reqwest::Result<reqwest::Client> {
        self.rest().instrument(builder).build()
    }

    /// A layer that reads serenity's spans and log: how long requests take and wait, and why shards
    /// lose their connection. For a subscriber of the application's own; see [`rest::layer`].
    #[must_use]
    pub fn tracing_layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        rest::layer(self.rest())
    }

    /// What observes requests, for a bot that makes some beside serenity's.
    #[must_use]
    pub fn rest(&self) -> &Rest {
        &self.shared.rest
    }

    /// What observes commands, for a bot that finds them itself.
    #[must_use]
    pub fn commands(&self) -> &Commands {
        &self.gateway().commands
    }

    /// A check for the bot's readiness: up when all shards are.
    ///
    /// Down until all of them were up at once; later degraded as long as one is up.
    ///
    /// ```
    /// # use obs_core::health::Probe;
    /// # let obs = obs_core::builder("bot").build().unwrap();
    /// # let discord = obs_serenity::observe(&obs);
    /// obs.health().add(Probe::Readiness, "discord", discord.readiness());
    /// ```
    pub fn readiness(
        &self,
    ) -> impl Fn() -> std::future::Ready<Outcome> + Send + Sync + 'static + use<> {
        let gateway = Arc::clone(self.gateway());
        move || std::future::ready(outcome(gateway.shards.publish(now())))
    }
}

impl fmt::Debug for Discord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discord").field("gateway", self.gateway()).finish_non_exhaustive()
    }
}

fn outcome(tally: Tally) -> Outcome {
    let Tally { up, configured, complete } = tally;
    if configured == 0 {
        return Outcome::down("not started");
    }
    let message = format_args!("{up} of {configured} shards are up");
    match up {
        up if up >= configured => Outcome::up(),
        0 => Outcome::down(message),
        _ if complete => Outcome::degraded(message),
        _ => Outcome::down(message),
    }
}

fn now() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "shards are asked how they are at this moment")]
    Instant::now()
}

#[cfg(test)]
mod tests {
    use obs_core::health::Status;

    use super::*;

    #[test]
    fn readiness_needs_all_shards_once_and_some_shard_after() {
        let tally = |up, configured, complete| Tally { up, configured, complete };
        let cases = [
            (tally(0, 0, false), Status::Down, Some("not started")),
            (tally(0, 2, false), Status::Down, Some("0 of 2 shards are up")),
            (tally(1, 2, false), Status::Down, Some("1 of 2 shards are up")),
            (tally(2, 2, true), Status::Up, None),
            (tally(1, 2, true), Status::Degraded, Some("1 of 2 shards are up")),
            (tally(0, 2, true), Status::Down, Some("0 of 2 shards are up")),
        ];
        for (tally, status, message) in cases {
            let found = outcome(tally);
            assert_eq!((found.status(), found.message()), (status, message), "{tally:?}");
        }
    }
}
