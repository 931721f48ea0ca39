//! A stand-in for the lifecycle modules.

use crate::Bundle;
use crate::metrics::Metrics;

/// Starts the configuration of a service's observability.
#[must_use]
pub fn builder(service: impl Into<String>) -> Builder {
    Builder { _service: service.into() }
}

/// Configuration in progress.
#[derive(Debug)]
pub struct Builder {
    _service: String,
}

impl Builder {
    /// Registers a bundle.
    #[must_use]
    pub fn bundle(self, _bundle: Bundle) -> Self {
        self
    }
    /// Without effects on the process: what a test uses.
    ///
    /// # Errors
    ///
    /// Every bad setting.
    pub fn build(self) -> Result<Obs, InitError> {
        let metrics = Metrics::new(crate::metrics::Config::default());
        crate::metrics::process::register(&metrics);
        if let Ok(handle) = tokio::runtime::Handle::try_current() {
            crate::metrics::runtime::register(&metrics, &handle);
        }
        Ok(Obs { metrics })
    }
    /// Installs everything.
    ///
    /// # Errors
    ///
    /// Every bad setting.
    pub fn init(self) -> Result<Obs, InitError> {
        unimplemented!()
    }
}

/// Every bad setting.
#[derive(Debug, thiserror::Error)]
#[error("bad settings")]
pub struct InitError;

/// A running service's observability.
#[derive(Debug)]
pub struct Obs {
    metrics: Metrics,
}

impl Obs {
    /// The metrics.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}
