//! What a span adds to the lines within it.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::fields::Fields;
use crate::trace::{self, TraceContext};

/// The fields of one span, written once.
///
/// Those that it began with never change and are read without a lock. From the first
/// [`Span::record`](tracing::Span::record) on, all of them are in `later`.
pub(crate) struct SpanFields {
    pub(crate) name: &'static str,
    first: Fields,
    later: Mutex<Fields>,
    /// Never taken back in the span's life.
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
        if !self.has_later.load(Ordering::Relaxed) {
            later.copy_of(&self.first);
        }
        later.replace(recorded, room);
        self.has_later.store(true, Ordering::Release);
    }

    /// Adds the fields of this span and of those around it, as far as there is room.
    pub(crate) fn add_to(self: &Arc<Self>, fields: &mut Fields, room: usize) {
        for (span, level) in self.chain() {
            if span.has_later.load(Ordering::Acquire) {
                let later = span.later.lock().unwrap_or_else(PoisonError::into_inner);
                fields.absorb(&later, level, room);
            } else {
                fields.absorb(&span.first, level, room);
            }
        }
    }

    /// This span and those around it, each with its level: 1 is the innermost.
    pub(crate) fn chain(self: &Arc<Self>) -> impl Iterator<Item = (&Arc<Self>, u8)> {
        let spans = std::iter::successors(Some(self), |span| span.parent.as_ref());
        spans.zip((1..=u8::MAX).chain(std::iter::repeat(u8::MAX)))
    }
}

impl Drop for SpanFields {
    /// One after another: a task that spawns the next in a span of its own, and so on, makes a chain of
    /// any length, and the stack has an end.
    fn drop(&mut self) {
        let mut next = self.parent.take();
        while let Some(mut span) = next.and_then(Arc::into_inner) {
            next = span.parent.take();
        }
    }
}

/// What a span adds to the lines of each layer that saw it begin. Layers of one subscriber may hide
/// different things.
#[derive(Debug)]
pub(crate) struct OfLayers {
    first: (u64, Arc<SpanFields>),
    others: Vec<(u64, Arc<SpanFields>)>,
}

impl OfLayers {
    pub(crate) const fn new(layer: u64, fields: Arc<SpanFields>) -> Self {
        Self { first: (layer, fields), others: Vec::new() }
    }

    pub(crate) fn add(&mut self, layer: u64, fields: Arc<SpanFields>) {
        self.others.push((layer, fields));
    }

    pub(crate) fn into_fields(self) -> impl Iterator<Item = Arc<SpanFields>> {
        std::iter::once(self.first).chain(self.others).map(|(_, fields)| fields)
    }

    pub(crate) fn of(&self, layer: u64) -> Option<&Arc<SpanFields>> {
        let mut all = std::iter::once(&self.first).chain(&self.others);
        all.find(|(of, _)| *of == layer).map(|(_, fields)| fields)
    }
}

impl fmt::Debug for SpanFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanFields").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_chain_ends_one_by_one() {
        let fields = Fields::default();
        let outermost = SpanFields::begin("outermost", &fields, None);
        let mut span = Arc::clone(&outermost);
        for _ in 0..1_000_000 {
            span = SpanFields::begin("inner", &fields, Some(span));
        }
        assert_eq!(span.chain().count(), 1_000_001);
        drop(span);
        assert_eq!(Arc::strong_count(&outermost), 1);
    }
}
