//! A reader of the Prometheus text format, as far as our encoder and others' write it.

use super::labels::closing_quote;

/// What one line says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Line<'a> {
    /// `# TYPE name kind`
    Type { name: &'a str, kind: &'a str },
    /// `name{labels} value`; a timestamp or exemplar after the value is passed over.
    Sample { name: &'a str, labels: &'a str, value: f64 },
}

/// The types and samples of an exposition, in order. Comments, help texts, blank lines and lines
/// that cannot be read are passed over.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().filter_map(|line| match line.strip_prefix('#') {
        Some(comment) => {
            let (name, kind) = comment.strip_prefix(" TYPE ")?.split_once(' ')?;
            Some(Line::Type { name, kind })
        }
        None => sample(line),
    })
}

fn sample(line: &str) -> Option<Line<'_>> {
    let name_end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(name_end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => rest.split_at(end_of_labels(rest)?),
        None => ("", rest),
    };
    let value = rest.trim_start_matches('}').split_ascii_whitespace().next()?;
    Some(Line::Sample { name, labels: labels.trim_end_matches(','), value: value.parse().ok()? })
}

/// Where the brace stands that closes the labels `text` begins with.
fn end_of_labels(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let next = at + text[at..].find(['"', '}'])?;
        if text.as_bytes()[next] == b'}' {
            return Some(next);
        }
        at = next + 1 + closing_quote(&text[next + 1..])? + 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::labels::pairs;
    use super::super::{Config, Format, Metrics};
    use super::*;

    crate::catalogue! {
        /// A catalogue.
        static TEST;
        /// Things.
        THINGS: Counter = "things_total" (a, b);
        /// Sizes.
        SIZES: Histogram = "sizes_bytes" (a) [1.0, 2.5];
    }

    #[test]
    fn lines_that_make_no_sense_are_passed_over() {
        let text = "\n# EOF\n# HELP a b\n# TYPE a\n# TYPE a counter\na\na{b=\"c\na{b=\"c\"} x\n\
                    a 1 1700000000\nb{c=\"}\\\"{\",} +Inf # {t=\"1\"} 2\n";
        assert_eq!(
            lines(text).collect::<Vec<_>>(),
            [
                Line::Type { name: "a", kind: "counter" },
                Line::Sample { name: "a", labels: "", value: 1.0 },
                Line::Sample { name: "b", labels: r#"c="}\"{""#, value: f64::INFINITY },
            ]
        );
    }

    /// A label value, mostly of the characters that have a meaning in the format.
    fn label_value() -> impl Strategy<Value = String> {
        prop_oneof![".{0,30}", "[\\\\\"\n{}=,# ]{0,12}", "\\PC{0,40}"]
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(a in label_value(), b in label_value(), n in 1_u64..1000) {
            let metrics = Metrics::new(Config { catalogue: TEST.to_vec(), ..Config::default() });
            THINGS.of(&metrics, [&a, &b]).increment(n);
            SIZES.of(&metrics, [&a]).record(2.0);
            for format in [Format::Text, Format::OpenMetrics] {
                let text = metrics.render(format);
                let of = |wanted: &str| -> Vec<(Vec<(String, String)>, f64)> {
                    lines(&text).filter_map(|line| match line {
                        Line::Sample { name, labels, value } if name == wanted => {
                            let labels = pairs(labels);
                            Some((labels.map(|(n, v)| (n.to_owned(), v.into_owned())).collect(), value))
                        }
                        _ => None,
                    }).collect()
                };
                let mut want = vec![("a".to_owned(), a.clone()), ("b".to_owned(), b.clone())];
                want.retain(|(_, value)| !value.is_empty());
                prop_assert_eq!(of("things_total"), [(want.clone(), n as f64)]);
                want.retain(|(name, _)| name == "a");
                let with_le = |le: &str| {
                    let mut labels = want.clone();
                    labels.push(("le".to_owned(), le.to_owned()));
                    labels
                };
                prop_assert_eq!(of("sizes_bytes_bucket"), [
                    (with_le("1.0"), 0.0), (with_le("2.5"), 1.0), (with_le("+Inf"), 1.0),
                ]);
                prop_assert_eq!(of("sizes_bytes_count"), [(want, 1.0)]);
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in "(.|\n){0,200}") {
            lines(&text).for_each(drop);
        }
    }
}
