//! Whether the service works, asked by load balancers and orchestrators.
//!
//! A *check* is a named async function. Two *probes* ask them: readiness ("send this replica
//! requests?") and liveness ("restart this replica?"). An *outcome* is up, degraded (it works, and
//! somebody should look) or down; the report of a probe is as bad as its worst check, and up where
//! it has none.
//!
//! ```
//! use obs_core::health::{Outcome, Status};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), obs_core::InitError> {
//! let obs = obs_core::builder("shop")
//!     // A `Result` is up or down.
//!     .readiness("db", || async { Err("connection refused") })
//!     .readiness("cache", || async { Outcome::degraded("cold") })
//!     .build()?;
//!
//! let report = obs.health().readiness().await;
//! assert_eq!(report.status, Status::Down);
//! assert_eq!(report.check("db").unwrap().message.as_deref(), Some("connection refused"));
//! assert_eq!(report.check("cache").unwrap().status, Status::Degraded);
//! # Ok(()) }
//! ```
//!
//! # When a check runs
//!
//! When a probe is asked, or the metrics are scraped, and the last result is older than
//! [`health_cache`](crate::Builder::health_cache). A scrape does not wait for the result: it shows
//! the one before. Whoever asks meanwhile waits for the same run,
//! so a check runs once however many ask, and it runs to its end when they go away. It is down when
//! it panics, or takes longer than [`health_timeout`](crate::Builder::health_timeout); one that
//! blocks its thread is not started a second time before it lets go. Each run sets the gauge
//! `obs_health_check_up{check}`: 1 for up, 0.5 for degraded, 0 for down.
//!
//! Checks run on the tokio runtime that the probe is asked on.

mod check;
mod outcome;
mod report;
mod run;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;

pub(crate) use check::Check;
pub use outcome::{Outcome, Status};
pub use report::{CheckReport, Report};

use crate::metrics::Metrics;
use crate::shutdown::ShutdownHandle;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Probe {
    /// Whether a restart is needed.
    Liveness,
    /// Whether requests can be taken.
    Readiness,
}

impl Probe {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Liveness => "liveness",
            Self::Readiness => "readiness",
        }
    }
}

/// How checks are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HealthConfig {
    /// What takes longer is down.
    pub(crate) timeout: Duration,
    /// How long a result is served again.
    pub(crate) cache: Duration,
}

/// The health checks of a service. A cheap handle; clones share everything.
#[derive(Clone, Debug)]
pub struct Health {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    checks: RwLock<Vec<(Probe, Arc<Check>)>>,
    timeout: Duration,
    cache: Duration,
    metrics: Metrics,
    shutdown: ShutdownHandle,
}

impl Health {
    pub(crate) fn new(
        config: HealthConfig,
        checks: Vec<(Probe, Check)>,
        metrics: Metrics,
        shutdown: ShutdownHandle,
    ) -> Self {
        let checks = checks.into_iter().map(|(probe, check)| (probe, Arc::new(check))).collect();
        let HealthConfig { timeout, cache } = config;
        let shared = Shared { checks: RwLock::new(checks), timeout, cache, metrics, shutdown };
        let health = Self { shared: Arc::new(shared) };
        // Weak: the metrics live in here.
        let shared = Arc::downgrade(&health.shared);
        health.shared.metrics.on_collect(move || {
            if let Some(shared) = shared.upgrade() {
                shared.refresh();
            }
        });
        health
    }

    /// Adds a check to those of the builder, for a part that starts later. One of the same name is
    /// replaced.
    pub fn add<C, F>(&self, probe: Probe, name: impl Into<String>, check: C)
    where
        C: Fn() -> F + Send + Sync + 'static,
        F: Future<Output: Into<Outcome>> + Send + 'static,
    {
        let check = Arc::new(Check::new(name, check));
        let mut checks = self.shared.checks.write().unwrap_or_else(PoisonError::into_inner);
        match checks.iter_mut().find(|(p, c)| *p == probe && c.name() == check.name()) {
            Some((_, present)) => *present = check,
            None => checks.push((probe, check)),
        }
    }

    /// The liveness report.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with a timer, if there are checks.
    pub async fn liveness(&self) -> Report {
        self.report(Probe::Liveness).await
    }

    /// The readiness report: down, without a check being run, once the service shuts down.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with a timer, if there are checks.
    pub async fn readiness(&self) -> Report {
        if self.shared.shutdown.has_begun() {
            return Report::down("shutting down");
        }
        self.report(Probe::Readiness).await
    }

    async fn report(&self, probe: Probe) -> Report {
        let shared = &self.shared;
        let checks = shared.checks(|of| of == probe);
        // All are started before one is awaited: the report takes as long as the slowest.
        let now = Instant::now();
        let runs: Vec<_> = checks
            .iter()
            .map(|check| check.run(shared.timeout, shared.cache, now, &shared.metrics))
            .collect();
        let mut reports = Vec::with_capacity(runs.len());
        for (check, run) in checks.iter().zip(runs) {
            let result = run.result().await;
            reports.push(CheckReport::new(check.name(), result, Instant::now()));
        }
        Report::of(reports)
    }
}

impl Shared {
    fn checks(&self, wanted: impl Fn(Probe) -> bool) -> Vec<Arc<Check>> {
        let checks = self.checks.read().unwrap_or_else(PoisonError::into_inner);
        checks.iter().filter(|(probe, _)| wanted(*probe)).map(|(_, c)| Arc::clone(c)).collect()
    }

    /// Starts the checks whose results are old, so that a scrape shows what a service that nobody
    /// probes is worth, one scrape late.
    fn refresh(&self) {
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let now = Instant::now();
        for check in self.checks(|_| true) {
            drop(check.run(self.timeout, self.cache, now, &self.metrics));
        }
    }
}
