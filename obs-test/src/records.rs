//! Captured records, and what tests say of them.

use std::fmt;
use std::ops::Deref;

use serde_json::Value;
use tracing::Level;

use crate::field::agree;
use crate::record::Record;
use crate::snapshot;

/// Records in the order in which they were logged.
///
/// A slice of [`Record`]s with questions of its own; those that narrow it return another.
#[derive(Clone, Debug)]
pub struct Records {
    records: Vec<Record>,
    /// Whether their times are the test's own.
    timed: bool,
}

impl Records {
    pub(crate) const fn new(records: Vec<Record>, timed: bool) -> Self {
        Self { records, timed }
    }

    fn filtered(&self, keep: impl Fn(&Record) -> bool) -> Self {
        let records = self.iter().filter(|record| keep(record)).cloned().collect();
        Self { records, timed: self.timed }
    }

    /// Those of one level.
    #[must_use]
    pub fn with_level(&self, level: Level) -> Self {
        self.filtered(|record| record.level() == level)
    }

    /// Those of a level or a more severe one.
    #[must_use]
    pub fn at_or_above(&self, level: Level) -> Self {
        self.filtered(|record| record.level() <= level)
    }

    /// Those of a target and of the modules in it: `shop` is `shop` and `shop::orders`.
    #[must_use]
    pub fn with_target(&self, target: &str) -> Self {
        self.filtered(|record| {
            let rest = record.target().strip_prefix(target);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        })
    }

    /// Those with this message.
    #[must_use]
    pub fn with_message(&self, message: &str) -> Self {
        self.filtered(|record| record.message() == message)
    }

    /// Those whose message has this text in it.
    #[must_use]
    pub fn containing(&self, text: &str) -> Self {
        self.filtered(|record| record.message().contains(text))
    }

    /// Those with a field of this value; see [`Record::assert_field`].
    #[must_use]
    pub fn with_field(&self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.filtered(|record| record.field(name).is_some_and(|own| agree(own, &value)))
    }

    /// The only record with this message.
    ///
    /// # Panics
    ///
    /// If there is none, or several.
    #[expect(clippy::must_use_candidate, reason = "it asserts, too")]
    #[track_caller]
    pub fn one(&self, message: &str) -> Record {
        match self.with_message(message).records.as_slice() {
            [one] => one.clone(),
            [] => panic!("no record has the message {message:?}{}", Among(self)),
            several => panic!(
                "{} records have the message {message:?}, expected one:{}",
                several.len(),
                List(several)
            ),
        }
    }

    /// The only record.
    ///
    /// # Panics
    ///
    /// If there is none, or several.
    #[expect(clippy::must_use_candidate, reason = "it asserts, too")]
    #[track_caller]
    pub fn only(&self) -> Record {
        match self.records.as_slice() {
            [one] => one.clone(),
            [] => panic!("there is no record, expected one"),
            several => {
                panic!("there are {} records, expected one:{}", several.len(), List(several))
            }
        }
    }

    /// Asserts that no record has this message.
    ///
    /// # Panics
    ///
    /// If one has.
    #[track_caller]
    pub fn none(&self, message: &str) {
        let found = self.with_message(message);
        assert!(
            found.is_empty(),
            "{} with the message {message:?}, expected none:{}",
            count(found.len()),
            List(&found)
        );
    }

    /// Asserts that there is no record.
    ///
    /// # Panics
    ///
    /// If there is one.
    #[track_caller]
    pub fn assert_empty(&self) {
        assert!(self.is_empty(), "{}, expected none:{}", count(self.len()), List(self));
    }

    /// Asserts that no record has this level or a more severe one: `Level::WARN` forbids warnings
    /// and errors.
    ///
    /// # Panics
    ///
    /// If one has.
    #[track_caller]
    pub fn assert_none_at_or_above(&self, level: Level) {
        let found = self.at_or_above(level);
        assert!(
            found.is_empty(),
            "{} at or above {level}, expected none:{}",
            count(found.len()),
            List(&found)
        );
    }

    /// A line a record, the same in each run and on each machine: for snapshot tests and `assert_eq!`.
    ///
    /// * `@timestamp` is `<time>`, unless the capture has a [`clock`](crate::Builder::clock).
    /// * Trace, span, transaction and request ids are `<trace-1>`, `<span-1>` and so on, numbered as
    ///   they appear: what belonged together still does.
    /// * `event.duration` is `<duration>`; the ids of process and thread are `<pid>` and `<tid>`.
    /// * Left out is what says nothing of the event or changes with the source around it: `service.*`,
    ///   `event.dataset`, `ecs.version` and `log.origin.*`.
    /// * Time, level, message and target come first, then the fields by name.
    ///
    /// ```
    /// let logs = obs_test::capture();
    /// tracing::info!(target: "shop", order = 42, "order placed");
    /// assert_eq!(
    ///     logs.snapshot(),
    ///     concat!(
    ///         r#"{"@timestamp":"<time>","log.level":"info","message":"order placed","#,
    ///         r#""log.logger":"shop","numeric_labels.order":42}"#,
    ///         "\n",
    ///     )
    /// );
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> String {
        snapshot::of(self, self.timed)
    }
}

impl Deref for Records {
    type Target = [Record];

    fn deref(&self) -> &[Record] {
        &self.records
    }
}

impl IntoIterator for Records {
    type Item = Record;
    type IntoIter = std::vec::IntoIter<Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

impl<'a> IntoIterator for &'a Records {
    type Item = &'a Record;
    type IntoIter = std::slice::Iter<'a, Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.iter()
    }
}

fn count(records: usize) -> String {
    if records == 1 { "1 record".to_owned() } else { format!("{records} records") }
}

/// The records that there are, after a statement of what is not.
struct Among<'a>(&'a Records);

impl fmt::Display for Among<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            0 => f.write_str(
                "; there is no record at all: a capture sees what its thread, its tokio runtime \
                 and the spans opened there log",
            ),
            1 => write!(f, "; there is:{}", List(self.0)),
            all => write!(f, "; there are {all}:{}", List(self.0)),
        }
    }
}

/// Records for people, each on a line of its own.
struct List<'a>(&'a [Record]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 50;
        for record in self.0.iter().take(SHOWN) {
            write!(f, "\n  {:<5} {}: {}", record.level(), record.target(), record.message())?;
            for (name, value) in record.fields().filter(|(name, _)| snapshot::tells(name)) {
                write!(f, " {name}={value}")?;
            }
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
