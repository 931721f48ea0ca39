//! The management endpoints: metrics, health and the log filter.

mod auth;
mod bind;
mod encoding;
mod health;
mod log_level;
mod scrape;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use obs_core::Obs;
use obs_core::health::Health;
use obs_core::log::LevelHandle;
use obs_core::metrics::Metrics;
use tokio::sync::Semaphore;

pub use bind::{BindError, Serving};

use auth::Token;

use crate::unmatched::{Latest, UnmatchedLayer};

/// `/metrics`, `/healthz`, `/readyz` and `/-/log-level`, to merge into a router or to serve on a port of their own.
///
/// | Path | Answer |
/// |---|---|
/// | `/metrics` | all series, as Prometheus text or OpenMetrics by `Accept`, gzipped by `Accept-Encoding` |
/// | `/healthz` | liveness: whether a restart is needed |
/// | `/readyz` | readiness: whether requests can be taken |
/// | `/-/log-level` | the log filter; [`PUT` changes it](#the-log-filter) |
///
/// A health report is JSON, with status 200 for up and degraded and 503 for down. All answer
/// `GET` and `HEAD` and forbid caches to keep the answer. Requests to them are neither measured nor
/// logged by an [`HttpLayer`](crate::HttpLayer) around them.
///
/// Four scrapes are answered at a time; further ones get status 503 and `Retry-After`.
///
/// # Who may ask
///
/// Everyone, unless there is a [token](Self::token). With one, `/metrics` answers 401 without it,
/// and the health paths, which orchestrators probe without secrets, answer with the bare status:
/// no names of checks, no messages. The log filter is shown as `/metrics` is, and changed by nobody
/// unless there is a token.
///
/// # The log filter
///
/// `GET /-/log-level` answers with the filter in force, when its time ends and what the settings
/// say: `{"filter":"info","until":null,"default":"info"}`. `PUT` changes it, for a time or to stay,
/// as [`LevelHandle`](obs_core::log::LevelHandle) describes, and answers the same:
///
/// ```sh
/// curl -X PUT -H "Authorization: Bearer $OBS_ENDPOINT_TOKEN" localhost:8080/-/log-level \
///     -d '{"filter":"info,hyper=debug","for":"10m"}' # or the filter alone: -d info,hyper=debug
/// ```
///
/// Each change is logged, whatever the filter. A refusal is `{"error":"…"}`, with status 400 for a
/// filter or time that makes no sense, 403 where no token is set, 404 where the application's own
/// subscriber decides (`without_logs`), and 413 for more than 8 KiB.
#[derive(Clone)]
pub struct Endpoints {
    metrics: Metrics,
    health: Health,
    log_level: Option<LevelHandle>,
    token: Option<Token>,
    paths: Paths,
    latest: Arc<Latest>,
    /// Where the settings want them, until they are there.
    addr: Option<SocketAddr>,
    /// Served elsewhere.
    apart: bool,
    scrapes: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
struct Paths {
    metrics: String,
    liveness: String,
    readiness: String,
    log_level: String,
}

/// The management endpoints of `obs`, with the token of its settings if they have one.
///
/// ```
/// use axum::Router;
///
/// # let obs = obs_core::builder("shop").build().unwrap();
/// let app: Router = Router::new()
///     // your routes
///     .layer(obs_axum::layer(&obs))
///     .merge(obs_axum::endpoints(&obs));
/// ```
#[must_use]
pub fn endpoints(obs: &Obs) -> Endpoints {
    Endpoints {
        metrics: obs.metrics().clone(),
        health: obs.health().clone(),
        log_level: obs.log_level().cloned(),
        token: obs.endpoint_settings().token().map(Token::new),
        paths: Paths {
            metrics: "/metrics".to_owned(),
            liveness: "/healthz".to_owned(),
            readiness: "/readyz".to_owned(),
            log_level: "/-/log-level".to_owned(),
        },
        latest: obs.shared(),
        addr: obs.endpoint_settings().addr(),
        apart: false,
        scrapes: Arc::new(Semaphore::new(scrape::AT_ONCE)),
    }
}

impl Endpoints {
    /// Requires `Authorization: Bearer <token>`; wins over the token of the settings.
    ///
    /// It is compared in constant time. White space around it, such as the newline at the end of a
    /// file, is no part of it, and an empty one lets nobody in. See [who may ask](Self#who-may-ask).
    #[must_use]
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = Some(Token::new(token.as_ref()));
        self
    }

    /// The path of the metrics; default `/metrics`.
    #[must_use]
    pub fn metrics_path(mut self, path: impl Into<String>) -> Self {
        self.paths.metrics = path.into();
        self
    }

    /// The path of the liveness report; default `/healthz`.
    #[must_use]
    pub fn liveness_path(mut self, path: impl Into<String>) -> Self {
        self.paths.liveness = path.into();
        self
    }

    /// The path of the readiness report; default `/readyz`.
    #[must_use]
    pub fn readiness_path(mut self, path: impl Into<String>) -> Self {
        self.paths.readiness = path.into();
        self
    }

    /// The path of the log filter; default `/-/log-level`.
    #[must_use]
    pub fn log_level_path(mut self, path: impl Into<String>) -> Self {
        self.paths.log_level = path.into();
        self
    }

    /// The endpoints as a router to merge into one with any state, before or after the layer is
    /// added to that.
    ///
    /// # Panics
    ///
    /// If a path is no route, as [`Router::route`] describes.
    pub fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        if let Some(addr) = self.addr {
            tracing::warn!(
                "the management endpoints are not on {addr}, as OBS_ENDPOINT_ADDR asks: the \
                 application has to call `Endpoints::bind`"
            );
        }
        let unmatched = UnmatchedLayer(Arc::clone(&self.latest));
        let routes = if self.apart { Router::new() } else { self.routes() };
        routes.layer(unmatched)
    }

    fn routes<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        let paths = self.paths.clone();
        let limit = DefaultBodyLimit::max(log_level::MAX_BODY);
        let log_level = get(log_level::show).put(log_level::change).layer(limit);
        Router::new()
            .route(&paths.metrics, get(scrape::metrics))
            .route(&paths.liveness, get(health::liveness))
            .route(&paths.readiness, get(health::readiness))
            .route(&paths.log_level, log_level)
            .route_layer(crate::route().skip())
            .with_state(Arc::new(self))
    }
}

impl<S: Clone + Send + Sync + 'static> From<Endpoints> for Router<S> {
    fn from(endpoints: Endpoints) -> Self {
        endpoints.router()
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("paths", &self.paths)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
