//! Label sets in exposed form: `a="1",b="2"`, sorted by name, escaped.
//!
//! The text is both what the encoders write and the identity of a series, so it is canonical: each
//! name once, and no empty values, which Prometheus reads as an absent label.

use std::borrow::Cow;

/// Longest label value kept, in bytes; the rest is cut at a character boundary.
///
/// A label is an identifier. Anything longer is a payload that got there by mistake, or by a client.
pub(super) const MAX_VALUE_LEN: usize = 1024;

/// What a label `le` becomes that is no bucket bound, as Prometheus renames clashes.
pub(super) const EXPORTED_LE: &str = "exported_le";

/// Writes the canonical text of `labels` over `global` to `out`, which is cleared first.
///
/// `labels` win over `global`, whose names are valid; of equal names the last wins. `histogram`
/// keeps `le` free for the bucket bound: a label of that name becomes [`EXPORTED_LE`].
pub(super) fn write_canonical<'a>(
    out: &mut String,
    global: &'a [(String, String)],
    labels: impl Iterator<Item = (&'a str, &'a str)>,
    histogram: bool,
) {
    out.clear();
    let mut pairs: Vec<(Cow<'a, str>, &'a str)> =
        Vec::with_capacity(global.len() + labels.size_hint().0);
    pairs.extend(global.iter().map(|(name, value)| (Cow::from(name.as_str()), value.as_str())));
    pairs.extend(labels.map(|(name, value)| match label_name(name) {
        name if histogram && name == "le" => (Cow::from(EXPORTED_LE), value),
        name => (name, value),
    }));
    // Stable, so that of equal names the one given last is last.
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    for (i, (name, value)) in pairs.iter().enumerate() {
        if value.is_empty() || pairs.get(i + 1).is_some_and(|next| next.0 == *name) {
            continue;
        }
        if !out.is_empty() {
            out.push(',');
        }
        out.push_str(name);
        out.push_str("=\"");
        escape_value(out, truncate(value));
        out.push('"');
    }
}

/// Appends a label value as both text formats escape it: `\`, `"` and line feed.
pub(super) fn escape_value(out: &mut String, value: &str) {
    if !value.bytes().any(|b| matches!(b, b'\\' | b'"' | b'\n')) {
        out.push_str(value);
        return;
    }
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
}

fn truncate(value: &str) -> &str {
    if value.len() <= MAX_VALUE_LEN {
        return value;
    }
    let mut end = MAX_VALUE_LEN;
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

/// `name` as a label name of the Prometheus data model.
pub(super) fn label_name(name: &str) -> Cow<'_, str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    // Names that start with two underscores belong to Prometheus itself.
    let reserved = |name: &str| name.starts_with("__");
    if !name.is_empty()
        && !reserved(name)
        && !name.as_bytes()[0].is_ascii_digit()
        && name.bytes().all(valid)
    {
        return Cow::Borrowed(name);
    }
    let name = sanitized(name, valid);
    if reserved(&name) {
        return Cow::Owned(sanitized(name.trim_start_matches('_'), valid));
    }
    Cow::Owned(name)
}

/// `name` as a metric name of the Prometheus data model.
pub(super) fn metric_name(name: &str) -> Cow<'_, str> {
    let valid = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b':';
    if !name.is_empty() && !name.as_bytes()[0].is_ascii_digit() && name.bytes().all(valid) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(sanitized(name, valid))
}

/// Each character that is not `valid` becomes an underscore; a leading digit gets one before it.
fn sanitized(name: &str, valid: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(name.len() + 1);
    if name.chars().next().is_none_or(|c| c.is_ascii_digit()) {
        out.push('_');
    }
    out.extend(name.chars().map(|c| match u8::try_from(c) {
        Ok(b) if c.is_ascii() && valid(b) => c,
        _ => '_',
    }));
    out
}

/// The pairs of a canonical label text, values unescaped.
pub(super) fn pairs(mut text: &str) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    std::iter::from_fn(move || {
        let (name, rest) = text.split_once("=\"")?;
        let end = closing_quote(rest)?;
        let value = unescape_value(&rest[..end]);
        text = rest[end + 1..].trim_start_matches(',');
        Some((name, value))
    })
}

/// Where the first quote that no backslash escapes stands.
pub(super) fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })
}

/// The inverse of [`escape_value`]. An unknown escape stands for itself, as in Prometheus' parser.
pub(super) fn unescape_value(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some(c @ ('\\' | '"')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(global: &[(&str, &str)], labels: &[(&str, &str)], histogram: bool) -> String {
        let global: Vec<_> = global.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect();
        let mut out = String::new();
        write_canonical(&mut out, &global, labels.iter().copied(), histogram);
        out
    }

    #[test]
    fn label_sets_have_one_text() {
        type Pairs = &'static [(&'static str, &'static str)];
        let rows: &[(Pairs, Pairs, &str)] = &[
            (&[], &[], ""),
            (&[], &[("b", "2"), ("a", "1")], r#"a="1",b="2""#),
            (&[], &[("a", "1"), ("a", "2")], r#"a="2""#),
            (&[], &[("a", ""), ("b", "2")], r#"b="2""#),
            (&[("a", "global")], &[("b", "2")], r#"a="global",b="2""#),
            (&[("a", "global")], &[("a", "own")], r#"a="own""#),
            (&[("a", "global")], &[("a", "")], ""),
            (&[], &[("http.route", "/a\"b\\c\n")], r#"http_route="/a\"b\\c\n""#),
            (&[], &[("__name__", "x"), ("0", "y"), ("é", "z")], r#"_="z",_0="y",name__="x""#),
        ];
        for (global, labels, want) in rows {
            assert_eq!(canonical(global, labels, false), *want, "{labels:?} over {global:?}");
        }
        for le in ["le", "__le", ".-le"] {
            assert_eq!(canonical(&[], &[(le, "x")], true), r#"exported_le="x""#, "{le}");
        }
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let value = "é".repeat(MAX_VALUE_LEN);
        let text = canonical(&[], &[("a", &value)], false);
        assert_eq!(text.len(), MAX_VALUE_LEN + r#"a="""#.len());
    }

    #[test]
    fn names_are_sanitized() {
        for (name, want) in [
            ("http.server.duration", "http_server_duration"),
            ("job:errors:rate5m", "job:errors:rate5m"),
            ("5xx", "_5xx"),
            ("", "_"),
            ("naïve", "na_ve"),
        ] {
            assert_eq!(metric_name(name), want);
        }
        for (name, want) in [
            ("job:x", "job_x"),
            ("__name__", "name__"),
            (".-name__", "name__"),
            ("__5xx", "_5xx"),
            ("éé", "_"),
        ] {
            assert_eq!(label_name(name), want);
        }
    }

    proptest! {
        #[test]
        fn pairs_reads_back_what_was_written(
            values in proptest::collection::vec("\\PC{1,40}|[\\\\\"\n,=]{1,8}", 0..5),
        ) {
            let names: Vec<String> = (0..values.len()).map(|i| format!("l{i}")).collect();
            let labels: Vec<_> =
                names.iter().zip(&values).map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let text = canonical(&[], &labels, false);
            prop_assert!(!text.contains('\n'), "a label value opened a line: {text:?}");
            let read: Vec<_> = pairs(&text).map(|(n, v)| (n, v.into_owned())).collect();
            let want: Vec<_> = labels.iter().map(|&(n, v)| (n, v.to_owned())).collect();
            prop_assert_eq!(read, want);
        }
    }
}
