//! Records of the `log` crate.

use tracing_log::{AsLog, LogTracer};

/// Makes events of what libraries log through the `log` crate. An application that has a logger of
/// its own keeps it.
pub(super) fn install() {
    if LogTracer::init().is_ok() {
        follow_level();
    }
}

/// Lets the macros of `log` know from which level on nobody listens, as those of `tracing` do.
pub(super) fn follow_level() {
    log::set_max_level(tracing::level_filters::LevelFilter::current().as_log());
}
