//! The future of a handler, and the command in it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::frame::{Entered, Frame};

/// An event on its way to whoever handles it, from [`Commands`](super::Commands).
///
/// Dropped without being [run](Self::run), its command counts as cancelled.
#[derive(Debug)]
#[must_use = "the event's command is observed by `run`"]
pub struct Scope {
    frame: Option<Frame>,
}

impl Scope {
    /// The scope of an event that is nobody's command: its handler runs as it is.
    pub const fn none() -> Self {
        Self { frame: None }
    }

    pub(super) const fn of(frame: Frame) -> Self {
        Self { frame: Some(frame) }
    }

    /// Runs the handler of the event.
    ///
    /// Wherever the future is polled or dropped, the command's trace is current and its span entered. The
    /// command ends with the future: when it is ready, when it panics, when it is dropped. To see the
    /// panic, this has to be within what catches it.
    pub fn run<F: Future>(self, handler: F) -> Scoped<F> {
        Scoped { scope: self, handler: Some(handler) }
    }

    /// Makes the event the one that this thread works on, while its handler is polled or dropped.
    pub(crate) fn enter(&mut self) -> Option<Entered<'_>> {
        Entered::new(&mut self.frame)
    }

    /// Ends the event's command: its handler has returned.
    pub(crate) fn conclude(&mut self) {
        if let Some(frame) = &mut self.frame {
            frame.conclude();
        }
    }
}

pin_project! {
    /// A handler that is observed, from [`Scope::run`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Scoped<F> {
        scope: Scope,
        // `None` only while this is being dropped.
        #[pin]
        handler: Option<F>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What a cancelled handler does in its destructors is still the command's.
            let entered = this.scope.enter();
            this.handler.set(None);
            drop(entered);
        }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = {
            let _entered = this.scope.enter();
            match this.handler.as_pin_mut() {
                Some(handler) => ready!(handler.poll(cx)),
                None => return Poll::Pending,
            }
        };
        this.scope.conclude();
        Poll::Ready(output)
    }
}
