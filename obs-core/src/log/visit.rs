//! The values of an event or a span, one after another into [`Fields`].

use std::error::Error;
use std::fmt::{self, Debug, Display, Write as _};
use std::net::IpAddr;

use tracing::field::{Field, Visit};

use super::chain::Chain;
use super::fields::Fields;
use super::json::{self, Json};
use super::plan::{Place, STACK_TRACE, Slot};
use super::redact::HIDDEN;
use super::rules::Rules;
use super::schema::{EXACT, EcsKind};

pub(crate) struct Visitor<'a> {
    /// By the index of the field.
    pub(crate) slots: &'a [Slot],
    pub(crate) rules: &'a Rules,
    pub(crate) fields: &'a mut Fields,
    /// Where the message goes.
    pub(crate) message: &'a mut Vec<u8>,
    /// Bytes that the line has besides the message, or what comes before it, and the fields.
    pub(crate) reserved: usize,
    /// Whether this is an event of level `ERROR`.
    pub(crate) is_error: bool,
}

impl<'a> Visitor<'a> {
    /// Bytes that the fields may have together.
    fn room(&self) -> usize {
        self.rules.max_line.saturating_sub(self.message.len() + self.reserved)
    }

    /// Writes in place of all values that they are not there.
    #[cold]
    pub(crate) fn leave_out(&mut self) {
        self.fields.marks.truncated = true;
        if self.slots.iter().any(|slot| matches!(slot.place, Place::Message)) {
            self.message.extend_from_slice(b"left out: logged by a value, too deep within others");
        }
    }

    /// Hides and cuts what there is of the message, which begins at `start`.
    pub(crate) fn finish_message(&mut self, start: usize) {
        let room = self.rules.max_line.saturating_sub(self.reserved);
        self.rules.finish(self.message, start, room, &mut self.fields.marks, false);
    }

    /// Writes `key`, and then what `write` does, as a field of a value of `slot`.
    pub(super) fn field(
        &mut self,
        slot: &Slot,
        id: u32,
        key: &[u8],
        write: impl FnOnce(&mut Self),
    ) {
        let start = self.fields.text.len();
        if start + key.len() > self.room() {
            self.fields.marks.truncated = true;
            return;
        }
        self.fields.text.extend_from_slice(key);
        let value = self.fields.text.len();
        write(self);
        self.fields.push(id, slot.label.id, start, value);
    }

    /// Writes the text of `slot`, as what `write` writes between two quotes.
    fn quoted(&mut self, slot: &Slot, write: impl FnOnce(&mut Self)) {
        let (id, key) = slot.text();
        self.field(slot, id, key, |this| {
            this.fields.text.push(b'"');
            write(this);
            this.fields.text.push(b'"');
        });
    }

