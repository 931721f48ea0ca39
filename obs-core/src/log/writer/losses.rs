//! What did not reach the output, by level and reason.

use std::fmt;

use tracing::Level;

/// The levels in the order in which they are counted: the worst first.
pub(super) const LEVELS: [Level; 5] =
    [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];

/// A number of lines for each of [`LEVELS`].
pub(super) type ByLevel = [u64; LEVELS.len()];

/// The place of `level` in [`LEVELS`].
pub(super) fn rank(level: Level) -> usize {
    LEVELS.iter().position(|known| *known == level).unwrap_or(0)
}

/// Why a log line was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossReason {
    /// The queue had no room, and the [policy](super::Policy) says not to wait, or the wait was in
    /// vain.
    QueueFull,
    /// The output refused the line, or was failing while the queue had no room.
    IoError,
    /// [`Obs::finish`](crate::Obs::finish) ran out of time before the line was written.
    ShutdownDeadline,
    /// The line is bigger than the queue.
    Oversize,
    /// It was logged when the output had been given up at the end of the service.
    Closed,
    /// The output panicked while it was given the line; it may have been written.
    WriterPanic,
    /// It was logged by the output itself, where to write it would have led to the next.
    Reentrant,
}

impl LossReason {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 7] = [
        Self::QueueFull,
        Self::IoError,
        Self::ShutdownDeadline,
        Self::Oversize,
        Self::Closed,
        Self::WriterPanic,
        Self::Reentrant,
    ];

    /// The value of the label `reason` in `obs_log_lines_dropped_total`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::IoError => "io_error",
            Self::ShutdownDeadline => "shutdown_deadline",
            Self::Oversize => "oversize",
            Self::Closed => "closed",
            Self::WriterPanic => "writer_panic",
            Self::Reentrant => "reentrant",
        }
    }

    /// What helps against it.
    const fn remedy(self) -> &'static str {
        match self {
            Self::QueueFull => "raise OBS_LOG_QUEUE_BYTES, or choose OBS_LOG_POLICY=block",
            Self::IoError | Self::WriterPanic => "see what standard error says of the output",
            Self::ShutdownDeadline => "raise OBS_LOG_FLUSH_TIMEOUT",
            Self::Oversize => "raise OBS_LOG_QUEUE_BYTES",
            Self::Closed => "finish later, when nothing logs any more",
            Self::Reentrant => "have the output not log",
        }
    }
}

impl fmt::Display for LossReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Log lines that did not reach the output, by level and [reason](LossReason).
///
/// What [`Obs::finish`](crate::Obs::finish) returns, and what `obs_log_lines_dropped_total` counts.
/// Its text is a sentence:
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), obs_core::InitError> {
/// let obs = obs_core::builder("shop").build()?;
/// let losses = obs.finish().await;
/// assert!(losses.is_empty());
/// assert_eq!(losses.to_string(), "no log lines were lost");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Losses {
    counts: [ByLevel; LossReason::ALL.len()],
}

impl Losses {
    /// Whether every line was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// All lines that were lost.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// Those of one level.
    #[must_use]
    pub fn of_level(&self, level: Level) -> u64 {
        self.counts.iter().map(|levels| levels[rank(level)]).sum()
    }

    /// Those of one reason.
    #[must_use]
    pub fn of_reason(&self, reason: LossReason) -> u64 {
        self.counts[reason as usize].iter().sum()
    }

    /// Each level and reason with its lines, also where there are none; the worst level first.
    pub fn iter(&self) -> impl Iterator<Item = (Level, LossReason, u64)> + '_ {
        LEVELS.iter().enumerate().flat_map(move |(rank, level)| {
            LossReason::ALL
                .into_iter()
                .map(move |reason| (*level, reason, self.counts[reason as usize][rank]))
        })
    }

    pub(super) fn by_level(&self) -> ByLevel {
        LEVELS.map(|level| self.of_level(level))
    }

    pub(super) fn add(&mut self, reason: LossReason, lines: &ByLevel) {
        for (count, lines) in self.counts[reason as usize].iter_mut().zip(lines) {
            *count += lines;
        }
    }

    pub(super) fn add_one(&mut self, reason: LossReason, rank: usize) {
        self.counts[reason as usize][rank] += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (count, lines) in self.counts.iter_mut().flatten().zip(other.counts.iter().flatten()) {
            *count += lines;
        }
    }

    /// What came after `before`.
    pub(super) fn since(&self, before: &Self) -> Self {
        let mut since = *self;
        for (count, lines) in since.counts.iter_mut().flatten().zip(before.counts.iter().flatten())
        {
            *count = count.saturating_sub(*lines);
        }
        since
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let (lines, were) = if total == 1 { ("line", "was") } else { ("lines", "were") };
        if total == 0 {
            return f.write_str("no log lines were lost");
        }
        write!(f, "{total} log {lines} {were} lost (")?;
        let mut comma = "";
        for level in LEVELS {
            let lines = self.of_level(level);
            if lines > 0 {
                write!(f, "{comma}{} {lines}", level.as_str().to_ascii_lowercase())?;
                comma = ", ";
            }
        }
        let mut separator = "; ";
        let reasons = LossReason::ALL.map(|reason| (self.of_reason(reason), reason));
        for (lines, reason) in reasons.into_iter().filter(|(lines, _)| *lines > 0) {
            write!(f, "{separator}{reason} {lines}")?;
            separator = ", ";
        }
        f.write_str(")")?;
        match reasons.into_iter().max_by_key(|(lines, _)| *lines) {
            Some((_, most)) => write!(f, ": {}", most.remedy()),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = self.iter().filter(|(_, _, lines)| *lines > 0);
        f.debug_map()
            .entries(lost.map(|(level, reason, lines)| {
                (format!("{} {reason}", level.as_str().to_ascii_lowercase()), lines)
            }))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_says_how_many_of_what_why_and_what_helps() {
        let mut losses = Losses::default();
        losses.add_one(LossReason::IoError, rank(Level::WARN));
        assert_eq!(
            losses.to_string(),
            "1 log line was lost (warn 1; io_error 1): see what standard error says of the output"
        );
        losses.add(LossReason::QueueFull, &[0, 2, 40, 0, 1]);
        assert_eq!(
            losses.to_string(),
            "44 log lines were lost (warn 3, info 40, trace 1; queue_full 43, io_error 1): raise \
             OBS_LOG_QUEUE_BYTES, or choose OBS_LOG_POLICY=block"
        );
        assert_eq!(losses.of_level(Level::WARN), 3);
        assert_eq!(losses.of_reason(LossReason::QueueFull), 43);
        assert_eq!(losses.iter().map(|(_, _, lines)| lines).sum::<u64>(), losses.total());
    }

    #[test]
    fn what_came_after_and_what_came_before_are_the_whole() {
        let mut before = Losses::default();
        before.add(LossReason::Oversize, &[1, 2, 3, 4, 5]);
        let mut after = before;
        after.add(LossReason::Closed, &[1, 0, 0, 0, 0]);
        let mut sum = after.since(&before);
        assert_eq!(sum.total(), 1);
        sum.merge(&before);
        assert_eq!(sum, after);
    }
}
