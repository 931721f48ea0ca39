//! What the thread knows about the event that it works on.
//!
//! A scope puts its frame here around every poll of its future, so that a framework's hooks, which take
//! no captures, find the command that they belong to. The command is part of the future: whatever ends
//! that ends the command, and nothing is kept that a hook which never comes would have to take away.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use obs_core::trace::{self, TraceContext};

use super::failure::Failure;
use super::guard::{Guard, now};
use super::{Kind, Outcome, Shared};

/// An event that is being handled, and the command in it.
#[derive(Debug)]
#[cfg_attr(
    not(feature = "poise"),
    expect(dead_code, reason = "only poise finds commands in an event's middle")
)]
pub(crate) struct Frame {
    shared: Arc<Shared>,
    shard: u32,
    started: Instant,
    pub(super) command: Option<Box<Guard>>,
    /// Whether a framework has taken the command, so that it will say how it went.
    taken: bool,
    /// The trace that was current when the thread turned to this.
    before: Option<TraceContext>,
    /// Whether the command's span is entered.
    inside: bool,
}

impl Frame {
    pub(super) fn new(shared: Arc<Shared>, shard: u32, started: Instant) -> Self {
        Self { shared, shard, started, command: None, taken: false, before: None, inside: false }
    }

    fn enter(&mut self) {
        if let Some(command) = &self.command {
            trace::replace(Some(command.trace()));
            command.span().with_subscriber(|(id, dispatch)| dispatch.enter(id));
            self.inside = true;
        }
    }

    fn exit(&mut self) {
        if let Some(command) = self.command.as_ref().filter(|_| self.inside) {
            command.span().with_subscriber(|(id, dispatch)| dispatch.exit(id));
        }
        self.inside = false;
        trace::replace(self.before);
    }

    /// Ends the command, if one runs.
    pub(super) fn conclude(&mut self) {
        let Some(command) = self.command.take() else { return };
        // Suggestions are made without a word at their end.
        let unsaid = self.taken && command.kind() != Kind::Autocomplete;
        self.taken = false;
        command.conclude(if unsaid { Outcome::Error } else { Outcome::Ok }, now());
    }

    fn panicked(&mut self) {
        if let Some(mut command) = self.command.take() {
            command.finish(Outcome::Panic, now());
        }
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Frame>> = const { RefCell::new(None) };
}

/// Reads or changes the frame of the event that this thread works on, if there is one.
fn with<T>(f: impl FnOnce(&mut Frame) -> T) -> Option<T> {
    CURRENT.try_with(|current| current.try_borrow_mut().ok()?.as_mut().map(f)).ok().flatten()
}

/// Swaps `frame` with the thread's; twice restores both.
fn swap(frame: &mut Option<Frame>) {
    // The thread's storage is gone only while the thread ends; then nobody can ask for the frame.
    let _ = CURRENT.try_with(|current| {
        if let Ok(mut current) = current.try_borrow_mut() {
            mem::swap(&mut *current, frame);
        }
    });
}

/// Makes a frame the thread's until this is dropped.
///
/// A panic that unwinds through it ends the command.
#[derive(Debug)]
pub(crate) struct Entered<'a>(&'a mut Option<Frame>);

impl<'a> Entered<'a> {
    pub(super) fn new(frame: &'a mut Option<Frame>) -> Option<Self> {
        let entered = frame.as_mut()?;
        entered.before = trace::current();
        entered.enter();
        swap(frame);
        Some(Self(frame))
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        swap(self.0);
        let Some(frame) = self.0 else { return };
        frame.exit();
        // Whoever catches the panic drops the future only afterwards, when nothing tells it from one
        // that was cancelled.
        if std::thread::panicking() {
            frame.panicked();
        }
    }
}

/// Begins a command in the event that the thread works on, unless one runs.
#[cfg(feature = "poise")]
pub(crate) fn begin(kind: Kind, name: &str) {
    let new = with(|frame| {
        let shared = frame.command.is_none().then(|| Arc::clone(&frame.shared));
        shared.map(|shared| (shared, frame.shard, frame.started))
    });
    let Some(Some((shared, shard, started))) = new else { return };
    let command = Box::new(Guard::new(&shared, kind, name, shard, started));
    with(|frame| {
        frame.command = Some(command);
        frame.enter();
    });
}

/// Notes that a framework has taken the command: it will say how it went.
#[cfg(feature = "poise")]
pub(crate) fn take() {
    with(|frame| frame.taken = true);
}

/// The kind of the command that runs.
#[cfg(feature = "poise")]
pub(crate) fn kind() -> Option<Kind> {
    with(|frame| frame.command.as_ref().map(|command| command.kind())).flatten()
}

/// Notes how the command that runs is about to end.
pub(crate) fn report(outcome: Outcome, failure: Option<Failure>) {
    with(|frame| {
        if let Some(command) = &mut frame.command {
            command.report(outcome, failure);
        }
    });
}

/// Ends the command that runs, if any, as was reported.
#[cfg(feature = "poise")]
pub(crate) fn end() {
    // Outside of the frame: whoever hears of the end may ask for it.
    let ended = with(|frame| {
        frame.exit();
        let before = Frame::new(Arc::clone(&frame.shared), frame.shard, frame.started);
        let rest = Frame { before: frame.before, ..before };
        mem::replace(frame, rest)
    });
    if let Some(mut frame) = ended {
        frame.conclude();
    }
}
