//! Series in memory, uncompressed.

use std::collections::BTreeMap;

use obs_promql::source::{Request, Selected, SourceError};
use obs_promql::{Labels, MatchOp, Sample, Series, Source, matches_all};

use super::{AppendError, Storage};

/// Series in memory, each sample in 16 bytes, kept for good: for tests of rules and for data that is
/// small.
///
/// ```
/// use obs_alerts::store::{Memory, Storage};
/// use obs_promql::{Labels, Value};
///
/// let mut store = Memory::default();
/// let up: Labels = [("__name__", "up"), ("job", "shop")].into_iter().collect();
/// store.append(&up, 15_000, 1.0.into())?;
/// let down = obs_promql::parse("up == 0")?.instant(&store, 15_000, &Default::default())?;
/// assert_eq!(down.value, Value::Vector(Vec::new()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// By the metric's name, which nearly every selector asks for.
    by_name: BTreeMap<String, BTreeMap<Labels, Series>>,
}

impl Memory {
    /// All series, by name and then by labels.
    pub fn iter(&self) -> impl Iterator<Item = &Series> {
        self.by_name.values().flat_map(BTreeMap::values)
    }

    /// The series with these labels.
    #[must_use]
    pub fn get(&self, labels: &Labels) -> Option<&Series> {
        self.by_name.get(labels.metric_name().unwrap_or_default())?.get(labels)
    }
}

impl Source for Memory {
    fn select<'a>(&'a self, request: &Request<'_>) -> Result<Vec<Selected<'a>>, SourceError> {
        let name = request
            .matchers
            .iter()
            .find(|one| one.op() == MatchOp::Equal && one.name() == obs_promql::METRIC_NAME);
        let matches = |series: &&Series| matches_all(request.matchers, series.labels());
        match name {
            Some(matcher) => {
                let named = self.by_name.get(&*matcher.value().to_str_lossy());
                let named = named.into_iter().flat_map(BTreeMap::values);
                Ok(named.filter(matches).map(Series::selected).collect())
            }
            None => {
                let mut selected: Vec<_> =
                    self.iter().filter(matches).map(Series::selected).collect();
                selected.sort_by(|a, b| a.labels.cmp(b.labels));
                Ok(selected)
            }
        }
    }
}

impl Storage for Memory {
    fn append(&mut self, labels: &Labels, time: i64, sample: Sample) -> Result<(), AppendError> {
        let name = labels.metric_name().unwrap_or_default();
        if !self.by_name.contains_key(name) {
            self.by_name.insert(name.to_owned(), BTreeMap::new());
        }
        let Some(named) = self.by_name.get_mut(name) else { return Ok(()) };
        let series =
            named.entry(labels.clone()).or_insert_with_key(|labels| Series::new(labels.clone()));
        let last = series.selected().samples;
        match last.times.last() {
            Some(last) if *last > time => Err(AppendError::OutOfOrder),
            Some(at) if *at == time => {
                let same = match (&sample, last.values.last(), last.histograms.last()) {
                    (Sample::Float(value), Some(last), None | Some(None)) => {
                        value.to_bits() == last.to_bits()
                    }
                    (Sample::Histogram(value), _, Some(Some(last))) => value == last,
                    _ => false,
                };
                if same { Ok(()) } else { Err(AppendError::Duplicate) }
            }
            _ => {
                series.push(time, sample);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use obs_promql::{Options, Value, parse, parse_metric};

    use super::*;

    #[test]
    fn samples_follow_each_other() {
        let mut store = Memory::default();
        let hits = parse_metric("hits").unwrap();
        store.append(&hits, 10, 1.0.into()).unwrap();
        store.append(&hits, 10, 1.0.into()).expect("the same sample again");
        let duplicate = store.append(&hits, 10, 2.0.into()).unwrap_err();
        assert!(matches!(duplicate, AppendError::Duplicate), "{duplicate}");
        let late = store.append(&hits, 9, 1.0.into()).unwrap_err();
        assert!(matches!(late, AppendError::OutOfOrder), "{late}");
        assert_eq!(store.get(&hits).unwrap().len(), 1);
    }

    #[test]
    fn selectors_with_and_without_a_name_find_series_in_order() {
        let mut store = Memory::default();
        for text in [r#"b{x="1"}"#, r#"a{x="2"}"#, r#"a{x="1"}"#, r#"{A="1", x="1"}"#] {
            store.append(&parse_metric(text).unwrap(), 0, 1.0.into()).unwrap();
        }
        let found = |query: &str| {
            let outcome = parse(query).unwrap().instant(&store, 0, &Options::default()).unwrap();
            let Value::Vector(elements) = outcome.value else { panic!("{query} is no vector") };
            elements.iter().map(|element| element.labels.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found("a"), [r#"a{x="1"}"#, r#"a{x="2"}"#]);
        assert_eq!(found(r#"{x="1"}"#), [r#"{A="1", x="1"}"#, r#"a{x="1"}"#, r#"b{x="1"}"#]);
        assert_eq!(found("nothing"), [""; 0]);
    }
}
