//! Prometheus' own test files, where `PROMQLTEST_DIR` says where they are.
//!
//! With `PROMQLTEST_README` set, what came of them goes into the table of the README.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use obs_promql::script::{Later, Mode, Report, Script};

#[test]
fn files_of_prometheus() {
    let Some(folder) = env::var_os("PROMQLTEST_DIR") else {
        println!("PROMQLTEST_DIR is not set: the test files of Prometheus are not run");
        return;
    };
    let files = files(Path::new(&folder));
    assert!(!files.is_empty(), "no .test file in {}", folder.display());
    let reports: Vec<Report> = files.iter().map(|file| run(file)).collect();
    for failure in reports.iter().flat_map(Report::failures) {
        println!("{failure}\n");
    }
    let table = table(&reports);
    println!("{table}");
    if env::var_os("PROMQLTEST_README").is_some() {
        write_readme(&table);
    }
    let failed: usize = reports.iter().map(Report::failed).sum();
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

fn run(file: &Path) -> Report {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(file).expect("a file that can be read");
    let script = Script::parse(&name, &text).unwrap_or_else(|error| panic!("{error}"));
    script.run(Mode::TestEngine)
}

fn table(reports: &[Report]) -> String {
    let mut table = "| File | passed | failed | later: native histograms |\n".to_owned();
    table.push_str("|---|--:|--:|--:|\n");
    let mut row = |name: &str, reports: &[&Report]| {
        let sum = |count: fn(&Report) -> usize| -> usize {
            reports.iter().map(|report| count(report)).sum()
        };
        let later =
            sum(|report| report.later().get(&Later::NativeHistograms).copied().unwrap_or_default());
        let (passed, failed) = (sum(Report::passed), sum(Report::failed));
        writeln!(table, "| {name} | {passed} | {failed} | {later} |").expect("a text takes all");
    };
    for report in reports {
        row(&report.name, &[report]);
    }
    row("all", &reports.iter().collect::<Vec<_>>());
    table
}

fn write_readme(table: &str) {
    const START: &str = "PROMQLTEST_README is set -->\n";
    const END: &str = "<!-- conformance ends -->";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&file).expect("a README");
    let (before, rest) = text.split_once(START).expect("where the table starts");
    let (_, after) = rest.split_once(END).expect("where the table ends");
    fs::write(&file, format!("{before}{START}{table}{END}{after}")).expect("written");
}
