//! The least that a reader of the text format has to do.

use std::borrow::Cow;

/// A label's name and value.
pub type Pair<'a> = (&'a str, Cow<'a, str>);

/// Calls `f` with name, labels and value of each sample in `text`. Borrows all it can.
pub fn parse<'a>(text: &'a str, f: &mut dyn FnMut(&'a str, &[Pair<'a>], f64)) {
    let mut labels = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        labels.clear();
        let Some(at) = line.find(['{', ' ']) else { continue };
        let (name, mut rest) = line.split_at(at);
        if let Some(mut pairs) = rest.strip_prefix('{') {
            while let Some((label, quoted)) = pairs.split_once("=\"") {
                let Some((value, after)) = quoted_value(quoted) else { return };
                labels.push((label, value));
                pairs = after.strip_prefix(',').unwrap_or(after);
            }
            rest = pairs.strip_prefix('}').unwrap_or(pairs);
        }
        let value = rest.trim_start().split(' ').next().unwrap_or_default();
        let Ok(value) = value.parse() else { continue };
        f(name, &labels, value);
    }
}

/// The value up to the closing quote, and what follows.
fn quoted_value(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let end = text.find(['"', '\\'])?;
    if text.as_bytes()[end] == b'"' {
        return Some((Cow::Borrowed(&text[..end]), &text[end + 1..]));
    }
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Cow::Owned(value), &text[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                c => value.push(c),
            },
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_read_whole() {
        let text = "# TYPE a counter\na 1\nb{x=\"1\",y=\"a\\\"b\\\\}\\n\"} 2.5 17\n\n";
        let mut seen = Vec::new();
        parse(text, &mut |name, labels, value| {
            let labels: Vec<_> = labels.iter().map(|(n, v)| format!("{n}={v}")).collect();
            seen.push((name, labels.join(";"), value));
        });
        let want = [("a", String::new(), 1.0), ("b", "x=1;y=a\"b\\}\n".to_owned(), 2.5)];
        assert_eq!(seen, want);
    }
}
