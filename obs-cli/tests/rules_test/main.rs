//! `obs rules test`: the verdicts of the real promtool on sound files and on files with a fault.
//!
//! `cargo xtask peers` obtains promtool; `OBS_PEERS_DIR` names a folder that has it.

mod faults;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use faults::{FAULTS, Fault, In};

const RULES: &str = include_str!("files/shop.rules.yml");
const TESTS: &str = include_str!("files/shop.test.yml");

fn obs(args: &[&str], dir: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obs"));
    command.args(["rules", "test"]).args(args).current_dir(dir).output().expect("obs runs")
}

fn promtool(args: &[&str], dir: &Path) -> Output {
    let peers = std::env::var_os("OBS_PEERS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/bin"),
        PathBuf::from,
    );
    let program = peers.join("promtool");
    let mut command = Command::new(&program);
    let output = command.args(["test", "rules"]).args(args).current_dir(dir).output();
    output.unwrap_or_else(|error| panic!("{}: {error}: run `cargo xtask peers`", program.display()))
}

fn text(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

/// The sound files with one change.
fn write(fault: &Fault) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let (rules, tests) = match fault.place {
        In::Rules => (change(RULES, fault), TESTS.to_owned()),
        In::Tests => (RULES.to_owned(), change(TESTS, fault)),
    };
    fs::write(dir.path().join("shop.rules.yml"), rules).expect("the rules are written");
    fs::write(dir.path().join("shop.test.yml"), tests).expect("the tests are written");
    dir
}

fn change(text: &str, fault: &Fault) -> String {
    assert!(text.contains(fault.from), "{}: nothing to change", fault.name);
    text.replacen(fault.from, fault.to, 1)
}

#[test]
fn the_sound_files_pass() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules_test/files");
    let output = obs(&["shop.test.yml"], &dir);
    assert!(output.status.success(), "{}", text(&output));
    let told = "Unit Testing:  shop.test.yml\n  SUCCESS: 2 tests\n\n";
    assert_eq!(String::from_utf8_lossy(&output.stdout), told);
}

/// What `program` says of every change where that is not as it should be.
fn astray(program: fn(&[&str], &Path) -> Output, told: impl Fn(&Fault, &str) -> bool) -> String {
    let mut astray = String::new();
    for fault in FAULTS {
        let dir = write(fault);
        let output = program(&["shop.test.yml"], dir.path());
        let text = text(&output);
        if output.status.code() != Some(fault.status()) || !told(fault, &text) {
            let Fault { name, told, .. } = fault;
            let status = fault.status();
            astray.push_str(&format!("{name}: not status {status} and {told:?} but\n{text}\n"));
        }
    }
    astray
}

#[test]
fn every_fault_is_told_and_has_its_verdict() {
    let astray = astray(obs, |fault, text| text.contains(fault.told));
    assert!(astray.is_empty(), "{astray}");
}

#[test]
fn promtool_has_the_same_verdicts() {
    let astray = astray(promtool, |_, _| true);
    assert!(astray.is_empty(), "{astray}");
}

#[test]
fn the_tests_of_all_bundles_pass_as_with_promtool() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = 0;
    for bundle in ["obs-axum", "obs-core", "obs-serenity"] {
        let dir = root.join(bundle).join("assets");
        for entry in fs::read_dir(&dir).expect("the bundle has assets") {
            let name = entry.expect("the folder is read").file_name();
            let name = name.to_str().expect("a name in UTF-8");
            if !name.ends_with(".test.yml") {
                continue;
            }
            files += 1;
            for output in [obs(&[name], &dir), promtool(&[name], &dir)] {
                assert!(output.status.success(), "{bundle}/{name}:\n{}", text(&output));
            }
        }
    }
    assert!(files >= 5, "only {files} files of tests");
}

#[test]
fn only_tests_that_are_named_are_run() {
    let fault = FAULTS.iter().find(|fault| fault.name == "wrong value of a label");
    let dir = write(fault.expect("the fault is there"));
    for (run, status) in [("down", 0), ("^half", 1), ("unnamed", 0)] {
        for output in [
            obs(&["--run", run, "shop.test.yml"], dir.path()),
            promtool(&["--run", run, "shop.test.yml"], dir.path()),
        ] {
            assert_eq!(output.status.code(), Some(status), "--run {run}:\n{}", text(&output));
        }
    }
}

#[test]
fn one_file_that_fails_does_not_keep_others_from_being_run() {
    let dir = write(&FAULTS[0]);
    fs::write(dir.path().join("bad.yml"), "tests: 5\n").expect("the file is written");
    fs::write(dir.path().join("good.yml"), "tests: []\n").expect("the file is written");
    for output in [
        obs(&["shop.test.yml", "bad.yml", "good.yml"], dir.path()),
        promtool(&["shop.test.yml", "bad.yml", "good.yml"], dir.path()),
    ] {
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output).contains("SUCCESS"), "{}", text(&output));
        assert!(text(&output).contains("cannot unmarshal"), "{}", text(&output));
    }
}
