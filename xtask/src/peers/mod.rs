//! A real Prometheus and Alertmanager for the tests that compare with them.
//!
//! `OBS_PEERS_DIR` names a folder that has them. Without it they are Debian's packages,
//! unpacked under the target folder: nothing is installed and root is not needed.

mod apt;
mod debian;
mod source;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cmd;
use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// The environment variable that names the folder, here and for tests.
pub(crate) const DIR: &str = "OBS_PEERS_DIR";

const PROGRAMS: [&str; 4] = ["prometheus", "promtool", "alertmanager", "amtool"];

const REMEDY: &str = "\
To provide them yourself, download `prometheus` and `alertmanager` from
https://prometheus.io/download/ (promtool and amtool come with them), put the four
programs into one folder and set OBS_PEERS_DIR to it.";

/// The folder with the four programs, which are obtained first where necessary.
///
/// Safe to call from several processes at once: one obtains them, the others wait.
pub(crate) fn dir(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(dir) = given()? {
        return Ok(dir);
    }
    let peers = workspace.target.join("peers");
    let bin = peers.join("bin");
    if broken(&bin).is_empty() {
        return Ok(bin);
    }
    fs::create_dir_all(&peers).map_err(Error::at(&peers))?;
    let path = peers.join("lock");
    let lock = File::create(&path).map_err(Error::at(&path))?;
    lock.lock().map_err(Error::at(&path))?;
    if !broken(&bin).is_empty() {
        debian::obtain(&peers, &bin).map_err(|error| {
            Error::new(format!("no Prometheus and Alertmanager: {error}\n\n{REMEDY}"))
        })?;
    }
    Ok(bin)
}

/// The folder with the four programs, if no work is needed to have it.
pub(crate) fn present(workspace: &Workspace) -> Option<PathBuf> {
    if let Ok(Some(dir)) = given() {
        return Some(dir);
    }
    let bin = workspace.target.join("peers/bin");
    broken(&bin).is_empty().then_some(bin)
}

/// The four versions, one a line, and where the programs are.
pub(crate) fn report(dir: &Path) -> Result<String> {
    let mut report = String::new();
    for name in PROGRAMS {
        let version = cmd::capture(Command::new(program(dir, name)).arg("--version"))?;
        report.push_str(&format!("{name:<13} {}\n", version_number(&version)));
    }
    report.push_str(&format!("{DIR}={}", dir.display()));
    Ok(report)
}

/// The folder that the environment names; an error where it lacks a program.
fn given() -> Result<Option<PathBuf>> {
    let Some(dir) = std::env::var_os(DIR).filter(|dir| !dir.is_empty()) else {
        return Ok(None);
    };
    // Tests run in the folders of their packages.
    let dir = std::path::absolute(&dir).map_err(Error::at(Path::new(&dir)))?;
    match broken(&dir).as_slice() {
        [] => Ok(Some(dir)),
        names => Err(Error::new(format!(
            "{DIR}={}: no working {} in this folder",
            dir.display(),
            names.join(", ")
        ))),
    }
}

/// The programs that are missing from `dir` or do not run on this machine.
fn broken(dir: &Path) -> Vec<&'static str> {
    let runs = |name: &str| cmd::succeeds(Command::new(program(dir, name)).arg("--version"));
    PROGRAMS.into_iter().filter(|name| !runs(name)).collect()
}

fn program(dir: &Path, name: &str) -> PathBuf {
    dir.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// `3.5.0` from `prometheus, version 3.5.0 (branch: …`.
fn version_number(text: &str) -> &str {
    let after = text.split_once("version ").map_or(text, |(_, after)| after);
    after.split_whitespace().next().unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_the_program_prints() {
        let rows = [
            (
                "prometheus, version 3.5.3+ds1 (branch: debian/sid, revision: 6)\n  go: 1.27",
                "3.5.3+ds1",
            ),
            ("amtool, version 0.25.0", "0.25.0"),
            ("", "unknown"),
        ];
        for (text, want) in rows {
            assert_eq!(version_number(text), want, "{text}");
        }
    }

    #[test]
    fn a_folder_without_the_programs_lacks_all_of_them() {
        assert_eq!(broken(Path::new(env!("CARGO_MANIFEST_DIR"))), PROGRAMS);
    }
}
