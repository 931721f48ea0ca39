//! Prometheus' own test files, where `PROMQLTEST_DIR` says where they are.

use std::path::{Path, PathBuf};
use std::{env, fs};

use obs_promql::script::{Mode, Script};

#[test]
fn files_of_prometheus() {
    let Some(folder) = env::var_os("PROMQLTEST_DIR") else {
        println!("PROMQLTEST_DIR is not set: the test files of Prometheus are not run");
        return;
    };
    let files = files(Path::new(&folder));
    assert!(!files.is_empty(), "no .test file in {}", folder.display());
    let mut failed = 0;
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let text = fs::read_to_string(&file).expect("a file that can be read");
        let script = Script::parse(&name, &text).unwrap_or_else(|error| panic!("{error}"));
        let report = script.run(Mode::TestEngine);
        for failure in report.failures() {
            println!("{failure}");
        }
        let later: usize = report.later().values().sum();
        println!("{name}: {} passed, {} failed, {later} later", report.passed(), report.failed());
        failed += report.failed();
    }
    assert_eq!(failed, 0, "evals failed");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "test"));
    files.sort();
    files
}
