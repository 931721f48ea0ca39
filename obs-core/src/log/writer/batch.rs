//! Lines in one piece of memory, and where each ends.

use super::losses::ByLevel;

/// Memory that a batch keeps through quiet times.
const KEPT_BYTES: usize = 64 * 1024;

/// The rank of a line of our own, which is in no account.
const NOTICE: u8 = u8::MAX;

#[derive(Clone, Copy)]
struct Mark {
    len: u32,
    rank: u8,
}

/// Lines that wait or are being written. Cleared and used again, so a line allocates nothing.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    marks: Vec<Mark>,
    /// The lines that are not done, by level.
    lines: ByLevel,
    /// The first mark whose line is not done.
    next: usize,
    /// Where that line begins.
    start: usize,
    /// How many of its bytes are written.
    torn: usize,
    /// As much memory as is worth having: lines are refused beyond.
    bound: Option<usize>,
}

/// Lines that left a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) lines: ByLevel,
    pub(super) bytes: usize,
    /// A notice was among them; it is in neither number.
    pub(super) notice: bool,
}

impl Batch {
    /// Takes no more memory than for so many bytes, as long as the lines have no more.
    pub(super) const fn bound(&mut self, bytes: usize) {
        self.bound = Some(bytes);
    }

    /// Appends a line, with the line break that it may lack.
    pub(super) fn push(&mut self, rank: usize, line: &[u8]) {
        self.append(u8::try_from(rank).unwrap_or(0), line);
    }

    /// Appends a line that is in no account.
    pub(super) fn push_notice(&mut self, line: &[u8]) {
        self.append(NOTICE, line);
    }

    fn append(&mut self, rank: u8, line: &[u8]) {
        let before = self.bytes.len();
        self.make_room(line.len() + 1);
        self.bytes.extend_from_slice(line);
        if line.last() != Some(&b'\n') {
            self.bytes.push(b'\n');
        }
        let len = u32::try_from(self.bytes.len() - before).unwrap_or(u32::MAX);
        self.marks.push(Mark { len, rank });
        if let Some(count) = self.lines.get_mut(usize::from(rank)) {
            *count += 1;
        }
    }

