//! What those who log and the thread that writes share: the queue, and an account of every line.

use std::mem;
use std::time::Duration;

use super::batch::Batch;
use super::losses::{ByLevel, LossReason, Losses};
use super::queue::{Policy, QueueConfig};

/// How long a line waits for the last batch to be written, under policies that do not wait else.
const HANDOVER_PATIENCE: Duration = Duration::from_millis(200);

/// What becomes of lines, over the life of a writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// They are queued.
    Open,
    /// They are queued; the thread is to write what there is and end.
    Closing,
    /// They wait for the thread to write its last batch and end.
    Handover,
    /// The thread has ended well: who logs a line writes it.
    Direct,
    /// The output is given up: they are lost.
    Closed,
}

/// What becomes of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// It is queued.
    Taken,
    /// It may be offered again within this time; `None` for no end.
    Wait(Option<Duration>),
    /// It is to be written by who logs it.
    Direct,
    Lost(LossReason),
}

/// What one round of writing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) written: ByLevel,
    pub(super) lost: Losses,
    /// Bytes of the lines in both.
    pub(super) bytes: usize,
}

impl Progress {
    pub(super) fn write(&mut self, lines: &ByLevel) {
        for (written, more) in self.written.iter_mut().zip(lines) {
            *written += more;
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.write(&other.written);
        self.lost.merge(&other.lost);
        self.bytes += other.bytes;
    }
}

/// Every line that was ever given to a writer.
///
/// `accepted == written + queued + lost.total()`, whenever this is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) accepted: u64,
    pub(crate) written: u64,
    /// Those that wait and those that are being written.
    pub(crate) queued: u64,
    pub(crate) queued_bytes: usize,
    pub(crate) lost: Losses,
}

pub(super) struct State {
    bytes: usize,
    policy: Policy,
    pub(super) mode: Mode,
    /// Lines that wait.
    pub(super) queue: Batch,
    /// Lines that are being written, and their bytes.
    writing: ByLevel,
    writing_bytes: usize,
    accepted: ByLevel,
    written: ByLevel,
    lost: Losses,
    /// Lines that were queued, and how many of these are done, written or lost. First in, first
    /// out: a line is done when `done` has reached what `queued` was after it.
    pub(super) queued: u64,
    pub(super) done: u64,
    /// The output's last answer was an error.
    pub(super) failing: bool,
    /// A line waited in vain, and nothing has been written since.
    pub(super) stalled: bool,
    /// Bytes in the queue at which the thread is to be woken; the greatest number while it works.
    pub(super) wake_at: usize,
    /// The output is to be opened anew.
    pub(super) reopen: bool,
    /// Somebody waits until a line is done: no time to wait for more of them.
    pub(super) hurry: bool,
    /// The time to finish is over.
    pub(super) abandoned: bool,
}

impl State {
    pub(super) fn new(config: &QueueConfig) -> Self {
        let mut queue = Batch::default();
        queue.bound(config.bytes);
        Self {
            bytes: config.bytes,
            policy: config.policy,
            mode: Mode::Open,
            queue,
            writing: ByLevel::default(),
            writing_bytes: 0,
            accepted: ByLevel::default(),
            written: ByLevel::default(),
            lost: Losses::default(),
            queued: 0,
            done: 0,
            failing: false,
            stalled: false,
            wake_at: usize::MAX,
            reopen: false,
            hurry: false,
            abandoned: false,
        }
    }

    /// Says what becomes of `line`, and takes it if there is room.
    pub(super) fn offer(&mut self, rank: usize, line: &[u8]) -> Offer {
        match self.mode {
            Mode::Open | Mode::Closing => {}
            Mode::Handover => {
                let patience = self.policy.patience(rank);
                return match patience.map(|patience| patience.max(HANDOVER_PATIENCE)) {
                    Some(_) if self.stalled => Offer::Lost(LossReason::Closed),
                    patience => Offer::Wait(patience),
                };
            }
            Mode::Direct => return Offer::Direct,
            Mode::Closed => return Offer::Lost(LossReason::Closed),
        }
        // With the line break that it may lack.
        let len = line.len() + 1;
        let limit = self.policy.limit(rank, self.bytes);
        if len > limit {
            return Offer::Lost(LossReason::Oversize);
        }
        if self.held() + len > limit {
            return match self.policy.patience(rank) {
                Some(patience) if patience.is_zero() || self.stalled => Offer::Lost(self.full()),
                patience => Offer::Wait(patience),
            };
        }
        self.queue.push(rank, line);
        self.accepted[rank] += 1;
        self.queued += 1;
        Offer::Taken
    }

