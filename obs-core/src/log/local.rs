//! What a thread keeps from one line to the next.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;
use std::thread::LocalKey;

use tracing::Metadata;

use super::clock::Stamp;
use super::fields::Fields;
use super::plan::Plan;

/// Room for one line.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    pub(crate) stamp: Stamp,
    pub(crate) line: Vec<u8>,
    pub(crate) fields: Fields,
    pub(crate) text: Vec<u8>,
    /// Where the message is in the line.
    pub(crate) message: Range<usize>,
}

impl Buffers {
    /// Forgets the last line, and its memory if that was unusually long.
    fn clear(&mut self) {
        const KEPT: usize = 64 << 10;
        for buffer in [&mut self.line, &mut self.text, &mut self.fields.text] {
            buffer.clear();
            buffer.shrink_to(KEPT);
        }
        self.fields.clear();
    }
}

thread_local! {
    static BUFFERS: Cell<Option<Box<Buffers>>> = const { Cell::new(None) };
    static PLANS: RefCell<Plans> = const { RefCell::new(Plans([const { None }; SLOTS])) };
}

/// Runs `write` with the buffers of the thread, empty.
///
/// A value that logs while it is formatted, and a thread that is about to end, get others.
pub(crate) fn with_buffers<T>(write: impl FnOnce(&mut Buffers) -> T) -> T {
    let mut buffers = BUFFERS.try_with(Cell::take).ok().flatten().unwrap_or_default();
    buffers.clear();
    let written = write(&mut buffers);
    let _ = BUFFERS.try_with(|place| place.set(Some(buffers)));
    written
}

thread_local! {
    /// How many events or spans the thread is formatting, each within a value of the one before.
    pub(crate) static VALUES: Cell<u8> = const { Cell::new(0) };
    /// How many lines it is handing over, each within the one before.
    pub(crate) static SINKS: Cell<u8> = const { Cell::new(0) };
}

/// A value that logs has a line, and so has what that one's values log. One that logs itself would
/// go on until the stack is full.
const MAX_DEPTH: u8 = 4;

/// One more of what `depth` counts, until it is dropped; `None` if there are too many.
pub(crate) fn deeper(depth: &'static LocalKey<Cell<u8>>) -> Option<Deeper> {
    let within = depth.try_with(Cell::get).unwrap_or(0);
    if within >= MAX_DEPTH {
        return None;
    }
    let _ = depth.try_with(|depth| depth.set(within + 1));
    Some(Deeper(depth))
}

pub(crate) struct Deeper(&'static LocalKey<Cell<u8>>);

impl Drop for Deeper {
    fn drop(&mut self) {
        let _ = self.0.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

const SLOTS: usize = 256;

/// The plans of the callsites that the thread used last.
struct Plans([Option<Found>; SLOTS]);

struct Found {
    /// As the key: `tracing` keeps what is `'static` for the life of the process, and so must a library
    /// that is loaded later.
    callsite: *const Metadata<'static>,
    layer: u64,
    plan: Arc<Plan>,
}

/// Runs `then` with the plan of a callsite; `find` is asked where the thread does not know it.
pub(crate) fn with_plan<T>(
    layer: u64,
    metadata: &'static Metadata<'static>,
    find: impl FnOnce() -> Arc<Plan>,
    then: impl FnOnce(&Plan) -> T,
) -> T {
    let callsite = std::ptr::from_ref(metadata);
    // Callsites are statics of more than 64 bytes.
    let at = (callsite.addr() >> 6).wrapping_add(usize::try_from(layer).unwrap_or(0)) % SLOTS;
    // Taken while it is used: an event within this one finds another.
    let known = PLANS.try_with(|plans| {
        let is_it = |found: &mut Found| found.callsite == callsite && found.layer == layer;
        plans.try_borrow_mut().ok()?.0[at].take_if(is_it)
    });
    let known = known.ok().flatten();
    let found = known.unwrap_or_else(|| Found { callsite, layer, plan: find() });
    let done = then(&found.plan);
    let _ = PLANS.try_with(|plans| plans.try_borrow_mut().map(|mut p| p.0[at] = Some(found)));
    done
}
