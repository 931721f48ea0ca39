//! A saved page of `/metrics`: which series there are.

use std::collections::BTreeMap;

use super::known::{Known, Part, Series};

/// The first line of a page that cannot be read, and why.
#[derive(Debug)]
pub(super) struct BadLine {
    pub(super) line: usize,
    pub(super) message: String,
}

/// Adds the series of `page`, text format or OpenMetrics; says how many samples it holds.
pub(super) fn read(page: &str, known: &mut Known) -> Result<usize, BadLine> {
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let mut samples = 0;
    for (number, line) in page.lines().enumerate() {
        let line = line.trim();
        if let Some(comment) = line.strip_prefix('#') {
            let mut words = comment.split_ascii_whitespace();
            if words.next() == Some("TYPE")
                && let (Some(name), Some(kind)) = (words.next(), words.next())
            {
                kinds.insert(name.trim_matches('"'), kind);
            }
        } else if !line.is_empty() {
            let bad = |message: String| BadLine { line: number + 1, message };
            let (metric, value) = line.split_at(metric_end(line));
            let value = value.split_ascii_whitespace().next().unwrap_or_default();
            if number_of(value).is_none() {
                return Err(bad(format!("{value:?} is no value of a sample")));
            }
            let labels = obs_promql::parse_metric(metric).map_err(|error| bad(error.one_line()))?;
            let name = labels.metric_name().unwrap_or_default().to_owned();
            let le = labels.get("le").map(str::to_owned);
            let (part, family) = part(&kinds, &name);
            let bounds = le
                .filter(|_| part == Part::Bucket)
                .and_then(|le| Some((number_of(&le)?, le)))
                .filter(|(bound, _)| bound.is_finite())
                .map(|(bound, le)| (le, bound));
            let names = labels.iter().map(|(label, _)| label.to_owned());
            let series = Series {
                part,
                family,
                labels: names.filter(|label| label != obs_promql::METRIC_NAME).collect(),
                bounds: bounds.into_iter().collect(),
            };
            known.add(name, series);
            samples += 1;
        }
    }
    Ok(samples)
}

/// Where the name and labels that `line` starts with end.
fn metric_end(line: &str) -> usize {
    let mut in_string = false;
    let mut escaped = false;
    let mut braces = 0_usize;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' => braces += 1,
            b'}' => return at + 1,
            // `name {…}` is a sample too.
            b' ' | b'\t' if braces == 0 && !line[at..].trim_start().starts_with('{') => return at,
            _ => {}
        }
    }
    line.len()
}

fn number_of(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// What the samples called `name` are, by the types that the page declares.
fn part(kinds: &BTreeMap<&str, &str>, name: &str) -> (Part, String) {
    const SUFFIXES: &[&str] =
        &["", "_total", "_created", "_bucket", "_count", "_sum", "_info", "_gcount", "_gsum"];
    for suffix in SUFFIXES {
        let Some(family) = name.strip_suffix(suffix) else { continue };
        let part = match (kinds.get(family).copied(), *suffix) {
            (Some("counter"), "" | "_total")
            | (Some("histogram" | "summary"), "_count" | "_sum") => Part::Counter,
            (Some("histogram"), "_bucket") => Part::Bucket,
            (Some("gauge" | "stateset" | "summary"), "")
            | (Some("info"), "_info")
            // Its buckets go up and down.
            | (Some("gaugehistogram"), "_bucket" | "_gcount" | "_gsum")
            | (Some("counter" | "histogram" | "summary"), "_created") => Part::Gauge,
            _ => continue,
        };
        return (part, family.to_owned());
    }
    (Part::Unknown, name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read() {
        for page in [
            "# HELP a_total x\n# TYPE a_total counter\na_total{b=\"}\\\"\\n\",} 1 17000\n# TYPE h histogram\n\
             h_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\nh_count 1\n# TYPE g gauge\ng NaN\nu 1\n",
            "# TYPE a counter\na_total{b=\"1\"} 1 # {trace_id=\"}\"} 1 1.5\na_created 1\n# TYPE h histogram\n\
             h_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 2\nh_count 1\n# TYPE g gauge\ng 1\nu 1\n# EOF\n",
        ] {
            let mut known = Known::default();
            assert!(read(page, &mut known).unwrap() >= 7);
            let part = |name: &str| known.series[name].part;
            assert_eq!(part("a_total"), Part::Counter);
            assert!(known.series["a_total"].labels.contains("b"));
            assert_eq!(part("h_bucket"), Part::Bucket);
            assert_eq!(known.series["h_bucket"].bounds, [("0.5".to_owned(), 0.5)]);
            assert_eq!((part("h_sum"), part("h_count")), (Part::Counter, Part::Counter));
            assert_eq!((part("g"), part("u")), (Part::Gauge, Part::Unknown));
        }
    }

    #[test]
    fn a_line_that_is_no_sample_is_named() {
        for (page, line) in [("a 1\n<html>\n", 2), ("a{b=\"c\n", 1), ("a{b} 1\n", 1), ("a\n", 1)] {
            assert_eq!(read(page, &mut Known::default()).unwrap_err().line, line, "{page:?}");
        }
    }
}
