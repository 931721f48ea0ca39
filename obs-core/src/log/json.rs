//! Structured values.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::{Number, Value};

use super::fields::UNNAMED;
use super::plan::{Place, RESERVED, Slot, sanitized};
use super::redact::HIDDEN;
use super::rules::Rules;
use super::schema::{EXACT, EcsKind};
use super::visit::Visitor;

/// `value` as a field of an event or a span, with its structure.
///
/// A line has no objects in it: an object becomes one field for each of its values, named by the path
/// to them. A list of strings or numbers stays a list; one of anything else becomes its JSON as a
/// string, as does what is nested too deep (8 levels) or has too many values (64). `null` is left out,
/// as it is from an index.
///
/// It is serialised when the event is enabled, and only then. What fails to serialise, or panics at it,
/// is a string that says why.
///
/// With the feature `valuable` of this crate and `RUSTFLAGS="--cfg tracing_unstable"`, without which
/// `tracing` takes none, values of the `valuable` crate (`tracing::field::valuable(&order)`) become the
/// same fields.
///
/// Each key of a map is a part of a field's name. Of a map whose keys clients choose, log
/// `%serde_json::to_string(&map)?` instead: an index of Elasticsearch has room for so many fields.
///
/// ```
/// #[derive(serde::Serialize)]
/// struct Order { id: u64, tags: Vec<&'static str> }
///
/// let order = Order { id: 42, tags: vec!["gift"] };
/// tracing::info!(order = obs_core::log::json(&order), "placed");
/// // "numeric_labels.order_id":42,"labels.order_tags":["gift"]
/// ```
pub fn json<T: Serialize + ?Sized>(value: &T) -> Box<dyn Error + Send + Sync> {
    // An error is the one kind of value that comes to a subscriber as it is.
    Box::new(Json::new(value))
}

/// A structured value on its way through `tracing`.
#[derive(Debug)]
pub(crate) struct Json(Value);

impl Json {
    fn new<T: Serialize + ?Sized>(value: &T) -> Self {
        // This runs within the statement that logs, where nothing but the value can fail.
        Self(match catch_unwind(AssertUnwindSafe(|| serde_json::to_value(value))) {
            Ok(Ok(value)) => value,
            Ok(Err(error)) => Value::String(error.to_string()),
            Err(_) => Value::String("serialising it panicked".to_owned()),
        })
    }

    #[cfg(all(feature = "valuable", any(tracing_unstable, test)))]
    pub(super) fn of_valuable(value: valuable::Value<'_>) -> Self {
        Self::new(&valuable_serde::Serializable::new(value))
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Error for Json {}

const MAX_DEPTH: usize = 8;
const MAX_VALUES: usize = 64;

pub(super) fn write(visitor: &mut Visitor<'_>, slot: &Slot, Json(value): &Json) {
    match value {
        Value::Null => {}
        Value::Bool(value) => visitor.bool(slot, *value),
        Value::Number(value) => number(visitor, slot, value),
        Value::String(value) => visitor.string_value(slot, value),
        Value::Array(items) if slot.takes(items) => {
            let (id, key) = slot.text();
            visitor.field(slot, id, key, |visitor| list(visitor, items));
        }
        _ if matches!(slot.place, Place::Message) => {
            nested(visitor, value, |visitor, text| visitor.display_value(slot, text));
        }
        _ => Flat { visitor, slot, left: MAX_VALUES }.write(&slot.label.name, value, MAX_DEPTH),
    }
}

impl Slot {
    /// Whether the schema's field has a list of strings.
    fn takes(&self, items: &[Value]) -> bool {
        matches!(&self.place, Place::Ecs { kind: EcsKind::Keyword, .. })
            && items.iter().all(Value::is_string)
    }
}

fn number(visitor: &mut Visitor<'_>, slot: &Slot, value: &Number) {
    if let Some(value) = value.as_i64() {
        visitor.integer(slot, itoa::Buffer::new().format(value), value.unsigned_abs().into(), true);
    } else if let Some(value) = value.as_u64() {
        visitor.integer(slot, itoa::Buffer::new().format(value), value.into(), false);
    } else if let Some(value) = value.as_f64() {
        visitor.float(slot, value);
    }
}

/// Writes what a slot's object holds.
struct Flat<'v, 'a, 's> {
    visitor: &'v mut Visitor<'a>,
    slot: &'s Slot,
    /// How many more values may have a field of their own.
    left: usize,
}

impl Flat<'_, '_, '_> {
    fn write(&mut self, path: &str, value: &Value, depth: usize) {
        match value {
            Value::Null => {}
            Value::Object(object)
                if !object.is_empty() && depth > 0 && self.left >= object.len() =>
            {
                self.left -= object.len();
                for (key, value) in object {
                    let path = format!("{path}_{}", self.name(key));
                    if self.visitor.rules.hides(&path, key) {
                        self.visitor.fields.marks.hidden_keys += 1;
                        self.text(&path, HIDDEN);
                    } else {
                        self.write(&path, value, depth - 1);
                    }
                }
            }
            Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => {
                self.label(TEXT, path, |visitor| list(visitor, items));
            }
            Value::Array(items)
                if !items.is_empty() && items.iter().all(|item| self.is_number(item)) =>
            {
                self.label(NUMBER, path, |visitor| list(visitor, items));
            }
            Value::String(text) => self.text(path, text),
            Value::Number(_) if self.is_number(value) => {
                self.label(NUMBER, path, |visitor| visitor.raw(&value.to_string()));
            }
            Value::Number(number) if self.is_card(number) => {
                self.visitor.fields.marks.hidden_values += 1;
                self.text(path, HIDDEN);
            }
            Value::Bool(_) | Value::Number(_) => self.text(path, &value.to_string()),
            Value::Array(_) | Value::Object(_) => {
                self.label(TEXT, path, |visitor| {
                    visitor.raw("\"");
                    nested(visitor, value, |visitor, text| visitor.display(text));
                    visitor.raw("\"");
                });
            }
        }
    }

