//! `cargo xtask bench`: the side-by-side benchmarks of the workspace in `benches/`.

mod ratio;
mod summary;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cmd;
use crate::error::{Error, Result};
use crate::workspace::Workspace;
use ratio::Ratios;
use summary::Conditions;

/// Where the benchmarks are built: their release builds must not replace other artefacts.
pub(crate) fn target_dir(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bench-build")
}

/// Runs the benchmark `name`, or all; whether all succeeded.
///
/// The summary holds the ratios of this run only, so that its conditions are true for each.
pub(crate) fn run(workspace: &Workspace, name: Option<&str>) -> Result<bool> {
    let benches = workspace.root.join("benches");
    if !benches.join("Cargo.toml").exists() {
        return Err(Error::new("there is no benches/Cargo.toml"));
    }
    let names = select(&Workspace::at(&benches)?, name)?;
    let conditions = Conditions::here(&workspace.root)?;
    let mut ratios = Ratios::default();
    let mut failures = Vec::new();
    for name in &names {
        println!("\n== {name}");
        if let Err(error) = measure(workspace, name, &mut ratios) {
            println!("== {name}: FAILED: {error}");
            failures.push(name.as_str());
        }
    }
    let path = workspace.target.join("bench/summary.json");
    write(&path, &conditions.summary(&ratios))?;
    println!("\n{}", ratios.table());
    println!("{conditions}; written to {}", path.display());
    if !failures.is_empty() {
        println!("failed: {}", failures.join(", "));
    }
    Ok(failures.is_empty())
}

fn select(benches: &Workspace, name: Option<&str>) -> Result<Vec<String>> {
    let all: Vec<String> =
        benches.packages.iter().flat_map(|package| package.bins.clone()).collect();
    match name {
        _ if all.is_empty() => Err(Error::new("benches/ has no binaries")),
        None => Ok(all),
        Some(name) if all.iter().any(|bin| bin == name) => Ok(vec![name.to_owned()]),
        Some(name) => Err(Error::new(format!(
            "no benchmark is called `{name}`; there are: {}",
            all.join(", ")
        ))),
    }
}

/// Runs one binary, passes its output through and collects its ratios.
fn measure(workspace: &Workspace, name: &str, ratios: &mut Ratios) -> Result<()> {
    let mut command = cmd::cargo(&workspace.root);
    command
        .args(["run", "--release", "--manifest-path", "benches/Cargo.toml", "--bin", name])
        .env("CARGO_TARGET_DIR", target_dir(workspace))
        .stdout(Stdio::piped());
    cmd::announce(&command);
    collect(&mut command, ratios)
}

fn collect(command: &mut Command, ratios: &mut Ratios) -> Result<()> {
    let mut child = command.spawn().map_err(|error| cmd::not_started(command, &error))?;
    let mut problem = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(|error| Error::new(format!("its output: {error}")))?;
            println!("{line}");
            // The rest is still worth having.
            if let Err(error) = ratios.read(&line) {
                problem.get_or_insert(error);
            }
        }
    }
    let status = child.wait().map_err(|error| Error::new(error.to_string()))?;
    if !status.success() {
        return Err(Error::new(status.to_string()));
    }
    problem.map_or(Ok(()), Err)
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(Error::at(dir))?;
    }
    fs::write(path, text).map_err(Error::at(path))
}
