//! The four programs from Debian's packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{self, Apt};
use super::source::{self, Source};
use crate::cmd;
use crate::error::{Error, Result};

/// Programs whose versions belong together.
#[derive(Debug)]
struct Group {
    package: &'static str,
    /// Packages that newer releases have split off.
    split_off: &'static [&'static str],
    /// Name in `usr/bin` of the packages, and the name it gets.
    programs: &'static [(&'static str, &'static str)],
}

const GROUPS: [Group; 2] = [
    Group {
        package: "prometheus",
        split_off: &["promtool"],
        programs: &[("prometheus", "prometheus"), ("promtool", "promtool")],
    },
    Group {
        package: "prometheus-alertmanager",
        split_off: &[],
        programs: &[("prometheus-alertmanager", "alertmanager"), ("amtool", "amtool")],
    },
];

/// Fills `bin` with the newest programs that run on this machine.
///
/// Works in a folder of its own below `peers`; the caller keeps other processes away.
pub(crate) fn obtain(peers: &Path, bin: &Path) -> Result<()> {
    let work = peers.join("work");
    remove(&work)?;
    let result = Search::new(work.clone()).and_then(Search::run).and_then(|found| {
        remove(bin)?;
        fs::rename(&found, bin).map_err(Error::at(bin))
    });
    remove(&work)?;
    result
}

#[derive(Debug)]
struct Search {
    work: PathBuf,
    /// Archives in the suites this machine uses itself.
    archives: Vec<Source>,
    machine: String,
    /// Keys that the machine's own suite vouches for; fetched when first needed.
    keyring: Option<PathBuf>,
}

impl Search {
    fn new(work: PathBuf) -> Result<Self> {
        let machine = apt::machine_config()?;
        let os_release = read(Path::new("/etc/os-release"))?;
        let codename = source::codename(&os_release)
            .ok_or_else(|| Error::new("/etc/os-release names no Debian release"))?;
        let archives = source::debian_archives(&machine_sources()?, codename);
        if archives.is_empty() {
            return Err(Error::new("the apt sources of this machine name no Debian archive"));
        }
        Ok(Self { work, archives, machine, keyring: None })
    }

    /// Tries the suites from the newest on; returns the folder with the programs.
    fn run(mut self) -> Result<PathBuf> {
        let bin = self.work.join("bin");
        fs::create_dir_all(&bin).map_err(Error::at(&bin))?;
        let mut wanted: Vec<&Group> = GROUPS.iter().collect();
        let mut failures = Vec::new();
        for suite in [Some("unstable"), Some("testing"), Some("stable"), None] {
            let name = suite.unwrap_or("own suite");
            println!("peers: reading the package list of Debian {name}");
            let dir = self.work.join(name.replace(' ', "-"));
            let apt = self.list(&dir, suite)?;
            let mut reasons = Vec::new();
            let mut missing = Vec::new();
            for group in wanted {
                if let Err(error) = group.obtain(&apt, &dir.join("root"), &bin) {
                    reasons.push(error.to_string());
                    missing.push(group);
                }
            }
            wanted = missing;
            if wanted.is_empty() {
                return Ok(bin);
            }
            reasons.push(apt.complaints().to_owned());
            failures.push(format!("Debian {name}: {}", reasons.join("\n").trim_end()));
        }
        Err(Error::new(failures.join("\n")))
    }

    /// The package list of `suite`, or of the machine's own suites.
    fn list(&mut self, dir: &Path, suite: Option<&str>) -> Result<Apt> {
        let mut sources = self.archives.clone();
        if let Some(suite) = suite {
            sources = sources.iter().map(|source| source.with_suite(suite)).collect();
            sources.dedup();
        }
        let mut apt = Apt::new(dir.to_owned(), &self.machine)?;
        apt.update(&sources)?;
        let unknown_key = ["NO_PUBKEY", "is not signed"];
        if suite.is_some() && unknown_key.iter().any(|text| apt.complaints().contains(text)) {
            let keyring = self.keyring()?;
            for source in &mut sources {
                source.signed_by = Some(keyring.display().to_string());
            }
            apt.update(&sources)?;
        }
        Ok(apt)
    }

    /// A release is older than the keys of later ones, but its own archive brings their keys
    /// in an update that is signed by a key it knows.
    fn keyring(&mut self) -> Result<PathBuf> {
        if let Some(keyring) = &self.keyring {
            return Ok(keyring.clone());
        }
        println!("peers: fetching newer archive keys");
        let dir = self.work.join("keys");
        let root = dir.join("root");
        let keyring = root.join("usr/share/keyrings/debian-archive-keyring.gpg");
        // Without newer keys the suite that needs them is one that cannot be used.
        if let Err(error) = self.list(&dir, None)?.unpack(&["debian-archive-keyring"], &root) {
            println!("peers: {error}");
        }
        self.keyring = Some(keyring.clone());
        Ok(keyring)
    }
}

impl Group {
    /// Unpacks the programs below `root` and moves them to `bin` if all of them run.
    fn obtain(&self, apt: &Apt, root: &Path, bin: &Path) -> Result<()> {
        if !apt.has(self.package) {
            return Err(Error::new(format!("no package `{}`", self.package)));
        }
        println!("peers: downloading {}", self.package);
        let mut packages = vec![self.package];
        packages.extend(self.split_off.iter().filter(|package| apt.has(package)));
        apt.unpack(&packages, root)?;
        let unpacked = root.join("usr/bin");
        for (from, _) in self.programs {
            // A newer libc than the machine's is the usual reason for a failure.
            cmd::capture(Command::new(unpacked.join(from)).arg("--version"))?;
        }
        for (from, to) in self.programs {
            let to = bin.join(to);
            fs::rename(unpacked.join(from), &to).map_err(Error::at(&to))?;
        }
        Ok(())
    }
}

fn machine_sources() -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let list = Path::new("/etc/apt/sources.list");
    if list.exists() {
        sources.extend(source::one_line(&read(list)?));
    }
    let parts = Path::new("/etc/apt/sources.list.d");
    let Ok(entries) = fs::read_dir(parts) else { return Ok(sources) };
    for entry in entries {
        let path = entry.map_err(Error::at(parts))?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("list") => sources.extend(source::one_line(&read(&path)?)),
            Some("sources") => sources.extend(source::deb822(&read(&path)?)),
            _ => {}
        }
    }
    Ok(sources)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::at(path))
}

fn remove(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::at(dir)(error)),
        _ => Ok(()),
    }
}
