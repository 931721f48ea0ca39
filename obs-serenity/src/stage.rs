//! The stage of a shard's connection: `discord_shard_stage`.

use metrics::Gauge;
use obs_core::metrics::Metrics;
use serenity::gateway::ConnectionStage;

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

    /// The stage of a shard of which we know whether it is connected, and serenity's runner says this
    /// of itself. Without a runner it is disconnected.
    ///
    /// A runner says that it is connected while its session is given up, and after a fatal close; and
    /// that it is not, for a moment after READY.
    pub(crate) const fn of(connected: bool, runner: Option<Self>) -> Self {
        match runner {
            _ if connected => Self::Connected,
            None | Some(Self::Connected) => Self::Disconnected,
            Some(stage) => stage,
        }
    }
}

impl From<ConnectionStage> for Stage {
    fn from(stage: ConnectionStage) -> Self {
        match stage {
            ConnectionStage::Connected => Self::Connected,
            ConnectionStage::Connecting => Self::Connecting,
            ConnectionStage::Handshake => Self::Handshake,
            ConnectionStage::Identifying => Self::Identifying,
            ConnectionStage::Resuming => Self::Resuming,
            _ => Self::Disconnected,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_serenity_says_of_a_connection_is_not_believed() {
        use Stage::{Connected, Disconnected, Handshake, Resuming};
        // (whether it is connected, what serenity says, the stage)
        let table = [
            (true, Some(Connected), Connected),
            (true, Some(Handshake), Connected),
            (true, None, Connected),
            (false, Some(Connected), Disconnected),
            (false, Some(Resuming), Resuming),
            (false, None, Disconnected),
        ];
        for (connected, runner, stage) in table {
            assert_eq!(Stage::of(connected, runner), stage, "{connected} {runner:?}");
        }
    }
}
