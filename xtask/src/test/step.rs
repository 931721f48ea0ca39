//! The steps themselves.
//!
//! The order lets them share what is compiled: clippy, the feature checks and rustdoc need the
//! same metadata of dependencies, the test steps the same full builds.

use std::path::PathBuf;
use std::process::Command;

use crate::cmd;
use crate::error::Result;
use crate::peers;
use crate::workspace::{Package, Workspace};

pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether `--quick` runs it.
    pub(crate) quick: bool,
    pub(crate) run: fn(&Workspace) -> Result<Done>,
}

/// How a step ends that has not failed.
#[derive(Debug)]
pub(crate) enum Done {
    Passed,
    /// Says what is missing and how to get it.
    Skipped(String),
}

const NO_DENY: &str = "cargo-deny is not installed; `cargo install --locked cargo-deny` gets it";

/// The feature that puts another crate's recorder below ours.
const OTHER_RECORDER: &str = "metrics-exporter-prometheus";

pub(crate) const STEPS: &[Step] = &[
    Step { name: "format", about: "rustfmt has nothing to change", quick: true, run: format },
    Step { name: "clippy", about: "all targets with all features", quick: true, run: clippy },
    Step {
        name: "clippy-default",
        about: "all targets with default features",
        quick: false,
        run: clippy_default,
    },
    Step {
        name: "features",
        about: "each feature of each crate compiles alone",
        quick: false,
        run: features,
    },
    Step {
        name: "docs",
        about: "the documentation builds without a warning",
        quick: false,
        run: docs,
    },
    Step {
        name: "peers",
        about: "a real Prometheus, Alertmanager and search server to test against",
        quick: false,
        run: obtain_peers,
    },
    Step { name: "tests", about: "unit and integration tests", quick: true, run: tests },
    Step {
        name: "tests-exporter",
        about: "the same suites on metrics-exporter-prometheus",
        quick: false,
        run: tests_exporter,
    },
    Step { name: "doctests", about: "examples in the documentation", quick: false, run: doctests },
    Step {
        name: "package",
        about: "each published crate builds from its package",
        quick: false,
        run: package,
    },
    Step {
        name: "benches",
        about: "the benchmarks are formatted and compile",
        quick: false,
        run: benches,
    },
    Step {
        name: "dashboards",
        about: "dashboards against Grafana's types",
        quick: false,
        run: dashboards,
    },
    Step { name: "deny", about: "licences and sources of dependencies", quick: false, run: deny },
    Step {
        name: "advisories",
        about: "no dependency with a known vulnerability",
        quick: false,
        run: advisories,
    },
];

fn format(workspace: &Workspace) -> Result<Done> {
    passed(cmd::cargo(&workspace.root).args(["fmt", "--all", "--check"]))
}

fn clippy(workspace: &Workspace) -> Result<Done> {
    let args = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-Dwarnings"];
    passed(cmd::cargo(&workspace.root).args(args))
}

fn clippy_default(workspace: &Workspace) -> Result<Done> {
    let args = ["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"];
    passed(cmd::cargo(&workspace.root).args(args))
}

fn features(workspace: &Workspace) -> Result<Done> {
    for package in &workspace.packages {
        for feature in package.feature_sets() {
            let mut check = cmd::cargo(&workspace.root);
            // Not `check`: clippy can refuse warnings without compiling dependencies anew.
            check.args(["clippy", "--package", &package.name, "--no-default-features"]);
            if let Some(feature) = feature {
                check.args(["--features", feature]);
            }
            cmd::run(check.args(["--", "-Dwarnings"]))?;
        }
    }
    Ok(Done::Passed)
}

fn docs(workspace: &Workspace) -> Result<Done> {
    let args = ["doc", "--workspace", "--all-features", "--no-deps"];
    passed(cmd::cargo(&workspace.root).args(args).env("RUSTDOCFLAGS", "-Dwarnings"))
}

fn obtain_peers(workspace: &Workspace) -> Result<Done> {
    let dir = peers::dir(workspace)?;
    println!("{}", peers::report(workspace, &dir)?);
    Ok(Done::Passed)
}

fn tests(workspace: &Workspace) -> Result<Done> {
    passed(test_command(workspace).arg("--workspace"))
}

fn tests_exporter(workspace: &Workspace) -> Result<Done> {
    let has_it = |package: &&Package| package.features.iter().any(|name| name == OTHER_RECORDER);
    let mut test = test_command(workspace);
    test.args(["--features", OTHER_RECORDER]);
    for package in workspace.packages.iter().filter(has_it) {
        test.args(["--package", &package.name]);
    }
    passed(&mut test)
}