    fn text(&mut self, path: &str, text: &str) {
        self.label(TEXT, path, |visitor| {
            visitor.raw("\"");
            visitor.text(text);
            visitor.raw("\"");
        });
    }

    /// Writes a field under `path`, or under a name beside it that no other field has.
    fn label(&mut self, namespace: &str, path: &str, write: impl FnOnce(&mut Visitor<'_>)) {
        if path == self.slot.label.name {
            let key = format!(",\"{namespace}.{path}\":");
            return self.visitor.field(self.slot, self.slot.label.id, key.as_bytes(), write);
        }
        let mut name = path.to_owned();
        for number in 2.. {
            let taken = RESERVED.contains(&name.as_str())
                || self.visitor.slots.iter().any(|slot| slot.label.name == name)
                || self.visitor.fields.has_label(name.as_bytes());
            if !taken {
                break;
            }
            name = format!("{path}_{number}");
        }
        let key = format!(",\"{namespace}.{name}\":");
        self.visitor.field(self.slot, UNNAMED, key.as_bytes(), write);
    }

    /// What a key adds to a name. Some keys are secrets: of a map of sessions by their tokens.
    fn name(&mut self, key: &str) -> String {
        let mut scrubbed = Vec::from(key);
        if self.visitor.rules.redactor.scrub(&mut scrubbed, 0) == 0 {
            return sanitized(key);
        }
        self.visitor.fields.marks.hidden_values += 1;
        "redacted".to_owned()
    }

    /// Whether a double holds it exactly, and nobody is to pay with it.
    fn is_number(&self, value: &Value) -> bool {
        let Value::Number(number) = value else { return false };
        let magnitude = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
        let is_exact = match magnitude {
            Some(magnitude) => magnitude <= EXACT,
            // With a feature of `serde_json` that others may turn on, it has any number of digits.
            None => number.as_f64().is_some_and(f64::is_finite),
        };
        is_exact && !self.is_card(number)
    }

    fn is_card(&self, number: &Number) -> bool {
        number.as_u64().is_some_and(|number| self.visitor.rules.redactor.hides_number(number))
    }
}

const TEXT: &str = "labels";
const NUMBER: &str = "numeric_labels";

/// Writes strings or numbers, as many as there is room for.
fn list(visitor: &mut Visitor<'_>, items: &[Value]) {
    let end = visitor.value_end();
    visitor.raw("[");
    for (i, item) in items.iter().enumerate() {
        let before = visitor.fields.text.len();
        visitor.raw(if i > 0 { "," } else { "" });
        match item {
            Value::String(text) => {
                visitor.raw("\"");
                visitor.text_until(end, text);
                visitor.raw("\"");
            }
            number => visitor.raw(&number.to_string()),
        }
        if visitor.fields.text.len() > end {
            visitor.fields.text.truncate(before);
            visitor.fields.marks.truncated = true;
            break;
        }
    }
    visitor.raw("]");
}

/// Hands `value` as JSON to `write`, without what its keys hide.
fn nested(
    visitor: &mut Visitor<'_>,
    value: &Value,
    write: impl FnOnce(&mut Visitor<'_>, &Nested<'_>),
) {
    let hidden = Cell::new(0);
    let rules = visitor.rules;
    write(visitor, &Nested { value, rules, hidden: &hidden });
    visitor.fields.marks.hidden_keys += hidden.get();
}

struct Nested<'a> {
    value: &'a Value,
    rules: &'a Rules,
    hidden: &'a Cell<u32>,
}

impl fmt::Display for Nested<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let comma = |i| if i > 0 { "," } else { "" };
        match self.value {
            Value::Array(items) => {
                f.write_str("[")?;
                for (i, value) in items.iter().enumerate() {
                    write!(f, "{}{}", comma(i), Self { value, ..*self })?;
                }
                f.write_str("]")
            }
            Value::Object(object) => {
                f.write_str("{")?;
                for (i, (key, value)) in object.iter().enumerate() {
                    let name = serde_json::to_string(key).map_err(|_| fmt::Error)?;
                    write!(f, "{}{name}:", comma(i))?;
                    if self.rules.hides(key, key) {
                        self.hidden.set(self.hidden.get() + 1);
                        write!(f, "\"{HIDDEN}\"")?;
                    } else {
                        write!(f, "{}", Self { value, ..*self })?;
                    }
                }
                f.write_str("}")
            }
            leaf => fmt::Display::fmt(leaf, f),
        }
    }
}

#[cfg(all(test, feature = "valuable"))]
mod tests {
    use std::collections::BTreeMap;

    use valuable::Valuable as _;

    use super::*;

    #[test]
    fn a_value_of_the_valuable_crate_is_one_of_json() {
        let order = BTreeMap::from([("tags", vec!["gift", "new"]), ("notes", vec![])]);
        let Json(value) = Json::of_valuable(order.as_value());
        assert_eq!(value, serde_json::json!({ "tags": ["gift", "new"], "notes": [] }));
        assert_eq!(Json::of_valuable(valuable::Value::U64(7)).0, 7);
        assert_eq!(Json::of_valuable(valuable::Value::Unit).0, Value::Null);
    }
}
