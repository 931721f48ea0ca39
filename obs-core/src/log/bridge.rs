//! Records of the `log` crate.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing_log::{AsLog, LogTracer};

/// Whether the logger of the `log` crate is ours.
static OURS: AtomicBool = AtomicBool::new(false);

/// Makes events of what libraries log through the `log` crate. An application that has a logger of
/// its own keeps it.
pub(super) fn install() {
    if LogTracer::init().is_ok() {
        OURS.store(true, Ordering::Release);
        follow_level();
    }
}

/// Lets the macros of `log` know from which level on nobody listens, as those of `tracing` do. To be
/// called after each change of the filter.
pub(super) fn follow_level() {
    if OURS.load(Ordering::Acquire) {
        log::set_max_level(tracing::level_filters::LevelFilter::current().as_log());
    }
}
