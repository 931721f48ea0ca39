//! Rules that make the same series.

use super::file::{RuleFile, RuleKind};

/// A name and labels that more than one rule of a file sets: of recording rules the series mix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// The name of the series or of the alert.
    pub name: String,
    /// The labels, those of the group among them, sorted by name.
    pub labels: Vec<(String, String)>,
}

impl RuleFile {
    /// What `promtool check rules` warns of, sorted by name and labels; each once.
    #[must_use]
    pub fn duplicates(&self) -> Vec<Duplicate> {
        let rules =
            self.groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        let mut made: Vec<_> = rules
            .map(|(group, rule)| {
                let (RuleKind::Record { name } | RuleKind::Alert { name, .. }) = &rule.kind;
                Duplicate { name: name.clone(), labels: group.labels_of(rule) }
            })
            .collect();
        made.sort();
        let mut again: Vec<_> =
            made.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        again.dedup();
        again
    }
}
