//! A fake Discord: REST and gateway on this machine, scripted by a test.
//!
//! It speaks JSON over HTTP and websockets and knows no library, so that any bot can be tested against it.
//!
//! ```no_run
//! use std::time::Duration;
//! use obs_test::discord::{Answer, FakeDiscord, event};
//!
//! # async fn test() {
//! let discord = FakeDiscord::start().await;
//! // Start the bot here, with discord.rest_url(), and:
//! let shard = discord.shard(0);
//! shard.identified().await;
//!
//! discord.answer("POST /channels/{}/messages", [Answer::rate_limited(Duration::from_millis(50))]);
//! shard.send(event::message("!ping"));
//! let replies = discord.requested("POST /channels/{}/messages", 2).await;
//! assert_eq!((replies[0].status, replies[1].status), (429, 200));
//! assert_eq!(replies[1].body["content"], "pong");
//!
//! shard.reconnect();
//! let counts = shard.counted(|counts| counts.resumes == 1).await;
//! assert_eq!(counts.event("MESSAGE_CREATE"), 1);
//! # }
//! ```
//!
//! A [`FakeDiscord`] is REST and all shards, a [`Shard`] the gateway's side of one of them, an
//! [`Event`] what it sends, an [`Answer`] what REST says. [`Counts`] and [`Request`]s are what there was,
//! exactly, to be compared with what the bot's metrics say.
//!
//! # How a bot gets to it
//!
//! The gateway needs nothing: REST says where it is, and it is a `ws://` URL that
//! [`gateway_url`](FakeDiscord::gateway_url) gives too. A library that can be told another URL for REST gets
//! [`rest_url`](FakeDiscord::rest_url). One that always speaks to `https://discord.com` gets an HTTP client
//! that resolves this name to [`https_addr`](FakeDiscord::https_addr) and trusts the
//! [`certificate`](FakeDiscord::certificate).
//!
//! serenity 0.12 has a `proxy`, which works with its rate limiter off only:
//!
//! ```ignore
//! let http = HttpBuilder::new("token").proxy(discord.rest_url()).ratelimiter_disabled(true).build();
//! let client = ClientBuilder::new_with_http(http, intents).event_handler(handler).await?;
//! ```
//!
//! With the rate limiter on, as bots have it, the name is resolved:
//!
//! ```ignore
//! let reqwest = reqwest::Client::builder()
//!     .use_rustls_tls()
//!     .resolve("discord.com", discord.https_addr())
//!     .add_root_certificate(reqwest::Certificate::from_der(discord.certificate())?)
//!     .build()?;
//! let http = HttpBuilder::new("token").client(reqwest).build();
//! ```
//!
//! # What it does by itself
//!
//! It says hello, answers identifies with READY and the shard's guilds, acknowledges heartbeats, replays
//! after a resume what was not read, and refuses what Discord refuses: payloads that are none (4002), opcodes
//! there are not (4001), events before the identify (4003), a wrong token (4004), a second identify (4005), a
//! number that was never sent (4007), a shard there is not (4010), a session that is gone (opcode 9).
//! REST knows the gateway's address, the application, the bot, its guilds and channels, messages,
//! answers to interactions, and commands; all else is 404.
//!
//! # What it does not do
//!
//! It keeps no state of guilds, channels and messages: what a bot posts is recorded, not shown. It sends no
//! event for what REST is asked, sets no limits that are not scripted, and speaks neither ETF, zstd nor voice.
//! It misses no heartbeats: a client that sends none stays connected. It waits for nothing but
//! [delays](Answer::delay) that are scripted.

mod builder;
mod config;
mod counts;
pub mod event;
mod gateway;
mod hub;
mod rest;
mod session;
mod shard;
mod state;
mod tls;
mod zlib;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

pub use self::builder::Builder;
pub use self::counts::Counts;
pub use self::event::{Event, Guild};
pub use self::rest::{Answer, Request};
pub use self::shard::Shard;

use self::hub::Hub;
use self::rest::Pattern;

