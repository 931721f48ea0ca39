//! What becomes of the labels of two elements that an operator makes one.

use std::fmt;

use super::super::keys::Keys;
use super::{Operator, number};
use crate::eval::Row;
use crate::labels::{Labels, is_of_metric};
use crate::syntax::{Cardinality, Matching, Name};
use crate::text::Text;

/// An operator between elements of two vectors.
///
/// One side is the *many*, of which each element meets at most one element of the *one* side: the left
/// is, but with `group_right`. Of one and one either could be.
#[derive(Clone, Copy)]
pub(super) struct Pairing<'q> {
    pub(super) operator: Operator,
    pub(super) matching: &'q Matching,
    /// Whether names go at the end of the query.
    pub(super) delayed: bool,
}

impl<'q> Pairing<'q> {
    pub(super) fn keys(&self) -> Keys<'q> {
        Keys::matching(self.matching)
    }

    /// Whether the many stand on the right.
    pub(super) fn swapped(&self) -> bool {
        self.matching.cardinality == Cardinality::OneToMany
    }

    pub(super) fn one_to_one(&self) -> bool {
        self.matching.cardinality == Cardinality::OneToOne
    }

    /// What stands in for an element of the many side, and of the one side.
    ///
    /// Prometheus reads `fill_left` as the fill of the many side with `group_right` too.
    pub(super) fn fills(&self) -> (Option<f64>, Option<f64>) {
        (self.matching.fill_left, self.matching.fill_right)
    }

    /// Whether the result is no sample of the metric whose name it has.
    fn loses_name(&self) -> bool {
        number::is_arithmetic(self.operator.op) || (self.operator.returns_bool && !self.delayed)
    }

    /// The row of what the operator makes of two elements with these labels.
    pub(super) fn row(&self, many: &Labels, one: &Labels) -> Row {
        let named = |name: &str| self.matching.labels.iter().any(|one| one == name);
        let keep = |name: &str| {
            !(self.loses_name() && is_of_metric(name))
                && (!self.one_to_one() || named(name) == self.matching.on)
        };
        let include = &self.matching.include;
        let labels = if include.is_empty() {
            many.filtered(keep)
        } else {
            let own =
                many.iter().filter(|(name, _)| keep(name) && !include.iter().any(|i| i == name));
            let copied = include.iter().map(|name| (&**name, one.get(name).unwrap_or_default()));
            own.chain(copied).collect()
        };
        Row { labels, drop_name: self.operator.returns_bool }
    }

    /// Whether rows of pairs with keys of their own can be the same.
    ///
    /// The labels that count differ and stay, but for a metric's type and unit.
    pub(super) fn keeps_keys(&self, many: &Labels) -> bool {
        self.one_to_one()
            && self.matching.include.is_empty()
            && !(self.loses_name() && many.iter().any(|(name, _)| is_of_metric_only(name)))
    }

    /// Two elements of the one side have the same key at one step.
    pub(super) fn duplicate(&self, new: &Labels, known: &Labels) -> String {
        let side = if self.swapped() { "left" } else { "right" };
        let mut both = [Braced(new).to_string(), Braced(known).to_string()];
        both.sort();
        let [first, second] = both;
        format!(
            "found duplicate series for the match group {} on the {side} hand-side of the operation: \
             [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on \
             one side",
            Braced(&self.keys().of(new))
        )
    }
}

/// What goes with the name and is no name.
fn is_of_metric_only(name: &str) -> bool {
    name != crate::METRIC_NAME && is_of_metric(name)
}

/// Labels with the metric's name among the others.
struct Braced<'a>(&'a Labels);

impl fmt::Display for Braced<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (number, (name, value)) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}={}", Name(name), Text::from(value))?;
        }
        f.write_str("}")
    }
}
