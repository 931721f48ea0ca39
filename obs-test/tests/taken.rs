//! A process whose subscriber and recorder are others': alone in its binary.

use std::panic::catch_unwind;

use obs_test::{capture, capture_metrics};

#[test]
fn captures_say_why_they_cannot_be() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry()).unwrap();
    metrics::set_global_recorder(metrics::NoopRecorder).unwrap();
    let logs = catch_unwind(|| drop(capture())).unwrap_err();
    let metrics = catch_unwind(|| drop(capture_metrics())).unwrap_err();
    for (panic, want) in
        [(logs, "a `tracing` subscriber already"), (metrics, "a `metrics` recorder")]
    {
        let text = panic.downcast::<String>().map(|text| *text);
        let text = text.unwrap_or_else(|panic| (*panic.downcast::<&str>().unwrap()).to_owned());
        assert!(text.contains(want), "{text}");
    }
}
