//! From settings to a running service's observability.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::config::{Backend, Builder, Config};
use crate::error::InitError;
use crate::guard::{Obs, Service};
use crate::health::Health;
use crate::log::{Log, LogConfig};
use crate::metrics::{self, Metrics, own, process, runtime};
use crate::panic;
use crate::shared::SharedValues;
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
        let logs = !self.without_logs;
        let (obs, _) = assemble(Config::resolve(self)?, logs, false)?;
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
    /// [`without_global_subscriber`](Self::without_global_subscriber),
    /// [`without_global_recorder`](Self::without_global_recorder)), or `init` has been called
    /// before; see [`InitError::is_already_installed`]. If the log's file cannot be opened.
    pub fn init(self) -> Result<Obs, InitError> {
        let install = Install {
            logs: !self.without_logs,
            subscriber: !self.without_global_subscriber,
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
        let installed = install.check().and_then(|()| {
            let (mut obs, log) = assemble(config, install.logs, true)?;
            obs.log = install.run(&obs, log)?;
            Ok(obs)
        });
        let obs = installed.inspect_err(|_| INITIALISED.store(false, Ordering::Release))?;
        #[cfg(feature = "audit")]
        obs.audit.announce();
        for warning in &obs.warnings {
            tracing::warn!("{warning}");
        }
        if let Some(level) = &obs.log_level {
            level.tell_warnings();
        }
        Ok(obs)
    }
}

fn assemble(config: Config, logs: bool, signals: bool) -> Result<(Obs, LogConfig), InitError> {
    let Config {
        service,
        bundles,
        log,
        #[cfg(feature = "audit")]
        audit,
        metrics,
        backend,
        health,
        checks,
        shutdown,
        endpoint,
        #[cfg_attr(not(feature = "audit"), expect(unused_mut, reason = "nothing else warns"))]
        mut warnings,
    } = config;
    let metrics = make_metrics(metrics, backend, &service);
    #[cfg(feature = "audit")]
    let audit = match audit {
        None => crate::audit::AuditLog::none(),
        Some(plan) => {
            let (audit, warning) = plan.open(&service, &metrics).map_err(InitError::of_opening)?;
            warnings.extend(warning);
            audit
        }
    };
    let shutdown = ShutdownHandle::new(shutdown, signals);
    let health = Health::new(health, checks, metrics.clone(), shutdown.clone());
    Ok((
        Obs {
            service,
            bundles,
            metrics,
            #[cfg(feature = "audit")]
            audit,
            health,
            shutdown,
            endpoint,
            log_level: logs.then(|| log.level.clone()),
            warnings,
            shared: SharedValues::default(),
            log: None,
        },
        log,
    ))
}

/// The metrics that `config` asks for, with those of the process, the runtime and the build.
#[cfg_attr(
    not(feature = "metrics-exporter-prometheus"),
    expect(clippy::needless_pass_by_value, reason = "the other backends are consumed")
)]
fn make_metrics(config: metrics::Config, backend: Backend, service: &Service) -> Metrics {
    let metrics = match backend {
        Backend::Own => Metrics::new(config),
        #[cfg(feature = "metrics-exporter-prometheus")]
        Backend::Exporter(builder) => Metrics::on_exporter(*builder, config),
        #[cfg(feature = "metrics-exporter-prometheus")]
        Backend::InstalledExporter(handle) => Metrics::on_installed_exporter(handle, config),
    };
    process::register(&metrics);
    if let Ok(handle) = tokio::runtime::Handle::try_current() {
        runtime::register(&metrics, &handle);
    }
    let absent = "";
    let version = service.version.as_deref().unwrap_or(absent);
    let environment = service.environment.as_deref().unwrap_or(absent);
    let info = own::BUILD_INFO.of(&metrics, [&service.name, version, environment]);
    // Held by the collector: it outlasts the idle timeout.
    metrics.on_collect(move || info.set(1.0));
    metrics
}

/// What exists once in a process.
struct Install {
    logs: bool,
    subscriber: bool,
    recorder: bool,
    panic_hook: bool,
    keep_panic_hook: bool,
}

impl Install {
    /// What stands in the way, before a file is opened: a refusal leaves none behind.
    fn check(&self) -> Result<(), InitError> {
        if self.logs && self.subscriber && tracing::dispatcher::has_been_set() {
            return Err(a_subscriber());
        }
        if self.recorder && has_recorder() {
            return Err(a_recorder());
        }
        Ok(())
    }

    /// Leaves the process as it was when it refuses, save for a subscriber or recorder that another
    /// thread installs at this very moment.
    fn run(&self, obs: &Obs, mut config: LogConfig) -> Result<Option<Log>, InitError> {
        let metrics = &obs.metrics;
        let log = if self.logs {
            let refused =
                |error| InitError::of_system(format!("the log cannot be written: {error}"));
            Some(Log::open(&mut config, &obs.service, metrics).map_err(refused)?)
        } else {
            None
        };
        if self.recorder && ::metrics::set_global_recorder(metrics.clone()).is_err() {
            return Err(a_recorder());
        }
        if let Some(log) = &log {
            if self.subscriber && !log.install(&config) {
                return Err(a_subscriber());
            }
            log.reopen_on_hangup(&config);
        }
        if self.panic_hook {
            panic::install(metrics, self.keep_panic_hook, log.clone());
        }
        Ok(log)
    }
}

fn a_subscriber() -> InitError {
    InitError::of_installation(
        "a `tracing` subscriber is installed already: remove it, leave it in place with \
         `without_logs()`, or put our layer into it with `without_global_subscriber()`",
    )
}

fn a_recorder() -> InitError {
    InitError::of_installation(
        "a `metrics` recorder is installed already: remove it, or leave it in place with \
         `without_global_recorder()`",
    )
}

/// Whether the process has a recorder. The facade does not say, but its stand-in for none has no
/// size; a recorder without one is found when ours is to be installed.
fn has_recorder() -> bool {
    let look = || ::metrics::with_recorder(|recorder| size_of_val(recorder) > 0);
    // A thread may have a recorder of its own, which does not stand in the way: this one has none.
    thread::scope(|scope| {
        let looks = thread::Builder::new().spawn_scoped(scope, look);
        looks.is_ok_and(|looks| looks.join().unwrap_or(false))
    })
}
