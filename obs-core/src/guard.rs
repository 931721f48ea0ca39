//! What a service holds while it runs.

use std::fmt;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;

use tracing_subscriber::{Layer, Registry};

use crate::Bundle;
use crate::health::Health;
use crate::log::{EcsLayer, LevelHandle, Log, Losses};
use crate::metrics::Metrics;
use crate::shared::SharedValues;
use crate::shutdown::{DeadlineExceeded, ShutdownHandle};

/// The observability of a running service, from [`Builder::init`](crate::Builder::init).
///
/// Kept to the end of `main`, where [`finish`](Self::finish) writes out what is left. Dropping it
/// does so too, but blocks the thread meanwhile and tells nobody what was lost.
///
/// ```
/// # use std::future::pending;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let obs = obs_core::builder("shop").build()?;
/// # obs.shutdown_handle().trigger();
///
/// // `axum::serve(…).with_graceful_shutdown(obs.shutdown_signal())` in a real service.
/// let serve = obs.shutdown_signal();
/// obs.drain(serve).await?;
/// obs.finish().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "logs are written out when this is finished or dropped"]
pub struct Obs {
    pub(crate) service: Service,
    pub(crate) bundles: Vec<Bundle>,
    pub(crate) metrics: Metrics,
    #[cfg(feature = "audit")]
    pub(crate) audit: crate::audit::AuditLog,
    pub(crate) health: Health,
    pub(crate) shutdown: ShutdownHandle,
    pub(crate) endpoint: EndpointSettings,
    pub(crate) log_level: Option<LevelHandle>,
    pub(crate) warnings: Vec<String>,
    pub(crate) shared: SharedValues,
    pub(crate) log: Option<Log>,
}

impl Obs {
    /// The service's name, version and place.
    #[must_use]
    pub const fn service(&self) -> &Service {
        &self.service
    }

    /// The metrics.
    #[must_use]
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The audit log. Without one, every record is refused.
    #[cfg(feature = "audit")]
    #[must_use]
    pub const fn audit(&self) -> &crate::audit::AuditLog {
        &self.audit
    }

    /// The health checks.
    #[must_use]
    pub const fn health(&self) -> &Health {
        &self.health
    }

    /// Which events are logged, to ask and to change; `None` with
    /// [`without_logs`](crate::Builder::without_logs), where the application's own subscriber
    /// decides.
    ///
    /// After [`build`](crate::Builder::build), which installs no log, it can be changed and has no
    /// effect.
    #[must_use]
    pub const fn log_level(&self) -> Option<&LevelHandle> {
        self.log_level.as_ref()
    }

    /// The layer that writes the log, for a subscriber of the application's own; `None` after
    /// [`build`](crate::Builder::build) and with [`without_logs`](crate::Builder::without_logs).
    ///
    /// ```no_run
    /// use tracing_subscriber::prelude::*;
    ///
    /// # fn main() -> Result<(), obs_core::InitError> {
    /// let obs = obs_core::builder("shop").without_global_subscriber().init()?;
    /// # let their_layer = tracing_subscriber::layer::Identity::new();
    /// tracing_subscriber::registry()
    ///     .with(obs.log_level().map(|level| level.layer()))
    ///     .with(obs.log_layer())
    ///     .with(their_layer)
    ///     .init();
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn log_layer(&self) -> Option<EcsLayer> {
        self.log.as_ref().map(|log| log.layer().clone())
    }

    /// Adds a layer to the subscriber that [`init`](crate::Builder::init) installed, beside the log;
    /// `false` if it installed none. For instrumenting crates that read what a library tells `tracing`
    /// alone.
    ///
    /// The layer gets the spans and events that its [`enabled`](Layer::enabled) asks for, whatever the
    /// filter of the log says; what only the layer asked for is not logged. `enabled` is asked at each
    /// of them, and is to give the same answer for the same metadata each time. Spans that exist
    /// already are not told of. A [`max_level_hint`](Layer::max_level_hint) keeps events below it as
    /// cheap as they are.
    ///
    /// A layer [`with_filter`](Layer::with_filter) cannot be added: it would have to be there when the
    /// subscriber is made.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU64, Ordering};
    ///
    /// use tracing::{Event, Metadata, Subscriber};
    /// use tracing_subscriber::layer::{Context, Layer};
    ///
    /// /// Counts what a library logs of its retries.
    /// struct Retries(Arc<AtomicU64>);
    ///
    /// impl<S: Subscriber> Layer<S> for Retries {
    ///     fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
    ///         metadata.is_event() && metadata.target() == "the_library::retry"
    ///     }
    ///
    ///     fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
    ///         self.0.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// }
    ///
    /// let obs = obs_core::builder("shop").env(&[]).init()?;
    /// let retries = Arc::default();
    /// assert!(obs.add_layer(Retries(Arc::clone(&retries))));
    /// tracing::debug!(target: "the_library::retry", "again"); // which the log's filter leaves out
    /// assert_eq!(retries.load(Ordering::Relaxed), 1);
    /// # Ok::<_, obs_core::InitError>(())
    /// ```
    pub fn add_layer(&self, layer: impl Layer<Registry> + Send + Sync) -> bool {
        self.log.as_ref().is_some_and(|log| log.add_layer(layer))
    }

