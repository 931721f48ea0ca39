//! How commands end.

use tracing::Level;

/// How a command ended: the `outcome` of its metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It did what it does. Also the outcome of a handler that tells nothing else.
    Ok,
    /// It failed.
    Error,
    /// It panicked.
    Panic,
    /// A check refused it.
    CheckFailed,
    /// It was asked for too soon after the last time.
    Cooldown,
    /// Its arguments were not what it takes.
    Argument,
    /// The user, or the bot, lacks permissions.
    Permissions,
    /// There is no such command.
    Unknown,
    /// It was dropped before its end, as by a shutdown.
    Cancelled,
}

impl Outcome {
    pub(crate) const COUNT: usize = 9;

    /// The label value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::CheckFailed => "check_failed",
            Self::Cooldown => "cooldown",
            Self::Argument => "argument",
            Self::Permissions => "permissions",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The level of the event. What a user gets wrong is nobody's concern, unless `ours`: the bot has
    /// a part in it.
    pub(crate) const fn level(self, ours: bool) -> Level {
        match self {
            Self::Error | Self::Panic => Level::ERROR,
            Self::Cancelled => Level::WARN,
            Self::Ok => Level::INFO,
            _ if ours => Level::WARN,
            _ => Level::INFO,
        }
    }
}