/// A fake Discord that runs until its last clone is dropped. See the [module](self).
#[derive(Clone)]
pub struct FakeDiscord {
    running: Arc<Running>,
}

/// Servers and connections end with it.
struct Running {
    hub: Arc<Hub>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.hub.stop();
    }
}

impl fmt::Debug for FakeDiscord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.rest_url();
        f.debug_struct("FakeDiscord").field("rest_url", &url).finish_non_exhaustive()
    }
}

impl FakeDiscord {
    /// Starts one with one guild, one shard, and all other settings of the [`Builder`] as they are.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Sets one up.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn hub(&self) -> &Hub {
        &self.running.hub
    }

    /// Where REST is: `http://127.0.0.1:PORT`, to which `/api/v10/…` is added.
    #[must_use]
    pub fn rest_url(&self) -> String {
        format!("http://{}", self.hub().http)
    }

    /// Where the gateway is: `ws://127.0.0.1:PORT`.
    #[must_use]
    pub fn gateway_url(&self) -> String {
        self.hub().gateway_url()
    }

    /// Where REST and the gateway are with TLS, as `discord.com`, `gateway.discord.gg` or `localhost`.
    #[must_use]
    pub fn https_addr(&self) -> SocketAddr {
        self.hub().https
    }

    /// The certificate of [`https_addr`](Self::https_addr) in DER, for a client to trust.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.hub().certificate
    }

    /// The gateway's side of a shard, which need not have connected yet. A bot without shards is shard 0.
    #[must_use]
    pub fn shard(&self, id: u32) -> Shard {
        Shard::new(self.running.hub.clone(), id)
    }

    /// What went over the gateway, of all shards.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.hub().read(|state| {
            let mut all = Counts::default();
            state.gateway.shards.values().for_each(|shard| all += &shard.counts);
            all
        })
    }

    /// How many websockets were opened, whatever came of them.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.hub().read(|state| state.gateway.connections)
    }

    /// Answers the next requests of a route with these, one each; those after it as usual.
    ///
    /// A route is a method or `*`, and a path below `/api/v10` in which `{…}` stands for one part and a last
    /// `**` for any: `POST /channels/{}/messages`, `* /**`. Answers that were scripted earlier come first.
    ///
    /// # Panics
    ///
    /// If the route has not that form.
    pub fn answer(&self, route: &str, answers: impl IntoIterator<Item = Answer>) {
        let (route, answers) = (Pattern::new(route), answers.into_iter().collect());
        self.hub().change(|state| state.rest.script_once(route, answers));
    }

    /// Answers all requests of a route with this, unless [`answer`](Self::answer) has one left.
    ///
    /// # Panics
    ///
    /// If the route has not the form of `answer`'s.
    pub fn answer_always(&self, route: &str, answer: Answer) {
        let route = Pattern::new(route);
        self.hub().change(|state| state.rest.script_always(route, answer));
    }

    /// Forgets all scripted answers.
    pub fn answer_as_usual(&self) {
        self.hub().change(|state| state.rest.clear_script());
    }

    /// All requests so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.hub().read(|state| state.rest.requests().to_vec())
    }

    /// Forgets the requests so far, for a fake that runs for long: it keeps them all.
    pub fn forget_requests(&self) {
        self.hub().change(|state| state.rest.forget_requests());
    }

    /// Waits until there were this many requests of a route, whose form is that of
    /// [`answer`](Self::answer), and gives all of them.
    ///
    /// A request is there when it arrives, which is before its answer is sent.
    ///
    /// # Panics
    ///
    /// If the route has not that form, or if it takes longer than the fake's patience.
    pub async fn requested(&self, route: &str, times: usize) -> Vec<Request> {
        let pattern = Pattern::new(route);
        let of_route = |it: &&Request| pattern.matches(&it.method, &it.path);
        self.hub()
            .wait(&format!("{times} requests of {route}"), |state| {
                let found: Vec<_> =
                    state.rest.requests().iter().filter(of_route).cloned().collect();
                (found.len() >= times).then_some(found)
            })
            .await
    }
}
