//! The text of a filter, checked: what `EnvFilter` takes and nobody meant is refused or warned of.

use std::fmt;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

use crate::config::{distance, shorten};

/// Longer than any filter that a person wrote.
const MAX_LEN: usize = 4096;

/// Words for levels that are not `tracing`'s, with the level that was meant.
const WORDS: &[(&str, &str)] = &[
    ("all", "trace"),
    ("critical", "error"),
    ("default", "info"),
    ("disabled", "off"),
    ("err", "error"),
    ("errors", "error"),
    ("everything", "trace"),
    ("false", "off"),
    ("fatal", "error"),
    ("information", "info"),
    ("informational", "info"),
    ("loud", "trace"),
    ("none", "off"),
    ("notice", "info"),
    ("nothing", "off"),
    ("on", "info"),
    ("quiet", "off"),
    ("silent", "off"),
    ("true", "info"),
    ("verbose", "debug"),
    ("warning", "warn"),
    ("warnings", "warn"),
];

/// `EnvFilter` compiles the value of a field as a regular expression, in time and memory that may
/// double with each of these characters: `.*a` and sixteen dots are minutes.
const PATTERN: [char; 9] = ['.', '*', '+', '?', '|', '(', '[', '^', '\\'];
const MAX_PATTERN: usize = 8;

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// Crates whose names look like a misspelt level.
const CRATES: [&str; 1] = ["warp"];

/// A filter that is good.
pub(super) struct Filter {
    /// Without spaces and empty directives.
    pub(super) text: String,
    pub(super) filter: EnvFilter,
    /// Whether it looks at spans and their fields.
    pub(super) spans: bool,
    /// What may not have been meant, a sentence each.
    pub(super) warnings: Vec<String>,
}

impl Filter {
    /// `EnvFilter` takes a space after a comma for a part of the target, so spaces go.
    pub(super) fn parse(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_LEN {
            return Err(FilterError::of(format!("a filter has at most {MAX_LEN} bytes")));
        }
        let parts: Vec<&str> =
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return Err(FilterError::of("the filter is empty; `off` logs nothing".to_owned()));
        }
        let values = parts.iter().filter_map(|part| part.split_once('{')?.1.split_once('='));
        if values.map(|(_, value)| value.matches(PATTERN).count()).sum::<usize>() > MAX_PATTERN {
            return Err(FilterError::of(format!(
                "the values of fields have more than {MAX_PATTERN} characters of regular \
                 expressions (`{}`), which may take for ever to compile",
                String::from_iter(PATTERN)
            )));
        }
        let rest_is_off = !parts.iter().any(|part| part.parse::<LevelFilter>().is_ok());
        let mut warnings = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let at = |problem: &dyn fmt::Display| match parts.len() {
                1 => FilterError::of(format!("`{}`: {problem}", shorten(part))),
                _ => {
                    FilterError::of(format!("`{}`, directive {}: {problem}", shorten(part), i + 1))
                }
            };
            check(part).map_err(|problem| at(&problem))?;
            warnings.extend(lone_target(part, rest_is_off));
        }
        let spans = parts.iter().any(|part| part.contains('['));
        if spans {
            warnings.push(
                "the log filter looks at spans (`[…]`): what it leaves out costs some 20 times as \
                 much as with a filter of targets and levels"
                    .to_owned(),
            );
        }
        let text = parts.join(",");
        let filter = EnvFilter::builder()
            .parse(&text)
            .map_err(|error| FilterError::of(format!("`{}`: {error}", shorten(&text))))?;
        Ok(Self { text, filter, spans, warnings })
    }

    /// Whether not even warnings pass.
    pub(super) fn is_dark(&self) -> bool {
        self.filter.max_level_hint().is_some_and(|level| level < LevelFilter::WARN)
    }

    pub(super) fn off() -> Self {
        let filter = EnvFilter::default().add_directive(LevelFilter::OFF.into());
        Self { text: "off".to_owned(), filter, spans: false, warnings: Vec::new() }
    }
}

/// What is wrong with one directive.
fn check(part: &str) -> Result<(), String> {
    let target = part.split(['[', '=']).next().unwrap_or_default();
    if target.contains(|c: char| c.is_whitespace() || c == ';') {
        return Err("directives are separated by `,`".to_owned());
    }
    if part.parse::<Directive>().is_err() {
        return Err(refusal(part));
    }
    if is_lone(part) { misspelt_level(part) } else { Ok(()) }
}

/// Why `Directive` refuses `part`.
fn refusal(part: &str) -> String {
    let count = |c: char| part.matches(c).count();
    if count('[') != count(']') || count('{') != count('}') {
        return "a bracket is not closed; a span's directive has one field at most, since `,` \
                separates directives"
            .to_owned();
    }
    let after_span = part.rsplit(']').next().unwrap_or(part);
    match after_span.split_once('=') {
        Some((_, level)) if level.parse::<LevelFilter>().is_err() => {
            let hint = match meant_level(level) {
                Some(meant) => format!(", did you mean `{meant}`?"),
                None => "; levels are error, warn, info, debug, trace and off".to_owned(),
            };
            format!("`{}` is no level{hint}", shorten(level))
        }
        _ => "this is no directive: it is `level`, `target=level` or `target[span{field=value}]=level`"
            .to_owned(),
    }
}

/// A word alone that is neither a level nor a path.
fn is_lone(part: &str) -> bool {
    !part.contains(['=', '[']) && !part.contains("::") && part.parse::<LevelFilter>().is_err()
}

