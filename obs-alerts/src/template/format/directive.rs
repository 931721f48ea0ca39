//! `printf`.

use super::printer::{Flags, Printer};
use crate::template::budget::Budget;
use crate::template::value::Value;

/// What Go takes for a width or a precision.
const MAX_WIDTH: usize = 1_000_000;

/// The text with values for its directives.
pub(in crate::template) fn sprintf(
    text: &str,
    values: &[Value],
    budget: &Budget,
) -> Result<String, String> {
    let mut formatter = Formatter {
        rest: text,
        values,
        next: 0,
        after_index: false,
        good_index: true,
        reordered: false,
        printer: Printer::new(budget),
    };
    while let Some(percent) = formatter.rest.find('%') {
        let (before, directive) = formatter.rest.split_at(percent);
        formatter.printer.write(before)?;
        formatter.rest = &directive[1..];
        formatter.directive()?;
    }
    let rest = formatter.rest;
    formatter.printer.write(rest)?;
    formatter.extra()?;
    Ok(formatter.printer.out)
}

struct Formatter<'t> {
    rest: &'t str,
    values: &'t [Value],
    /// The value that the next directive writes.
    next: usize,
    /// Whether `[n]` stands directly before.
    after_index: bool,
    /// Whether each `[n]` of this directive is the number of a value.
    good_index: bool,
    /// Whether there was an `[n]` at all.
    reordered: bool,
    printer: Printer<'t>,
}

impl Formatter<'_> {
    fn directive(&mut self) -> Result<(), String> {
        self.printer.flags = self.flags();
        self.good_index = true;
        self.index();
        self.width()?;
        self.precision()?;
        if !self.after_index {
            self.index();
        }
        self.after_index = false;
        let mut chars = self.rest.chars();
        let Some(verb) = chars.next() else { return self.printer.write("%!(NOVERB)") };
        self.rest = chars.as_str();
        if verb == '%' {
            return self.printer.write("%");
        }
        if !self.good_index {
            return self.printer.write(&format!("%!{verb}(BADINDEX)"));
        }
        let Some(value) = self.values.get(self.next) else {
            return self.printer.write(&format!("%!{verb}(MISSING)"));
        };
        if verb == 'v' {
            let flags = &mut self.printer.flags;
            flags.source = std::mem::take(&mut flags.sharp);
            flags.named = std::mem::take(&mut flags.plus);
        }
        self.next += 1;
        self.printer.arg(value, verb)
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        loop {
            match self.rest.as_bytes().first() {
                Some(b'#') => flags.sharp = true,
                Some(b'0') => flags.zero = true,
                Some(b'+') => flags.plus = true,
                Some(b'-') => flags.minus = true,
                Some(b' ') => flags.space = true,
                _ => return flags,
            }
            self.rest = &self.rest[1..];
        }
    }

    /// `[n]`, if it stands here.
    fn index(&mut self) {
        let Some(inside) = self.rest.strip_prefix('[') else {
            self.after_index = false;
            return;
        };
        self.reordered = true;
        let Some((number, rest)) = inside.split_once(']') else {
            self.good_index = false;
            self.after_index = false;
            self.rest = inside;
            return;
        };
        self.rest = rest;
        let index = number.parse::<usize>().ok().filter(|index| *index <= MAX_WIDTH);
        let is_number = index.is_some() && !number.starts_with('+');
        match index.and_then(|index| index.checked_sub(1)) {
            Some(index) if is_number && index < self.values.len() => {
                self.next = index;
                self.after_index = true;
            }
            _ => {
                self.good_index = false;
                self.after_index = is_number;
            }
        }
    }

    fn width(&mut self) -> Result<(), String> {
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            self.after_index = false;
            let Some(width) = self.int() else { return self.printer.write("%!(BADWIDTH)") };
            self.printer.flags.width = Some(width.unsigned_abs());
            if width < 0 {
                self.printer.flags.minus = true;
                self.printer.flags.zero = false;
            }
            return Ok(());
        }
        let width = self.number();
        self.printer.flags.width = width;
        if self.after_index && width.is_some() {
            self.good_index = false;
        }
        Ok(())
    }

    fn precision(&mut self) -> Result<(), String> {
        // A point that nothing follows is no precision but a missing verb.
        let Some(rest) = self.rest.strip_prefix('.').filter(|rest| !rest.is_empty()) else {
            return Ok(());
        };
        self.rest = rest;
        if self.after_index {
            self.good_index = false;
        }
        self.index();
        if let Some(rest) = self.rest.strip_prefix('*') {
            self.rest = rest;
            self.after_index = false;
            let precision = self.int().and_then(|precision| usize::try_from(precision).ok());
            self.printer.flags.precision = precision;
            if precision.is_none() {
                return self.printer.write("%!(BADPREC)");
            }
            return Ok(());
        }
        self.printer.flags.precision = Some(self.number().unwrap_or(0));
        Ok(())
    }

    /// The value that stands for `*`.
    fn int(&mut self) -> Option<isize> {
        let value = self.values.get(self.next)?;
        self.next += 1;
        let int = match value {
            Value::Int(int) | Value::Int64(int) => isize::try_from(*int).ok()?,
            Value::Byte(byte) => isize::from(*byte),
            _ => return None,
        };
        (int.unsigned_abs() <= MAX_WIDTH).then_some(int)
    }

    /// The digits that stand here. Too many of them are the end of everything, as in Go.
    fn number(&mut self) -> Option<usize> {
        let end = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        if digits.is_empty() {
            return None;
        }
        let number = digits.parse::<usize>().ok().filter(|number| *number / 10 <= MAX_WIDTH);
        self.rest = if number.is_some() { rest } else { "" };
        number.map(|number| number.min(10 * MAX_WIDTH))
    }

    /// Complains about values that no directive has written.
    fn extra(&mut self) -> Result<(), String> {
        let left = self.values.get(self.next..).unwrap_or_default();
        if self.reordered || left.is_empty() {
            return Ok(());
        }
        self.printer.flags = Flags::default();
        self.printer.write("%!(EXTRA ")?;
        for (number, value) in left.iter().enumerate() {
            if number > 0 {
                self.printer.write(", ")?;
            }
            if matches!(value, Value::Nil) {
                self.printer.write("<nil>")?;
            } else {
                self.printer.write(&format!("{}=", value.type_name()))?;
                self.printer.arg(value, 'v')?;
            }
        }
        self.printer.write(")")
    }
}
