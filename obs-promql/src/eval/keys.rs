//! Which rows belong together: by the labels that count.

use std::collections::HashMap;

use crate::labels::{Labels, METRIC_NAME};
use crate::syntax::{Grouping, Matching};

/// Which labels count: those of `on` and `by`, or all but those of `ignoring` and `without` and the
/// metric's name.
pub(super) struct Keys<'q> {
    only: bool,
    names: &'q [String],
}

impl<'q> Keys<'q> {
    /// Those by which elements of two vectors find each other.
    pub(super) fn matching(matching: &'q Matching) -> Self {
        Self { only: matching.on, names: &matching.labels }
    }

    /// Those by which elements are grouped.
    pub(super) fn grouping(grouping: &'q Grouping) -> Self {
        Self { only: !grouping.without, names: &grouping.labels }
    }

    /// Whether the label of this name counts.
    pub(super) fn counts(&self, name: &str) -> bool {
        let named = self.names.iter().any(|one| one == name);
        if self.only { named } else { !named && name != METRIC_NAME }
    }

    /// The labels that count.
    pub(super) fn of(&self, labels: &Labels) -> Labels {
        if self.only && self.names.is_empty() {
            return Labels::empty();
        }
        labels.filtered(|name| self.counts(name))
    }

    /// Writes what is equal for labels that belong together.
    fn write(&self, labels: &Labels, to: &mut Vec<u8>) {
        // No UTF-8 text has this byte.
        const END: u8 = 0xff;
        to.clear();
        if self.only && self.names.is_empty() {
            return;
        }
        for (name, value) in labels.iter().filter(|(name, _)| self.counts(name)) {
            to.extend_from_slice(name.as_bytes());
            to.push(END);
            to.extend_from_slice(value.as_bytes());
            to.push(END);
        }
    }
}

/// Numbers for keys, from 0 on, in the order in which they are first seen.
#[derive(Default)]
pub(super) struct Numbers {
    known: HashMap<Box<[u8]>, usize>,
    buffer: Vec<u8>,
}

impl Numbers {
    /// The number of the key of these labels.
    pub(super) fn of(&mut self, keys: &Keys<'_>, labels: &Labels) -> usize {
        keys.write(labels, &mut self.buffer);
        if let Some(number) = self.known.get(self.buffer.as_slice()) {
            return *number;
        }
        let number = self.known.len();
        self.known.insert(self.buffer.as_slice().into(), number);
        number
    }

    /// The number of the key of these labels, if it has one.
    pub(super) fn find(&mut self, keys: &Keys<'_>, labels: &Labels) -> Option<usize> {
        keys.write(labels, &mut self.buffer);
        self.known.get(self.buffer.as_slice()).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Keys, Numbers};
    use crate::Labels;

    fn only(only: bool, names: &[String]) -> Keys<'_> {
        Keys { only, names }
    }

    #[test]
    fn labels_that_do_not_count_make_no_difference() {
        let [a, b, c] =
            [[("j", "1"), ("i", "1")], [("j", "1"), ("i", "2")], [("j", "2"), ("i", "1")]]
                .map(|pairs| pairs.into_iter().chain([("__name__", "x")]).collect::<Labels>());
        let j = ["j".to_owned()];
        for (keys, want) in
            [(only(true, &j), [0, 0, 1]), (only(false, &j), [0, 1, 0]), (only(true, &[]), [0; 3])]
        {
            let mut numbers = Numbers::default();
            assert_eq!([&a, &b, &c].map(|labels| numbers.of(&keys, labels)), want);
        }
        assert_eq!(only(false, &j).of(&a).to_string(), r#"{i="1"}"#);
    }

    #[test]
    fn no_value_can_look_like_two_labels() {
        let one: Labels = [("a", "b\u{ff}c")].into_iter().collect();
        let two: Labels = [("a", "b"), ("c", "")].into_iter().collect();
        let mut numbers = Numbers::default();
        assert_ne!(numbers.of(&only(false, &[]), &one), numbers.of(&only(false, &[]), &two));
    }
}
