//! W3C trace context: parsed, made, and carried by the thread that works on a request.

use std::cell::Cell;

/// The identity of the request being worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// 16 bytes, never zero.
    pub trace_id: u128,
    /// 8 bytes, never zero.
    pub span_id: u64,
    /// The `sampled` flag.
    pub sampled: bool,
}

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
/// For instrumentation that polls a request's future: set it before the poll, restore after.
pub fn replace(context: Option<TraceContext>) -> Option<TraceContext> {
    CURRENT.replace(context)
}
