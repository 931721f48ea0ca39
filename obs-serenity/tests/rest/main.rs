//! What is recorded of a bot's requests, and of what serenity logs: real clients, a server of our own.

#![cfg(feature = "client")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]
#![expect(
    clippy::disallowed_methods,
    reason = "tests are an edge: they run tasks and let time pass"
)]

mod client;
mod gateway;
mod server;
mod spans;

use obs_core::metrics::{Config, Format, Metrics};
use obs_serenity::rest::Rest;

const TOKEN: &str = "aW50ZXJhY3Rpb246MTE4NDk5OTk5OTk5OTk5OTk5OTpzZWNyZXQ";
const CHANNEL: &str = "1184999999999999999";

/// A recorder, and the metrics that it records in.
fn rest() -> (Rest, Metrics) {
    let metrics = Metrics::new(Config::default());
    (Rest::new(&metrics), metrics)
}

/// The value of a series as it is scraped, or zero if there is none.
fn value(metrics: &Metrics, series: &str) -> f64 {
    let text = metrics.render(Format::Text);
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}

fn requests(metrics: &Metrics, method: &str, route: &str, status: &str) -> f64 {
    let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
    value(metrics, &format!("discord_rest_requests_total{{{labels}}}"))
}

fn hits(metrics: &Metrics, route: &str, scope: &str) -> f64 {
    let labels = format!("route=\"{route}\",scope=\"{scope}\"");
    value(metrics, &format!("discord_rest_rate_limit_hits_total{{{labels}}}"))
}

/// That nothing secret or unbounded of a URL is in the metrics.
fn assert_clean(metrics: &Metrics) {
    let text = metrics.render(Format::Text);
    assert!(!text.contains(TOKEN), "a token is in\n{text}");
    assert!(!text.contains(CHANNEL), "an id is in\n{text}");
}
