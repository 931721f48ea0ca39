//! The real promtool.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs promtool in `dir` and returns what it printed.
///
/// # Panics
///
/// If there is no promtool, or it is not content.
pub(crate) fn promtool(dir: &Path, args: &[&str]) -> String {
    let peers = std::env::var_os("OBS_PEERS_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/bin"),
        PathBuf::from,
    );
    let program = peers.join("promtool");
    let output = Command::new(&program).args(args).current_dir(dir).output().unwrap_or_else(|e| {
        panic!(
            "{}: {e}\n`cargo xtask peers` obtains promtool; OBS_PEERS_DIR names a folder that has it",
            program.display()
        )
    });
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {}:\n{text}", args.join(" "));
    text
}