    /// Doubles as a vector does, up to the bound.
    fn make_room(&mut self, bytes: usize) {
        let capacity = self.bytes.capacity();
        let needed = self.bytes.len() + bytes;
        if needed > capacity {
            let twice = capacity.saturating_mul(2).min(self.bound.unwrap_or(usize::MAX));
            self.bytes.reserve_exact(twice.max(needed) - self.bytes.len());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.next == self.marks.len()
    }

    /// Bytes of the lines that are not done.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// The lines that are not done, by level.
    pub(super) const fn lines(&self) -> ByLevel {
        self.lines
    }

    /// What is to be written next: the rest of whole lines, about `most` bytes of them and at least
    /// one line.
    pub(super) fn chunk(&self, most: usize) -> &[u8] {
        let mut end = self.start;
        for mark in &self.marks[self.next..] {
            let longer = end + mark.len as usize;
            if end > self.start && longer - self.start > most {
                break;
            }
            end = longer;
        }
        &self.bytes[self.start + self.torn..end]
    }

    /// Whether the beginning of a line is written and its end is not.
    pub(super) const fn is_torn(&self) -> bool {
        self.torn > 0
    }

    /// Whether all of a line is written but its line break.
    pub(super) fn lacks_a_break(&self) -> bool {
        self.marks.get(self.next).is_some_and(|mark| self.torn + 1 == mark.len as usize)
            && self.is_torn()
    }

    /// `bytes` more are written.
    pub(super) fn advance(&mut self, bytes: usize) -> Tally {
        let mut tally = Tally::default();
        let mut written = self.torn + bytes;
        while let Some(mark) = self.marks.get(self.next) {
            let len = mark.len as usize;
            if written < len {
                break;
            }
            written -= len;
            self.start += len;
            self.next += 1;
            match tally.lines.get_mut(usize::from(mark.rank)) {
                Some(count) => {
                    *count += 1;
                    self.lines[usize::from(mark.rank)] -= 1;
                    tally.bytes += len;
                }
                None => tally.notice = true,
            }
        }
        self.torn = written;
        if self.is_empty() {
            self.clear();
        }
        tally
    }

    /// The line that is torn is to be written from its beginning.
    pub(super) fn rewind(&mut self) {
        self.torn = 0;
    }

    /// Takes out the lines of [`chunk`](Self::chunk), or all of them, unwritten.
    pub(super) fn give_up(&mut self, most: usize) -> Tally {
        let bytes = self.chunk(most).len();
        self.advance(bytes)
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.marks.clear();
        self.lines = ByLevel::default();
        (self.next, self.start, self.torn) = (0, 0, 0);
    }

    /// Gives memory back that a burst needed.
    pub(super) fn shrink(&mut self) {
        if self.is_empty() {
            self.bytes.shrink_to(KEPT_BYTES);
            self.marks.shrink_to(KEPT_BYTES / size_of::<Mark>() / 8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        let mut batch = Batch::default();
        batch.push(0, b"aa\n");
        batch.push(2, b"bbbb\n");
        batch.push_notice(b"note\n");
        batch.push(2, b"c");
        batch
    }

    #[test]
    fn a_chunk_is_whole_lines_and_at_least_one() {
        let batch = batch();
        for (most, chunk) in [
            (0, "aa\n"),
            (7, "aa\n"),
            (8, "aa\nbbbb\n"),
            (100, "aa\nbbbb\nnote\nc\n"),
            (usize::MAX, "aa\nbbbb\nnote\nc\n"),
        ] {
            assert_eq!(batch.chunk(most), chunk.as_bytes(), "{most}");
        }
    }

    #[test]
    fn a_line_is_done_with_its_last_byte_and_a_notice_counts_for_nothing() {
        for first in 0..=14 {
            let mut batch = batch();
            let all = batch.chunk(usize::MAX).to_vec();
            let one = batch.advance(first);
            assert_eq!(batch.chunk(usize::MAX), &all[first..], "{first}");
            let two = batch.advance(15 - first);
            assert!(batch.is_empty(), "{first}");
            assert_eq!(batch.len(), 0);
            assert_eq!([0, 2].map(|rank| one.lines[rank] + two.lines[rank]), [1, 2], "{first}");
            assert_eq!(one.bytes + two.bytes, 10, "{first}");
            assert!(one.notice ^ two.notice, "{first}");
        }
    }

    #[test]
    fn memory_is_taken_as_needed_and_up_to_the_bound() {
        const BOUND: usize = 100_000;
        let mut batch = Batch::default();
        batch.bound(BOUND);
        let mut sizes = 1;
        while batch.len() + 380 <= BOUND {
            let before = batch.bytes.capacity();
            batch.push(2, &[b'x'; 379]);
            sizes += usize::from(batch.bytes.capacity() != before);
            assert!(batch.bytes.capacity() <= BOUND, "for {} bytes", batch.len());
        }
        assert!(sizes < 16, "{sizes} sizes");
    }

    #[test]
    fn a_torn_line_can_be_written_again_or_given_up() {
        let mut batch = batch();
        batch.advance(5);
        assert!(batch.is_torn());
        assert_eq!(batch.chunk(1), b"bb\n");
        batch.rewind();
        assert_eq!(batch.chunk(1), b"bbbb\n");
        batch.advance(1);
        let tally = batch.give_up(1);
        assert_eq!((tally.lines, tally.bytes), ([0, 0, 1, 0, 0], 5));
        assert!(!batch.is_torn());
        assert_eq!(batch.lines(), [0, 0, 1, 0, 0]);
        assert_eq!(batch.give_up(usize::MAX).bytes, 2);
        assert!(batch.is_empty());
    }
}
