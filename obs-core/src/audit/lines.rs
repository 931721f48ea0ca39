//! The lines of a log, in parts where they are longer than any record: what is no log may have no
//! line break at all.

use std::io::{self, BufRead, Read};

use super::handle::MAX_RECORD_BYTES;

/// More than a record has with its seal.
const LONGEST: usize = 2 * MAX_RECORD_BYTES;

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A line, with its line break if it has one.
    Line,
    /// The beginning of a line that is too long for a record.
    Start,
    /// More of it.
    More,
}

/// Reads lines, whatever they are of.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    /// The last piece was not the end of its line.
    within: bool,
}

impl Pieces {
    /// Puts the next piece into `piece`; `None` at the end.
    pub(crate) fn next(
        &mut self,
        reader: &mut impl BufRead,
        piece: &mut Vec<u8>,
    ) -> io::Result<Option<Piece>> {
        piece.clear();
        let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
        if reader.by_ref().take(limit).read_until(b'\n', piece)? == 0 {
            self.within = false;
            return Ok(None);
        }
        let before = self.within;
        self.within = piece.len() == LONGEST && piece.last() != Some(&b'\n');
        Ok(Some(match (before, self.within) {
            (true, _) => {
                self.within = piece.last() != Some(&b'\n');
                Piece::More
            }
            (false, true) => Piece::Start,
            (false, false) => Piece::Line,
        }))
    }
}
