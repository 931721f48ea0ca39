//! Go's layouts: `2006-01-02 15:04:05`.

use super::{Civil, MONTHS, WEEKDAYS};

/// What a layout shows of a time, the longest first of those that begin alike.
const PARTS: [&str; 35] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "002",
    "__2",
    "_2",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "PM",
    "pm",
    "-07:00:00",
    "-070000",
    "-07:00",
    "-0700",
    "-07",
    "Z07:00:00",
    "Z070000",
    "Z07:00",
    "Z0700",
    "Z07",
    "1",
    "2",
    "3",
    "4",
    "5",
    "\u{0}",
    "\u{0}",
];

/// The time as the layout `text` shows it.
pub(super) fn format(civil: &Civil, text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match part(rest) {
            Some(part) => {
                shown.push_str(&show(civil, part));
                part.len()
            }
            None => match fraction(rest) {
                Some(length) => {
                    push_fraction(civil, &rest[..length], &mut shown);
                    length
                }
                None => {
                    shown.push(c);
                    c.len_utf8()
                }
            },
        };
        rest = &rest[length..];
    }
    shown
}

fn part(text: &str) -> Option<&'static str> {
    let part = PARTS.into_iter().find(|part| text.starts_with(part))?;
    // A month that goes on is a word: `Jane`. `_2006` is a year after an underscore.
    let after = text[part.len()..].chars().next();
    match part {
        "Jan" | "Mon" if after.is_some_and(|c| c.is_ascii_lowercase()) => None,
        "_2" if text.starts_with("_2006") => None,
        part => Some(part),
    }
}

fn show(civil: &Civil, part: &str) -> String {
    let hour12 = match civil.hour % 12 {
        0 => 12,
        hour => hour,
    };
    let month = MONTHS.get(usize::from(civil.month)).unwrap_or(&"");
    let weekday = WEEKDAYS.get(usize::from(civil.weekday)).unwrap_or(&"");
    match part {
        "January" => (*month).to_owned(),
        "Jan" => month.chars().take(3).collect(),
        "1" => (civil.month + 1).to_string(),
        "01" => format!("{:02}", civil.month + 1),
        "Monday" => (*weekday).to_owned(),
        "Mon" => weekday.chars().take(3).collect(),
        "2" => civil.day.to_string(),
        "_2" => format!("{:>2}", civil.day),
        "02" => format!("{:02}", civil.day),
        "002" => format!("{:03}", civil.year_day + 1),
        "__2" => format!("{:>3}", civil.year_day + 1),
        "15" => format!("{:02}", civil.hour),
        "3" => hour12.to_string(),
        "03" => format!("{hour12:02}"),
        "4" => civil.minute.to_string(),
        "04" => format!("{:02}", civil.minute),
        "5" => civil.second.to_string(),
        "05" => format!("{:02}", civil.second),
        "2006" if civil.year < 0 => format!("-{:04}", -civil.year),
        "2006" => format!("{:04}", civil.year),
        "06" => format!("{:02}", civil.year.rem_euclid(100)),
        "PM" => (if civil.hour >= 12 { "PM" } else { "AM" }).to_owned(),
        "pm" => (if civil.hour >= 12 { "pm" } else { "am" }).to_owned(),
        "MST" => "UTC".to_owned(),
        offset if offset.starts_with('Z') => "Z".to_owned(),
        // All times are in UTC.
        offset => offset.replace('-', "+").replace('7', "0"),
    }
}

/// The length of `.000` or `,999` at the start, if no digit follows.
fn fraction(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['.', ','])?;
    let digit = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let end = digits.find(|c| c != digit).unwrap_or(digits.len());
    let follows = digits[end..].starts_with(|c: char| c.is_ascii_digit());
    (!follows).then_some(1 + end)
}

fn push_fraction(civil: &Civil, part: &str, shown: &mut String) {
    let digits = format!("{:09}", civil.nanosecond);
    let length = part.len() - 1;
    // Beyond nine digits there are zeros.
    let mut fraction: String = digits.chars().chain(std::iter::repeat('0')).take(length).collect();
    if part.ends_with('9') {
        fraction.truncate(fraction.trim_end_matches('0').len());
        if fraction.is_empty() {
            return;
        }
    }
    shown.push_str(&part[..1]);
    shown.push_str(&fraction);
}

#[cfg(test)]
mod tests {
    use crate::template::time::Time;

    #[test]
    fn layouts_show_what_go_shows() {
        let time = Time(1_353_755_652_012_300_000);
        for (layout, text) in [
            ("Mon Jan 2 15:04:05 2006", "Sat Nov 24 11:14:12 2012"),
            ("2006-01-02T15:04:05Z07:00", "2012-11-24T11:14:12Z"),
            ("2006-01-02T15:04:05.000-07:00", "2012-11-24T11:14:12.012+00:00"),
            ("15:04:05.999999 MST", "11:14:12.0123 UTC"),
            ("Monday, 02-Jan-06 3:04PM", "Saturday, 24-Nov-12 11:14AM"),
            ("_2 __2 002", "24 329 329"),
            ("January 1 5 .0001", "November 11 12 .0011"),
            ("_2006 Jane", "_2012 Jane"),
            ("", ""),
        ] {
            assert_eq!(time.format(layout), text, "{layout}");
        }
    }
}