/// nextest where it is installed. Doc tests, which it cannot run, are a step of their own.
fn test_command(workspace: &Workspace) -> Command {
    let mut test = cmd::cargo(&workspace.root);
    if cmd::succeeds(cmd::cargo(&workspace.root).args(["nextest", "--version"])) {
        test.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        test.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"]);
    }
    if let Some(dir) = peers::present(workspace) {
        test.env(peers::DIR, dir);
    }
    test
}

fn doctests(workspace: &Workspace) -> Result<Done> {
    passed(cmd::cargo(&workspace.root).args(["test", "--workspace", "--all-features", "--doc"]))
}

fn package(workspace: &Workspace) -> Result<Done> {
    let mut package = cmd::cargo(&workspace.root);
    package.args(["package", "--workspace"]);
    for unpublished in workspace.packages.iter().filter(|package| !package.published) {
        package.args(["--exclude", &unpublished.name]);
    }
    if std::env::var_os("CI").is_none() {
        package.arg("--allow-dirty");
    }
    // Packages that need each other are built from a registry that cargo makes below the target
    // directory, and unpacked into its home under a name made of that path. What is there already
    // counts as unpacked: with the same path, last time's sources would be built. So the path is
    // new each time, and what was unpacked goes.
    let before = unpacked();
    let target = workspace.target.join(format!("package-{}", std::process::id()));
    let done = passed(package.env("CARGO_TARGET_DIR", &target));
    let new = unpacked().into_iter().filter(|dir| !before.contains(dir));
    for dir in new.chain([target]) {
        let _ = std::fs::remove_dir_all(dir);
    }
    done
}

/// Where cargo keeps the sources of registries without a host: those of `cargo package`.
fn unpacked() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home.and_then(|home| std::fs::read_dir(home.join("registry/src")).ok());
    let dirs = sources.into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    dirs.filter(|dir| dir.file_name().is_some_and(|name| name.to_string_lossy().starts_with('-')))
        .collect()
}

fn benches(workspace: &Workspace) -> Result<Done> {
    let dir = workspace.root.join("benches");
    if !dir.join("Cargo.toml").exists() {
        return Ok(Done::Skipped("there is no benches/Cargo.toml".to_owned()));
    }
    cmd::run(cmd::cargo(&dir).args(["fmt", "--all", "--check"]))?;
    let mut clippy = cmd::cargo(&dir);
    clippy.args(["clippy", "--workspace", "--all-targets", "--", "-Dwarnings"]);
    passed(clippy.env("CARGO_TARGET_DIR", crate::bench::target_dir(workspace)))
}

fn dashboards(workspace: &Workspace) -> Result<Done> {
    let dir = workspace.root.join("xtask/dashboards");
    if !dir.join("package.json").exists() {
        return Ok(Done::Skipped("there is no xtask/dashboards/package.json".to_owned()));
    }
    for program in ["node", "npm"] {
        if !cmd::succeeds(Command::new(program).arg("--version")) {
            let reason = format!("`{program}` is not installed; https://nodejs.org/ has it");
            return Ok(Done::Skipped(reason));
        }
    }
    cmd::run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&dir))?;
    passed(Command::new("npm").arg("test").current_dir(&dir))
}

fn deny(workspace: &Workspace) -> Result<Done> {
    if !has_deny(workspace) {
        return Ok(Done::Skipped(NO_DENY.to_owned()));
    }
    let args = ["deny", "--all-features", "check", "bans", "licenses", "sources"];
    passed(cmd::cargo(&workspace.root).args(args))
}

/// Apart from the rest of cargo-deny: its database comes from a host of its own.
fn advisories(workspace: &Workspace) -> Result<Done> {
    if !has_deny(workspace) {
        return Ok(Done::Skipped(NO_DENY.to_owned()));
    }
    if !cmd::succeeds(cmd::cargo(&workspace.root).args(["deny", "fetch", "db"])) {
        let reason = "`cargo deny fetch db` cannot reach the advisory database";
        return Ok(Done::Skipped(reason.to_owned()));
    }
    let args = ["deny", "--all-features", "check", "--disable-fetch", "advisories"];
    passed(cmd::cargo(&workspace.root).args(args))
}

fn has_deny(workspace: &Workspace) -> bool {
    cmd::succeeds(cmd::cargo(&workspace.root).args(["deny", "--version"]))
}

fn passed(command: &mut Command) -> Result<Done> {
    cmd::run(command).map(|()| Done::Passed)
}
