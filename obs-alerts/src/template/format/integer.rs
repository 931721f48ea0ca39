//! Whole numbers with the flags of `fmt`.

use super::printer::Flags;

/// The digits of the number, its sign and its prefix, as wide as zeros make it.
pub(super) fn format(value: i128, verb: char, flags: &Flags) -> String {
    let magnitude = value.unsigned_abs();
    if flags.precision == Some(0) && magnitude == 0 {
        return String::new();
    }
    let mut digits = match verb {
        'b' => format!("{magnitude:b}"),
        'o' | 'O' => format!("{magnitude:o}"),
        'x' => format!("{magnitude:x}"),
        'X' => format!("{magnitude:X}"),
        _ => magnitude.to_string(),
    };
    let sign = match value {
        value if value < 0 => "-",
        _ if flags.plus => "+",
        _ if flags.space => " ",
        _ => "",
    };
    let width = match (flags.precision, flags.width) {
        (Some(precision), _) => precision,
        (None, Some(width)) if flags.zero && !flags.minus => width.saturating_sub(sign.len()),
        _ => 0,
    };
    if digits.len() < width {
        digits = format!("{}{digits}", "0".repeat(width - digits.len()));
    }
    let prefix = match verb {
        'b' if flags.sharp => "0b",
        'o' if flags.sharp && !digits.starts_with('0') => "0",
        'O' => "0o",
        'x' if flags.sharp => "0x",
        'X' if flags.sharp => "0X",
        _ => "",
    };
    format!("{sign}{prefix}{digits}")
}
