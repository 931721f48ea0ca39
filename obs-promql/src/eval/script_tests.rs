//! For tests: scripts of the `.test` language, run in both modes.

use crate::script::{Mode, Script};

/// Asserts that all evals of a script are as it says, as Prometheus runs its tests and in production.
pub(super) fn both_modes(text: &str) {
    one_mode(Mode::TestEngine, text);
    one_mode(Mode::Production, text);
}

/// The same in one mode.
pub(super) fn one_mode(mode: Mode, text: &str) {
    let script = Script::parse("inline", text).unwrap();
    let report = script.run(mode);
    let failures: Vec<_> = report.failures().map(|failure| failure.to_string()).collect();
    assert!(failures.is_empty(), "{mode:?}\n{}", failures.join("\n"));
    assert!(report.passed() > 0, "nothing is tested");
    assert!(report.later().is_empty(), "{:?}", report.later());
}
