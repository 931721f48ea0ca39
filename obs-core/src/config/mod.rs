//! What a service says about its observability: in code, in the environment, or not at all.

#[cfg(feature = "audit")]
mod audit;
mod env;
mod log;
mod log_file;
mod metrics;
mod parse;
mod resolve;
mod setting;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

pub use parse::{DurationError, parse_duration};
pub use setting::{Setting, settings, settings_table};

pub(crate) use env::{Env, distance};
pub(crate) use resolve::{Backend, Config, shorten};

use crate::Bundle;
use crate::health::{Check, Outcome, Probe};
use crate::log::{File, LogFormat, Output, Queue, RateLimit, Redaction, Sampling};
use crate::metrics::Desc;

/// Starts the configuration of the service called `service`.
///
/// An empty name leaves it to `OTEL_SERVICE_NAME`.
///
/// ```
/// let obs = obs_core::builder("shop").service_version("1.2.0").env(&[]).build()?;
/// assert_eq!(obs.service().name, "shop");
/// # Ok::<_, obs_core::InitError>(())
/// ```
pub fn builder(service: impl Into<String>) -> Builder {
    Builder { service: service.into(), ..Builder::default() }
}

/// Settings in the making, from [`builder`].
///
/// What is said here wins over the environment, which wins over the default; [`settings`] lists
/// the variables and defaults.
#[derive(Default)]
#[must_use = "nothing happens before `init` or `build`"]
pub struct Builder {
    pub(crate) service: String,
    pub(crate) service_version: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) bundles: Vec<Bundle>,
    pub(crate) catalogue: Vec<&'static Desc>,
    pub(crate) log_filter: Option<String>,
    pub(crate) default_log_filter: Option<String>,
    pub(crate) log_format: Option<LogFormat>,
    pub(crate) without_log_stdout: bool,
    pub(crate) log_line_limit: Option<usize>,
    pub(crate) without_log_origin: bool,
    pub(crate) log_backtrace: bool,
    pub(crate) log_redaction: Option<Redaction>,
    pub(crate) log_rate_limit: Option<RateLimit>,
    pub(crate) log_sampling: Option<Sampling>,
    pub(crate) log_fold: bool,
    pub(crate) log_queue: Queue,
    pub(crate) log_file: Option<File>,
    pub(crate) log_outputs: Vec<Box<dyn Output>>,
    pub(crate) global_labels: Vec<(String, String)>,
    pub(crate) series_limit: Option<usize>,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) without_created_samples: bool,
    pub(crate) health_timeout: Option<Duration>,
    pub(crate) health_cache: Option<Duration>,
    pub(crate) shutdown_delay: Option<Duration>,
    pub(crate) shutdown_timeout: Option<Duration>,
    pub(crate) checks: Vec<(Probe, Check)>,
    pub(crate) endpoint_token: Option<String>,
    pub(crate) endpoint_addr: Option<SocketAddr>,
    pub(crate) without_logs: bool,
    pub(crate) without_global_subscriber: bool,
    pub(crate) without_global_recorder: bool,
    pub(crate) without_panic_hook: bool,
    pub(crate) keep_panic_hook: bool,
    pub(crate) known_env: Vec<&'static str>,
    pub(crate) backend: Backend,
    pub(crate) env: Option<Env>,
    #[cfg(feature = "audit")]
    pub(crate) audit: Option<crate::audit::Audit>,
}

impl Builder {
    /// The version of the service, as in `env!("CARGO_PKG_VERSION")`.
    pub fn service_version(mut self, version: impl Into<String>) -> Self {
        self.service_version = Some(version.into());
        self
    }

    /// Where the service runs, such as `production`.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Makes the metrics of an instrumenting crate known before their first sample.
    ///
    /// The same bundle may be registered twice; two that share a name may not.
    pub fn bundle(mut self, bundle: Bundle) -> Self {
        self.bundles.push(bundle);
        self
    }

