//! Patterns that need no automaton: alternatives of texts with gaps between them.

/// A part of an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// This character.
    Char(char),
    /// At least `min` characters; just as many unless it is `open`.
    Any { min: usize, open: bool },
    /// `^`
    Start,
    /// `$`
    End,
    /// A group.
    Group(Vec<Vec<Self>>),
    /// Something else.
    Other,
}

/// A pattern that is as plain as that.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    /// One of these texts, which are sorted.
    Texts(Vec<Box<str>>),
    /// One of these.
    Globs(Vec<Glob>),
}

/// An alternative.
#[derive(Clone, Debug)]
pub(super) enum Glob {
    /// `5..`: each character, `None` for any.
    Fixed(Vec<Option<char>>),
    /// `foo.*bar`: a text, and texts with at least so many characters before each.
    Open(Box<str>, Vec<(usize, Box<str>)>),
}

/// Items that groups within texts may come to, such as two for each of the texts of `a(b|c)`.
const MAX_ITEMS: usize = 4096;
/// Alternatives to try one by one.
const MAX_GLOBS: usize = 32;

impl Plain {
    pub(super) fn of(alternatives: &[Vec<Item>]) -> Option<Self> {
        let flat = flat(alternatives)?;
        let mut texts = Vec::with_capacity(flat.len());
        for items in &flat {
            let chars = items.iter().map(|item| match item {
                Item::Char(c) => Some(*c),
                _ => None,
            });
            match chars.collect::<Option<String>>() {
                Some(text) => texts.push(text.into_boxed_str()),
                None if flat.len() > MAX_GLOBS => return None,
                None => {
                    return flat
                        .iter()
                        .map(|items| Glob::of(items))
                        .collect::<Option<_>>()
                        .map(Self::Globs);
                }
            }
        }
        texts.sort_unstable();
        Some(Self::Texts(texts))
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Texts(texts) => texts.binary_search_by(|one| (**one).cmp(text)).is_ok(),
            Self::Globs(globs) => globs.iter().any(|glob| glob.is_match(text)),
        }
    }
}

/// The alternatives without groups: one for each way through them.
fn flat(alternatives: &[Vec<Item>]) -> Option<Vec<Vec<Item>>> {
    if let [items] = alternatives
        && let [Item::Group(inner)] = items.as_slice()
    {
        return flat(inner);
    }
    let mut all = Vec::with_capacity(alternatives.len());
    for items in alternatives {
        let mut ways = vec![Vec::with_capacity(items.len())];
        for item in items {
            match item {
                Item::Other => return None,
                Item::Group(inner) => {
                    let inner = flat(inner)?;
                    let longest = inner.iter().map(Vec::len).max().unwrap_or(0) + items.len();
                    if ways.len() * inner.len() * longest > MAX_ITEMS {
                        return None;
                    }
                    let joined = ways.iter().flat_map(|way| {
                        inner.iter().map(|inner| way.iter().chain(inner).cloned().collect())
                    });
                    ways = joined.collect();
                }
                item => ways.iter_mut().for_each(|way| way.push(item.clone())),
            }
        }
        all.append(&mut ways);
    }
    for items in &mut all {
        // Patterns are of whole texts, and say no more by saying so.
        while items.first() == Some(&Item::Start) {
            items.remove(0);
        }
        while items.last() == Some(&Item::End) {
            items.pop();
        }
    }
    Some(all)
}

impl Glob {
    fn of(items: &[Item]) -> Option<Self> {
        let any_open = items.iter().any(|item| matches!(item, Item::Any { open: true, .. }));
        if !any_open {
            let chars = items.iter().map(|item| match item {
                Item::Char(c) => Some(Some(*c)),
                Item::Any { .. } => Some(None),
                _ => None,
            });
            return chars.collect::<Option<_>>().map(Self::Fixed);
        }
        let mut first = String::new();
        let mut rest: Vec<(usize, bool, String)> = Vec::new();
        for item in items {
            match (item, rest.last_mut()) {
                (Item::Char(c), None) => first.push(*c),
                (Item::Char(c), Some((_, _, text))) => text.push(*c),
                (Item::Any { min, open }, Some((gap, gap_open, text))) if text.is_empty() => {
                    *gap += min;
                    *gap_open |= open;
                }
                (Item::Any { min, open }, _) => rest.push((*min, *open, String::new())),
                _ => return None,
            }
        }
        // A gap of a fixed length after an open one is for an automaton.
        rest.iter().all(|(_, open, _)| *open).then(|| {
            let rest = rest.into_iter().map(|(gap, _, text)| (gap, text.into_boxed_str()));
            Self::Open(first.into_boxed_str(), rest.collect())
        })
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::Fixed(chars) => {
                let mut found = text.chars();
                chars.iter().all(|want| {
                    found.next().is_some_and(|found| want.is_none_or(|want| want == found))
                }) && found.next().is_none()
            }
            Self::Open(first, texts) => matches_open(first, texts, text).is_some(),
        }
    }
}

/// Finds each text as early as it can be, and the last at the end.
fn matches_open(first: &str, texts: &[(usize, Box<str>)], text: &str) -> Option<()> {
    let mut rest = text.strip_prefix(first)?;
    let ((gap, last), middle) = texts.split_last()?;
    for (gap, text) in middle {
        let after = skip(rest, *gap)?;
        let at = after.find(&**text)?;
        rest = &after[at + text.len()..];
    }
    skip(rest.strip_suffix(&**last)?, *gap).map(|_| ())
}

/// `text` without its first `count` characters.
fn skip(text: &str, count: usize) -> Option<&str> {
    let mut chars = text.chars();
    if count > 0 {
        chars.nth(count - 1)?;
    }
    Some(chars.as_str())
}
