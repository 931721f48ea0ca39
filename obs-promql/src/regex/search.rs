//! Expressions that are found anywhere in a text, as Go's package `regexp` finds them.

use super::{Groups, Replacement, compiled, parse};
use crate::matcher::RegexError;
use crate::text::Text;

/// A regular expression of Go's syntax, found anywhere in a text.
///
/// ```
/// use obs_promql::Regex;
///
/// let regex = Regex::new("(a+)b").unwrap();
/// assert!(regex.is_match("xaaby"));
/// assert_eq!(regex.replace_all("aab ab", "${1}-", 100).unwrap(), "aa- a-");
/// assert_eq!(
///     Regex::new("a)").unwrap_err().to_string(),
///     "error parsing regexp: unexpected ): `a)`"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct Regex(Groups);

impl Regex {
    /// Reads the expression.
    ///
    /// # Errors
    ///
    /// Where Go refuses it, in Go's words.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        let parsed = parse::parse(&Text::from(pattern), false)?;
        let regex = compiled(&parsed.translated, &parsed)?;
        Ok(Self(Groups { regex, names: parsed.names }))
    }

    /// Whether it is found in the text.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.regex.is_match(text)
    }

    /// The text with `replacement` for each match, in which `$1` and `${name}` stand for what groups
    /// matched; none where that is longer than `limit` bytes.
    #[must_use]
    pub fn replace_all(&self, text: &str, replacement: &str, limit: usize) -> Option<String> {
        let replacement = Replacement::parse(replacement, &self.0);
        let mut replaced = String::new();
        let mut end = 0;
        for found in self.0.regex.captures_iter(text) {
            let Some(whole) = found.get(0) else { continue };
            replaced.push_str(&text[end..whole.start()]);
            if replacement.length(&found) > limit.saturating_sub(replaced.len()) {
                return None;
            }
            replacement.expand(&found, &mut replaced);
            end = whole.end();
        }
        replaced.push_str(&text[end..]);
        (replaced.len() <= limit).then_some(replaced)
    }
}

#[cfg(test)]
mod tests {
    use super::Regex;

    #[test]
    fn matches_are_replaced_as_go_replaces_them() {
        for (pattern, text, replacement, expected) in [
            ("a*", "baac", "x", "xbxcx"),
            ("(a)(b)?", "ab a", "<$2$1>", "<ba> <a>"),
            ("(a)b", "ab", "x$1y", "x"),
            ("(?P<one>a)b", "ab", "x${one}y$$", "xay$"),
            (".", "a\nb", "x", "x\nx"),
            ("", "é", "-", "-é-"),
        ] {
            let replaced = Regex::new(pattern).unwrap().replace_all(text, replacement, 100);
            assert_eq!(replaced.as_deref(), Some(expected), "{pattern} in {text:?}");
        }
    }

    #[test]
    fn what_grows_too_long_is_nothing() {
        let regex = Regex::new("a").unwrap();
        assert_eq!(regex.replace_all("aaaa", "1234567890", 40).map(|text| text.len()), Some(40));
        assert_eq!(regex.replace_all("aaaa", "1234567890", 39), None);
    }
}
