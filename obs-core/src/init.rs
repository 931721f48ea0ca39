//! From settings to a running service's observability.

use std::sync::atomic::{AtomicBool, Ordering};

use ::metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use tokio::runtime::Handle;

use crate::config::{Backend, Builder, Config};
use crate::error::InitError;
use crate::guard::{Obs, Service};
use crate::health::Health;
use crate::log::{self, LogConfig};
use crate::metrics::{self, Metrics, own, process, runtime};
use crate::panic;
use crate::shutdown::ShutdownHandle;

/// Set by the first `init` that succeeds.
static INITIALISED: AtomicBool = AtomicBool::new(false);

impl Builder {
    /// Puts everything together without an effect on the process: no subscriber, no global
    /// recorder, no panic hook, no signals. What tests use, as many at a time as they like.
    ///
    /// # Errors
    ///
    /// Every bad setting, of code and environment.
    pub fn build(self) -> Result<Obs, InitError> {
        let (obs, _) = assemble(Config::resolve(self)?, false);
        Ok(obs)
    }

    /// Puts everything together and installs it in the process: the `tracing` subscriber, the
    /// recorder of the `metrics` facade, the panic hook. To be called once, first thing in `main`,
    /// inside a tokio runtime or before there is one.
    ///
    /// # Errors
    ///
    /// Every bad setting, of code and environment. With good settings, if the process has a
    /// subscriber or recorder that the builder was not told to leave alone
    /// ([`without_logs`](Self::without_logs),
    /// [`without_global_recorder`](Self::without_global_recorder)), or `init` has been called
    /// before; see [`InitError::is_already_installed`].
    pub fn init(self) -> Result<Obs, InitError> {
        let install = Install {
            logs: !self.without_logs,
            recorder: !self.without_global_recorder,
            panic_hook: !self.without_panic_hook,
            keep_panic_hook: self.keep_panic_hook,
        };
        let config = Config::resolve(self)?;
        if INITIALISED.swap(true, Ordering::AcqRel) {
            return Err(InitError::of_installation(
                "init has been called before in this process: keep the `Obs` that it returned",
            ));
        }
        let (obs, log) = assemble(config, true);
        if let Err(error) = install.run(&obs.metrics, &log) {
            INITIALISED.store(false, Ordering::Release);
            return Err(error);
        }
        for warning in &obs.warnings {
            tracing::warn!("{warning}");
        }
        Ok(obs)
    }
}

fn assemble(config: Config, signals: bool) -> (Obs, LogConfig) {
    let Config {
        service,
        bundles,
        log,
        metrics,
        backend,
        health,
        checks,
        shutdown,
        endpoint,
        warnings,
    } = config;
    let metrics = make_metrics(metrics, backend, &service);
    let shutdown = ShutdownHandle::new(shutdown, signals);
    let health = Health::new(health, checks, metrics.clone(), shutdown.clone());
    (Obs { service, bundles, metrics, health, shutdown, endpoint, warnings }, log)
}

/// The metrics that `config` asks for, those of the process and the runtime among them.
#[cfg_attr(
    not(feature = "metrics-exporter-prometheus"),
    expect(clippy::needless_pass_by_value, reason = "the other backends are consumed")
)]
fn make_metrics(config: metrics::Config, backend: Backend, service: &Service) -> Metrics {
    let metrics = match backend {
        #[cfg(feature = "metrics-exporter-prometheus")]
        Backend::Exporter(builder) => Metrics::on_exporter(*builder, config),
        #[cfg(feature = "metrics-exporter-prometheus")]
        Backend::Installed(handle) => Metrics::on_installed_exporter(handle, config),
        Backend::Own => Metrics::new(config),
    };
    process::register(&metrics);
    if let Ok(handle) = Handle::try_current() {
        runtime::register(&metrics, &handle);
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let labels = [&service.name, &text(&service.version), &text(&service.environment)];
    own::BUILD_INFO.of(&metrics, labels.map(String::as_str)).set(1.0);
    metrics
}

/// What exists once in a process.
struct Install {
    logs: bool,
    recorder: bool,
    panic_hook: bool,
    keep_panic_hook: bool,
}

impl Install {
    /// Looks before it installs: a refusal leaves the process as it was, save for a subscriber
    /// that another thread installs at this very moment.
    fn run(&self, metrics: &Metrics, log: &LogConfig) -> Result<(), InitError> {
        let a_subscriber = || {
            InitError::of_installation(
                "a `tracing` subscriber is installed already: remove it, or leave it in place \
                 with `without_logs()`",
            )
        };
        if self.logs && tracing::dispatcher::has_been_set() {
            return Err(a_subscriber());
        }
        if self.recorder && ::metrics::set_global_recorder(Global(metrics.clone())).is_err() {
            return Err(InitError::of_installation(
                "a `metrics` recorder is installed already: remove it, or leave it in place with \
                 `without_global_recorder()`",
            ));
        }
        if self.logs && !log::install(log, metrics) {
            return Err(a_subscriber());
        }
        if self.panic_hook {
            panic::install(metrics, self.keep_panic_hook);
        }
        Ok(())
    }
}

/// The recorder of the process; [`Metrics`] itself hands its recorder out by reference.
struct Global(Metrics);

impl Recorder for Global {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.recorder().describe_counter(key, unit, description);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.recorder().describe_gauge(key, unit, description);
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        self.0.recorder().describe_histogram(key, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.0.recorder().register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.0.recorder().register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.0.recorder().register_histogram(key, metadata)
    }
}
