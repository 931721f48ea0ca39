use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::any;
use tokio::net::TcpListener;

use super::FakeDiscord;
use super::config::Config;
use super::event::Guild;
use super::hub::Hub;
use super::tls::TlsListener;
use super::{Running, gateway, rest};

/// How a [`FakeDiscord`] is set up before it starts.
#[derive(Clone)]
#[must_use = "a fake that is not started does nothing"]
pub struct Builder {
    config: Config,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { config: Config::default() }
    }

    /// Lets in bots with this token only: others get 401, or close code 4004. By default all are let in.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.config.token = Some(token.into());
        self
    }

    /// The guilds that the bot is in, in place of one with the id [`GUILD`](super::event::GUILD).
    ///
    /// A shard gets those of its own: READY names them, a GUILD_CREATE for each follows.
    pub fn guilds(mut self, guilds: impl IntoIterator<Item = Guild>) -> Self {
        self.config.guilds = guilds.into_iter().collect();
        self
    }

    /// How many shards `/gateway/bot` recommends. By default 1.
    pub fn shards(mut self, shards: u32) -> Self {
        self.config.shards = shards;
        self
    }

    /// How many shards may identify at once. By default 1.
    pub fn max_concurrency(mut self, shards: u32) -> Self {
        self.config.max_concurrency = shards;
        self
    }

    /// How long a shard must wait to identify after another of its bucket, of which there are as many as
    /// [`max_concurrency`](Self::max_concurrency); else it gets an invalid session. 5 s with Discord, by
    /// default no time.
    pub fn identify_interval(mut self, interval: Duration) -> Self {
        self.config.identify_interval = interval;
        self
    }

    /// The `session_start_limit` of `/gateway/bot`: how many identifies there are in all, and how many are
    /// left. Each takes one; at 0 they still go on, where Discord would reset the token. By default 1000 of
    /// 1000.
    pub fn session_starts(mut self, total: u32, remaining: u32) -> Self {
        self.config.session_starts = total;
        self.config.session_starts_left = remaining;
        self
    }

    /// When the session starts are said to be reset. By default in four hours; the time does not pass.
    pub fn session_starts_reset(mut self, after: Duration) -> Self {
        self.config.session_starts_reset = after;
        self
    }

    /// How often clients are to send heartbeats. By default 41.25 s, as with Discord.
    pub fn heartbeat_interval(mut self, interval: Duration) -> Self {
        self.config.heartbeat_interval = interval;
        self
    }

    /// Compresses what is sent to clients that ask for it as they identify (`compress`). By default it is text:
    /// Discord need not compress either. `compress=zlib-stream` in the URL always holds.
    pub fn compress_payloads(mut self) -> Self {
        self.config.compress_payloads = true;
        self
    }

    /// How long waiting takes before it panics. By default 30 s.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.config.patience = patience;
        self
    }

    /// Starts it, on two free ports of 127.0.0.1.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start(self) -> FakeDiscord {
        let plain = TcpListener::bind("127.0.0.1:0").await.expect("a free port of 127.0.0.1");
        let (tls, certificate) = TlsListener::bind().await.expect("a free port of 127.0.0.1");
        let http = plain.local_addr().expect("a listener has an address");
        let https = axum::serve::Listener::local_addr(&tls).expect("a listener has an address");
        let hub = Arc::new(Hub::new(self.config, http, https, certificate));
        let app = Router::new()
            .route("/", any(gateway::upgrade))
            .fallback(rest::answer)
            .with_state(hub.clone());
        serve(plain, app.clone(), hub.clone());
        serve(tls, app, hub.clone());
        FakeDiscord { running: Arc::new(Running { hub }) }
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge: serves until the fake goes")]
fn serve<L>(listener: L, app: Router, hub: Arc<Hub>)
where
    L: axum::serve::Listener,
    L::Addr: std::fmt::Debug,
{
    tokio::spawn(async move {
        let stopped = async move { hub.stopped().await };
        axum::serve(listener, app).with_graceful_shutdown(stopped).await.ok();
    });
}
