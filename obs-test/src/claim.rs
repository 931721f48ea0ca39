//! Which captures see what happens here: on this thread, in this runtime, in this future.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::thread::ThreadId;

use obs_core::metrics::Metrics;
use pin_project_lite::pin_project;
use tokio::runtime::{Handle, Id};

use crate::store::Store;

/// What a capture collects.
#[derive(Debug)]
pub(crate) enum Target {
    Logs(Store),
    Metrics(Metrics),
}

/// A capture, as those see it that feed it.
#[derive(Debug)]
pub(crate) struct Member {
    closed: AtomicBool,
    pub(crate) target: Target,
}

/// Some captures, the outermost first, none twice.
pub(crate) type Members = Vec<Arc<Member>>;

thread_local! {
    static THREAD: RefCell<Members> = const { RefCell::new(Vec::new()) };
}

static RUNTIMES: RwLock<Vec<RuntimeClaim>> = RwLock::new(Vec::new());

struct RuntimeClaim {
    runtime: Id,
    /// Of the test.
    thread: ThreadId,
    member: Arc<Member>,
}

impl Member {
    pub(crate) const fn new(target: Target) -> Self {
        Self { closed: AtomicBool::new(false), target }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.closed.load(Ordering::Acquire)
    }

    pub(crate) const fn store(&self) -> Option<&Store> {
        match &self.target {
            Target::Logs(store) => Some(store),
            Target::Metrics(_) => None,
        }
    }
}

/// Makes `member` the innermost of `to` if it is open.
pub(crate) fn add(to: &mut Members, member: &Arc<Member>) {
    if member.is_open() {
        to.retain(|other| !Arc::ptr_eq(other, member));
        to.push(member.clone());
    }
}

/// The captures of this thread and of the runtime that it works for.
pub(crate) fn here() -> Members {
    let mut here = Members::new();
    let claims = RUNTIMES.read().unwrap_or_else(PoisonError::into_inner);
    if !claims.is_empty()
        && let Ok(runtime) = Handle::try_current().map(|handle| handle.id())
    {
        for claim in claims.iter().filter(|claim| claim.runtime == runtime) {
            add(&mut here, &claim.member);
        }
    }
    drop(claims);
    // A thread at its end has no captures left.
    let _ = THREAD.try_with(|thread| {
        for member in thread.borrow().iter() {
            add(&mut here, member);
        }
    });
    here
}

/// Keeps a capture fed; what is dropped ends it.
#[derive(Debug)]
pub(crate) struct Claim(pub(crate) Arc<Member>);

impl Claim {
    pub(crate) fn thread(&self) {
        THREAD.with_borrow_mut(|thread| {
            thread.retain(|member| member.is_open());
            thread.push(self.0.clone());
        });
    }

    /// Claims the runtime, if this thread is in one; false if a capture of another thread has it.
    pub(crate) fn current_runtime(&self) -> bool {
        Handle::try_current().map_or(true, |handle| self.runtime(&handle))
    }

    /// Claims a runtime; false if a capture of another thread has it.
    pub(crate) fn runtime(&self, handle: &Handle) -> bool {
        let (runtime, thread) = (handle.id(), std::thread::current().id());
        let mut claims = RUNTIMES.write().unwrap_or_else(PoisonError::into_inner);
        if claims.iter().any(|claim| claim.runtime == runtime && claim.thread != thread) {
            return false;
        }
        claims.push(RuntimeClaim { runtime, thread, member: self.0.clone() });
        true
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.0.closed.store(true, Ordering::Release);
        RUNTIMES
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|claim| claim.member.is_open());
        // Another thread, on which it is dropped, passes over what is closed.
        let _ = THREAD.try_with(|thread| thread.borrow_mut().retain(|member| member.is_open()));
    }
}

/// Adds a capture to this thread until it is dropped.
#[derive(Debug)]
struct Entered<'a>(&'a Arc<Member>);

impl<'a> Entered<'a> {
    fn new(member: &'a Arc<Member>) -> Self {
        THREAD.with_borrow_mut(|thread| thread.push(member.clone()));
        Self(member)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let _ = THREAD.try_with(|thread| {
            let mut thread = thread.borrow_mut();
            if let Some(last) = thread.iter().rposition(|member| Arc::ptr_eq(member, self.0)) {
                thread.remove(last);
            }
        });
    }
}

pub(crate) fn in_scope<T>(member: &Arc<Member>, run: impl FnOnce() -> T) -> T {
    let _entered = Entered::new(member);
    run()
}

pin_project! {
    /// A future whose events and metrics a capture sees, wherever it is polled; see
    /// [`Logs::wrap_future`](crate::Logs::wrap_future).
    #[must_use = "futures do nothing unless polled"]
    pub struct Captured<F> {
        member: Arc<Member>,
        // `None` only while it is being dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Captured<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = Entered::new(this.member);
            this.future.set(None);
        }
    }
}

impl<F> Captured<F> {
    pub(crate) fn new(member: &Arc<Member>, future: F) -> Self {
        Self { member: member.clone(), future: Some(future) }
    }
}

impl<F: Future> Future for Captured<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = Entered::new(this.member);
        match this.future.as_pin_mut() {
            Some(future) => future.poll(cx),
            None => Poll::Pending,
        }
    }
}

impl<F> fmt::Debug for Captured<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured").finish_non_exhaustive()
    }
}
