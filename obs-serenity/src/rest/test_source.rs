//! The source of the serenity that these tests run with.

use std::path::Path;
use std::process::Command;

/// The text of a file of serenity's package.
pub(super) fn serenity(file: &str) -> String {
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&cargo.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let serenity = packages.iter().find(|package| package["name"] == "serenity");
    let manifest = serenity.expect("serenity is used")["manifest_path"].as_str().expect("a path");
    let path = Path::new(manifest).with_file_name(file);
    std::fs::read_to_string(&path).expect("serenity's source")
}