    /// Makes metrics of one's own known before their first sample; see
    /// [`catalogue!`](crate::catalogue).
    pub fn catalogue(mut self, catalogue: &'static [&'static Desc]) -> Self {
        self.catalogue.extend(catalogue);
        self
    }

    /// Which events are logged: a `tracing` filter such as `info,sqlx=warn`.
    ///
    /// A word alone that looks like a misspelt level is refused: `tracing` would take it for a
    /// target and leave out everything else. See
    /// [`Obs::log_level`](crate::Obs::log_level) for changing the filter later.
    pub fn log_filter(mut self, filter: impl Into<String>) -> Self {
        self.log_filter = Some(filter.into());
        self
    }

    /// Which events are logged where neither [`log_filter`](Self::log_filter) nor the environment says
    /// it: for an application that knows a library to be loud, and whose operators may still ask
    /// for more.
    pub fn default_log_filter(mut self, filter: impl Into<String>) -> Self {
        self.default_log_filter = Some(filter.into());
        self
    }

    /// How lines look on standard output; a file has them in JSON.
    pub fn log_format(mut self, format: LogFormat) -> Self {
        self.log_format = Some(format);
        self
    }

    /// Leaves standard output alone: lines go to the [file](Self::log_file) and the
    /// [outputs](Self::log_output), of which there has to be one.
    pub fn without_log_stdout(mut self) -> Self {
        self.without_log_stdout = true;
        self
    }

    /// Bytes that a line may have, its line break included, from 1024 to 1 MiB; default 16,000,
    /// since container runtimes split lines at 16 KiB.
    ///
    /// A value, or the message, has at most half of it, and is cut where it has more; fields that
    /// do not fit are left out, outer spans' first. Such a line has `labels.log_truncated`.
    pub fn log_line_limit(mut self, bytes: usize) -> Self {
        self.log_line_limit = Some(bytes);
        self
    }

    /// Leaves `log.origin.file.name` and `log.origin.file.line` out of lines.
    pub fn without_log_origin(mut self) -> Self {
        self.without_log_origin = true;
        self
    }

    /// Adds a backtrace to `error.stack_trace` where an event of level `ERROR` has an error as
    /// `error` or `err`. It is of the event, not of the error, and takes some milliseconds.
    pub fn log_backtrace(mut self) -> Self {
        self.log_backtrace = true;
        self
    }

    /// Which secrets are hidden in the log; on by default.
    pub fn log_redaction(mut self, redaction: Redaction) -> Self {
        self.log_redaction = Some(redaction);
        self
    }

    /// How many lines each callsite may write; by default as many as it likes.
    pub fn log_rate_limit(mut self, limit: RateLimit) -> Self {
        self.log_rate_limit = Some(limit);
        self
    }

    /// Which events are written only now and then; by default none.
    pub fn log_sampling(mut self, sampling: Sampling) -> Self {
        self.log_sampling = Some(sampling);
        self
    }

    /// Counts a line that, but for its time, is the same as the one before, instead of writing it.
    ///
    /// The first of a run is written. When another line comes, after ten seconds and at the end,
    /// a line says how often it was repeated. What was not written is counted in
    /// `obs_log_lines_folded_total{level}`. Lines with ids of requests of their own are never the
    /// same.
    pub fn log_fold(mut self) -> Self {
        self.log_fold = true;
        self
    }

    /// How log lines wait for their output, and what happens when they are too many.
    pub fn log_queue(mut self, queue: Queue) -> Self {
        self.log_queue = queue;
        self
    }

    /// Writes lines to this file too. What it leaves open, the environment may say.
    pub fn log_file(mut self, file: File) -> Self {
        self.log_file = Some(file);
        self
    }

    /// Writes lines to this too: an output of the application's own, or a writer that it has
    /// already, through [`appender`](crate::log::appender). May be called several times.
    pub fn log_output(mut self, output: impl Output + 'static) -> Self {
        self.log_outputs.push(Box::new(output));
        self
    }

    /// A label of every series. It wins over one of the same name in the environment, and adds to
    /// the others.
    pub fn global_label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.global_labels.push((name.into(), value.into()));
        self
    }

    /// How many series a metric may have; more are counted in one overflow series.
    pub fn series_limit(mut self, limit: usize) -> Self {
        self.series_limit = Some(limit);
        self
    }

    /// Drops a series that nobody holds or changes for this long. The default keeps all.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Records into a `metrics-exporter-prometheus` recorder instead of our own.
    ///
    /// For an application that already uses it: `exporter` brings its settings, and what
    /// [`Metrics::on_exporter`](crate::metrics::Metrics::on_exporter) says holds. It must not open
    /// a listener of its own.
    #[cfg(feature = "metrics-exporter-prometheus")]
    pub fn metrics_exporter_prometheus(
        mut self,
        exporter: metrics_exporter_prometheus::PrometheusBuilder,
    ) -> Self {
        self.backend = Backend::Exporter(Box::new(exporter));
        self
    }

    /// Records into the `metrics-exporter-prometheus` recorder that the application has installed;
    /// `handle` is what `install_recorder` returned.
    #[cfg(feature = "metrics-exporter-prometheus")]
    pub fn metrics_exporter_handle(
        mut self,
        handle: metrics_exporter_prometheus::PrometheusHandle,
    ) -> Self {
        self.backend = Backend::InstalledExporter(handle);
        self.without_global_recorder = true;
        self
    }

    /// Leaves the `_created` samples out of OpenMetrics output.
    pub fn without_created_samples(mut self) -> Self {
        self.without_created_samples = true;
        self
    }

    /// A check that says whether the service can take requests, asked by `/readyz`.
    ///
    /// See [`health`](crate::health) for what a check may return and when it runs. Here belongs
    /// what another replica may still have: a connection, a warm cache.
    pub fn readiness<C, F>(mut self, name: impl Into<String>, check: C) -> Self
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: Future<Output: Into<Outcome>> + Send + 'static,
    {
        self.checks.push((Probe::Readiness, Check::new(name, check)));
        self
    }

    /// A check that says whether a restart is needed, asked by `/healthz`.
    ///
    /// Not for a database: when that fails, a restart of every replica makes it worse.
    pub fn liveness<C, F>(mut self, name: impl Into<String>, check: C) -> Self
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: Future<Output: Into<Outcome>> + Send + 'static,
    {
        self.checks.push((Probe::Liveness, Check::new(name, check)));
        self
    }

    /// A health check that takes longer is down.
    pub fn health_timeout(mut self, timeout: Duration) -> Self {
        self.health_timeout = Some(timeout);
        self
    }

    /// How long the result of a health check is served again; zero runs it each time.
    pub fn health_cache(mut self, age: Duration) -> Self {
        self.health_cache = Some(age);
        self
    }

    /// Time between readiness going down and [`Obs::shutdown_signal`](crate::Obs::shutdown_signal)
    /// resolving, in which load balancers notice.
    pub fn shutdown_delay(mut self, delay: Duration) -> Self {
        self.shutdown_delay = Some(delay);
        self
    }

    /// Time for requests in flight to end once the signal future has resolved.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = Some(timeout);
        self
    }

    /// The bearer token that the management endpoints require; without one they are open.
    pub fn endpoint_token(mut self, token: impl Into<String>) -> Self {
        self.endpoint_token = Some(token.into());
        self
    }

    /// An address of their own for the management endpoints.
    pub fn endpoint_addr(mut self, addr: impl Into<SocketAddr>) -> Self {
        self.endpoint_addr = Some(addr.into());
        self
    }

    /// Leaves logging to the application: no subscriber, no layer, no outputs.
    ///
    /// See [`without_global_subscriber`](Self::without_global_subscriber) for a subscriber of the
    /// application's own with our layer in it.
    pub fn without_logs(mut self) -> Self {
        self.without_logs = true;
        self
    }

    /// Leaves the `tracing` subscriber of the process to the application, which puts
    /// [`Obs::log_layer`](crate::Obs::log_layer) and a filter into it.
    ///
    /// The filter of the settings, and [`Obs::log_level`](crate::Obs::log_level), are that
    /// subscriber's to heed: [`LevelHandle::layer`](crate::log::LevelHandle::layer).
    pub fn without_global_subscriber(mut self) -> Self {
        self.without_global_subscriber = true;
        self
    }

    /// Leaves the recorder of the `metrics` facade to the application: only what is recorded
    /// through [`Obs::metrics`](crate::Obs::metrics) is seen.
    pub fn without_global_recorder(mut self) -> Self {
        self.without_global_recorder = true;
        self
    }

    /// Leaves the panic hook as it is: panics are neither logged nor counted.
    pub fn without_panic_hook(mut self) -> Self {
        self.without_panic_hook = true;
        self
    }

    /// Runs the panic hook that was there before after ours.
    pub fn keep_panic_hook(mut self) -> Self {
        self.keep_panic_hook = true;
        self
    }

    /// Variables of another crate that begin with `OBS_` and are no typing errors.
    pub fn known_env(mut self, names: &[&'static str]) -> Self {
        self.known_env.extend(names);
        self
    }

    /// Reads these variables in place of the environment of the process: for tests.
    pub fn env(mut self, variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        self.env = Some(Env::new(variables));
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("service", &self.service).finish_non_exhaustive()
    }
}
