//! A real Prometheus and Alertmanager, and a server with Elasticsearch's API, for the tests that
//! need them.
//!
//! `OBS_PEERS_DIR` names a folder that has them. Without it they are Debian's packages and a
//! wheel, unpacked under the target folder: nothing is installed and root is not needed. A folder
//! that lacks only the wheel's program does for the rest.

mod apt;
mod debian;
mod pypi;
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

/// The folder with Prometheus, Alertmanager and their tools, which are obtained first where
/// necessary, and so is `osmem-server`.
///
/// Safe to call from several processes at once: one obtains them, the others wait.
pub(crate) fn dir(workspace: &Workspace) -> Result<PathBuf> {
    let given = given()?;
    let peers = workspace.target.join("peers");
    let bin = peers.join("bin");
    let complete = |bin: &Path| given.is_some() || broken(bin).is_empty();
    if complete(&bin) && osmem(workspace, given.as_deref()).is_some() {
        return Ok(given.unwrap_or(bin));
    }
    fs::create_dir_all(&peers).map_err(Error::at(&peers))?;
    let path = peers.join("lock");
    let lock = File::create(&path).map_err(Error::at(&path))?;
    lock.lock().map_err(Error::at(&path))?;
    if !complete(&bin) {
        debian::obtain(&peers, &bin).map_err(|error| {
            Error::new(format!("no Prometheus and Alertmanager: {error}\n\n{REMEDY}"))
        })?;
    }
    if osmem(workspace, given.as_deref()).is_none() {
        pypi::obtain(&peers, &bin).map_err(|error| {
            Error::new(format!("no {}: {error}\n\n{}", pypi::OSMEM, pypi::REMEDY))
        })?;
    }
    Ok(given.unwrap_or(bin))
}

/// The server with Elasticsearch's API: in the folder `given`, or where it was obtained.
fn osmem(workspace: &Workspace, given: Option<&Path>) -> Option<PathBuf> {
    let obtained = workspace.target.join("peers/bin");
    let mut programs = given.into_iter().chain([&*obtained]).map(|dir| program(dir, pypi::OSMEM));
    programs.find(|program| cmd::succeeds(Command::new(program).arg("-version")))
}

/// The folder with the four programs, if no work is needed to have it.
pub(crate) fn present(workspace: &Workspace) -> Option<PathBuf> {
    if let Ok(Some(dir)) = given() {
        return Some(dir);
    }
    let bin = workspace.target.join("peers/bin");
    broken(&bin).is_empty().then_some(bin)
}

/// The versions, one a line, and where the programs are.
pub(crate) fn report(workspace: &Workspace, dir: &Path) -> Result<String> {
    let mut report = String::new();
    for name in PROGRAMS {
        let version = cmd::capture(Command::new(program(dir, name)).arg("--version"))?;
        report.push_str(&format!("{name:<13} {}\n", version_number(&version)));
    }
    if let Some(osmem) = osmem(workspace, Some(dir)) {
        let version = cmd::capture(Command::new(osmem).arg("-version"))?;
        let version = version.trim_start_matches(pypi::OSMEM);
        report.push_str(&format!("{:<13} {}\n", pypi::OSMEM, version_number(version)));
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
