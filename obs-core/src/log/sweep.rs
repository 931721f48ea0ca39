//! Tells of what was held back where no more events come to do so.

use std::io;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::line::Core;

const PERIOD: Duration = Duration::from_secs(1);

/// Starts the thread that does it, if there is anything to hold back. It ends with the log.
///
/// # Errors
///
/// The system gives no thread.
pub(super) fn start(core: &Arc<Core>) -> io::Result<()> {
    if !core.needs_sweep() {
        return Ok(());
    }
    let core = Arc::downgrade(core);
    thread::Builder::new().name("obs-log-sweep".to_owned()).spawn(move || run(&core))?;
    Ok(())
}

fn run(core: &Weak<Core>) {
    loop {
        thread::park_timeout(PERIOD);
        let Some(core) = core.upgrade() else { return };
        core.sweep(false);
    }
}
