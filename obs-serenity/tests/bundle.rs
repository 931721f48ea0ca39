//! The dashboard, rules and runbook of this crate read what it exposes.

#[test]
fn the_bundle_reads_what_it_declares() {
    obs_test::check_bundle(&obs_serenity::BUNDLE).assert_none();
}
