//! How the queue between a log line and its output is set.

use std::time::Duration;

use tracing::Level;

/// The queue of lines between those who log and the thread that writes; see
/// [`Builder::log_queue`](crate::Builder::log_queue).
///
/// What is left open is taken from the environment, then from the default.
///
/// # What becomes of a line
///
/// It is written whole, once, in order and on a line of its own, or it is counted: in
/// `obs_log_lines_dropped_total` by level and [reason](super::LossReason), in what
/// [`Obs::finish`](crate::Obs::finish) returns, and in a line of the log itself, which tells every
/// ten seconds at the most how many are missing.
///
/// While the output fails, lines are kept for it as long as there is room, and it is tried again
/// after 10 ms to 1 s; a reader that is gone (EPIPE) has nothing kept for it. Standard error is told,
/// once a minute at the most. Of a line that broke off, what is there is ended by a line break, and
/// the line is counted as lost or follows once more in whole.
///
/// A process that ends without [`Obs::finish`](crate::Obs::finish) and without dropping the `Obs`
/// (`exit`, `abort`, SIGKILL) loses what is queued: about a millisecond's worth, unless the output is
/// slow. A child that is forked without `exec` has no thread that writes, and must not log.
///
/// ```
/// use obs_core::log::{Policy, Queue};
///
/// let obs = obs_core::builder("shop")
///     .log_queue(Queue::new().bytes(1 << 20).policy(Policy::Block))
///     .build()?;
/// # Ok::<_, obs_core::InitError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "nothing changes before `Builder::log_queue` has it"]
pub struct Queue {
    pub(crate) bytes: Option<usize>,
    pub(crate) policy: Option<Policy>,
    pub(crate) sync_level: Option<Level>,
    pub(crate) flush_timeout: Option<Duration>,
}

impl Queue {
    /// Everything open.
    pub const fn new() -> Self {
        Self { bytes: None, policy: None, sync_level: None, flush_timeout: None }
    }

    /// Most bytes of lines that wait or are being written, from 64 KiB to 1 GiB. Default 8 MiB,
    /// `OBS_LOG_QUEUE_BYTES`.
    ///
    /// A line costs eight bytes more. The memory is taken as it is needed, twice as much at the
    /// most, and given back when it is quiet.
    pub const fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// What happens to a line when there is no room for it. Default [`Policy::Shed`],
    /// `OBS_LOG_POLICY`.
    pub const fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// A line of this level or a worse one is written, and the output flushed, before the call that
    /// logs it returns. Default: of none, `OBS_LOG_SYNC_LEVEL=off`.
    ///
    /// It survives whatever ends the process from then on, as far as what is written does: the disk
    /// is not synchronised. Each such line waits for those before it, and for the output, up to
    /// [`flush_timeout`](Self::flush_timeout); where one has waited in vain, none waits until
    /// something is written again.
    pub const fn sync_level(mut self, level: Level) -> Self {
        self.sync_level = Some(level);
        self
    }

    /// How long [`Obs::finish`](crate::Obs::finish), and dropping the [`Obs`](crate::Obs), wait for
    /// the queue to be written. Default 5 s, `OBS_LOG_FLUSH_TIMEOUT`.
    pub const fn flush_timeout(mut self, timeout: Duration) -> Self {
        self.flush_timeout = Some(timeout);
        self
    }
}

/// What happens to a log line when the queue has no room for it.
///
/// Where waiting has a bound and a line has waited in vain, no other waits until something is
/// written again: an output that stands still costs each thread one wait, and not one a line.
///
/// A wait blocks the thread that logs, a worker of the runtime too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Policy {
    /// When the queue is filled to 80 %, lines of level `info`, `debug` and `trace` are dropped. The
    /// rest is for `warn` and `error`; without room they wait up to 200 ms and are then dropped.
    #[default]
    Shed,
    /// Waits for room as long as it takes: no line is lost for want of room, and an output that
    /// stands still, or a disk that stays full, stops the service.
    Block,
    /// Waits for room this long, and then drops the line.
    BlockFor(Duration),
    /// Drops the line.
    Drop,
}

/// A wait of a `warn` or `error` under [`Policy::Shed`].
const SHED_PATIENCE: Duration = Duration::from_millis(200);

impl Policy {
    /// How long a line of this rank waits for room; `None` for as long as it takes.
    pub(super) const fn patience(self, rank: usize) -> Option<Duration> {
        match self {
            Self::Block => None,
            Self::BlockFor(patience) => Some(patience),
            Self::Shed if rank < SHED_FROM => Some(SHED_PATIENCE),
            Self::Shed | Self::Drop => Some(Duration::ZERO),
        }
    }

    /// How far lines of this rank may fill a queue of `bytes`.
    pub(super) const fn limit(self, rank: usize, bytes: usize) -> usize {
        match self {
            Self::Shed if rank >= SHED_FROM => bytes - bytes / 5,
            _ => bytes,
        }
    }
}

/// The rank of `info`: what is shed begins here.
const SHED_FROM: usize = 2;

/// A [`Queue`] with nothing left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueueConfig {
    pub(crate) bytes: usize,
    pub(crate) policy: Policy,
    pub(crate) sync_level: Option<Level>,
    pub(crate) flush_timeout: Duration,
}

/// The smallest queue holds the longest line.
pub(crate) const QUEUE_BYTES: std::ops::RangeInclusive<usize> = 64 * 1024..=1 << 30;

/// What was expected where [`is_queue_size`] says no.
pub(crate) const A_QUEUE_SIZE: &str = "a size from `64KiB` to `1GiB`, such as `8MiB`";

pub(crate) fn is_queue_size(bytes: usize) -> bool {
    QUEUE_BYTES.contains(&bytes)
}

/// `shed`, `block`, `block:500ms` or `drop`; `duration` parses the third.
pub(crate) fn parse_policy(
    text: &str,
    duration: impl Fn(&str) -> Option<Duration>,
) -> Result<Policy, &'static str> {
    const EXPECTED: &str = "`shed`, `block`, `block:` and a duration such as `block:500ms`, or \
                            `drop`";
    match text.split_once(':') {
        None => match text {
            "shed" => Ok(Policy::Shed),
            "block" => Ok(Policy::Block),
            "drop" => Ok(Policy::Drop),
            _ => Err(EXPECTED),
        },
        Some(("block", patience)) => duration(patience).map(Policy::BlockFor).ok_or(EXPECTED),
        Some(_) => Err(EXPECTED),
    }
}

/// A level, or `off`.
pub(crate) fn parse_sync_level(text: &str) -> Result<Option<Level>, &'static str> {
    // `Level` would take numbers, too.
    match text {
        "off" => Ok(None),
        "error" => Ok(Some(Level::ERROR)),
        "warn" => Ok(Some(Level::WARN)),
        "info" => Ok(Some(Level::INFO)),
        "debug" => Ok(Some(Level::DEBUG)),
        "trace" => Ok(Some(Level::TRACE)),
        _ => Err("`error`, `warn`, `info`, `debug`, `trace` or `off`"),
    }
}
