//! The files that arguments name.

use std::path::{Path, PathBuf};

/// The file that `path` is; the files that it matches, sorted, if there is none of this name and it
/// is a pattern such as `rules/*.yml`.
///
/// # Errors
///
/// What is wrong with the pattern, and if it matches nothing.
pub(super) fn named(path: &Path) -> Result<Vec<PathBuf>, String> {
    let Some(pattern) = path.to_str() else { return Ok(vec![path.to_owned()]) };
    if path.exists() || !pattern.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let found = glob::glob(pattern).map_err(|error| format!("{pattern}: {error}"))?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() { Err(format!("{pattern}: no such file")) } else { Ok(found) }
}
