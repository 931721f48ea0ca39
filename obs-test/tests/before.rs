//! Places in the source learn once whether anybody listens. Alone in its binary: the first capture of
//! the process must come after they have logged.

use std::thread;

use obs_test::capture;
use tracing::{debug, info, info_span};

fn place(when: &str) {
    let _span = info_span!("span", when).entered();
    debug!("debugged");
    info!("logged {when}");
}

#[test]
fn places_that_logged_before_the_first_capture_are_seen_by_it() {
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| place("before"));
        }
    });
    place("before");
    assert!(!tracing::enabled!(tracing::Level::ERROR), "nobody listens yet");
    thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| place("meanwhile"));
        }
        let logs = capture();
        place("after");
        assert_eq!(logs.all().len(), 2);
        logs.one("logged after").assert_field("when", "after");
        logs.one("debugged");
    });
}
