//! That everyone says the same before anyone is timed.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::{Kept, Logger};

const MESSAGE: &str = "order placed";

/// The values of the event's fields and of its spans'.
const VALUES: [&str; 10] =
    ["c-1234567", "0", "99.95", "true", "GET", "/orders/{id}", "1", "orders", "17", "false"];

/// What is known of a logger's line.
#[derive(Debug)]
pub struct Line {
    pub bytes: usize,
    /// Keys that stand twice in the same object.
    pub doubled: Vec<String>,
}

/// The line of one event. `kept` is what `logger` writes to.
///
/// # Panics
///
/// If it is not one line, not one JSON object (text is let off), or a value is missing.
pub fn line(logger: &Logger, kept: &Kept) -> Line {
    let name = logger.name;
    kept.take();
    logger.events(1);
    let text = kept.take();
    // Of a span's beginning and end there may be lines of their own.
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(MESSAGE)).collect();
    let &[line] = lines.as_slice() else { panic!("{name}: {} lines: {text}", lines.len()) };
    let bytes = line.len() + 1;
    if !logger.is_json() {
        for value in VALUES {
            assert!(line.contains(value), "{name}: {value} is missing: {line}");
        }
        return Line { bytes, doubled: Vec::new() };
    }
    let mut found: Found =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
    assert!(found.is_object, "{name}: no object: {line}");
    // Bunyan puts the span's name in front of it.
    let message = found.values.iter().any(|value| value.ends_with(MESSAGE));
    assert!(message, "{name}: the message is missing: {line}");
    for value in VALUES {
        assert!(found.values.contains(value), "{name}: {value} is missing: {line}");
    }
    found.doubled.sort();
    found.doubled.dedup();
    Line { bytes, doubled: found.doubled }
}

/// The scalars in a JSON value, as text.
#[derive(Default)]
struct Found {
    is_object: bool,
    values: BTreeSet<String>,
    doubled: Vec<String>,
}

impl Found {
    fn of(value: &impl ToString) -> Self {
        Self { values: BTreeSet::from([value.to_string()]), ..Self::default() }
    }

    fn add(&mut self, other: Self) {
        self.values.extend(other.values);
        self.doubled.extend(other.doubled);
    }
}

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Scalars)
    }
}

struct Scalars;

impl<'de> Visitor<'de> for Scalars {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Found, E> {
        Ok(Found::of(&value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Found, E> {
        Ok(Found::of(&value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Found, E> {
        Ok(Found::of(&value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Found, E> {
        Ok(Found::of(&value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Found, E> {
        Ok(Found::of(&value))
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(inner) = seq.next_element::<Found>()? {
            found.add(inner);
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found { is_object: true, ..Found::default() };
        let mut keys = BTreeSet::new();
        while let Some((key, inner)) = map.next_entry::<String, Found>()? {
            found.add(inner);
            if !keys.insert(key.clone()) {
                found.doubled.push(key);
            }
        }
        Ok(found)
    }
}