/// `EnvFilter` takes a lone word for a target, and switches everything else off.
fn misspelt_level(word: &str) -> Result<(), String> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return Err("as a number, a level is 0 (off) to 5 (trace)".to_owned());
    }
    match meant_level(word) {
        Some(meant) if !CRATES.contains(&word) => Err(format!(
            "this is no level, did you mean `{meant}`? A target is written `{word}=trace`"
        )),
        _ => Ok(()),
    }
}

fn lone_target(part: &str, rest_is_off: bool) -> Option<String> {
    let rest = if rest_is_off { ", and switches everything else off" } else { "" };
    is_lone(part).then(|| {
        format!(
            "`{part}` in the log filter names a target{rest}; did you mean a level? Levels are \
             error, warn, info, debug, trace and off; a target is written `{part}=trace`"
        )
    })
}

/// The level that a typing error or another logger's habit has turned into `word`.
fn meant_level(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    if let Some((_, level)) = WORDS.iter().find(|(known, _)| *known == word) {
        return Some(level);
    }
    LEVELS.into_iter().find(|level| {
        let near = if level.len() > 4 { 2 } else { 1 };
        distance(&word, level) <= near || letters(&word) == letters(level)
    })
}

fn letters(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}

/// A filter, or the time for it, that was refused; the one in force stays.
///
/// The text names the directive and what is wrong with it:
///
/// ```
/// let obs = obs_core::builder("shop").env(&[]).build()?;
/// let level = obs.log_level().expect("no `without_logs`");
/// let error = level.set("info,hyper=loud").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`hyper=loud`, directive 2: `loud` is no level, did you mean `trace`?"
/// );
/// assert_eq!(level.current(), "info");
/// # Ok::<_, obs_core::InitError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FilterError {
    text: String,
}

impl FilterError {
    pub(super) fn of(text: String) -> Self {
        Self { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Filter::parse(text).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn good_filters_come_out_without_what_means_nothing() {
        for (text, want) in [
            ("info", "info"),
            ("INFO", "INFO"),
            ("3", "3"),
            ("off", "off"),
            (" info , hyper=debug,", "info,hyper=debug"),
            ("info,,sqlx::query=warn", "info,sqlx::query=warn"),
            ("info,sqlx::query", "info,sqlx::query"),
            ("hyper=", "hyper="),
            ("shop[request{method=GET}]=debug", "shop[request{method=GET}]=debug"),
            ("[request]", "[request]"),
        ] {
            let filter = Filter::parse(text).map(|filter| (filter.text, filter.warnings.len()));
            let spans = usize::from(text.contains('['));
            assert_eq!(filter, Ok((want.to_owned(), spans)), "{text}");
        }
    }

    #[test]
    fn a_refusal_says_what_and_where() {
        for (text, want) in [
            ("", "the filter is empty; `off` logs nothing"),
            (" , ", "the filter is empty; `off` logs nothing"),
            (
                "lo=ud",
                "`lo=ud`: `ud` is no level; levels are error, warn, info, debug, trace and off",
            ),
            ("a=info,b=inof", "`b=inof`, directive 2: `inof` is no level, did you mean `info`?"),
            ("a[b]=wran", "`a[b]=wran`: `wran` is no level, did you mean `warn`?"),
            ("info;hyper=debug", "`info;hyper=debug`: directives are separated by `,`"),
            ("info debug", "`info debug`: directives are separated by `,`"),
            (
                "a[{b=1,c=2}]=info",
                "`a[{b=1`, directive 1: a bracket is not closed; a span's directive has one field \
                 at most, since `,` separates directives",
            ),
            (
                "=",
                "`=`: this is no directive: it is `level`, `target=level` or \
                 `target[span{field=value}]=level`",
            ),
            ("6", "`6`: as a number, a level is 0 (off) to 5 (trace)"),
        ] {
            assert_eq!(error(text), want, "{text}");
        }
        let bomb = format!("[{{field=.*a{}}}]=info", ".".repeat(30));
        for bomb in [bomb.as_str(), "[{a=.....}]=info,x[y{b=.....}]=info"] {
            assert!(error(bomb).contains("more than 8 characters of regular"), "{bomb}");
        }
        assert_eq!(error("[{http.request.header.x.y.z.a.b.c=10.0.0.1}]=info"), "");
        assert!(error(&"a=info,".repeat(1000)).contains("at most 4096 bytes"));
        assert!(error(&"x=".repeat(1000)).len() < 300);
    }

    #[test]
    fn a_lone_word_that_looks_like_a_level_is_refused() {
        for (word, meant) in [
            ("loud", "trace"),
            ("verbose", "debug"),
            ("Warning", "warn"),
            ("err", "error"),
            ("fatal", "error"),
            ("information", "info"),
            ("inof", "info"),
            ("infos", "info"),
            ("wran", "warn"),
            ("erorr", "error"),
            ("debg", "debug"),
            ("trce", "trace"),
            ("of", "off"),
        ] {
            let want = format!(
                "`{word}`: this is no level, did you mean `{meant}`? A target is written `{word}=trace`"
            );
            assert_eq!(error(word), want);
            assert_eq!(error(&format!("{word}=trace")), "", "the way out is open");
        }
    }

    #[test]
    fn a_lone_target_is_warned_of() {
        for (text, rest_is_off) in [
            ("sqlx", true),
            ("shop_orders", true),
            ("warp", true),
            ("hyper=info,sqlx", true),
            ("info,sqlx", false),
        ] {
            let warnings = Filter::parse(text).map(|filter| filter.warnings).unwrap_or_default();
            assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
            assert!(warnings[0].contains("names a target"), "{}", warnings[0]);
            assert_eq!(warnings[0].contains("everything else off"), rest_is_off, "{text}");
        }
    }
}
