//! What names a series: its labels.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

/// The label that holds a metric's name.
pub const METRIC_NAME: &str = "__name__";

/// Whether the label says what the metric is, and has no meaning once it is computed with.
pub(crate) fn is_of_metric(name: &str) -> bool {
    matches!(name, METRIC_NAME | "__type__" | "__unit__")
}

/// The labels of a series: pairs of name and value, sorted by name, each name once, no value empty.
///
/// A label without a value is a label that is not there, as in Prometheus. Cheap to clone.
///
/// Sorted as Prometheus sorts series: by the first pair that differs, name before value.
///
/// ```
/// use obs_promql::Labels;
///
/// let labels: Labels = [("route", "/"), ("__name__", "http_requests_total")].into_iter().collect();
/// assert_eq!(labels.to_string(), r#"http_requests_total{route="/"}"#);
/// assert_eq!(labels.get("route"), Some("/"));
/// ```
#[derive(Clone)]
pub struct Labels(Arc<Inner>);

struct Inner {
    /// All names and values, one after the other.
    text: Box<str>,
    /// Where each ends.
    ends: Box<[u32]>,
}

impl Labels {
    /// No labels.
    #[must_use]
    pub fn empty() -> Self {
        static EMPTY: OnceLock<Labels> = OnceLock::new();
        EMPTY.get_or_init(|| Self::from_sorted(&[])).clone()
    }

    /// `pairs` are sorted by name, with each name once and no value empty.
    fn from_sorted(pairs: &[(&str, &str)]) -> Self {
        let length = pairs.iter().map(|(name, value)| name.len() + value.len()).sum();
        let mut text = String::with_capacity(length);
        let mut ends = Vec::with_capacity(2 * pairs.len());
        for (name, value) in pairs {
            for part in [name, value] {
                text.push_str(part);
                // Labels of four gigabytes are no labels.
                ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            }
        }
        Self(Arc::new(Inner { text: text.into(), ends: ends.into() }))
    }

    /// The pairs, sorted by name.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { text: &self.0.text, ends: self.0.ends.chunks_exact(2), start: 0 }
    }

    /// The value of the label `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    /// The name of the metric, if there is one.
    #[must_use]
    pub fn metric_name(&self) -> Option<&str> {
        self.get(METRIC_NAME)
    }

    /// How many labels there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.ends.len() / 2
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.ends.is_empty()
    }

    /// The same labels but for those that `keep` refuses.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let mut text = String::with_capacity(self.0.text.len());
        let mut ends = Vec::with_capacity(self.0.ends.len());
        for (name, value) in self.iter().filter(|(name, _)| keep(name)) {
            for part in [name, value] {
                text.push_str(part);
                ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            }
        }
        if ends.len() == self.0.ends.len() {
            return self.clone();
        }
        Self(Arc::new(Inner { text: text.into(), ends: ends.into() }))
    }

    /// The same labels but for the metric's name, and what goes with it: its type and unit, which
    /// Prometheus may keep in `__type__` and `__unit__`.
    #[must_use]
    pub fn without_name(&self) -> Self {
        self.filtered(|name| !is_of_metric(name))
    }

    /// The same labels, `name` set to `value`; an empty value takes it away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        self.iter().filter(|(found, _)| *found != name).chain([(name, value)]).collect()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Labels {
    /// Of pairs with the same name the last counts.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by_key(|(name, _)| *name);
        pairs.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 = later.1;
            }
            same
        });
        pairs.retain(|(_, value)| !value.is_empty());
        Self::from_sorted(&pairs)
    }
}

impl<'a> IntoIterator for &'a Labels {
    type Item = (&'a str, &'a str);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The pairs of [`Labels`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    text: &'a str,
    ends: std::slice::ChunksExact<'a, u32>,
    start: usize,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let &[name, value] = self.ends.next()? else { return None };
        let (name, value) = (name as usize, value as usize);
        let pair = (self.text.get(self.start..name)?, self.text.get(name..value)?);
        self.start = value;
        Some(pair)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ends.size_hint()
    }
}

impl ExactSizeIterator for Iter<'_> {}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.ends == other.0.ends && self.0.text == other.0.text)
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.ends.hash(state);
        self.0.text.hash(state);
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::empty()
    }
}

/// As Prometheus writes it: the name, then the others in braces.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::syntax::write_labels(f, self)
    }
}

impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
