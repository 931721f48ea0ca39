//! What a bot asks of Discord's API, and how it fares.
//!
//! Two hooks, each of use without the other. [`Rest::instrument`] sees each attempt of a `reqwest`
//! client: what was asked, the status, how long an interaction waited for its answer, and how near
//! Discord's ban is. [`layer`] sees serenity's `tracing` spans: how long things took, how long they
//! waited for rate limits, and why shards lost their connection.
//!
//! # When things are recorded
//!
//! | metric | when | needs |
//! |---|---|---|
//! | `discord_rest_requests_total` | an attempt is over: the response's head is there, or an error | client |
//! | `discord_rest_invalid_requests` | at each scrape | client |
//! | `discord_interaction_ack_seconds` | an interaction's first answer got a response, except 429 and 5xx, which Discord did not take for one | client |
//! | `discord_rest_rate_limit_hits_total` | a response has status 429 | client; for the scope, both |
//! | `discord_rest_request_duration_seconds` | as requests, for those that serenity's `Http` makes | both |
//! | `discord_rest_call_duration_seconds` | serenity's `Http` is done with a request, or its caller gave up | layer |
//! | `discord_rest_in_flight` | as it changes | layer |
//! | `discord_rest_rate_limit_wait_seconds_total` | a wait is over, and its route known | layer |
//! | `discord_gateway_closes_total` | the gateway closes a connection | layer |
//! | `discord_shard_restarts_total` | a connection ends, for the first reason that serenity logs | layer |
//! | `discord_rest_ratelimit_buckets` | at each scrape, after [`Rest::watch_buckets`] | |
//!
//! `route` is one of serenity's 108 routes as a template, or `other`: no id, token, emoji, invite code
//! or query of a URL is kept anywhere. `scope` is `user`, `shared` or `global`, as Discord says, or
//! `unknown` where only the client sees the response, since reqwest shows it no headers. A 429 of unknown
//! scope counts towards the ban.
//!
//! An acknowledgement's `kind` is that of the interaction, which the observed handler or framework was
//! given before it was answered. It is `unknown` where none was: with a [`Rest`] alone, for
//! interactions that come over HTTP, and where more than two thousand wait for their answer.
//!
//! A wait is `global` where it is for the limit on all routes. It counts when it is over; one before a
//! request's first attempt when that is over too, as only then the route is known. One that no attempt
//! followed has the route `other`.
//!
//! Requests to other hosts than Discord's, such as its CDN, are not recorded.
//!
//! # What is not seen
//!
//! * reqwest shows no attempts whose body is a stream: uploads. With the layer they are counted when
//!   their response is there, as `PATCH` if they edit a message, else as `POST`. Those that get no
//!   response, and all if serenity's rate limiter is off, are not counted.
//! * After two refusals of an HTTP/2 server, the third attempt counts as an upload does.

mod ack;
mod call;
mod classify;
mod handles;
mod route;
mod scope;
mod sentences;
mod spans;
#[cfg(test)]
mod test_source;
mod waits;
mod window;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use metrics::Histogram;
use obs_core::metrics::Metrics;
use reqwest::ClientBuilder;
use serenity::http::Http;
use serenity::model::application::Interaction;

use self::ack::Interactions;
use self::call::{Limited, Wait};
use self::handles::{Handles, Method};
use self::route::Route;
use self::scope::Scope;
use self::waits::Waits;
use self::window::Window;
use crate::commands::Kind;
use crate::metrics::{INTERACTION_ACK, REST_INVALID_REQUESTS, REST_RATELIMIT_BUCKETS};
use crate::stage::Stage;

pub(crate) use self::spans::bare_layer;
pub use self::spans::layer;
#[cfg(all(test, feature = "poise"))]
pub(crate) use self::test_source::version_of;

/// Records what is asked of Discord's API. A cheap handle; clones share everything.
///
/// ```
/// # use obs_core::metrics::{Config, Metrics};
/// # use obs_serenity::rest::Rest;
/// let rest = Rest::new(&Metrics::new(Config::default()));
/// let client = rest.instrument(reqwest::Client::builder()).build()?;
/// let http = serenity::http::HttpBuilder::new("token").client(client).build();
/// rest.watch_buckets(&http);
/// # Ok::<(), reqwest::Error>(())
/// ```
#[derive(Clone)]
pub struct Rest {
    inner: Arc<Inner>,
}

struct Inner {
    metrics: Metrics,
    handles: Handles,
    /// By kind, the last for those of unknown kind.
    acks: [OnceLock<Histogram>; Kind::ALL.len() + 1],
    interactions: Interactions,
    invalid: Mutex<Window>,
    waits: Waits,
    shard_news: OnceLock<OnShardNews>,
}

/// What serenity's log tells of shards.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ShardNews {
    /// Something: the log is read.
    Heard,
    /// This shard lost its connection.
    Lost(u32),
    /// Its next connection is in this stage.
    Enters(u32, Stage),
}

type OnShardNews = Box<dyn Fn(ShardNews) + Send + Sync>;

impl Rest {
    /// Records in `metrics`.
    #[must_use]
    pub fn new(metrics: &Metrics) -> Self {
        let inner = Arc::new(Inner {
            metrics: metrics.clone(),
            handles: Handles::new(metrics),
            acks: Default::default(),
            interactions: Interactions::default(),
            invalid: Mutex::new(Window::new(Moment::now().instant)),
            waits: Waits::new(),
            shard_news: OnceLock::new(),
        });
        let invalid = REST_INVALID_REQUESTS.of(metrics, []);
        // The metrics keep what they call: a strong handle would keep both for ever.
        let weak = Arc::downgrade(&inner);
        metrics.on_collect(move || {
            if let Some(inner) = weak.upgrade() {
                invalid.set(inner.invalid().count(Moment::now().instant) as f64);
                inner.waits.publish(&inner.metrics);
            }
        });
        Self { inner }
    }

