//! What the thread knows about the request it is working on.
//!
//! The layer puts a request's frame here around every poll of its future and of its body, so that
//! inner layers and handlers reach it without a request extension, which would cost an allocation.

use std::cell::RefCell;
use std::mem;
use std::sync::Arc;

use obs_core::trace::{self, TraceContext};

use crate::layer::InFlight;
use crate::request_id::RequestId;

/// The part of a request that inner layers and handlers may read and change.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) in_flight: InFlight,
    pub(crate) request_id: Option<RequestId>,
    /// Whether the router had a template for this request.
    pub(crate) matched: bool,
    /// A route name that replaces the router's template.
    pub(crate) route: Option<Arc<str>>,
    pub(crate) buckets: Option<&'static [f64]>,
    pub(crate) cause: Option<&'static str>,
    /// Neither measured nor logged.
    pub(crate) skip: bool,
}

thread_local! {
    static CURRENT: RefCell<Option<Frame>> = const { RefCell::new(None) };
}

/// Whether this thread works on a request that a layer of ours already observes.
pub(crate) fn is_entered() -> bool {
    CURRENT.try_with(|current| current.borrow().is_some()).unwrap_or(false)
}

/// Reads or changes the frame of the request that this thread works on, if there is one.
pub(crate) fn with<T>(f: impl FnOnce(&mut Frame) -> T) -> Option<T> {
    CURRENT.try_with(|current| current.try_borrow_mut().ok()?.as_mut().map(f)).ok().flatten()
}

/// Swaps `frame` with the thread's; twice restores both.
pub(crate) fn swap(frame: &mut Option<Frame>) {
    // The thread's storage is gone only while the thread ends; then nobody can ask for the frame.
    let _ = CURRENT.try_with(|current| mem::swap(&mut *current.borrow_mut(), frame));
}

/// Keeps a trace context current, so that a histogram recorded meanwhile gets an exemplar and
/// `obs_core::trace::current` answers.
#[derive(Debug)]
pub(crate) struct TraceScope(Option<Option<TraceContext>>);

impl TraceScope {
    pub(crate) fn new(context: Option<TraceContext>) -> Self {
        Self(context.map(|context| trace::replace(Some(context))))
    }
}

impl Drop for TraceScope {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            let _ = trace::replace(before);
        }
    }
}
