//! The libraries that these tests run with.

use std::path::Path;
use std::process::Command;

/// The text of a file of serenity's package.
pub(super) fn serenity(file: &str) -> String {
    let manifest = package("serenity")["manifest_path"].as_str().map(ToOwned::to_owned);
    let path = manifest.expect("a path");
    std::fs::read_to_string(Path::new(&path).with_file_name(file)).expect("serenity's source")
}

/// The version of a package that these tests run with.
#[cfg(feature = "poise")]
pub(crate) fn version_of(name: &str) -> String {
    package(name)["version"].as_str().expect("a version").to_owned()
}

fn package(name: &str) -> serde_json::Value {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|package| package["name"] == name);
    package.expect("it is used").clone()
}
