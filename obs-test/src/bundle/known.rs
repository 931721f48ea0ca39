//! What queries may read: exposed series, recorded ones, and those that Prometheus makes itself.

use std::collections::{BTreeMap, BTreeSet};

use obs_core::metrics::{Desc, Kind};

use super::labels::Labels;
use super::template::ANY;

/// Series of one name that a service exposes.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) part: Part,
    /// The metric that they are of: without `_bucket`, `_sum` or `_count`.
    pub(super) family: String,
    pub(super) labels: BTreeSet<String>,
    /// Values of `le`, as exposed, with what they stand for.
    pub(super) bounds: Vec<(String, f64)>,
}

/// What kind of number a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It only grows; also the `_sum` and `_count` of a histogram.
    Counter,
    /// A bucket of a histogram: a counter with `le`.
    Bucket,
    Gauge,
    /// Nobody says.
    Unknown,
}

/// What a recording rule leaves.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Record {
    pub(super) labels: Labels,
    /// The histogram that it is a quantile of.
    pub(super) quantile_of: Option<String>,
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(super) enum Meaning<'a> {
    Series(&'a Series),
    Record(&'a Record),
    /// Made by Prometheus itself.
    Own,
    /// It may be anything.
    Any,
    /// Nothing has this name.
    Nothing,
}

/// Everything that may be read.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) series: BTreeMap<String, Series>,
    pub(super) records: BTreeMap<String, Record>,
    /// The labels of `ALERTS`, as far as alerts that are known have them.
    pub(super) alert_labels: Labels,
    /// Whether `series` is all that there is.
    pub(super) complete: bool,
    /// Labels that the scrape adds.
    pub(super) target_labels: BTreeSet<String>,
    /// Counters that may be read as they stand.
    pub(super) raw_counters: BTreeSet<String>,
}

/// Of each target, about its scrape.
const OWN: &[&str] = &[
    "up",
    "scrape_body_size_bytes",
    "scrape_duration_seconds",
    "scrape_sample_limit",
    "scrape_samples_post_metric_relabeling",
    "scrape_samples_scraped",
    "scrape_series_added",
    "scrape_timeout_seconds",
];

const OF_ALERTS: &[&str] = &["ALERTS", "ALERTS_FOR_STATE"];

impl Known {
    /// Adds what `desc` exposes.
    pub(super) fn declare(&mut self, desc: &Desc) {
        let mut add = |suffix: &str, part, buckets: &[f64]| {
            // As both formats of obs-core write bounds, and as Prometheus 3 stores anyone's.
            let bounds = buckets.iter().map(|bound| (format!("{bound:?}"), *bound)).collect();
            let mut labels: BTreeSet<String> = desc.labels.iter().map(|&l| l.to_owned()).collect();
            if part == Part::Bucket {
                labels.insert("le".to_owned());
            }
            let series = Series { part, family: desc.name.to_owned(), labels, bounds };
            self.add(format!("{}{suffix}", desc.name), series);
        };
        match desc.kind {
            Kind::Counter => add("", Part::Counter, &[]),
            Kind::Gauge => add("", Part::Gauge, &[]),
            Kind::Histogram => {
                add("_bucket", Part::Bucket, desc.buckets);
                add("_sum", Part::Counter, &[]);
                add("_count", Part::Counter, &[]);
            }
        }
    }

    /// Adds series, to those of the same name if there are any.
    pub(super) fn add(&mut self, name: String, series: Series) {
        match self.series.get_mut(&name) {
            None => drop(self.series.insert(name, series)),
            Some(there) => {
                there.labels.extend(series.labels);
                if there.part == Part::Unknown {
                    there.part = series.part;
                }
                for bound in series.bounds {
                    if !there.bounds.contains(&bound) {
                        there.bounds.push(bound);
                    }
                }
            }
        }
    }

    /// Adds what a page shows. Its buckets are those of the service, whatever anyone declares.
    pub(super) fn add_page(&mut self, page: Self) {
        for (name, series) in page.series {
            if let Some(there) = self.series.get_mut(&name).filter(|_| !series.bounds.is_empty()) {
                there.bounds.clear();
            }
            self.add(name, series);
        }
    }

    /// What series called `name` are.
    pub(super) fn meaning(&self, name: &str) -> Meaning<'_> {
        if name.contains(ANY) {
            return Meaning::Any;
        }
        if let Some(series) = self.series.get(name) {
            return Meaning::Series(series);
        }
        if let Some(record) = self.records.get(name) {
            return Meaning::Record(record);
        }
        if OWN.contains(&name) || OF_ALERTS.contains(&name) {
            return Meaning::Own;
        }
        // A name with a colon is recorded, whoever exposes what.
        if self.complete || name.contains(':') { Meaning::Nothing } else { Meaning::Any }
    }

    /// The labels that series called `name` may have.
    pub(super) fn labels(&self, name: &str) -> Labels {
        let mut labels = match self.meaning(name) {
            Meaning::Series(series) => Labels::of(series.labels.iter().cloned()),
            Meaning::Record(record) => return record.labels.clone(),
            Meaning::Own if OF_ALERTS.contains(&name) => {
                let mut labels = self.alert_labels.clone();
                labels.extend(["alertname".to_owned(), "alertstate".to_owned()]);
                labels
            }
            Meaning::Own => Labels::default(),
            Meaning::Any | Meaning::Nothing => Labels::any(),
        };
        labels.extend(self.target_labels.iter().cloned());
        labels
    }

    /// What kind of number series called `name` are: as declared, or as the name says.
    pub(super) fn part(&self, name: &str) -> Part {
        match self.meaning(name) {
            Meaning::Series(series) if series.part != Part::Unknown => series.part,
            Meaning::Record(_) | Meaning::Own => Part::Gauge,
            Meaning::Series(_) | Meaning::Any | Meaning::Nothing => {
                if name.contains(ANY) {
                    Part::Unknown
                } else if name.ends_with("_total") {
                    Part::Counter
                } else if name.ends_with("_bucket") {
                    Part::Bucket
                } else {
                    Part::Unknown
                }
            }
        }
    }

    /// What may have been meant by `name`, which nothing has.
    pub(super) fn suggestion(&self, name: &str) -> Option<String> {
        let of_family: Vec<&str> = self
            .series
            .iter()
            .filter(|(series, of)| of.family == name || series.strip_suffix("_total") == Some(name))
            .map(|(series, _)| series.as_str())
            .collect();
        if !of_family.is_empty() {
            return Some(of_family.join(", "));
        }
        let near = self.series.keys().chain(self.records.keys());
        near.map(|other| (distance(name, other), other))
            .filter(|(distance, other)| *distance <= 1 + other.len() / 6)
            .min()
            .map(|(_, other)| other.clone())
    }
}

/// How many letters are to be changed, added or taken away between two names.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        let mut left = i + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(b) {
            let changed = diagonal + usize::from(letter != other);
            diagonal = *cell;
            *cell = changed.min(diagonal + 1).min(left + 1);
            left = *cell;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_few_letters_away() {
        for (a, b, want) in
            [("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), want, "{a} {b}");
            assert_eq!(distance(b, a), want, "{b} {a}");
        }
    }
}
