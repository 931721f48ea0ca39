//! Long words, and long runs of digits and spaces: the only places of a secret that has no name.

use std::ops::Range;

/// A byte of a word: anything from `+` on, which is all but spaces, quotes, brackets and `!#$%&*`.
const fn is_word(byte: u8) -> bool {
    byte >= b'+'
}

/// A byte of a number in groups: anything up to `9`.
const fn is_numeric(byte: u8) -> bool {
    byte <= b'9'
}

/// Words at least this long are all found; shorter ones may be.
pub(super) const LONG: usize = 16;

const ONES: u64 = u64::MAX / 0xff;
const HIGH: u64 = ONES * 0x80;

/// The highest bit of each of the eight bytes that is below `+`.
const fn no_word(bytes: u64) -> u64 {
    !((bytes | HIGH).wrapping_sub(ONES * b'+' as u64) | bytes) & HIGH
}

/// The highest bit of each of the eight bytes that is above `9`.
const fn no_numeric(bytes: u64) -> u64 {
    ((bytes & !HIGH).wrapping_add(ONES * (0x7f - b'9') as u64) | bytes) & HIGH
}

/// Calls `word` with every run of at least [`LONG`] bytes of a word, and `number` with every run
/// of at least fifteen of a number in groups; shorter ones may be found, too.
///
/// Eight bytes at a time: a run of fifteen covers one of the eights whole.
#[inline]
pub(super) fn each(
    text: &[u8],
    mut word: impl FnMut(Range<usize>),
    mut number: impl FnMut(Range<usize>),
) {
    // Behind the run that was found last, so that no byte is in two.
    let (mut words_end, mut numbers_end) = (0, 0);
    let mut look = |at: usize, bytes: [u8; 8]| {
        let bytes = u64::from_le_bytes(bytes);
        if no_word(bytes) == 0 && at >= words_end && may_reach(text, at, LONG, no_word) {
            let range = widen(text, at, is_word);
            words_end = range.end;
            if range.len() >= LONG {
                word(range);
            }
        }
        if no_numeric(bytes) == 0 && at >= numbers_end && may_reach(text, at, 13, no_numeric) {
            let range = widen(text, at, is_numeric);
            numbers_end = range.end;
            number(range);
        }
    };
    for (at, bytes) in text.as_chunks().0.iter().enumerate() {
        if is_in_a_run(*bytes) {
            look(at * 8, *bytes);
        }
    }
    if let Some(bytes) = text.last_chunk()
        && is_in_a_run(*bytes)
    {
        look(text.len() - 8, *bytes);
    }
}

/// Whether all of the eight are of a word, or of a number.
const fn is_in_a_run(bytes: [u8; 8]) -> bool {
    let bytes = u64::from_le_bytes(bytes);
    no_word(bytes) == 0 || no_numeric(bytes) == 0
}

/// Whether the run around the eight at `at` may be so long: what is next to them tells.
fn may_reach(text: &[u8], at: usize, least: usize, not: impl Fn(u64) -> u64) -> bool {
    let before = text[..at]
        .last_chunk()
        .map_or(8, |before| not(u64::from_le_bytes(*before)).leading_zeros() as usize / 8);
    let after = text[at + 8..]
        .first_chunk()
        .map_or(8, |after| not(u64::from_le_bytes(*after)).trailing_zeros() as usize / 8);
    before + 8 + after >= least
}

/// The run of such bytes around the eight at `at`.
fn widen(text: &[u8], at: usize, is_of: impl Fn(u8) -> bool) -> Range<usize> {
    let before = text[..at].iter().rev().take_while(|byte| is_of(**byte)).count();
    let after = text[at + 8..].iter().take_while(|byte| is_of(**byte)).count();
    at - before..at + 8 + after
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`each`] finds, of the lengths that it promises.
    fn found(text: &str) -> (Vec<&str>, Vec<&str>) {
        let (mut words, mut numbers) = (Vec::new(), Vec::new());
        each(text.as_bytes(), |range| words.push(&text[range]), |range| numbers.push(&text[range]));
        numbers.retain(|number| number.len() >= 15);
        (words, numbers)
    }

    #[test]
    fn no_long_run_is_missed_wherever_it_stands() {
        let word = "abcdefgh-ijklmnop";
        let number = "4111 1111 1111 1";
        for before in 0..20 {
            for after in 0..20 {
                let text = format!("{} {word} {}", " a".repeat(before), "b ".repeat(after));
                assert_eq!(found(&text).0, [word], "{text:?}");
                let text = format!("{}x{number}x{}", "a".repeat(before), " b".repeat(after));
                assert_eq!(found(&text).1, [number], "{text:?}");
            }
        }
    }

    #[test]
    fn eight_bytes_are_judged_as_each_of_them() {
        for byte in 0..=u8::MAX {
            for place in 0..8 {
                let mut bytes = [b'5'; 8];
                bytes[place] = byte;
                let eight = u64::from_le_bytes(bytes);
                let bit = 0x80 << (8 * place);
                assert_eq!(no_word(eight), if byte < b'+' { bit } else { 0 }, "{byte} {place}");
                assert_eq!(no_numeric(eight), if byte > b'9' { bit } else { 0 }, "{byte} {place}");
            }
        }
    }
}
