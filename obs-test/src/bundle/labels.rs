//! The labels that series may have.

use std::collections::BTreeSet;
use std::fmt;

use super::template::ANY;

/// Labels that series may have: these, or, where it is open, any but those that went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Labels {
    known: BTreeSet<String>,
    gone: BTreeSet<String>,
    open: bool,
}

impl Labels {
    /// Nobody knows which.
    pub(super) fn any() -> Self {
        Self { open: true, ..Self::default() }
    }

    pub(super) fn of(labels: impl IntoIterator<Item = String>) -> Self {
        let mut these = Self::default();
        these.extend(labels);
        these
    }

    pub(super) fn has(&self, label: &str) -> bool {
        self.known.contains(label) || self.open && !self.gone.contains(label) || label.contains(ANY)
    }

    pub(super) fn add(&mut self, label: &str) {
        if label.contains(ANY) || label.contains('$') {
            self.open = true;
            return;
        }
        self.gone.remove(label);
        self.known.insert(label.to_owned());
    }

    pub(super) fn extend(&mut self, labels: impl IntoIterator<Item = String>) {
        for label in labels {
            self.add(&label);
        }
    }

    pub(super) fn remove(&mut self, label: &str) {
        self.known.remove(label);
        if self.open {
            self.gone.insert(label.to_owned());
        }
    }

    /// What either has.
    pub(super) fn union(&self, other: &Self) -> Self {
        let gone = |one: &Self, other: &Self| -> BTreeSet<String> {
            one.gone.iter().filter(|label| !other.has(label)).cloned().collect()
        };
        let mut gone_of_both = gone(self, other);
        gone_of_both.extend(gone(other, self));
        Self {
            known: self.known.union(&other.known).cloned().collect(),
            gone: gone_of_both,
            open: self.open || other.open,
        }
    }

    /// Labels that this has and `other` has not; none where it is not known of both.
    pub(super) fn beyond<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a str> {
        let comparable = !self.open && !other.open;
        self.known.difference(&other.known).map(String::as_str).filter(move |_| comparable)
    }
}

/// `job, route`, or `none`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.known.is_empty() {
            return f.write_str("none");
        }
        for (i, label) in self.known.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{label}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_unknown_labels_those_that_went_are_known() {
        let mut open = Labels::any();
        assert!(open.has("le"));
        open.remove("le");
        assert!(!open.has("le") && open.has("job"));
        let closed = Labels::of(["job".to_owned()]);
        assert!(!open.union(&closed).has("le"), "neither has it");
        assert!(open.union(&Labels::of(["le".to_owned()])).has("le"), "one has it");
        assert!(open.union(&closed).has("route"));
        open.add("le");
        assert!(open.has("le"));
    }
}
