//! Where the real programs are that tests need.

use std::path::{Path, PathBuf};

/// Where the real program is: in `OBS_PEERS_DIR`, or where `cargo xtask peers` puts it.
pub(crate) fn peer(program: &str) -> PathBuf {
    let obtained = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../peers/bin");
    let given = std::env::var_os("OBS_PEERS_DIR").map(PathBuf::from);
    let dirs: Vec<_> = given.into_iter().chain([obtained]).collect();
    let mut paths = dirs.iter().map(|dir| dir.join(program));
    paths
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no {program} in {dirs:?}: run `cargo xtask peers`"))
}
