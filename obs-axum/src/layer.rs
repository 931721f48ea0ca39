//! The layer and its options.

use std::fmt;
use std::sync::{Arc, OnceLock};

use metrics::Gauge;
use obs_core::Obs;
use obs_core::metrics::Metrics;
use tower::Layer;

use crate::deadline::Deadline;
use crate::method::Known;
use crate::metrics::ACTIVE_REQUESTS;
use crate::service::{By, HttpService};
use crate::unmatched::Latest;

/// Observes every request that passes: metrics, ids, a span and one access-log event.
///
/// See [the front page](crate#when-things-are-recorded) for what is recorded when, and
/// [`layer`] for an example.
#[derive(Clone)]
pub struct HttpLayer {
    shared: Arc<Shared>,
}

/// A layer that observes the requests of an axum router.
///
/// ```
/// use axum::{Router, routing::get};
///
/// # let obs = obs_core::builder("shop").build().unwrap();
/// let app: Router = Router::new()
///     .route("/orders/{id}", get(async || "an order"))
///     .layer(obs_axum::layer(&obs).sample_successes(10));
/// ```
#[must_use]
pub fn layer(obs: &Obs) -> HttpLayer {
    let shared = Arc::new(Shared {
        metrics: obs.metrics().clone(),
        deadline: Deadline::of(obs),
        options: Options { id_fields: obs.log_layer().is_none(), ..Options::default() },
        active: Default::default(),
        latest: obs.shared(),
    });
    shared.latest.set(&shared);
    HttpLayer { shared }
}

impl HttpLayer {
    /// Writes no access-log events.
    #[must_use]
    pub fn without_access_log(self) -> Self {
        self.option(|options| options.access_log = false)
    }

    /// Neither takes nor makes a trace context or request id: no span, no response headers, no
    /// ids in the access log, no exemplars, and [`RequestId`](crate::RequestId) finds nothing.
    #[must_use]
    pub fn without_ids(self) -> Self {
        self.option(|options| options.ids = false)
    }

    /// Makes no `http.request` span, so that events of handlers do not inherit the ids from one.
    ///
    /// `obs_core::trace::current` and the access log still have them.
    #[must_use]
    pub fn without_span(self) -> Self {
        self.option(|options| options.span = false)
    }

    /// Leaves `trace.id` and `span.id` out of the fields of the span and of the access-log event:
    /// for a log that takes them from `obs_core::trace::current`, which saves formatting them.
    ///
    /// That is so where `init` has installed obs-core's own log.
    #[must_use]
    pub fn without_id_fields(self) -> Self {
        self.option(|options| options.id_fields = false)
    }

    /// Records `http_server_request_body_size_bytes` and `http_server_response_body_size_bytes`.
    ///
    /// A request body counts if its size is known from the start, as it is with `Content-Length`: with
    /// what the client declares, unless that is more than a tebibyte.
    /// A response body counts once, with the bytes that were handed to the connection.
    #[must_use]
    pub fn body_sizes(self) -> Self {
        self.option(|options| options.body_sizes = true)
    }

    /// Follows bodies of known size to their end as well, for an allocation each.
    ///
    /// Without this such a response counts as delivered when its headers are ready. With it, one
    /// that the client did not take to the end has `error_type="cancelled"`. The duration is
    /// still the time to the headers.
    #[must_use]
    pub fn track_all_bodies(self) -> Self {
        self.option(|options| options.track_all_bodies = true)
    }

    /// Keeps one access-log event in `n` of successful requests, chosen at random; 0 and 1 keep all.
    ///
    /// Successful is a status below 400 without an error type. A kept event carries `n` in
    /// `access.sample_rate`. Metrics count every request.
    #[must_use]
    pub fn sample_successes(self, n: u32) -> Self {
        self.option(|options| options.sample = n.max(1))
    }

    /// Makes new ids for every request, for a service that strangers reach directly.
    ///
    /// Otherwise a client chooses the trace id and request id that stand in the logs.
    #[must_use]
    pub fn ignore_incoming_ids(self) -> Self {
        self.option(|options| options.incoming_ids = false)
    }

    fn option(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut Arc::make_mut(&mut self.shared).options);
        self.shared.latest.set(&self.shared);
        self
    }
}

impl fmt::Debug for HttpLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpLayer").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for HttpLayer {
    type Service = HttpService<S>;

    // axum calls this for every request to a handler that awaits its state, and once a connection
    // for the rest: nothing may be made here.
    fn layer(&self, inner: S) -> HttpService<S> {
        HttpService::new(inner, By::This(Arc::clone(&self.shared)))
    }
}

/// What the clones of a layer have in common.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) metrics: Metrics,
    pub(crate) deadline: Deadline,
    pub(crate) options: Options,
    active: [OnceLock<Gauge>; Known::COUNT],
    latest: Arc<Latest>,
}

impl Shared {
    fn active(&self, method: Known) -> &Gauge {
        self.active[method.index()]
            .get_or_init(|| ACTIVE_REQUESTS.of(&self.metrics, [method.name()]))
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("options", &self.options).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) access_log: bool,
    pub(crate) ids: bool,
    pub(crate) span: bool,
    pub(crate) id_fields: bool,
    pub(crate) body_sizes: bool,
    pub(crate) track_all_bodies: bool,
    pub(crate) incoming_ids: bool,
    pub(crate) sample: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            access_log: true,
            ids: true,
            span: true,
            id_fields: true,
            body_sizes: false,
            track_all_bodies: false,
            incoming_ids: true,
            sample: 1,
        }
    }
}

/// One request of a layer, counted as active until released or dropped.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(crate) shared: Arc<Shared>,
    pub(crate) method: Known,
    active: bool,
}

impl InFlight {
    pub(crate) fn new(shared: &Arc<Shared>, method: Known) -> Self {
        shared.active(method).increment(1.0);
        Self { shared: Arc::clone(shared), method, active: true }
    }

    pub(crate) fn release(&mut self) {
        if std::mem::take(&mut self.active) {
            self.shared.active(self.method).decrement(1.0);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.release();
    }
}
