//! Code over environment over default, and every mistake in one list.

use std::fmt;

use super::parse::{self, Parsed};
use super::setting as table;
use super::{Builder, Env, Setting};
use crate::Bundle;
use crate::error::InitError;
use crate::guard::{EndpointSettings, Service};
use crate::health::{Check, HealthConfig, Probe};
use crate::log::LogConfig;
use crate::metrics;
use crate::shutdown::ShutdownConfig;

/// Every setting with its value.
pub(crate) struct Config {
    pub(crate) service: Service,
    pub(crate) bundles: Vec<Bundle>,
    pub(crate) log: LogConfig,
    #[cfg(feature = "audit")]
    pub(crate) audit: Option<crate::audit::Plan>,
    pub(crate) metrics: metrics::Config,
    pub(crate) backend: Backend,
    pub(crate) health: HealthConfig,
    pub(crate) checks: Vec<(Probe, Check)>,
    pub(crate) shutdown: ShutdownConfig,
    pub(crate) endpoint: EndpointSettings,
    pub(crate) warnings: Vec<String>,
}

/// Where metrics are recorded.
#[derive(Default)]
pub(crate) enum Backend {
    #[default]
    Own,
    #[cfg(feature = "metrics-exporter-prometheus")]
    Exporter(Box<metrics_exporter_prometheus::PrometheusBuilder>),
    #[cfg(feature = "metrics-exporter-prometheus")]
    InstalledExporter(metrics_exporter_prometheus::PrometheusHandle),
}

impl Config {
    pub(crate) fn resolve(builder: Builder) -> Result<Self, InitError> {
        let env = builder.env.clone().unwrap_or_else(Env::process);
        let mut reader =
            Reader { problems: Vec::new(), warnings: env.unknown(&builder.known_env), env };

        #[cfg(not(feature = "audit"))]
        reader.require(
            reader.env.get(table::OBS_AUDIT_FILE).is_none(),
            "OBS_AUDIT_FILE",
            "obs-core to be built with its feature `audit`",
        );
        let config = Self {
            service: reader.service(&builder),
            log: reader.log(&builder),
            #[cfg(feature = "audit")]
            audit: reader.audit(&builder),
            metrics: reader.metrics(&builder),
            health: reader.health(&builder),
            shutdown: ShutdownConfig {
                delay: reader.read(
                    table::OBS_SHUTDOWN_DELAY,
                    builder.shutdown_delay,
                    parse::duration,
                ),
                timeout: reader.read(
                    table::OBS_SHUTDOWN_TIMEOUT,
                    builder.shutdown_timeout,
                    parse::duration,
                ),
            },
            endpoint: reader.endpoint(&builder),
            bundles: reader.bundles(&builder.bundles),
            checks: builder.checks,
            backend: builder.backend,
            warnings: std::mem::take(&mut reader.warnings),
        };
        #[cfg(feature = "audit")]
        reader.require_two_files(config.audit.as_ref(), config.log.file.as_ref());
        let log = LogConfig { outputs: builder.log_outputs, ..config.log };
        InitError::of_settings(reader.problems).map_or(Ok(Self { log, ..config }), Err)
    }
}

pub(super) struct Reader {
    pub(super) env: Env,
    pub(super) problems: Vec<String>,
    warnings: Vec<String>,
}

impl Reader {
    /// What code says, or the environment, or the table of settings.
    pub(super) fn read<T: Default>(
        &mut self,
        setting: Setting,
        code: Option<T>,
        parse: impl Fn(&str) -> Parsed<T>,
    ) -> T {
        if let Some(value) = code {
            return value;
        }
        let default = || parse(setting.default).unwrap_or_default();
        match self.env.get(setting).map(|text| (text, parse(text))) {
            None => default(),
            Some((_, Ok(value))) => value,
            Some((text, Err(expected))) => {
                let problem = format!("{}={}: expected {expected}", setting.name, shorten(text));
                self.problems.push(problem);
                default()
            }
        }
    }

    /// Refuses a value from code, in the way that [`Self::read`] refuses one from the environment.
    pub(super) fn require(
        &mut self,
        good: bool,
        call: impl fmt::Display,
        expected: impl fmt::Display,
    ) {
        if !good {
            self.problems.push(format!("{call}: expected {expected}"));
        }
    }

    fn service(&mut self, builder: &Builder) -> Service {
        let mut attributes = self.resource_attributes();
        let mut attribute = |key: &str| {
            let at = attributes.iter().position(|(k, _)| k == key)?;
            Some(attributes.swap_remove(at).1).filter(|value| !value.is_empty())
        };
        let (name, version) = (attribute("service.name"), attribute("service.version"));
        // The second is the name before OpenTelemetry's semantic conventions 1.27.
        let environment = attribute("deployment.environment.name")
            .or_else(|| attribute("deployment.environment"));
        let instance_id = attribute("service.instance.id");

        let of_env = |setting| self.env.get(setting).map(str::to_owned);
        let code = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let service = Service {
            name: code(&Some(builder.service.clone()))
                .or_else(|| of_env(table::OTEL_SERVICE_NAME))
                .or(name)
                .unwrap_or_default(),
            version: code(&builder.service_version)
                .or_else(|| of_env(table::OBS_SERVICE_VERSION))
                .or(version),
            environment: code(&builder.environment)
                .or_else(|| of_env(table::OBS_ENVIRONMENT))
                .or(environment),
            instance_id,
        };
        self.require(
            !service.name.is_empty(),
            "builder(\"\")",
            "a service name, here or in OTEL_SERVICE_NAME",
        );
        service
    }

