//! `obs rules check`, run as people run it, and beside the real promtool.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const GOOD: &str = "groups:\n- name: shop\n  rules:\n  - record: job:up:sum\n    expr: sum(up)\n";
const BAD: &str = "groups:\n- name: shop\n  rules:\n  - record: job:up:sum\n    expr: sun(up)\n";
const TWICE: &str = include_str!("../../obs-alerts/tests/rule_files/good/same-rule-twice.yml");

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

fn check(folder: &Path, args: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_obs"));
    command.args(["rules", "check"]).args(args).current_dir(folder);
    run(&mut command, input)
}

fn run(command: &mut Command, input: &[u8]) -> (Option<i32>, String, String) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the command starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("standard input is read");
    let Output { status, stdout, stderr } = child.wait_with_output().expect("the command ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn good_files_are_counted_and_bad_ones_explained() {
    let folder = folder(&[("a.yml", GOOD), ("b.yml", BAD)]);
    let (status, out, err) = check(folder.path(), &["a.yml", "b.yml"], b"");
    assert_eq!(status, Some(1));
    assert_eq!(out, "Checking a.yml\n  SUCCESS: 1 rules found\n\nChecking b.yml\n");
    assert_eq!(
        err,
        "  FAILED:\n\
         b.yml:5:11: group \"shop\", rule 1, \"job:up:sum\": could not parse expression: \
         parse error: unknown function with name \"sun\"\n     \
         5 |     expr: sun(up)\n       \
         |           ^^^\n       \
         = help: did you mean `sum`?\n"
    );
}

#[test]
fn patterns_name_files_and_must_match() {
    let folder = folder(&[("b.yml", GOOD), ("a.yml", GOOD), ("c.txt", BAD)]);
    let (status, out, _) = check(folder.path(), &["*.yml"], b"");
    assert_eq!(status, Some(0));
    assert_eq!(
        out,
        "Checking a.yml\n  SUCCESS: 1 rules found\n\nChecking b.yml\n  SUCCESS: 1 rules found\n\n"
    );
    let (status, _, err) = check(folder.path(), &["*.json"], b"");
    assert_eq!((status, err.as_str()), (Some(1), "  FAILED:\n*.json: no such file\n"));
    let (status, _, err) = check(folder.path(), &["none.yml"], b"");
    assert_eq!(status, Some(1));
    assert!(err.starts_with("  FAILED:\nnone.yml: No such file"), "{err}");
}

#[test]
fn standard_input_is_read_where_no_file_is_named() {
    let folder = folder(&[]);
    let (status, out, err) = check(folder.path(), &[], GOOD.as_bytes());
    assert_eq!((status, err.as_str()), (Some(0), ""));
    assert_eq!(out, "Checking standard input\n  SUCCESS: 1 rules found\n\n");
    let (status, _, err) = check(folder.path(), &[], BAD.as_bytes());
    assert_eq!(status, Some(1));
    assert!(err.contains("\nstandard input:5:11: "), "{err}");
}

#[test]
fn duplicates_are_told_and_fatal_on_request() {
    let folder = folder(&[("a.yml", TWICE)]);
    let said = "  FAILED:\nlint error 1 duplicate rule(s) found.\nMetric: job:up:sum\nLabel(s):\n\
                \tteam: shop\nMight cause inconsistency while recording expressions\n";
    let (status, _, err) = check(folder.path(), &["a.yml"], b"");
    assert_eq!((status, err.as_str()), (Some(0), said));
    let (status, _, _) = check(folder.path(), &["--lint-fatal", "a.yml"], b"");
    assert_eq!(status, Some(3));
    let (status, _, err) = check(folder.path(), &["--lint-fatal", "--lint=none", "a.yml"], b"");
    assert_eq!((status, err.as_str()), (Some(0), ""));
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    let (status, _, err) = check(folder(&[]).path(), &[], b"groups:\n- name: caf\xe9\n");
    assert_eq!(status, Some(1));
    assert!(err.contains("standard input:2:12: yaml: invalid UTF-8"), "{err}");
}

#[test]
fn the_rules_that_the_crates_carry_are_clean() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (status, out, err) = check(&root, &["--lint-fatal", "*/assets/*.rules.yml"], b"");
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert_eq!(out.matches("SUCCESS").count(), bundled(&root).len(), "{out}");
}

fn bundled(root: &Path) -> Vec<PathBuf> {
    let crates = ["obs-core", "obs-axum", "obs-serenity"];
    crates
        .iter()
        .flat_map(|name| yaml(&root.join(name).join("assets")))
        .filter(|path| path.to_string_lossy().ends_with(".rules.yml"))
        .collect()
}

fn yaml(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|name| name == "yml")).collect();
    files.sort();
    files
}

/// The status, for each file and each way of asking, is promtool's.
#[test]
fn the_verdict_is_that_of_promtool() {
    let peers = std::env::var_os("OBS_PEERS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/bin"),
        PathBuf::from,
    );
    let promtool = peers.join("promtool");
    assert!(
        promtool.exists(),
        "no {}: `cargo xtask peers` obtains promtool; OBS_PEERS_DIR names a folder that has it",
        promtool.display()
    );
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let ours = root.join("obs-alerts/tests/rule_files");
    let mut files = bundled(&root);
    files.extend(yaml(&ours.join("bad")));
    files.extend(yaml(&ours.join("good")));
    assert!(files.len() >= 80, "{} files", files.len());
    for file in files {
        let name = file.to_string_lossy();
        let ways: [&[&str]; 3] = [&[], &["--lint-fatal"], &["--ignore-unknown-fields"]];
        for flags in ways {
            let args = [flags, &[&*name]].concat();
            let mut real = Command::new(&promtool);
            let (want, out, err) = run(real.args(["check", "rules"]).args(&args), b"");
            let (found, _, said) = check(&root, &args, b"");
            assert_eq!(found, want, "{args:?}\npromtool: {out}{err}\nobs: {said}");
        }
    }
}
