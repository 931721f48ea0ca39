//! The stage of a shard's connection: `discord_shard_stage`.

use metrics::Gauge;
use obs_core::metrics::Metrics;

use crate::metrics::SHARD_STAGE;

/// A stage, as serenity tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Connected,
    Connecting,
    Disconnected,
    Handshake,
    Identifying,
    Resuming,
}

impl Stage {
    const ALL: [Self; 6] = [
        Self::Connected,
        Self::Connecting,
        Self::Disconnected,
        Self::Handshake,
        Self::Identifying,
        Self::Resuming,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Connecting => "connecting",
            Self::Disconnected => "disconnected",
            Self::Handshake => "handshake",
            Self::Identifying => "identifying",
            Self::Resuming => "resuming",
        }
    }

    /// The stage of a shard that is connected or not, whose next connection is in this one.
    ///
    /// serenity's `ShardRunnerInfo::stage` is not asked: it is written with heartbeats only.
    pub(crate) const fn of(connected: bool, next: Option<Self>) -> Self {
        match next {
            _ if connected => Self::Connected,
            Some(stage) => stage,
            None => Self::Disconnected,
        }
    }
}

/// The six series of a shard.
pub(crate) struct Stages([Gauge; 6]);

impl Stages {
    pub(crate) fn new(metrics: &Metrics, shard: &str) -> Self {
        Self(Stage::ALL.map(|stage| SHARD_STAGE.of(metrics, [shard, stage.name()])))
    }

    pub(crate) fn set(&self, stage: Stage) {
        for (gauge, of) in self.0.iter().zip(Stage::ALL) {
            gauge.set(f64::from(u8::from(of == stage)));
        }
    }
}