    /// The registered bundles, each name once.
    #[must_use]
    pub fn bundles(&self) -> &[Bundle] {
        &self.bundles
    }

    /// What the management endpoints need to know.
    #[must_use]
    pub const fn endpoint_settings(&self) -> &EndpointSettings {
        &self.endpoint
    }

    /// The value of type `T` that belongs to this application, made when first asked for.
    ///
    /// For instrumenting crates, whose parts are made one by one from an `Obs` and have to know of
    /// each other. A type of the crate's own keeps others out.
    #[must_use]
    pub fn shared<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.shared.get()
    }

    /// Settings that were passed over, such as a misspelt `OBS_*` variable, a sentence each.
    /// `init` has logged them. Those about the log filter are in
    /// [`LevelState::warnings`](crate::log::LevelState::warnings).
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Resolves when the service is to stop taking requests: what
    /// `axum::serve(…).with_graceful_shutdown` waits for.
    ///
    /// That is SIGTERM, SIGINT (ctrl-c where there are no signals) or
    /// [`ShutdownHandle::trigger`], and then
    /// [`shutdown_delay`](crate::Builder::shutdown_delay), in which readiness is down already. A
    /// second signal cuts the delay short. Signals are heard from the first poll on, and only by
    /// what [`init`](crate::Builder::init) made.
    pub fn shutdown_signal(&self) -> impl Future<Output = ()> + Send + 'static {
        self.shutdown.signal()
    }

    /// Resolves when the shutdown begins, which is
    /// [`shutdown_delay`](crate::Builder::shutdown_delay) before
    /// [`shutdown_signal`](Self::shutdown_signal): where a stream may tell its reader to go.
    ///
    /// Does not listen to signals itself.
    pub fn shutting_down(&self) -> impl Future<Output = ()> + Send + 'static {
        self.shutdown.begun()
    }

    /// Resolves when the time for requests in flight is over, or at a second signal: where a
    /// response without an end is cut off.
    ///
    /// Does not listen to signals itself.
    pub fn shutdown_deadline(&self) -> impl Future<Output = ()> + Send + 'static {
        self.shutdown.deadline()
    }

    /// Begins the shutdown from within the service, and watches it.
    #[must_use]
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        self.shutdown.clone()
    }

    /// Runs `work`, the service itself, to its end, or to
    /// [`shutdown_timeout`](crate::Builder::shutdown_timeout) after
    /// [`shutdown_signal`](Self::shutdown_signal) has resolved. A second signal ends it at once.
    ///
    /// `work` need not wait for the signal itself: a loop without an end gets the timeout.
    ///
    /// # Errors
    ///
    /// If `work` had to be dropped.
    pub fn drain<W: IntoFuture>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<W::Output, DeadlineExceeded>> + use<W> {
        self.shutdown.drain(work)
    }

    /// Ends the service's observability: begins the shutdown if it has not begun, and writes the
    /// log lines that wait, for up to [`flush_timeout`](crate::log::Queue::flush_timeout).
    ///
    /// Before that, the events that wait for the audit log are written, for up to five seconds.
    ///
    /// Returns the lines that were lost in the life of the service, and those that could not be
    /// written in time. A call of the output that has not returned by then may still write lines
    /// that count as lost.
    ///
    /// Lines that are logged later are written before the call that logs them returns; they are
    /// lost if the output had to be given up. Before `std::process::exit` this is the way to lose
    /// nothing; without it, an exit loses what waits.
    pub async fn finish(mut self) -> Losses {
        self.shutdown.trigger();
        // Before the log is: it says where the audit log ends.
        #[cfg(feature = "audit")]
        self.audit.close().await;
        match self.log.take() {
            Some(log) => log.finish().await,
            None => Losses::default(),
        }
    }
}

impl Drop for Obs {
    fn drop(&mut self) {
        #[cfg(feature = "audit")]
        self.audit.close_blocking();
        if let Some(log) = &self.log {
            log.flush();
        }
    }
}

/// Which service this is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// Its name, never empty.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Where it runs, such as `production`.
    pub environment: Option<String>,
    /// Which replica it is: `service.instance.id` of `OTEL_RESOURCE_ATTRIBUTES`.
    pub instance_id: Option<String>,
}

/// What the management endpoints need to know.
#[derive(Clone)]
pub struct EndpointSettings {
    pub(crate) addr: Option<SocketAddr>,
    pub(crate) token: Option<String>,
}

impl EndpointSettings {
    /// The address that they have for themselves; with `None` they are merged into the service.
    #[must_use]
    pub const fn addr(&self) -> Option<SocketAddr> {
        self.addr
    }

    /// The bearer token that they require: visible ASCII. Secret; compared in constant time.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }
}

impl fmt::Debug for EndpointSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointSettings")
            .field("addr", &self.addr)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .finish()
    }
}
