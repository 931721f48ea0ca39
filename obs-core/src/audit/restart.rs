//! Where a chain goes on after a restart.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

use super::broken::{Broken, What};
use super::encoding::Head;
use super::file::Place;
use super::journal::Resume;
use super::key::Keys;
use super::lines::{Piece, Pieces};
use super::walk::{Step, Walk};

/// What is found in the folder of a log.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) resume: Resume,
    /// The number of the first record of the growing file.
    pub(crate) first: u64,
    /// Bytes of a record that was never whole.
    pub(crate) torn_bytes: u64,
}

/// Why a log is not continued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("{0}")]
    Broken(#[from] Broken),
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Checks the growing file whole, and that it continues the last finished one.
pub(crate) fn find(place: &Place, keys: &Keys) -> Result<Found, StartError> {
    let finished = place.finished()?.pop();
    let grows = match Place::read(place.path()) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    let growing = match grows {
        Some(file) => Some(walk(place.path(), file, keys)?.0),
        None => None,
    };
    let begins = growing.as_ref().and_then(Walk::began);
    match (growing, finished) {
        (Some(growing), Some(path)) if begins.is_some_and(|begins| begins != Head::START) => {
            let begins = begins.unwrap_or(Head::START);
            let last = finished_head(&path, keys)?.0;
            if last == begins {
                Ok(found(growing))
            } else {
                Err(misplaced(place, last, begins).into())
            }
        }
        (Some(growing), _) if begins.is_some() => Ok(found(growing)),
        (growing, Some(path)) => {
            let (head, key_id) = finished_head(&path, keys)?;
            let torn_bytes = growing.as_ref().map_or(0, |growing| growing.torn().bytes);
            let tail = growing.map(Walk::tail).unwrap_or_default();
            let first = head.sequence.saturating_add(1);
            Ok(Found { resume: Resume { head: Some(head), tail, key_id }, first, torn_bytes })
        }
        (Some(growing), None) => Ok(found(growing)),
        (None, None) => Ok(Found { resume: Resume::default(), first: 1, torn_bytes: 0 }),
    }
}

/// Where a finished file ends, and the key of its last record.
fn finished_head(path: &Path, keys: &Keys) -> Result<(Head, Option<String>), StartError> {
    let (walk, lines) = walk(path, Place::read(path)?, keys)?;
    // A file is finished between two records.
    if !walk.torn().is_empty() {
        let (file, sequence) = (path.display().to_string(), walk.next());
        let what = What::Torn { bytes: walk.torn().bytes };
        return Err(Broken { file, line: lines, sequence, what }.into());
    }
    Ok((walk.head(), walk.key_id().map(str::to_owned)))
}

fn found(walk: Walk<'_>) -> Found {
    let began = walk.began();
    let first = began.map_or(1, |before| before.sequence.saturating_add(1));
    let torn_bytes = walk.torn().bytes;
    let head = began.is_some().then(|| walk.head());
    let key_id = walk.key_id().map(str::to_owned);
    Found { resume: Resume { head, key_id, tail: walk.tail() }, first, torn_bytes }
}

fn misplaced(place: &Place, last: Head, begins: Head) -> Broken {
    let what = if begins.sequence > last.sequence {
        What::Missing { to: begins.sequence }
    } else if begins.sequence < last.sequence {
        What::Duplicated { found: begins.sequence.saturating_add(1) }
    } else {
        What::Unlinked
    };
    let sequence = last.sequence.saturating_add(1);
    Broken { file: place.path().display().to_string(), line: 1, sequence, what }
}

/// Follows the chain of one file, from wherever it begins, and counts its lines.
fn walk<'k>(path: &Path, file: File, keys: &'k Keys) -> Result<(Walk<'k>, u64), StartError> {
    let mut walk = Walk::new(keys, None);
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut pieces, mut line, mut number) = (Pieces::default(), Vec::new(), 0);
    let mut torn_at = None;
    loop {
        let Some(piece) = pieces.next(&mut reader, &mut line)? else { return Ok((walk, number)) };
        number += u64::from(piece != Piece::More);
        let sequence = walk.next();
        let step = if piece == Piece::Line { walk.line(&line) } else { Ok(walk.part(&line)) };
        match step {
            Ok(Step::Torn) => {
                torn_at.get_or_insert(number);
            }
            Ok(Step::Record(_)) => torn_at = None,
            Err(what) => {
                let file = path.display().to_string();
                let (line, what) = match torn_at {
                    Some(line) => (line, What::Changed),
                    None => (number, what),
                };
                return Err(Broken { file, line, sequence, what }.into());
            }
        }
    }
}
