//! The crate's own test files.

use std::fs;
use std::path::Path;

use obs_promql::script::{Mode, Script};

#[test]
fn own_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut evals = 0;
    let mut failures = Vec::new();
    for entry in fs::read_dir(&folder).expect("the folder testdata") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&path).expect("a file that can be read");
        let script = Script::parse(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        let report = script.run(Mode::TestEngine);
        assert!(report.passed() + report.failed() > 0, "{name} judges nothing");
        assert!(report.later().is_empty(), "{name} has evals that are not judged");
        evals += report.evals.len();
        failures.extend(report.failures().map(|failure| failure.to_string()));
    }
    assert!(evals > 200, "{evals} evals are not the files that are there");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