    /// Makes the client that is built of `builder` show its requests to Discord.
    ///
    /// This takes the place of a retry policy that `builder` has. Requests that an HTTP/2 server
    /// refused unseen are tried again, as without a policy.
    pub fn instrument(&self, builder: ClientBuilder) -> ClientBuilder {
        classify::instrument(builder, self, None)
    }

    /// As [`instrument`](Self::instrument), for a bot whose requests go to a proxy: the one of
    /// [`HttpBuilder::proxy`](serenity::http::HttpBuilder::proxy), which serenity uses without its rate
    /// limiter only. `host` is the proxy's, without a port.
    pub fn instrument_proxied(
        &self,
        builder: ClientBuilder,
        host: impl Into<String>,
    ) -> ClientBuilder {
        classify::instrument(builder, self, Some(host.into()))
    }

    /// Has `discord_rest_ratelimit_buckets` tell how many buckets the rate limiter of `http` keeps, at
    /// each scrape that finds its table free. Does nothing if the limiter is off.
    pub fn watch_buckets(&self, http: &Http) {
        let Some(limiter) = &http.ratelimiter else { return };
        let routes = Arc::downgrade(&limiter.routes());
        let buckets = REST_RATELIMIT_BUCKETS.of(&self.inner.metrics, []);
        self.inner.metrics.on_collect(move || {
            if let Some(routes) = routes.upgrade()
                && let Ok(routes) = routes.try_read()
            {
                buckets.set(routes.len() as f64);
            }
        });
    }

    /// Calls `news` whenever serenity logs something of its shards. Only the first caller is heard.
    pub(crate) fn on_shard_news(&self, news: impl Fn(ShardNews) + Send + Sync + 'static) {
        let _ = self.inner.shard_news.set(Box::new(news));
    }

    fn shard_news(&self, what: ShardNews) {
        if let Some(news) = self.inner.shard_news.get() {
            news(what);
        }
    }

    /// Records an attempt that is over.
    fn attempt(&self, attempt: &Attempt, now: Moment) {
        let Attempt { method, route, status, interaction } = *attempt;
        let Inner { handles, interactions, waits, .. } = &*self.inner;
        handles.count(method, route, status);
        if matches!(status, Some(401 | 403 | 429)) {
            self.inner.invalid().add(now.instant);
        }
        if let Some(id) = interaction
            && status.is_some_and(|status| status != 429 && status < 500)
            && let Some(kind) = interactions.answered(id)
        {
            self.inner.ack(kind).record(ack::age(id, now.unix).as_secs_f64());
        }
        let limited = (status == Some(429)).then_some(Limited { route, at: now.instant });
        match (call::current(), limited) {
            (Some(call), limited) => {
                let (took, wait) = call.answered(route, now.instant, limited);
                handles.duration(method, route).record(took.as_secs_f64());
                if let Some(wait) = wait {
                    waits.add(route, wait);
                }
            }
            (None, Some(limited)) => self.limited(limited, Scope::Unknown),
            (None, None) => {}
        }
    }

    /// Records whose limit a 429 was of.
    fn limited(&self, limited: Limited, scope: Scope) {
        self.inner.handles.hits(limited.route, scope).increment(1);
        if scope == Scope::Shared {
            self.inner.invalid().remove(limited.at);
        }
    }

    pub(crate) fn time_by_route(&self, each: bool) {
        self.inner.handles.time_by_route(each);
    }

    /// Notes of which kind an interaction is, so that its answer is known to be.
    pub(crate) fn arrived(&self, interaction: &Interaction) {
        if let Some(kind) = Kind::of(interaction) {
            self.inner.interactions.arrived(interaction.id().get(), kind);
        }
    }

    fn waited(&self, wait: Option<(Route, Wait)>) {
        if let Some((route, wait)) = wait {
            self.inner.waits.add(route, wait);
        }
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rest").finish_non_exhaustive()
    }
}

impl Inner {
    fn invalid(&self) -> MutexGuard<'_, Window> {
        self.invalid.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ack(&self, kind: Option<Kind>) -> &Histogram {
        let at = kind.map_or(Kind::ALL.len(), Kind::index);
        let name = kind.map_or("unknown", Kind::name);
        self.acks[at].get_or_init(|| INTERACTION_ACK.of(&self.metrics, [name]))
    }
}

/// An attempt of a request that is over, without what is secret of it.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    method: Method,
    route: Route,
    /// `None` if there was no response.
    status: Option<u16>,
    /// The interaction that it answers.
    interaction: Option<u64>,
}

impl Attempt {
    fn new(method: Method, url: &str, status: Option<u16>) -> Self {
        let route = Route::of(url);
        Self { method, route, status, interaction: route.interaction(url) }
    }
}

/// A point in time, on both clocks.
#[derive(Clone, Copy, Debug)]
struct Moment {
    instant: Instant,
    /// Since 1970.
    unix: Duration,
}

impl Moment {
    #[expect(clippy::disallowed_methods, reason = "requests and spans are where time comes from")]
    fn now() -> Self {
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { instant: Instant::now(), unix }
    }
}