    /// Broken attributes are dropped whole and reported, as OpenTelemetry asks: other tools set
    /// this variable too, and it must not stop a service.
    fn resource_attributes(&mut self) -> Vec<(String, String)> {
        let Some(text) = self.env.get(table::OTEL_RESOURCE_ATTRIBUTES) else { return Vec::new() };
        let decoded = parse::pairs(text).ok().and_then(|pairs| {
            let decode =
                |(key, value): (String, String)| Some((key, parse::percent_decoded(&value)?));
            pairs.into_iter().map(decode).collect::<Option<Vec<_>>>()
        });
        decoded.unwrap_or_else(|| {
            self.warnings.push(
                "OTEL_RESOURCE_ATTRIBUTES is left out: expected `key=value,key=value`, \
                 percent-encoded"
                    .to_owned(),
            );
            Vec::new()
        })
    }

    fn health(&mut self, builder: &Builder) -> HealthConfig {
        if let Some(timeout) = builder.health_timeout {
            self.require(!timeout.is_zero(), "health_timeout(0s)", "a duration above zero");
        }
        for (i, (probe, check)) in builder.checks.iter().enumerate() {
            let before = &builder.checks[..i];
            let call = format_args!("{}({:?})", probe.as_str(), check.name());
            self.require(!check.name().is_empty(), call, "a name");
            let repeated = before.iter().any(|(p, c)| p == probe && c.name() == check.name());
            self.require(!repeated, call, "a name that no other check has");
        }
        HealthConfig {
            timeout: self.read(table::OBS_HEALTH_TIMEOUT, builder.health_timeout, parse::timeout),
            cache: self.read(table::OBS_HEALTH_CACHE, builder.health_cache, parse::duration),
        }
    }

    fn endpoint(&mut self, builder: &Builder) -> EndpointSettings {
        let addr = self.read(table::OBS_ENDPOINT_ADDR, builder.endpoint_addr.map(Some), |text| {
            parse::addr(text).map(Some)
        });
        EndpointSettings { addr, token: self.token(builder) }
    }

    /// The problems name the place of the token and never the token.
    fn token(&mut self, builder: &Builder) -> Option<String> {
        let (of_env, file) =
            (self.env.get(table::OBS_ENDPOINT_TOKEN), self.env.get(table::OBS_ENDPOINT_TOKEN_FILE));
        let (place, token) = match (&builder.endpoint_token, of_env, file) {
            (Some(code), _, _) => ("endpoint_token(…)".to_owned(), Ok(code.clone())),
            (None, None, None) => return None,
            (None, Some(_), Some(_)) => (
                "OBS_ENDPOINT_TOKEN and OBS_ENDPOINT_TOKEN_FILE".to_owned(),
                Err("one of the two".to_owned()),
            ),
            (None, Some(token), None) => ("OBS_ENDPOINT_TOKEN=…".to_owned(), Ok(token.to_owned())),
            (None, None, Some(path)) => (
                // Without a separator it may be the token itself.
                match path.contains(['/', '\\']) {
                    true => format!("OBS_ENDPOINT_TOKEN_FILE={}", shorten(path)),
                    false => "OBS_ENDPOINT_TOKEN_FILE=…".to_owned(),
                },
                std::fs::read_to_string(path)
                    // Editors and `echo` end a file with a line break.
                    .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
                    .map_err(|error| format!("a file that can be read: {error}")),
            ),
        };
        match token.and_then(|token| parse::token(&token).map_err(str::to_owned)) {
            Ok(token) => Some(token),
            Err(expected) => {
                self.problems.push(format!("{place}: expected {expected}"));
                None
            }
        }
    }
}

/// Enough of a value to recognise it.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::log;

    #[test]
    fn every_default_in_the_table_is_a_good_value() {
        let builder = super::super::builder("shop").env(&[]);
        let config = Config::resolve(builder).unwrap();
        // A default that did not parse would be zero or empty.
        assert_eq!(config.log.level.current(), table::OBS_LOG.default);
        assert_eq!(
            config.log.queue,
            log::QueueConfig {
                bytes: 8 << 20,
                policy: log::Policy::Shed,
                sync_level: None,
                flush_timeout: Duration::from_secs(5),
            }
        );
        assert_eq!(config.metrics.series_limit, 2000);
        assert!(config.metrics.created);
        assert_eq!(config.health.timeout, Duration::from_secs(2));
        assert_eq!(config.health.cache, Duration::from_secs(1));
        assert_eq!(config.shutdown.timeout, Duration::from_secs(30));
        for (setting, parses) in [
            (table::OBS_LOG_FORMAT, log::parse_format(table::OBS_LOG_FORMAT.default).is_ok()),
            (table::OBS_SHUTDOWN_DELAY, parse::duration(table::OBS_SHUTDOWN_DELAY.default).is_ok()),
            (
                table::OBS_METRICS_IDLE_TIMEOUT,
                parse::timeout_or_off(table::OBS_METRICS_IDLE_TIMEOUT.default).is_ok(),
            ),
        ] {
            assert!(parses, "{}", setting.name);
        }
    }

    #[test]
    fn code_leaves_of_the_queue_what_it_does_not_say_to_the_environment() {
        let env = [
            ("OBS_LOG_QUEUE_BYTES", "512KiB"),
            ("OBS_LOG_POLICY", "block:500ms"),
            ("OBS_LOG_SYNC_LEVEL", "warn"),
            ("OBS_LOG_FLUSH_TIMEOUT", "0s"),
        ];
        let queue = log::Queue::new().bytes(70_000);
        let builder = super::super::builder("shop").log_queue(queue).env(&env);
        assert_eq!(
            Config::resolve(builder).unwrap().log.queue,
            log::QueueConfig {
                bytes: 70_000,
                policy: log::Policy::BlockFor(Duration::from_millis(500)),
                sync_level: Some(tracing::Level::WARN),
                flush_timeout: Duration::ZERO,
            }
        );
    }
}
