//! The environment as a value, so that no test has to change the process's own.

use std::collections::BTreeMap;

use super::setting::{self, Setting};

/// The variables that matter here: `OBS_*`, `OTEL_*`, `RUST_LOG` and those about colours.
#[derive(Clone, Default)]
pub(crate) struct Env {
    variables: BTreeMap<String, String>,
}

impl Env {
    /// The environment of the process. A value that is not UTF-8 is kept with replacement
    /// characters, which no setting accepts.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads it")]
    pub(crate) fn process() -> Self {
        Self::new(std::env::vars_os().map(|(name, value)| {
            (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
        }))
    }

    pub(crate) fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |name: &str| {
            name.starts_with("OBS_")
                || name.starts_with("OTEL_")
                || matches!(name, "RUST_LOG" | "NO_COLOR" | "CLICOLOR_FORCE" | "TERM")
        };
        Self { variables: variables.into_iter().filter(|(name, _)| ours(name)).collect() }
    }

    /// The value of `setting`. OpenTelemetry has an empty variable mean the same as none.
    pub(crate) fn get(&self, setting: Setting) -> Option<&str> {
        self.variables.get(setting.name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// A sentence for each `OBS_*` variable that neither the settings nor `known` has.
    ///
    /// Values are left out: a misspelt name may hold a secret.
    pub(crate) fn unknown(&self, known: &[&str]) -> Vec<String> {
        let known: Vec<&str> =
            setting::settings().iter().map(|setting| setting.name).chain(known.to_vec()).collect();
        self.variables
            .keys()
            .filter(|name| name.starts_with("OBS_") && !known.contains(&name.as_str()))
            .map(|name| match nearest(name, &known) {
                Some(near) => format!("{name} is no known setting: did you mean {near}?"),
                None => format!("{name} is no known setting and has no effect"),
            })
            .collect()
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names only: values may be secret.
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

/// The known name that a typing error is likely to have turned into `name`.
fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let distances = known.iter().map(|known| (distance(name, known), *known));
    distances.min().filter(|(distance, _)| *distance <= 4).map(|(_, known)| known)
}

/// Levenshtein distance, in bytes.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_suggested_and_a_far_one_is_not() {
        for (name, suggestion) in [
            ("OBS_LOGFORMAT", Some("OBS_LOG_FORMAT")),
            ("OBS_LOG_FROMAT", Some("OBS_LOG_FORMAT")),
            ("OBS_SHUTDOWN_TIME", Some("OBS_SHUTDOWN_TIMEOUT")),
            ("OBS_STUDIO_SCENE_COLLECTION", None),
        ] {
            let env = Env::new([(name.to_owned(), "s3cret".to_owned())]);
            let warnings = env.unknown(&[]);
            assert_eq!(warnings.len(), 1, "{name}");
            assert!(!warnings[0].contains("s3cret"), "{}", warnings[0]);
            match suggestion {
                Some(near) => assert!(warnings[0].ends_with(&format!("did you mean {near}?"))),
                None => assert!(warnings[0].ends_with("has no effect"), "{}", warnings[0]),
            }
        }
    }

    #[test]
    fn known_names_and_other_tools_variables_are_quiet() {
        let env = Env::new(
            ["OBS_LOG", "OBS_EXTRA", "OTEL_TRACES_SAMPLER", "PATH"]
                .map(|name| (name.to_owned(), "1".to_owned())),
        );
        assert_eq!(env.unknown(&["OBS_EXTRA"]), Vec::<String>::new());
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3)] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }
}
