//! One captured line, parsed.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use tracing::Level;

use crate::field::{self, agree, places};

/// A log record, as the line that a service would have written.
///
/// Fields are found under the name in the line (`numeric_labels.order_id`) and under the name in the
/// event (`order.id`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    line: String,
    level: Level,
    fields: Vec<(String, Value)>,
}

impl Record {
    /// # Panics
    ///
    /// If the line is no object with a level: that is a mistake of the layer.
    #[track_caller]
    pub(crate) fn parse(line: String) -> Self {
        let fields = field::parse(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let level = fields.iter().find(|(name, _)| name == "log.level");
        let level = level.and_then(|(_, level)| Level::from_str(level.as_str()?).ok());
        let Some(level) = level else { panic!("a line without level: {line}") };
        Self { level, fields, line }
    }

    /// The message; empty if the event has none.
    #[must_use]
    pub fn message(&self) -> &str {
        self.text("message")
    }

    /// The level.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The target: by default the module that logged it.
    #[must_use]
    pub fn target(&self) -> &str {
        self.text("log.logger")
    }

    /// What messages about the record call it.
    fn title(&self) -> String {
        match self.message() {
            "" => format!("a record of {}", self.target()),
            message => format!("{message:?}"),
        }
    }

    fn text(&self, name: &str) -> &str {
        self.field(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// All fields, `@timestamp` and `message` among them, in the order of the line.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of a field: `order.id` is what stands as `order.id`, `labels.order_id` or
    /// `numeric_labels.order_id`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.find(name).map(|(_, value)| value)
    }

    pub(crate) fn find(&self, name: &str) -> Option<(&str, &Value)> {
        places(name).iter().find_map(|place| self.fields().find(|(name, _)| name == place))
    }

    /// Asserts that a field has a value.
    ///
    /// Numbers are equal by value. Labels hold text: `true`, and a number that is too long for
    /// `numeric_labels`, equal their text there.
    ///
    /// # Panics
    ///
    /// If the field is missing or has another value.
    #[track_caller]
    pub fn assert_field(&self, name: &str, expected: impl Into<Value>) -> &Self {
        let expected = expected.into();
        let record = self.title();
        match self.find(name) {
            Some((_, value)) if agree(value, &expected) => self,
            Some((place, value)) => {
                let place = if place == name { String::new() } else { format!(" (`{place}`)") };
                panic!(
                    "field `{name}`{place} of {record} is {value}, expected {expected}:\n  {self}"
                )
            }
            None => panic!("{record} has no field `{name}`, expected {expected}:\n  {self}"),
        }
    }

    /// Asserts that a field is not there.
    ///
    /// # Panics
    ///
    /// If it is.
    #[track_caller]
    #[expect(clippy::must_use_candidate, reason = "it asserts")]
    pub fn assert_no_field(&self, name: &str) -> &Self {
        if let Some((place, value)) = self.find(name) {
            panic!("{} has field `{place}`, which is {value}:\n  {self}", self.title());
        }
        self
    }

    /// The record as a JSON object, for the methods of [`Value`].
    #[must_use]
    pub fn json(&self) -> Value {
        Value::Object(self.fields.iter().cloned().collect())
    }

    /// The line as a service would have written it, without its line break.
    #[must_use]
    pub fn line(&self) -> &str {
        &self.line
    }
}

/// The line.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}
