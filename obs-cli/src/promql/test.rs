//! `obs promql test`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use obs_promql::script::Report;

use super::{PromqlError, mode, script};

/// What `obs promql test` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files, and folders whose .test files are run.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Evaluate as Prometheus does in production without feature flags, not as its tests do.
    #[arg(long)]
    production: bool,
}

pub(super) fn run(options: &Test) -> Result<ExitCode, PromqlError> {
    let mut files = Vec::new();
    for path in &options.paths {
        collect(path, &mut files)?;
    }
    let width = files.iter().map(|file| file.display().to_string().chars().count()).max();
    let width = width.unwrap_or_default();
    let (mut passed, mut failed) = (0, 0);
    for file in &files {
        let report = match script(file) {
            Ok(script) => script.run(mode(options.production)),
            Err(error) => {
                tell(&error);
                row(&format!("{:<width$}  not run", file.display()));
                failed += 1;
                continue;
            }
        };
        for failure in report.failures() {
            tell(&failure);
        }
        row(&format!("{:<width$}  {}", file.display(), counts(&report)));
        passed += report.passed();
        failed += report.failed();
    }
    row(&format!("{passed} passed, {failed} failed"));
    Ok(if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn counts(report: &Report) -> String {
    let mut text = format!("{:>5} passed  {:>4} failed", report.passed(), report.failed());
    for (reason, count) in report.later() {
        text.push_str(&format!("  {count:>4} later ({reason})"));
    }
    text
}

/// The file, or the .test files of the folder and of those in it, sorted by name.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), PromqlError> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let had = files.len();
    let unreadable = |source| PromqlError::Read { file: path.to_owned(), source };
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(entry.path());
            } else if entry.path().extension().is_some_and(|extension| extension == "test") {
                files.push(entry.path());
            }
        }
    }
    if files.len() == had {
        return Err(PromqlError::NoTests(path.to_owned()));
    }
    files[had..].sort();
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command reports what it found on standard output")]
fn row(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a command reports failures on standard error")]
fn tell(failure: &impl std::fmt::Display) {
    eprintln!("{failure}\n");
}