    /// A line that [`offer`](Self::offer) had wait has waited long enough.
    pub(super) fn waited_in_vain(&mut self, rank: usize) {
        self.stalled = true;
        let reason = if self.mode == Mode::Open { self.full() } else { LossReason::Closed };
        self.lose(rank, reason);
    }

    /// Accounts for a line that is lost without having been queued.
    pub(super) fn lose(&mut self, rank: usize, reason: LossReason) {
        self.accepted[rank] += 1;
        self.lost.add_one(reason, rank);
    }

    /// Accounts for a line that is written by who logs it.
    pub(super) fn begin_direct(&mut self, rank: usize) {
        self.accepted[rank] += 1;
        self.queued += 1;
        self.writing[rank] += 1;
    }

    /// Puts the queue into `batch`, which is empty, and gives the memory of that to the queue.
    pub(super) fn hand_over(&mut self, batch: &mut Batch) {
        mem::swap(&mut self.queue, batch);
        self.queue.bound(self.bytes);
        self.writing = batch.lines();
        self.writing_bytes = batch.len();
        self.hurry = false;
        if self.mode == Mode::Closing {
            self.mode = Mode::Handover;
        }
    }

    pub(super) fn apply(&mut self, progress: &Progress, failing: bool) {
        self.failing = failing;
        if self.mode == Mode::Closed {
            // All that was being written has been counted as lost.
            return;
        }
        for (rank, lost) in progress.lost.by_level().into_iter().enumerate() {
            let written = progress.written[rank];
            self.writing[rank] = self.writing[rank].saturating_sub(written + lost);
            self.written[rank] += written;
            self.done += written + lost;
        }
        self.writing_bytes = self.writing_bytes.saturating_sub(progress.bytes);
        self.lost.merge(&progress.lost);
        if progress.written != ByLevel::default() {
            self.stalled = false;
        }
    }

    /// Gives up the output and all lines that are not written.
    pub(super) fn close(&mut self, reason: LossReason) {
        let waiting = self.queue.lines();
        for lines in [waiting, mem::take(&mut self.writing)] {
            self.lost.add(reason, &lines);
            self.done += lines.iter().sum::<u64>();
        }
        self.writing_bytes = 0;
        self.queue = Batch::default();
        self.mode = Mode::Closed;
    }

    /// Bytes that wait and that are being written.
    pub(super) fn held(&self) -> usize {
        self.queue.len() + self.writing_bytes
    }

    /// Whether those who wait for room are to look: not for each line that is written, since
    /// between two of them nothing much could be queued.
    pub(super) fn has_room(&self) -> bool {
        self.held() <= self.bytes - self.bytes / 4 || self.mode == Mode::Closed
    }

    /// Bytes in the queue that are worth a write while more may come.
    pub(super) const fn worth_a_write(&self) -> usize {
        let quarter = self.bytes / 4;
        if quarter < WORTH_A_WRITE { quarter } else { WORTH_A_WRITE }
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.mode, Mode::Direct | Mode::Closed)
    }

    pub(super) const fn lost(&self) -> &Losses {
        &self.lost
    }

    pub(super) fn account(&self) -> Account {
        let sum = |lines: &ByLevel| lines.iter().sum::<u64>();
        Account {
            accepted: sum(&self.accepted),
            written: sum(&self.written),
            queued: sum(&self.queue.lines()) + sum(&self.writing),
            queued_bytes: self.held(),
            lost: self.lost,
        }
    }

    /// Why there is no room.
    const fn full(&self) -> LossReason {
        if self.failing { LossReason::IoError } else { LossReason::QueueFull }
    }
}

const WORTH_A_WRITE: usize = 128 * 1024;
