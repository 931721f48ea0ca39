//! What a rule file says.

use std::fmt;
use std::sync::Arc;

use obs_promql::Query;

use super::read::Problem;

/// The groups of one file, in its order.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    /// The groups; no two have the same name.
    pub groups: Vec<Group>,
    /// What Prometheus warns of, and reads nevertheless.
    pub warnings: Vec<Problem>,
}

/// Rules that are evaluated together, one after the other.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, unique in the file.
    pub name: String,
    /// Milliseconds from one evaluation to the next, more than zero; `None` leaves it to the engine.
    pub interval: Option<i64>,
    /// How many milliseconds before the evaluation its rules look; `None` leaves it to the engine.
    pub query_offset: Option<i64>,
    /// The most series or alerts that one rule may make; 0 is any number.
    pub limit: usize,
    /// Labels of every rule that does not set them itself, sorted by name.
    pub labels: Vec<(String, String)>,
    /// The rules, in the order in which they are evaluated.
    pub rules: Vec<Rule>,
    /// Where the group stands.
    pub place: Place,
}

/// An expression, and what becomes of its value.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What becomes of the value.
    pub kind: RuleKind,
    /// The expression.
    pub expr: Query,
    /// Labels as the rule writes them, sorted by name; see [`Group::labels_of`]. Templates where the
    /// rule makes alerts.
    pub labels: Vec<(String, String)>,
    /// Annotations, sorted by name: templates. A recording rule has none.
    pub annotations: Vec<(String, String)>,
    /// Where the rule stands.
    pub place: Place,
}

/// What becomes of a rule's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// Series of a new name.
    Record {
        /// The name.
        name: String,
    },
    /// Alerts, one for each element.
    Alert {
        /// The name.
        name: String,
        /// `for`: how many milliseconds an alert is pending before it fires.
        hold: i64,
        /// How many milliseconds an alert goes on firing without its element.
        keep_firing_for: i64,
    },
}

/// A place in a file. Shown as `rules.yml:14:5`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name, as the caller gave it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

impl Group {
    /// The labels that `rule`, one of the group's, sets: its own before the group's. Sorted by name.
    #[must_use]
    pub fn labels_of(&self, rule: &Rule) -> Vec<(String, String)> {
        let is_set = |name: &str| rule.labels.iter().any(|(own, _)| own == name);
        let inherited = self.labels.iter().filter(|(name, _)| !is_set(name));
        let mut labels: Vec<_> = inherited.chain(&rule.labels).cloned().collect();
        labels.sort();
        labels
    }
}

impl Rule {
    /// The name of the series or of the alert.
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.kind {
            RuleKind::Record { name } | RuleKind::Alert { name, .. } => name,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
