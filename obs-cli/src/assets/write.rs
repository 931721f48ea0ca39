//! Writes an export: all of it, or nothing where a file is in the way.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::export::File;

/// What became of one file.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) path: PathBuf,
    pub(super) outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created,
    Replaced,
    Unchanged,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Created => "wrote",
            Self::Replaced => "replaced",
            Self::Unchanged => "unchanged",
        })
    }
}

/// Why an export was not written.
#[derive(Debug)]
pub(crate) enum WriteError {
    /// Files that are there and differ.
    InTheWay(Vec<PathBuf>),
    /// An operation on a path failed.
    Io { action: &'static str, path: PathBuf, source: io::Error },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InTheWay(paths) => {
                f.write_str("nothing was written, these files are there and differ:")?;
                for path in paths {
                    write!(f, "\n  {}", path.display())?;
                }
                f.write_str("\nexport to another folder, or overwrite them with --force")
            }
            Self::Io { action, path, .. } => write!(f, "cannot {action} {}", path.display()),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::InTheWay(_) => None,
            Self::Io { source, .. } => Some(source),
        }
    }
}

/// Writes `files` below `dir`.
///
/// A file that is there with other content is overwritten only if `force`; otherwise nothing at all
/// is written.
pub(super) fn write(dir: &Path, files: &[File], force: bool) -> Result<Vec<Written>, WriteError> {
    let mut plan = Vec::with_capacity(files.len());
    for file in files {
        let path = dir.join(&file.path);
        let outcome = match std::fs::read(&path) {
            Ok(found) if found == file.text.as_bytes() => Outcome::Unchanged,
            Ok(_) => Outcome::Replaced,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Outcome::Created,
            Err(source) => return Err(WriteError::Io { action: "read", path, source }),
        };
        plan.push((Written { path, outcome }, file));
    }

    let in_the_way: Vec<_> = plan
        .iter()
        .filter(|(written, _)| written.outcome == Outcome::Replaced)
        .map(|(written, _)| written.path.clone())
        .collect();
    if !force && !in_the_way.is_empty() {
        return Err(WriteError::InTheWay(in_the_way));
    }

    for (written, file) in &plan {
        if written.outcome == Outcome::Unchanged {
            continue;
        }
        let folder = written.path.parent().unwrap_or(dir);
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |source| WriteError::Io { action, path, source }
        };
        std::fs::create_dir_all(folder).map_err(failed("create the folder", folder))?;
        std::fs::write(&written.path, &file.text).map_err(failed("write", &written.path))?;
    }
    Ok(plan.into_iter().map(|(written, _)| written).collect())
}
