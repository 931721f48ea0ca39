//! The current context: of a thread, of a scope, of a future.

use std::cell::Cell;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::TraceContext;

thread_local! {
    static CURRENT: Cell<Option<TraceContext>> = const { Cell::new(None) };
}

/// The context of the request that this thread works on, if any.
#[must_use]
pub fn current() -> Option<TraceContext> {
    CURRENT.get()
}

/// Makes `context` current and returns the one before it.
///
/// For instrumentation that polls a request's future: set it before the poll, restore after. See
/// [`enter`] for a guard that does the second, on unwind too.
#[expect(clippy::must_use_candidate, reason = "what restores has no use for the other")]
pub fn replace(context: Option<TraceContext>) -> Option<TraceContext> {
    CURRENT.replace(context)
}

/// Makes `context` current on this thread until the guard is dropped.
///
/// Not to be held across an `.await`, where the thread turns to other work; see [`with`].
pub fn enter(context: TraceContext) -> Entered {
    Entered { before: replace(Some(context)), _not_send: PhantomData }
}

/// Restores the context before [`enter`] when dropped.
#[derive(Debug)]
#[must_use = "the context is current until this is dropped"]
pub struct Entered {
    before: Option<TraceContext>,
    _not_send: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace(self.before);
    }
}

/// Makes `context` current whenever `future` is polled, and while it is dropped.
pub fn with<F: Future>(context: TraceContext, future: F) -> Traced<F> {
    Traced { context, future: Some(future) }
}

pin_project! {
    /// A future with a context of its own, made by [`with`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Traced<F> {
        context: TraceContext,
        // `None` only while it is being dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Traced<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = enter(*this.context);
            this.future.set(None);
        }
    }
}

impl<F: Future> Future for Traced<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = enter(*this.context);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_nest_and_restore_on_unwind() {
        let (outer, inner) = (TraceContext::new_root(), TraceContext::new_root());
        let _outer = enter(outer);
        let unwound = std::panic::catch_unwind(|| {
            let _inner = enter(inner);
            assert_eq!(current(), Some(inner));
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(unwound.is_err());
        assert_eq!(current(), Some(outer));
    }

    #[tokio::test]
    async fn a_future_has_its_context_at_each_poll_and_at_its_drop() {
        struct SeenAtDrop<'a>(&'a Cell<Option<TraceContext>>);
        impl Drop for SeenAtDrop<'_> {
            fn drop(&mut self) {
                self.0.set(current());
            }
        }

        let (a, b) = (TraceContext::new_root(), TraceContext::new_root());
        let seen = Cell::new(None);
        let twice = async {
            let first = current();
            tokio::task::yield_now().await;
            (first, current())
        };
        let never = async {
            let _seen = SeenAtDrop(&seen);
            std::future::pending::<()>().await;
        };

        assert_eq!(with(a, twice).await, (Some(a), Some(a)));
        let mut never = Box::pin(with(b, never));
        let polled = std::future::poll_fn(|cx| Poll::Ready(never.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
        drop(never);

        assert_eq!(seen.get(), Some(b));
        assert_eq!(current(), None);
    }
}
