//! The dashboards, rules and runbooks of this crate read what it exposes.

use obs_core::metrics::{Desc, Kind};

/// What the runbook shows a query of: obs-axum has it, which this crate does not know.
static REQUESTS: Desc = Desc {
    name: "http_server_request_duration_seconds",
    help: "Requests.",
    kind: Kind::Histogram,
    labels: &["http_route"],
    buckets: &[1.0],
    observable: false,
};

#[test]
fn the_bundle_reads_what_it_declares() {
    obs_test::bundle::Check::new()
        .bundle(&obs_core::BUNDLE)
        .metrics(&[&REQUESTS])
        // A refused metric stays refused until the process is replaced.
        .raw_counter("obs_metric_conflicts_total")
        .run()
        .assert_none();
}
