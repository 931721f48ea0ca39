//! `obs assets check`: whether a folder's dashboards and rules read what there is.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use obs_test::bundle::{Check as Checked, Findings, Lint};

use super::BUNDLES;

/// What `obs assets check` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Folder whose files are checked, or one file.
    dir: PathBuf,

    /// A saved page of /metrics, text format or OpenMetrics; once for each service. Queries then may
    /// read what stands on it, what rules record, and what the obs crates expose. Without one, metrics
    /// may have any name.
    #[arg(long, value_name = "FILE")]
    metrics: Vec<PathBuf>,

    /// A label that your scrape adds to every series, beside job and instance; once for each.
    #[arg(long = "label", value_name = "NAME")]
    labels: Vec<String>,

    /// A counter that may be read without rate or increase; once for each.
    #[arg(long = "raw-counter", value_name = "NAME")]
    raw_counters: Vec<String>,

    /// Leave these checks out.
    #[arg(long, value_delimiter = ',', value_name = "CHECK,…", value_parser = lint)]
    skip: Vec<Lint>,
}

fn lint(name: &str) -> Result<Lint, String> {
    let named = Lint::ALL.iter().copied().find(|lint| lint.as_str() == name);
    named.ok_or_else(|| {
        let all: Vec<_> = Lint::ALL.iter().map(|lint| lint.as_str()).collect();
        format!("expected one of {}", all.join(", "))
    })
}

/// Why a check did not end well.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckError {
    /// Something is wrong, and was printed.
    #[error("there are findings")]
    Findings,
    /// There is nothing to check.
    #[error("no dashboard, rule file or rule test in {}", .0.display())]
    Nothing(PathBuf),
    /// A file or folder cannot be read.
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
}

/// Checks and prints.
pub(super) fn run(options: &Check) -> Result<(), CheckError> {
    let mut check = BUNDLES.iter().fold(Checked::new(), Checked::beside);
    for path in &options.metrics {
        check = check.page(path.display().to_string(), read(path)?);
    }
    for label in &options.labels {
        check = check.target_label(label);
    }
    for name in &options.raw_counters {
        check = check.raw_counter(name);
    }
    for path in files(&options.dir)? {
        check = check.any_file(path.display().to_string(), read(&path)?);
    }
    let mut findings = check.run();
    if findings.queries() == 0 && findings.is_empty() {
        return Err(CheckError::Nothing(options.dir.clone()));
    }
    findings.retain(|finding| !options.skip.contains(&finding.lint));
    print(&findings);
    if findings.is_empty() { Ok(()) } else { Err(CheckError::Findings) }
}

#[expect(clippy::print_stdout, reason = "findings are what the command is for")]
fn print(findings: &Findings) {
    for finding in findings {
        println!("{finding}");
    }
    println!("{} queries checked", findings.queries());
    println!("{} findings", findings.len());
}

fn read(path: &Path) -> Result<String, CheckError> {
    std::fs::read_to_string(path)
        .map_err(|source| CheckError::Read { path: path.to_owned(), source })
}

/// The JSON and YAML files below `dir`, by name, without those in hidden folders.
fn files(dir: &Path) -> Result<Vec<PathBuf>, CheckError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| CheckError::Read { path, source }
    };
    if std::fs::metadata(dir).map_err(failed(dir))?.is_file() {
        return Ok(vec![dir.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(failed(&folder))? {
            let entry = entry.map_err(failed(&folder))?;
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            // Links to folders are not followed: they may lead back.
            if entry.file_type().map_err(failed(&path))?.is_dir() {
                if !hidden {
                    folders.push(path);
                }
            } else if !hidden
                && path
                    .extension()
                    .is_some_and(|end| end == "json" || end == "yml" || end == "yaml")
                && path.is_file()
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