    /// Appends JSON.
    pub(super) fn raw(&mut self, text: &str) {
        self.fields.text.extend_from_slice(text.as_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        let room = self.room();
        self.rules.str(&mut self.fields.text, room, &mut self.fields.marks, text);
    }

    /// Where the value that begins here has to end.
    pub(super) fn value_end(&self) -> usize {
        let start = self.fields.text.len();
        start + self.rules.max(start, self.room())
    }

    /// As [`text`](Self::text), of a part of a value that ends at `end`.
    pub(super) fn text_until(&mut self, end: usize, text: &str) {
        let room = self.room().min(end);
        self.rules.str(&mut self.fields.text, room, &mut self.fields.marks, text);
    }

    pub(super) fn display(&mut self, value: &dyn Display) {
        let room = self.room();
        let Fields { text, marks, .. } = &mut *self.fields;
        self.rules.text(text, room, marks, |out| write!(out, "{value}"));
    }

    pub(super) fn string_value(&mut self, slot: &Slot, text: &str) {
        match &slot.place {
            Place::Message => {
                let room = self.rules.max_line.saturating_sub(self.reserved);
                self.rules.str(self.message, room, &mut self.fields.marks, text);
            }
            Place::Ecs { id, kind: EcsKind::Long, key } if is_long(text) => {
                self.field(slot, *id, key, |this| this.raw(text));
            }
            Place::Ecs { id, kind: EcsKind::Ip, key } if text.parse::<IpAddr>().is_ok() => {
                self.field(slot, *id, key, |this| {
                    this.raw("\"");
                    this.raw(text);
                    this.raw("\"");
                });
            }
            _ => self.quoted(slot, |this| this.text(text)),
        }
    }

    pub(super) fn display_value(&mut self, slot: &Slot, value: &dyn Display) {
        match &slot.place {
            Place::Message => {
                let room = self.rules.max_line.saturating_sub(self.reserved);
                let marks = &mut self.fields.marks;
                self.rules.text(self.message, room, marks, |out| write!(out, "{value}"));
            }
            Place::Ecs { kind: EcsKind::Long | EcsKind::Ip, .. } => {
                let mut short = Short::new();
                match write!(short, "{value}") {
                    Ok(()) => self.string_value(slot, short.as_str()),
                    Err(_) => self.quoted(slot, |this| this.display(value)),
                }
            }
            _ => self.quoted(slot, |this| this.display(value)),
        }
    }

    /// An integer by its digits; `is_long` if 64 bits with a sign hold it.
    pub(super) fn integer(&mut self, slot: &Slot, digits: &str, magnitude: u128, is_long: bool) {
        let is_card = |value| self.rules.redactor.hides_number(value);
        if u64::try_from(magnitude).is_ok_and(is_card) {
            self.fields.marks.hidden_values += 1;
            return match &slot.place {
                Place::Message => self.message.extend_from_slice(HIDDEN.as_bytes()),
                _ => self.quoted(slot, |this| this.raw(HIDDEN)),
            };
        }
        match &slot.place {
            Place::Message => self.message.extend_from_slice(digits.as_bytes()),
            Place::Ecs { id, kind: EcsKind::Long, key } if is_long => {
                self.field(slot, *id, key, |this| this.raw(digits));
            }
            Place::Ecs { kind: EcsKind::Keyword | EcsKind::Text, .. } => {
                self.quoted(slot, |this| this.raw(digits));
            }
            // As a number it would be another one to whoever reads it into a double.
            _ if magnitude > u128::from(EXACT) => self.quoted(slot, |this| this.raw(digits)),
            _ => self.field(slot, slot.label.id, &slot.label.number, |this| this.raw(digits)),
        }
    }

    pub(super) fn float(&mut self, slot: &Slot, value: f64) {
        if !slot.place.is_number() {
            self.display_value(slot, &value);
        } else if value.is_finite() {
            self.field(slot, slot.label.id, &slot.label.number, |this| {
                this.raw(zmij::Buffer::new().format_finite(value));
            });
        } else {
            // The names that JavaScript and Java have for them; JSON has none.
            let name = match value {
                f64::INFINITY => "Infinity",
                f64::NEG_INFINITY => "-Infinity",
                _ => "NaN",
            };
            self.quoted(slot, |this| this.raw(name));
        }
    }

    pub(super) fn bool(&mut self, slot: &Slot, value: bool) {
        let text = if value { "true" } else { "false" };
        match &slot.place {
            Place::Message => self.message.extend_from_slice(text.as_bytes()),
            _ => self.quoted(slot, |this| this.raw(text)),
        }
    }

    fn error(&mut self, slot: &Slot, error: &(dyn Error + 'static)) {
        if !matches!(slot.place, Place::Error) {
            return self.display_value(slot, &Chain { error, separator: ": " });
        }
        self.quoted(slot, |this| this.display(&error));
        let backtrace =
            (self.is_error && self.rules.backtrace).then(std::backtrace::Backtrace::force_capture);
        if error.source().is_none() && backtrace.is_none() {
            return;
        }
        let chain = Chain { error, separator: "\ncaused by: " };
        self.field(slot, STACK_TRACE, b",\"error.stack_trace\":", |this| {
            this.raw("\"");
            match backtrace {
                Some(backtrace) => this.display(&format_args!("{chain}\n{backtrace}")),
                None => this.display(&chain),
            }
            this.raw("\"");
        });
    }

    /// The slot of a field whose value is to be written. A hidden one is written here.
    fn slot(&mut self, field: &Field) -> Option<&'a Slot> {
        let slot = self.slots.get(field.index())?;
        if slot.hidden {
            self.hidden(slot);
            return None;
        }
        (!matches!(slot.place, Place::Nowhere)).then_some(slot)
    }

    #[cold]
    fn hidden(&mut self, slot: &Slot) {
        self.fields.marks.hidden_keys += 1;
        self.quoted(slot, |this| this.raw(HIDDEN));
    }
}

impl Visit for Visitor<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        let Some(slot) = self.slot(field) else { return };
        self.float(slot, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        let Some(slot) = self.slot(field) else { return };
        let mut digits = itoa::Buffer::new();
        self.integer(slot, digits.format(value), value.unsigned_abs().into(), true);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        let Some(slot) = self.slot(field) else { return };
        let mut digits = itoa::Buffer::new();
        self.integer(slot, digits.format(value), value.into(), i64::try_from(value).is_ok());
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        let Some(slot) = self.slot(field) else { return };
        let is_long = i64::try_from(value).is_ok();
        self.integer(slot, itoa::Buffer::new().format(value), value.unsigned_abs(), is_long);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        let Some(slot) = self.slot(field) else { return };
        let is_long = i64::try_from(value).is_ok();
        self.integer(slot, itoa::Buffer::new().format(value), value, is_long);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        let Some(slot) = self.slot(field) else { return };
        self.bool(slot, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let Some(slot) = self.slot(field) else { return };
        self.string_value(slot, value);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        let Some(slot) = self.slot(field) else { return };
        self.display_value(slot, &Hex(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let Some(slot) = self.slot(field) else { return };
        match value.downcast_ref::<Json>() {
            Some(json) => json::write(self, slot, json),
            None => self.error(slot, value),
        }
    }

    #[cfg(all(tracing_unstable, feature = "valuable"))]
    fn record_value(&mut self, field: &Field, value: valuable::Value<'_>) {
        let Some(slot) = self.slot(field) else { return };
        json::write(self, slot, &Json::of_valuable(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let Some(slot) = self.slot(field) else { return };
        self.display_value(slot, &format_args!("{value:?}"));
    }
}

/// Bytes as hexadecimal digits: they may be anything, and a text of them must not be.
struct Hex<'a>(&'a [u8]);

impl Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A text that may be a number or an address: those are not longer.
struct Short {
    bytes: [u8; 48],
    len: usize,
}

impl Short {
    const fn new() -> Self {
        Self { bytes: [0; 48], len: 0 }
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

/// Whether `text` is an integer of 64 bits as JSON writes it.
fn is_long(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = text == "0" || !digits.starts_with(['0', '+']);
    plain && text.parse::<i64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_long;

    #[test]
    fn longs() {
        for (text, want) in [
            ("0", true),
            ("-1", true),
            ("200", true),
            ("9223372036854775807", true),
            ("9223372036854775808", false),
            ("-0", false),
            ("007", false),
            ("+1", false),
            ("--1", false),
            ("-", false),
            ("", false),
            ("1e3", false),
            (" 1", false),
        ] {
            assert_eq!(is_long(text), want, "{text:?}");
        }
    }
}
