//! A server with Elasticsearch's API, from a wheel on PyPI.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cmd;
use crate::error::{Error, Result};

pub(super) const OSMEM: &str = "osmem-server";

/// The version, and the hashes of its wheels for Linux on x86-64 and ARM, and for macOS on ARM.
/// pip refuses any other file.
const REQUIREMENT: &str = "\
osmem-server==0.1.6 \
    --hash=sha256:24c862de01ab1c6dd1564284933fdc4f774494a41e071676914f86d82fdbef40 \
    --hash=sha256:1ded73066aa2474319f8a4a6d2126853cb5e35dacd6c8399764b523615ec78c8 \
    --hash=sha256:1034157ed2c902363be3a6a5d3237d108fbac1787d0fff4d6d5ee7ee1590448b
";

pub(super) const REMEDY: &str = "\
It needs Python 3 with pip, and PyPI. To provide it yourself, put the program
`osmem-server` of https://pypi.org/project/osmem-server/0.1.6/ into the folder that
OBS_PEERS_DIR names.";

/// Puts `osmem-server` into `bin`.
///
/// Works in a folder of its own below `peers`; the caller keeps other processes away.
pub(super) fn obtain(peers: &Path, bin: &Path) -> Result<()> {
    let work = peers.join("pypi");
    let _ = fs::remove_dir_all(&work);
    fs::create_dir_all(&work).map_err(Error::at(&work))?;
    fs::create_dir_all(bin).map_err(Error::at(bin))?;
    let result = unpack(&work, bin);
    let _ = fs::remove_dir_all(&work);
    result
}

fn unpack(work: &Path, bin: &Path) -> Result<()> {
    println!("peers: downloading {OSMEM}");
    let requirements = work.join("requirements.txt");
    fs::write(&requirements, REQUIREMENT).map_err(Error::at(&requirements))?;
    let mut pip = python();
    pip.args(["-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]);
    pip.args(["--only-binary=:all:", "--require-hashes", "--requirement"]).arg(&requirements);
    cmd::capture(pip.arg("--dest").arg(work))?;
    let wheel = fs::read_dir(work)
        .map_err(Error::at(work))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .ok_or_else(|| Error::new("pip downloaded no wheel"))?;
    let root = work.join("root");
    cmd::capture(python().args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&root))?;
    let program = root.join("osmem_server/bin").join(OSMEM);
    // `zipfile` leaves modes out.
    executable(&program)?;
    cmd::capture(Command::new(&program).arg("-version"))?;
    let to = bin.join(OSMEM);
    fs::rename(&program, &to).map_err(Error::at(&to))
}

fn python() -> Command {
    Command::new("python3")
}

#[cfg(unix)]
fn executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).map_err(Error::at(program))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> Result<()> {
    Ok(())
}
