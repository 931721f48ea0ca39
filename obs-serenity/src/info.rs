//! What runs: `discord_client_info`.

use std::sync::{Mutex, PoisonError};

use metrics::Gauge;
use obs_core::metrics::Metrics;
use serenity::constants::USER_AGENT;

use crate::metrics::CLIENT_INFO;

/// The poise that this crate is built with: it tells nobody its version, and cargo takes any `0.7`.
#[cfg(feature = "poise")]
const POISE: &str = "0.7";

/// The series that tells what runs.
#[derive(Default)]
pub(crate) struct Info(Mutex<Option<Shown>>);

/// What the series says, and its handle: without one it might expire.
struct Shown {
    shards: u32,
    poise: &'static str,
    gauge: Gauge,
}

impl Info {
    /// So many shards are to run here. Nothing is told before that is known.
    pub(crate) fn publish(&self, metrics: &Metrics, shards: u32) {
        if shards == 0 {
            return;
        }
        let poise = poise_version();
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = shown.as_ref()
            && (before.shards, before.poise) != (shards, poise)
        {
            before.gauge.set(0.0);
            *shown = None;
        }
        let shown = shown.get_or_insert_with(|| {
            let values = [serenity_version(), poise, &shards.to_string()];
            Shown { shards, poise, gauge: CLIENT_INFO.of(metrics, values) }
        });
        shown.gauge.set(1.0);
    }
}

/// The version of serenity in use, which its user agent tells.
fn serenity_version() -> &'static str {
    let version = USER_AGENT.rsplit_once(", ").map(|(_, rest)| rest.trim_end_matches(')'));
    version.unwrap_or("unknown")
}

/// Empty where no framework of poise's was instrumented: to Prometheus, no such label.
#[cfg(feature = "poise")]
fn poise_version() -> &'static str {
    if crate::poise::is_instrumented() { POISE } else { "" }
}

#[cfg(not(feature = "poise"))]
const fn poise_version() -> &'static str {
    ""
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use obs_core::metrics::{Config, Format};

    use super::*;

    fn series(metrics: &Metrics) -> Vec<String> {
        let text = metrics.render(Format::Text);
        let lines = text.lines().filter(|line| line.starts_with("discord_client_info{"));
        lines.map(ToOwned::to_owned).collect()
    }

    #[test]
    fn it_tells_how_many_shards_there_are_once_that_is_known() {
        // Expires what nobody holds as soon as it is scraped.
        let mut config = Config::default();
        config.idle_timeout = Some(Duration::ZERO);
        let metrics = Metrics::new(config);
        let info = Info::default();
        info.publish(&metrics, 0);
        assert_eq!(series(&metrics), [""; 0]);
        info.publish(&metrics, 2);
        for _ in 0..3 {
            let lines = series(&metrics);
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(lines[0].ends_with(r#",shards="2"} 1"#), "{lines:?}");
        }
        info.publish(&metrics, 16);
        let ones = series(&metrics).into_iter().filter(|line| line.ends_with("} 1"));
        let ones: Vec<_> = ones.collect();
        assert_eq!(ones.len(), 1, "{ones:?}");
        assert!(ones[0].contains(r#",shards="16""#), "{ones:?}");
    }

    #[test]
    fn the_version_is_serenitys() {
        assert!(serenity_version().starts_with("0.12."), "{}", serenity_version());
    }

    #[cfg(feature = "poise")]
    #[test]
    fn the_version_is_poises() {
        let version = crate::rest::version_of("poise");
        assert!(version.starts_with(&format!("{POISE}.")), "{version}");
    }
}
