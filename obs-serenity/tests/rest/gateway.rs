//! What serenity's log tells of the gateway, in spans and messages of the shape that it gives them.

use obs_core::metrics::Metrics;
use obs_serenity::rest;
use tracing::{debug, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::value;

const SHARD: &str = "serenity::gateway::shard";
const RUNNER: &str = "serenity::gateway::bridge::shard_runner";

#[derive(Debug)]
struct ShardId(#[expect(dead_code, reason = "is shown")] u32);

#[derive(Debug)]
#[expect(dead_code, reason = "is shown")]
struct ShardInfo {
    id: ShardId,
    total: u32,
}

#[derive(Debug)]
#[expect(dead_code, reason = "is shown")]
enum CloseCode {
    Normal,
    Library(u16),
}

#[derive(Debug)]
#[expect(dead_code, reason = "is shown")]
struct CloseFrame {
    code: CloseCode,
    reason: &'static str,
}

const fn shard(id: u32) -> ShardInfo {
    ShardInfo { id: ShardId(id), total: 2 }
}

fn closed(code: Option<CloseCode>, said: impl FnOnce()) {
    let data = code.map(|code| CloseFrame { code, reason: "a reason" });
    info_span!(target: SHARD, "handle_gateway_closed", ?data).in_scope(said);
}

fn closes(metrics: &Metrics, code: &str) -> f64 {
    value(metrics, &format!("discord_gateway_closes_total{{code=\"{code}\"}}"))
}

fn restarts(metrics: &Metrics, shard: u32, reason: &str) -> f64 {
    let labels = format!("reason=\"{reason}\",shard=\"{shard}\"");
    let turned = format!("shard=\"{shard}\",reason=\"{reason}\"");
    [labels, turned]
        .iter()
        .map(|labels| value(metrics, &format!("discord_shard_restarts_total{{{labels}}}")))
        .sum()
}

#[test]
fn closes_count_by_code_and_ends_by_reason() {
    let (rest, metrics) = crate::rest();
    let subscriber = tracing_subscriber::registry().with(rest::layer(&rest));
    let _watched = tracing::subscriber::set_default(subscriber);
    assert!(metrics.render(obs_core::metrics::Format::Text).contains("code=\"4014\"} 0"));

    closed(Some(CloseCode::Library(4008)), || {
        warn!(target: SHARD, "[{:?}] Gateway ratelimited.", shard(0));
    });
    debug!(target: SHARD, "[{:?}] Attempting to resume", shard(0));

    // A clean close is said nothing about.
    closed(Some(CloseCode::Normal), || {});
    debug!(target: SHARD, "[{:?}] Attempting to resume", shard(1));
    closed(None, || {});
    debug!(target: RUNNER, "[ShardRunner {:?}] Requesting restart", shard(1));
    info!(target: "serenity::gateway::bridge::shard_manager", "Restarting shard {}", 1);
    info!(target: RUNNER, "[ShardRunner {:?}] Running", shard(1));

    warn!(target: RUNNER, "[ShardRunner {:?}] Error heartbeating", shard(1),);
    debug!(target: RUNNER, "[ShardRunner {:?}] Requesting restart", shard(1));
    info!(target: "serenity::gateway::bridge::shard_manager", "Restarting shard {}", 1);

    debug!(target: SHARD, "[{:?}] Attempting to resume", shard(0));

    let codes = [("4008", 1.0), ("1000", 1.0), ("other", 1.0), ("4014", 0.0)];
    for (code, want) in codes {
        assert_eq!(closes(&metrics, code), want, "{code}");
    }
    let reasons = [
        (0, "closed", 1.0),
        (0, "reconnect", 1.0),
        (1, "closed", 2.0),
        (1, "heartbeat", 1.0),
        (1, "requested", 0.0),
        (1, "error", 0.0),
    ];
    for (shard, reason, want) in reasons {
        assert_eq!(restarts(&metrics, shard, reason), want, "shard {shard}, {reason}");
    }
}
