//! The machine's apt sources, and which of them are a Debian archive.
//!
//! Formats: sources.list(5), in both the one-line and the deb822 style.

use std::fmt::Write as _;

/// One binary package source that is switched on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) uris: Vec<String>,
    pub(crate) suites: Vec<String>,
    pub(crate) components: Vec<String>,
    /// A keyring's path, fingerprints, or a key itself (then of several lines).
    pub(crate) signed_by: Option<String>,
}

/// Parses a `.list` file: `deb [option=value …] uri suite component…` a line.
pub(crate) fn one_line(text: &str) -> Vec<Source> {
    text.lines().filter_map(one_line_entry).collect()
}

fn one_line_entry(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let mut rest = line.strip_prefix("deb")?;
    if !rest.starts_with([' ', '\t', '[']) {
        return None;
    }
    rest = rest.trim_start();
    let mut signed_by = None;
    if let Some(bracketed) = rest.strip_prefix('[') {
        let (options, after) = bracketed.split_once(']')?;
        rest = after;
        signed_by = options
            .split_whitespace()
            .find_map(|option| option.strip_prefix("signed-by="))
            .map(str::to_owned);
    }
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        uris: vec![words.next()?],
        suites: vec![words.next()?],
        components: words.collect(),
        signed_by,
    })
}

/// Parses a `.sources` file: stanzas of `Field: value` with indented continuation lines.
pub(crate) fn deb822(text: &str) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut fields: Vec<(String, String)> = Vec::new();
    // The blank line at the end closes the last stanza.
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            sources.extend(stanza(&std::mem::take(&mut fields)));
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push('\n');
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    sources
}

fn stanza(fields: &[(String, String)]) -> Option<Source> {
    let field = |name: &str| {
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    };
    let words = |name: &str| -> Vec<String> {
        field(name).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    };
    let off = ["no", "false", "0", "off", "without", "disable"];
    if field("enabled").is_some_and(|value| off.contains(&value.to_ascii_lowercase().as_str())) {
        return None;
    }
    if !words("types").iter().any(|kind| kind == "deb") {
        return None;
    }
    Some(Source {
        uris: words("uris"),
        suites: words("suites"),
        components: words("components"),
        signed_by: field("signed-by").map(str::to_owned),
    })
}

/// The sources that are the main part of a Debian archive: component `main` of the release
/// `codename` or of a rolling suite. Security and update suites hold no full archive.
pub(crate) fn debian_archives(sources: &[Source], codename: &str) -> Vec<Source> {
    let names = [codename, "oldstable", "stable", "testing", "unstable", "sid"];
    let mut archives: Vec<Source> = Vec::new();
    for source in sources {
        let mut archive = source.clone();
        archive.suites.retain(|suite| names.contains(&suite.as_str()));
        archive.components.retain(|component| component == "main");
        let usable = !archive.suites.is_empty() && !archive.components.is_empty();
        if usable && !archives.contains(&archive) {
            archives.push(archive);
        }
    }
    archives
}

/// `VERSION_CODENAME` of an os-release(5) file.
pub(crate) fn codename(os_release: &str) -> Option<&str> {
    os_release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|value| value.trim().trim_matches(['"', '\'']))
        .filter(|value| !value.is_empty())
}

impl Source {
    /// The same archive's `suite`.
    pub(crate) fn with_suite(&self, suite: &str) -> Self {
        Self { suites: vec![suite.to_owned()], ..self.clone() }
    }

    /// As a stanza of a `.sources` file.
    pub(crate) fn to_deb822(&self) -> String {
        let mut stanza = format!(
            "Types: deb\nURIs: {}\nSuites: {}\nComponents: {}\n",
            self.uris.join(" "),
            self.suites.join(" "),
            self.components.join(" ")
        );
        if let Some(signed_by) = &self.signed_by {
            let _ = writeln!(stanza, "Signed-By: {signed_by}");
        }
        stanza
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(uri: &str, suites: &[&str], components: &[&str], signed_by: Option<&str>) -> Source {
        let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Source {
            uris: vec![uri.to_owned()],
            suites: owned(suites),
            components: owned(components),
            signed_by: signed_by.map(str::to_owned),
        }
    }

    #[test]
    fn one_line_entries() {
        let a = |signed_by| source("http://a/debian", &["trixie"], &["main"], signed_by);
        let rows = [
            ("deb http://a/debian trixie main", vec![a(None)]),
            ("  deb\thttp://a/debian   trixie main # comment", vec![a(None)]),
            (
                "deb [arch=amd64 signed-by=/k.gpg] http://a/debian trixie main",
                vec![a(Some("/k.gpg"))],
            ),
            ("deb [ trusted=yes ] http://a/debian trixie main", vec![a(None)]),
            (
                "deb http://a/debian trixie main contrib",
                vec![source("http://a/debian", &["trixie"], &["main", "contrib"], None)],
            ),
            ("deb http://a/flat ./", vec![source("http://a/flat", &["./"], &[], None)]),
            ("deb-src http://a/debian trixie main", vec![]),
            ("# deb http://a/debian trixie main", vec![]),
            ("deb [signed-by=/k.gpg http://a/debian trixie main", vec![]),
            ("deb http://a/debian", vec![]),
            ("", vec![]),
        ];
        for (text, want) in rows {
            assert_eq!(one_line(text), want, "{text}");
        }
    }

    #[test]
    fn deb822_stanzas() {
        let text = "\
Types: deb deb-src
# a comment between fields
URIs: http://a/debian
suites: trixie
 trixie-updates
Components: main
Signed-By: /k.gpg

Types: deb-src
URIs: http://b/debian
Suites: trixie
Components: main

Enabled: no
Types: deb
URIs: http://c/debian
Suites: trixie
Components: main


Types: deb
URIs: http://d/debian
Suites: sid
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc=";
        let key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=";
        let want = [
            source("http://a/debian", &["trixie", "trixie-updates"], &["main"], Some("/k.gpg")),
            source("http://d/debian", &["sid"], &["main"], Some(key)),
        ];
        assert_eq!(deb822(text), want);
    }

    #[test]
    fn a_written_stanza_reads_back() {
        let key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc=";
        for signed_by in [None, Some("/k.gpg"), Some(key)] {
            let source = source("http://a/debian", &["trixie"], &["main"], signed_by);
            assert_eq!(deb822(&source.to_deb822()), [source]);
        }
    }

    #[test]
    fn only_the_main_archive_of_the_release_counts() {
        let sources = [
            source("http://a/debian", &["trixie", "trixie-updates"], &["main", "contrib"], None),
            source("http://a/debian", &["trixie"], &["main"], None),
            source("http://a/debian-security", &["trixie-security"], &["main"], None),
            source("http://b/tools", &["nodistro"], &["main"], None),
            source("http://c/docker", &["trixie"], &["stable"], None),
            source("http://d/debian", &["unstable"], &["main"], None),
        ];
        let want = [
            source("http://a/debian", &["trixie"], &["main"], None),
            source("http://d/debian", &["unstable"], &["main"], None),
        ];
        assert_eq!(debian_archives(&sources, "trixie"), want);
    }

    #[test]
    fn the_codename_of_a_release() {
        let rows = [
            ("ID=debian\nVERSION_CODENAME=trixie\n", Some("trixie")),
            ("VERSION_CODENAME=\"noble\"", Some("noble")),
            ("UBUNTU_VERSION_CODENAME=noble", None),
            ("VERSION_CODENAME=", None),
            ("ID=alpine", None),
        ];
        for (text, want) in rows {
            assert_eq!(codename(text), want, "{text}");
        }
    }
}
