//! What names a series: its labels.

use std::cell::Cell;
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
pub struct Labels(
    /// Name, value, name, value: each with its length before it, see [`push_part`]. In one piece, which
    /// is one place in memory to look at and one to allocate.
    Arc<str>,
);

/// Appends a name or value: its length in digits of six bits, the lowest first, all but the last with
/// another bit set, so that all of it is ASCII; and then the text.
fn push_part(text: &mut String, part: &str) {
    let mut length = part.len();
    while length >= 64 {
        text.push(char::from((length % 64) as u8 | 64));
        length /= 64;
    }
    text.push(char::from(length as u8));
    text.push_str(part);
}

/// Takes the first name or value off.
#[inline]
fn next_part<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let (start, length) = match *rest.as_bytes().first()? {
        short @ ..64 => (1, usize::from(short)),
        _ => long_length(rest)?,
    };
    let (part, after) = rest.get(start..)?.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

/// How many digits a length has, and the length.
fn long_length(rest: &str) -> Option<(usize, usize)> {
    let (mut length, mut shift) = (0_usize, 0_u32);
    for (number, byte) in rest.bytes().enumerate() {
        length |= usize::from(byte & 63).checked_shl(shift)?;
        shift += 6;
        if byte < 64 {
            return Some((number + 1, length));
        }
    }
    None
}

thread_local! {
    /// What labels are put together in.
    static SCRATCH: Cell<String> = const { Cell::new(String::new()) };
}

/// Labels of what `write` writes. It may make labels itself.
fn written(write: impl FnOnce(&mut String)) -> Labels {
    let mut text = SCRATCH.take();
    text.clear();
    write(&mut text);
    let labels = Labels(Arc::from(text.as_str()));
    SCRATCH.set(text);
    labels
}

impl Labels {
    /// No labels.
    #[must_use]
    pub fn empty() -> Self {
        static EMPTY: OnceLock<Labels> = OnceLock::new();
        EMPTY.get_or_init(|| Self(Arc::from(""))).clone()
    }

    /// `pairs` are sorted by name, with each name once and no value empty.
    fn from_sorted(pairs: &[(&str, &str)]) -> Self {
        written(|text| {
            for (name, value) in pairs {
                push_part(text, name);
                push_part(text, value);
            }
        })
    }

    /// The pairs, sorted by name.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter { rest: &self.0 }
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
        self.iter().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same labels but for those that `keep` refuses.
    #[must_use]
    pub fn filtered(&self, mut keep: impl FnMut(&str) -> bool) -> Self {
        let mut all = true;
        let labels = written(|text| {
            for (name, value) in self {
                if keep(name) {
                    push_part(text, name);
                    push_part(text, value);
                } else {
                    all = false;
                }
            }
        });
        if all { self.clone() } else { labels }
    }

    /// The same labels but for the metric's name, and what goes with it: its type and unit, which
    /// Prometheus may keep in `__type__` and `__unit__`.
    #[must_use]
    pub fn without_name(&self) -> Self {
        // Names are sorted, and those that go are side by side but for what lies between them.
        let mut rest = self.iter();
        let mut before = self.0.len();
        let mut first = None;
        loop {
            let left = rest.rest.len();
            match rest.next() {
                Some((name, _)) if name < METRIC_NAME => {}
                Some((name, _)) if is_of_metric(name) && first.is_none() => {
                    before = self.0.len() - left;
                    first = Some(rest.rest);
                }
                Some((name, _)) if name <= "__unit__" => {
                    return self.filtered(|name| !is_of_metric(name));
                }
                _ => break,
            }
        }
        match first {
            None => self.clone(),
            Some(after) if before == 0 => Self(Arc::from(after)),
            Some(after) => written(|text| {
                text.push_str(&self.0[..before]);
                text.push_str(after);
            }),
        }
    }

    /// Whether `without` is all of these labels but for the name of this metric.
    pub(crate) fn lacks_name_alone(&self, without: &Self) -> bool {
        self.metric_name().is_some_and(|name| {
            let digits = if name.len() < 64 { 1 } else { return false };
            without.0.len() + 1 + METRIC_NAME.len() + digits + name.len() == self.0.len()
        })
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
    rest: &'a str,
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        Some((next_part(&mut self.rest)?, next_part(&mut self.rest)?))
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
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

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    /// Names and values short and long, on both sides of where a length needs another digit.
    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-c_]{1,3}",
            "\\PC{1,4}",
            (60_usize..70).prop_map(|n| "x".repeat(n)),
            (4_094_usize..4_098).prop_map(|n| "é".repeat(n / 2)),
        ]
    }

    proptest! {
        #[test]
        fn labels_are_the_pairs_that_they_are_made_of(
            a in btree_map(part(), part(), 0..5),
            b in btree_map(part(), part(), 0..5),
        ) {
            let labels = |pairs: &std::collections::BTreeMap<String, String>| {
                pairs.iter().rev().map(|(name, value)| (&**name, &**value)).collect::<Labels>()
            };
            let (one, other) = (labels(&a), labels(&b));
            let pairs: Vec<_> = a.iter().map(|(name, value)| (&**name, &**value)).collect();
            prop_assert_eq!(one.iter().collect::<Vec<_>>(), pairs.clone());
            prop_assert_eq!(one.len(), a.len());
            prop_assert!(pairs.iter().all(|(name, value)| one.get(name) == Some(value)));
            prop_assert_eq!(one.get("not there"), None);
            prop_assert_eq!(one.cmp(&other), a.iter().cmp(b.iter()));
            prop_assert_eq!(one == other, a == b);
            let few = one.filtered(|name| name.len() < 3);
            let expected: Vec<_> = pairs.iter().copied().filter(|(name, _)| name.len() < 3).collect();
            prop_assert_eq!(few.iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn the_name_goes_with_type_and_unit() {
        let all = ["A", "__name__", "__o__", "__type__", "__unit__", "__v__", "a"];
        for mask in 0..1_u32 << all.len() {
            let has = |number: usize| mask >> number & 1 == 1;
            let names = || (0..all.len()).filter(|number| has(*number)).map(|number| all[number]);
            let labels: Labels = names().map(|name| (name, "x")).collect();
            let kept = names().filter(|name| !is_of_metric(name));
            let without = labels.without_name();
            assert_eq!(without, kept.map(|name| (name, "x")).collect(), "{labels}");
            assert_eq!(labels.lacks_name_alone(&without), has(1) && !has(3) && !has(4), "{labels}");
        }
    }

    #[test]
    fn an_empty_value_is_no_label_and_the_last_of_a_name_counts() {
        let labels: Labels = [("b", "1"), ("a", "x"), ("b", "2"), ("c", "")].into_iter().collect();
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "x"), ("b", "2")]);
        assert_eq!(labels.with("a", "").iter().collect::<Vec<_>>(), [("b", "2")]);
        assert!(labels.with("a", "").with("b", "").is_empty());
    }

    #[test]
    fn labels_may_be_made_while_labels_are_filtered() {
        let labels: Labels = [("a", "x"), ("b", "y")].into_iter().collect();
        let kept = labels.filtered(|name| labels.with("c", "z").get(name) == Some("x"));
        assert_eq!(kept.to_string(), r#"{a="x"}"#);
    }
}
