//! Values that log while they are written. Alone in its binary: `tracing` calls a subscriber from
//! within itself only if it is the global one.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::fmt;
use std::sync::Mutex;

use obs_core::log::EcsLayer;
use tracing::{info, info_span};
use tracing_subscriber::prelude::*;

#[path = "support/unique.rs"]
mod unique;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Logs itself each time that it is shown.
struct Mirror;

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let _span = info_span!("mirror", of = %Self).entered();
        info!(of = %Self, "in the mirror");
        f.write_str("a mirror")
    }
}

/// Logs when its thread has nothing left to log with.
struct Late;

impl Drop for Late {
    fn drop(&mut self) {
        info!(target: "late", late = %"yes", "the thread ends");
    }
}

thread_local! {
    static LATE: Late = const { Late };
}

#[test]
fn what_logs_itself_comes_to_an_end() {
    let layer = EcsLayer::builder("shop").build(|_, line| {
        let line = String::from_utf8(line.to_vec()).expect("lines are UTF-8");
        let is_told = ["a line", "from the sink"].iter().any(|told| line.contains(told));
        LINES.lock().expect("nothing panics with it").push(line);
        if is_told {
            info!("from the sink");
        }
    });
    let subscriber = tracing_subscriber::registry().with(layer);
    tracing::subscriber::set_global_default(subscriber).expect("the only one");

    let lines = || {
        let lines = std::mem::take(&mut *LINES.lock().expect("nothing panics with it"));
        lines.iter().map(|line| unique::object(line)).collect::<Vec<_>>()
    };
    info!(of = %Mirror, "a mirror");
    let mirrors = lines();
    // Each shows two more, four deep, of which one is a line.
    assert_eq!(mirrors.len(), 1 + (1 + 2 * (1 + 2 * (1 + 2))));
    // The innermost come first. They say where they are from, and that something is missing.
    assert_eq!(mirrors[0]["message"], "left out: logged by a value, too deep within others");
    assert_eq!(mirrors[0]["labels.log_truncated"], "true");
    assert_eq!(mirrors[0].get("labels.of"), None);
    let last = &mirrors[15];
    assert_eq!((&last["message"], &last["labels.of"]), (&"a mirror".into(), &"a mirror".into()));

    info!("a line");
    let messages: Vec<_> = lines().into_iter().map(|line| line["message"].clone()).collect();
    assert_eq!(messages, ["a line", "from the sink", "from the sink", "from the sink"]);

    std::thread::spawn(|| LATE.with(|_| info!("its first line"))).join().expect("it ends");
    let late = lines().into_iter().find(|line| line["message"] == "the thread ends");
    assert_eq!(late.expect("a line")["labels.late"], "yes");
}
