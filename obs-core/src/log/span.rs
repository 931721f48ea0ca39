//! What a span adds to the lines within it.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::fields::Fields;
use crate::trace::{self, TraceContext};

/// The fields of one span, written once.
///
/// Those that it began with never change and are read without a lock. What
/// [`Span::record`](tracing::Span::record) adds stands beside them, and wins.
pub(crate) struct SpanFields {
    pub(crate) name: &'static str,
    first: Fields,
    later: Mutex<Fields>,
    has_later: AtomicBool,
    /// The trace that was current when the span began: a task that it is given to may have none.
    pub(crate) trace: Option<TraceContext>,
    pub(crate) parent: Option<Arc<Self>>,
}

thread_local! {
    /// Spans that have ended, for their memory.
    static POOL: RefCell<Vec<Arc<SpanFields>>> = const { RefCell::new(Vec::new()) };
}

impl SpanFields {
    /// A span that begins with the fields `first`, here and now.
    pub(crate) fn begin(
        name: &'static str,
        first: &Fields,
        parent: Option<Arc<Self>>,
    ) -> Arc<Self> {
        let used = POOL.try_with(|pool| pool.try_borrow_mut().ok()?.pop()).ok().flatten();
        let mut span = used.unwrap_or_else(|| Arc::new(Self::new(name)));
        // Nobody else has one of the pool, or a new one.
        if let Some(span) = Arc::get_mut(&mut span) {
            span.name = name;
            span.first.copy_of(first);
            span.trace = trace::current().or(parent.as_ref().and_then(|parent| parent.trace));
            span.parent = parent;
        }
        span
    }

    fn new(name: &'static str) -> Self {
        Self {
            name,
            first: Fields::default(),
            later: Mutex::default(),
            has_later: AtomicBool::new(false),
            trace: None,
            parent: None,
        }
    }

    /// Keeps the memory of a span that has ended for one that begins on this thread.
    pub(crate) fn end(mut span: Arc<Self>) {
        const KEPT: usize = 64;
        const BYTES: usize = 4096;
        let Some(fields) = Arc::get_mut(&mut span) else { return };
        fields.parent = None;
        fields.first.clear();
        let later = fields.later.get_mut().unwrap_or_else(PoisonError::into_inner);
        later.clear();
        *fields.has_later.get_mut() = false;
        if fields.first.text.capacity() + later.text.capacity() > BYTES {
            return;
        }
        let _ = POOL.try_with(|pool| {
            if let Ok(mut pool) = pool.try_borrow_mut()
                && pool.len() < KEPT
            {
                pool.push(span);
            }
        });
    }

    /// Adds what was recorded; a value takes the place of an older one.
    pub(crate) fn record(&self, recorded: &Fields, room: usize) {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in &recorded.entries {
            later.remove(entry.id);
        }
        later.absorb(recorded, 0, room);
        self.has_later.store(true, Ordering::Release);
    }

    /// Adds the fields of this span and of those around it, as far as there is room.
    pub(crate) fn add_to(self: &Arc<Self>, fields: &mut Fields, room: usize) {
        for (span, level) in self.chain() {
            if span.has_later.load(Ordering::Acquire) {
                let later = span.later.lock().unwrap_or_else(PoisonError::into_inner);
                fields.absorb(&later, level, room);
            }
            fields.absorb(&span.first, level, room);
        }
    }

    /// This span and those around it, each with its level: 1 is the innermost.
    pub(crate) fn chain(self: &Arc<Self>) -> impl Iterator<Item = (&Arc<Self>, u8)> {
        let spans = std::iter::successors(Some(self), |span| span.parent.as_ref());
        spans.zip((1..=u8::MAX).chain(std::iter::repeat(u8::MAX)))
    }
}

impl fmt::Debug for SpanFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanFields").field("name", &self.name).finish_non_exhaustive()
    }
}
