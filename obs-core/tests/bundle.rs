//! The dashboards, rules and runbooks of this crate read what it exposes.

#[test]
fn the_bundle_reads_what_it_declares() {
    obs_test::bundle::Check::new()
        .bundle(&obs_core::BUNDLE)
        // A refused metric stays refused until the process is replaced.
        .raw_counter("obs_metric_conflicts_total")
        .run()
        .assert_none();
}
