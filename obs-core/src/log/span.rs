//! What a span adds to the lines within it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::fields::Fields;

/// The fields of one span, written once.
///
/// Those that it began with never change and are read without a lock. From the first
/// [`Span::record`](tracing::Span::record) on, all of them are in `later`.
pub(crate) struct SpanFields {
    pub(crate) name: &'static str,
    first: Fields,
    later: Mutex<Fields>,
    /// Never taken back.
    has_later: AtomicBool,
    pub(crate) parent: Option<Arc<Self>>,
}

impl SpanFields {
    pub(crate) fn new(name: &'static str, first: Fields, parent: Option<Arc<Self>>) -> Self {
        let (later, has_later) = (Mutex::default(), AtomicBool::new(false));
        Self { name, first, later, has_later, parent }
    }

    /// Adds what was recorded; a value takes the place of an older one.
    pub(crate) fn record(&self, recorded: &Fields, room: usize) {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.has_later.load(Ordering::Relaxed) {
            later.clone_from(&self.first);
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
