//! apt with folders of its own: it reads and writes none of the system's package state.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::source::Source;
use crate::cmd;
use crate::error::{Error, Result};

/// A private package list.
#[derive(Debug)]
pub(crate) struct Apt {
    dir: PathBuf,
    /// The warnings and errors of the last update.
    complaints: String,
}

impl Apt {
    /// An empty package list in the new folder `dir`.
    ///
    /// `machine` is what [`machine_config`] returns.
    pub(crate) fn new(dir: PathBuf, machine: &str) -> Result<Self> {
        for folder in ["state/lists/partial", "cache/archives/partial", "sources", "none", "debs"] {
            let folder = dir.join(folder);
            fs::create_dir_all(&folder).map_err(Error::at(&folder))?;
        }
        let apt = Self { dir, complaints: String::new() };
        write(&apt.dir.join("status"), "")?;
        write(&apt.config(), &config(&apt.dir, machine))?;
        Ok(apt)
    }

    /// Downloads the package lists of `sources` and verifies their signatures.
    ///
    /// A source that fails is left out, as it need not be the one that matters. What went
    /// wrong is in [`complaints`](Self::complaints).
    pub(crate) fn update(&mut self, sources: &[Source]) -> Result<()> {
        let stanzas: Vec<String> = sources.iter().map(Source::to_deb822).collect();
        write(&self.dir.join("sources/debian.sources"), &stanzas.join("\n"))?;
        let stderr = cmd::stderr(self.command("apt-get").args(["--quiet", "update"]))?;
        self.complaints = stderr.trim_end().to_owned();
        Ok(())
    }

    pub(crate) fn complaints(&self) -> &str {
        &self.complaints
    }

    /// Whether the lists have a package of this name.
    pub(crate) fn has(&self, package: &str) -> bool {
        cmd::succeeds(self.command("apt-cache").args(["--no-all-versions", "show", package]))
    }

    /// Downloads packages, verifies their checksums and unpacks them into the folder `into`.
    pub(crate) fn unpack(&self, packages: &[&str], into: &Path) -> Result<()> {
        let debs = self.dir.join("debs");
        let mut download = self.command("apt-get");
        download.args(["--quiet", "download"]).args(packages).current_dir(&debs);
        cmd::capture(&mut download)?;
        for entry in fs::read_dir(&debs).map_err(Error::at(&debs))? {
            let deb = entry.map_err(Error::at(&debs))?.path();
            cmd::capture(Command::new("dpkg-deb").arg("-x").arg(&deb).arg(into))?;
            fs::remove_file(&deb).map_err(Error::at(&deb))?;
        }
        Ok(())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        // Messages are searched for reasons.
        command.env("APT_CONFIG", self.config()).env("LC_ALL", "C");
        command
    }

    fn config(&self) -> PathBuf {
        self.dir.join("apt.conf")
    }
}

/// How this machine reaches its archives (proxies, time-outs, …), as apt configuration.
///
/// The rest of the machine's configuration is left out: it has hooks that change the system,
/// and asks for indexes that are not needed. What would switch off verification is left out too.
pub(crate) fn machine_config() -> Result<String> {
    Ok(acquire_settings(&cmd::capture(Command::new("apt-config").arg("dump"))?))
}

fn acquire_settings(dump: &str) -> String {
    let left_out = [
        "IndexTargets",
        "Changelogs",
        "Languages",
        "CompressionTypes",
        "AllowInsecureRepositories",
        "AllowWeakRepositories",
        "AllowDowngradeToInsecureRepositories",
    ];
    let mut kept = String::new();
    for line in dump.lines() {
        let Some(setting) = line.strip_prefix("Acquire::") else { continue };
        if !left_out.iter().any(|name| setting.starts_with(name)) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The file named by `APT_CONFIG`, which apt reads before it looks for any other.
fn config(dir: &Path, machine: &str) -> String {
    let dir = dir.display();
    format!(
        r#"Dir::Etc::main "/dev/null";
Dir::Etc::parts "{dir}/none";
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{dir}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{dir}/none";
Dir::State "{dir}/state";
Dir::State::status "{dir}/status";
Dir::Cache "{dir}/cache";
Dir::Log "{dir}";
// apt run by root downloads as another user, who may not write into the target folder.
APT::Sandbox::User "root";
Acquire::Languages "none";
{machine}"#
    )
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(Error::at(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_way_to_the_archive_is_taken_from_the_machine() {
        let dump = r#"APT::Architecture "amd64";
APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb";
Acquire "";
Acquire::AllowInsecureRepositories "1";
Acquire::http::Proxy "http://proxy:3128";
Acquire::Retries "3";
Acquire::Languages:: "de";
Acquire::IndexTargets::deb::DEP-11 "";
Dir::State "/var/lib/apt";
"#;
        let want = "Acquire::http::Proxy \"http://proxy:3128\";\nAcquire::Retries \"3\";\n";
        assert_eq!(acquire_settings(dump), want);
    }
}
