//! Card numbers: known issuers, their lengths, and the check digit of ISO/IEC 7812.

use std::ops::{Range, RangeInclusive};

use super::bytes::is_start;

/// How the digits of a card are grouped in print.
const GROUPS: &[&[usize]] = &[&[4, 4, 4, 4, 3], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

/// Whether this is a card number. Asked for every integer.
pub(super) fn is_card(number: u64) -> bool {
    const THIRTEEN_DIGITS: u64 = 1_000_000_000_000;
    number >= THIRTEEN_DIGITS && is_of_issuer(number) && passes_luhn(number)
}

/// The first four digits and the lengths of what an issuer gives out. Times in seconds to
/// nanoseconds and the ids of Discord begin with a 1, which none has.
const ISSUERS: &[(RangeInclusive<u64>, &[u32])] = &[
    // Visa
    (4000..=4999, &[13, 16, 19]),
    // Mastercard
    (2221..=2720, &[16]),
    (5100..=5599, &[16]),
    // American Express
    (3400..=3499, &[15]),
    (3700..=3799, &[15]),
    // Diners Club
    (3000..=3059, &[14]),
    (3095..=3095, &[14]),
    (3600..=3699, &[14]),
    (3800..=3999, &[14]),
    // JCB
    (3528..=3589, &[16]),
    // Discover
    (6011..=6011, &[16, 19]),
    (6440..=6599, &[16, 19]),
    // UnionPay
    (6200..=6299, &[16, 19]),
    // Maestro
    (5018..=5018, &[16]),
    (5020..=5020, &[16]),
    (5038..=5038, &[16]),
    (5893..=5893, &[16]),
    (6304..=6304, &[16]),
    (6759..=6759, &[16]),
    (6761..=6763, &[16]),
];

fn is_of_issuer(number: u64) -> bool {
    let digits = number.ilog10() + 1;
    let first_four = number / 10_u64.pow(digits - 4);
    let issuers = ISSUERS.iter().filter(|(first, _)| first.contains(&first_four));
    issuers.flat_map(|(_, lengths)| *lengths).any(|length| *length == digits)
}

fn passes_luhn(mut number: u64) -> bool {
    let mut sum = 0;
    while number > 0 {
        let (odd, even) = (number % 10, number / 10 % 10);
        sum += odd + even * 2 / 10 + even * 2 % 10;
        number /= 100;
    }
    sum % 10 == 0
}

/// The card numbers in a run of digits and marks.
pub(super) fn find(text: &[u8], run: Range<usize>, mut found: impl FnMut(Range<usize>)) {
    let mut at = run.start;
    while at < run.end {
        if !text[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = digits_end(text, at);
        let card = card_at(text, at, end);
        if let Some(end) = card {
            found(at..end);
        }
        at = card.unwrap_or(end);
    }
}

/// The end of the card number that begins with the digits from `at` to `end`.
fn card_at(text: &[u8], at: usize, end: usize) -> Option<usize> {
    // The last digits of a fraction.
    let fraction = at >= 2 && text[at - 1] == b'.' && text[at - 2].is_ascii_digit();
    if fraction || !is_start(text, at) {
        return None;
    }
    if (13..=19).contains(&(end - at)) {
        return (is_end(text, end) && is_card(number(&text[at..end]))).then_some(end);
    }
    if end - at != 4 {
        return None;
    }
    let separator = *text.get(end).filter(|byte| matches!(byte, b' ' | b'-'))?;
    GROUPS.iter().find_map(|groups| {
        let mut end = end;
        for group in &groups[1..] {
            if text.get(end) != Some(&separator) {
                return None;
            }
            let next = digits_end(text, end + 1);
            if next - end - 1 != *group {
                return None;
            }
            end = next;
        }
        (is_end(text, end) && is_card(number(&text[at..end]))).then_some(end)
    })
}

/// Where the digits end.
fn digits_end(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn is_end(text: &[u8], end: usize) -> bool {
    match text[end..] {
        [] => true,
        [b'.', next, ..] => !next.is_ascii_digit(),
        [byte, ..] => !byte.is_ascii_alphanumeric() && byte != b'_' && byte < 0x80,
    }
}

fn number(text: &[u8]) -> u64 {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit());
    digits
        .fold(0, |number: u64, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_issuers_with_their_check_digit() {
        for (number, card) in [
            (4_111_111_111_111_111, true),
            (4_111_111_111_111_112, false),
            (4_222_222_222_222, true),
            (5_555_555_555_554_444, true),
            (2_223_003_122_003_222, true),
            (378_282_246_310_005, true),
            (30_569_309_025_904, true),
            (38_520_000_023_237, true),
            (6_011_111_111_111_117, true),
            (3_530_111_333_300_000, true),
            (6_200_000_000_000_005, true),
            // They pass Luhn: no issuer, and a length that the issuer has not.
            (1_111_111_111_111_117, false),
            (41_111_111_111_111_113, false),
            (0, false),
            (42, false),
            (u64::MAX, false),
            // Times and ids.
            (1_700_000_000_000, false),
            (1_700_000_000_000_000_000, false),
            (1_159_482_731_847_061_504, false),
        ] {
            assert_eq!(is_card(number), card, "{number}");
        }
    }

    #[test]
    fn cards_in_text() {
        for (text, card) in [
            ("4111111111111111", "4111111111111111"),
            ("4111 1111 1111 1111 123", "4111 1111 1111 1111"),
            ("3782-822463-10005", "3782-822463-10005"),
            ("3782 822463 10005.", "3782 822463 10005"),
            ("n: 7 4111-1111-1111-1111", "4111-1111-1111-1111"),
            ("(4111111111111111)", "4111111111111111"),
            ("4111-1111 1111-1111", ""),
            ("94111111111111111", ""),
            ("41111111111111111", ""),
            ("0.4111111111111111", ""),
            ("4111111111111111.5", ""),
            ("4111111111111111a", ""),
            ("a4111111111111111", ""),
        ] {
            let mut found = Vec::new();
            find(text.as_bytes(), 0..text.len(), |range| found.push(&text[range]));
            assert_eq!(found.join("|"), card, "{text}");
        }
    }
}
