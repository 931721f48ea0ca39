//! Rule files with one fault each, and what is said of them; and files that are right.

mod bombs;
mod right;

use std::fs;
use std::path::{Path, PathBuf};

use obs_alerts::rule::RuleFile;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rule_files").join(folder);
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|name| name == "yml")).collect();
    files.sort();
    files
}

/// Each `NAME.yml` has a `NAME.err` beside it: all that is to be said of it.
#[test]
fn each_fault_is_told_with_its_place() {
    let files = files("bad");
    assert!(files.len() >= 40, "{} files", files.len());
    let mut wrong = String::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy();
        let said = match RuleFile::parse(&name, &text) {
            Ok(_) => "nothing\n".to_owned(),
            Err(error) => format!("{error}\n"),
        };
        let want = fs::read_to_string(file.with_extension("err")).unwrap_or_default();
        if said != want {
            wrong.push_str(&format!("--- {name}, expected\n{want}+++ said\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn files_that_are_right_are_read() {
    for file in files("good") {
        let text = fs::read_to_string(&file).unwrap();
        let read = RuleFile::parse(&file.display().to_string(), &text);
        assert!(read.is_ok(), "{}", read.unwrap_err());
    }
}
