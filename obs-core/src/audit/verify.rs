//! Whether an audit log is what was written.

use std::collections::HashMap;
use std::io::BufRead;

use super::broken::{Broken, What};
use super::encoding::{Hash, Head};
use super::key::Keys;
use super::lines::{Piece, Pieces};
use super::walk::{Step, Walk};

/// What a log is checked against.
///
/// Without keys only numbers and links are checked: a changed record is not found, and neither is a
/// log that somebody wrote anew.
#[derive(Clone, Debug, Default)]
pub struct Check {
    keys: Keys,
    from: Option<Head>,
    anchors: HashMap<u64, Hash>,
}

impl Check {
    /// A check with these keys: every one that signed a record.
    #[must_use]
    pub fn new(keys: impl Into<Keys>) -> Self {
        Self { keys: keys.into(), ..Self::default() }
    }

    /// Expects the log to begin after this record, the last of files that are kept elsewhere. Without
    /// this it begins with record 1.
    #[must_use]
    pub const fn from(mut self, head: Head) -> Self {
        self.from = Some(head);
        self
    }

    /// Expects this record in the log, as its writer said elsewhere: what finds an end that was cut
    /// off. May be called for many.
    #[must_use]
    pub fn anchor(mut self, head: Head) -> Self {
        self.anchors.insert(head.sequence, head.hash);
        self
    }
}

/// A log in which everything is right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The files in the order in which they were given.
    pub files: Vec<FileSummary>,
    /// The last record; [`Head::START`], or where the check began, if there is none.
    pub head: Head,
    /// How many records there are.
    pub records: u64,
    /// How many records were torn by the death of their writer; each is explained by the record after
    /// it, and none of them was acknowledged.
    pub torn: u64,
    /// How many events could not be written while callers went on
    /// ([`OnFailure::Continue`](super::OnFailure::Continue)).
    pub lost: u64,
    /// Whether signatures were checked, and not just numbers and links.
    pub signed: bool,
    /// How many anchors were met.
    pub anchors: u64,
}

/// One file of a log in which everything is right.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileSummary {
    /// The name that was given.
    pub name: String,
    /// The number of its first record; `None` if it is empty.
    pub first: Option<u64>,
    /// The number of its last record.
    pub last: Option<u64>,
}

/// Checks the files of one log, oldest first, each with the name to call it by.
///
/// ```
/// use obs_core::audit::{Check, Key, verify};
///
/// let check = Check::new(Key::new([7; 32])?);
/// let summary = verify([("empty.jsonl", &b""[..])], &check)?;
/// assert_eq!(summary.records, 0);
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// The first place at which the log is not what was written.
pub fn verify<N: Into<String>, R: BufRead>(
    files: impl IntoIterator<Item = (N, R)>,
    check: &Check,
) -> Result<Summary, Broken> {
    let start = check.from.unwrap_or(Head::START);
    let mut walk = Walk::new(&check.keys, Some(start));
    let mut lines = Lines::new(files);
    let mut summary = Summary {
        files: Vec::new(),
        head: start,
        records: 0,
        torn: 0,
        lost: 0,
        signed: !check.keys.is_empty(),
        anchors: 0,
    };
    // Where the bytes began that belong to no record.
    let mut torn_at = None;
    while let Some(line) = lines.next() {
        let next = walk.next();
        let here = lines.place();
        let broken =
            |(file, line): (String, u64), what| Broken { file, line, sequence: next, what };
        let (piece, line) =
            line.map_err(|reason| broken(here.clone(), What::Unreadable { reason }))?;
        let step = if piece == Piece::Line { walk.line(&line) } else { Ok(walk.part(&line)) };
        match step {
            Ok(Step::Torn) => {
                torn_at.get_or_insert(here);
            }
            Ok(Step::Record(head)) => {
                torn_at = None;
                summary.records += 1;
                if let Some(hash) = check.anchors.get(&head.sequence) {
                    let anchor = Head { hash: *hash, ..head };
                    if anchor != head {
                        return Err(broken(here, What::NotAnchored { anchor }));
                    }
                    summary.anchors += 1;
                }
                lines.saw(head.sequence);
            }
            // What stands before a record that does not explain it is what was changed.
            Err(_) if torn_at.is_some() => {
                return Err(broken(torn_at.unwrap_or(here), What::Changed));
            }
            Err(What::Missing { to }) => {
                let what = match lines.find(|line| walk.genuine(line) == Some(next)) {
                    Some((file, line)) => What::Reordered {
                        found: to.saturating_add(1),
                        at: format!("{file}:{line}"),
                    },
                    None => What::Missing { to },
                };
                return Err(broken(here, what));
            }
            Err(what) => return Err(broken(here, what)),
        }
    }
    let next = walk.next();
    if let Some((file, line)) = torn_at {
        let what = What::Torn { bytes: walk.torn().bytes };
        return Err(Broken { file, line, sequence: next, what });
    }
    summary.head = walk.head();
    let beyond = check.anchors.iter().filter(|(sequence, _)| **sequence >= next);
    if let Some((sequence, hash)) = beyond.max_by_key(|(sequence, _)| **sequence) {
        let (file, line) = lines.place();
        let anchor = Head { sequence: *sequence, hash: *hash };
        let what = What::Truncated { anchor };
        return Err(Broken { file, line: line + 1, sequence: next, what });
    }
    (summary.torn, summary.lost) = (walk.torn_records, walk.lost_records);
    summary.files = lines.files;
    Ok(summary)
}

/// The lines of all files.
struct Lines<I, R> {
    rest: I,
    reader: Option<R>,
    pieces: Pieces,
    line: u64,
    files: Vec<FileSummary>,
}

impl<N: Into<String>, R: BufRead, I: Iterator<Item = (N, R)>> Lines<I, R> {
    fn new(files: impl IntoIterator<IntoIter = I, Item = (N, R)>) -> Self {
        Self {
            rest: files.into_iter(),
            reader: None,
            pieces: Pieces::default(),
            line: 0,
            files: Vec::new(),
        }
    }

    /// The next line, or the next part of one.
    fn next(&mut self) -> Option<Result<(Piece, Vec<u8>), String>> {
        loop {
            if let Some(reader) = &mut self.reader {
                let mut line = Vec::new();
                match self.pieces.next(reader, &mut line) {
                    Ok(None) => {}
                    Ok(Some(piece)) => {
                        self.line += u64::from(piece != Piece::More);
                        return Some(Ok((piece, line)));
                    }
                    Err(error) => {
                        self.line += 1;
                        return Some(Err(error.to_string()));
                    }
                }
            }
            let (name, reader) = self.rest.next()?;
            self.files.push(FileSummary { name: name.into(), first: None, last: None });
            self.reader = Some(reader);
            self.line = 0;
        }
    }

    fn place(&self) -> (String, u64) {
        (self.files.last().map(|file| file.name.clone()).unwrap_or_default(), self.line)
    }

    fn saw(&mut self, sequence: u64) {
        if let Some(file) = self.files.last_mut() {
            file.first.get_or_insert(sequence);
            file.last = Some(sequence);
        }
    }

    /// Where the first of the remaining lines is that `is` true of.
    fn find(&mut self, is: impl Fn(&[u8]) -> bool) -> Option<(String, u64)> {
        while let Some(Ok((piece, line))) = self.next() {
            if piece == Piece::Line && is(&line) {
                return Some(self.place());
            }
        }
        None
    }
}
