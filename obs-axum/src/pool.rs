//! The memory of finished requests, for the next ones on the thread.
//!
//! What is known of a request takes some 300 bytes. By value they would move with the request's
//! future each time axum boxes it; in a box of their own they would cost an allocation.

use std::cell::RefCell;

use crate::exchange::Exchange;

/// Most that a thread keeps. More requests than this wait at the same time on a busy thread, and
/// those end one by one.
const KEPT: usize = 64;

type Boxes = Vec<Box<Exchange>>;

thread_local! {
    static FREE: RefCell<Boxes> = const { RefCell::new(Vec::new()) };
}

/// Memory of a request that has ended, if the thread has any.
pub(crate) fn take() -> Option<Box<Exchange>> {
    FREE.try_with(|free| free.try_borrow_mut().ok()?.pop()).ok().flatten()
}

/// Takes the memory of a request that has ended and holds nothing.
pub(crate) fn give(exchange: Box<Exchange>) {
    let _ = FREE.try_with(|free| {
        if let Ok(mut free) = free.try_borrow_mut()
            && free.len() < KEPT
        {
            free.push(exchange);
        }
    });
}
