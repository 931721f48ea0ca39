//! The expressions of Prometheus' own test files, over what the files load.

use obs_promql::script::Script;
use obs_promql::syntax::Kind;
use obs_promql::{Series, Syntax};

use crate::compare::{Answer, Likeness};
use crate::{Both, ROUNDING, When, corpus, remote_write};

/// The label that keeps what one part of a file loads from all others.
const PART: &str = "part";

/// What lies between two lines `clear` of a file.
struct Part {
    place: String,
    series: Vec<Series>,
    expressions: Vec<(String, When)>,
}

fn parts() -> Vec<Part> {
    let mut parts = Vec::new();
    for (name, text) in corpus::files() {
        let mut lines = String::new();
        let mut from = 1;
        for (number, line) in text.lines().enumerate().chain([(usize::MAX, "clear")]) {
            if line.trim() != "clear" {
                lines.push_str(line);
                lines.push('\n');
                continue;
            }
            let script = Script::parse(&name, &lines).unwrap();
            let number_of_part = parts.len().to_string();
            let series = script.store();
            parts.push(Part {
                place: format!("{name}:{from}"),
                series: series.iter().filter_map(|one| marked(one, &number_of_part)).collect(),
                expressions: lines
                    .lines()
                    .filter_map(|line| corpus::expression(line.trim()))
                    .filter_map(|(text, when)| Some((within(text, &number_of_part)?, when)))
                    .collect(),
            });
            lines.clear();
            from = number.wrapping_add(2);
        }
    }
    parts
}

/// The series with the label of its part; one of native histograms is none.
fn marked(series: &Series, part: &str) -> Option<Series> {
    let samples = series.selected().samples;
    if !samples.histograms.is_empty() {
        return None;
    }
    let mut marked = Series::new(series.labels().with(PART, part));
    for (time, value) in samples.times.iter().zip(samples.values.iter()) {
        marked.push(*time, *value);
    }
    Some(marked)
}

/// The expression with a matcher for the part in each selector; none if it cannot be parsed.
fn within(text: &str, part: &str) -> Option<String> {
    let query = Syntax::default().parse(text).ok()?;
    let mut places: Vec<(usize, &str)> = Vec::new();
    for (_, node) in query.nodes() {
        let Kind::Selector(selector) = &node.kind else { continue };
        let name = selector.name.as_ref().map_or(0, String::len);
        let at = node.span.start + name;
        let rest = &text[at..];
        match rest.find(|c: char| !c.is_whitespace()) {
            Some(brace) if rest[brace..].starts_with('{') => {
                let empty = rest[brace + 1..].trim_start().starts_with('}');
                places.push((at + brace + 1, if empty { "" } else { "," }));
            }
            _ => places.push((at, "{}")),
        }
    }
    places.sort_unstable();
    let mut text = text.to_owned();
    for (at, after) in places.into_iter().rev() {
        let matcher = format!("{PART}=\"{part}\"");
        let matcher = if after == "{}" { format!("{{{matcher}}}") } else { matcher + after };
        text.insert_str(at, &matcher);
    }
    Some(text)
}

/// Where Prometheus 3.14 answers otherwise than 3.5, which is what tests run against: beginnings of
/// expressions, and what has changed. The expectations of the test files are those of 3.14.
const CHANGED: [(&str, &str); 6] = [
    ("topk(NaN, non_existent", "the parameter is refused without elements too"),
    ("label_replace(series{", "series that follow one another may become one"),
    ("-{", "the same, for a sign"),
    ("histogram_fraction(", "bounds in one bucket, or outside of all, have a fraction"),
    ("(\"Foo\")", "brackets around a text"),
    ("many_side{", "a comparison that is false finds duplicates too"),
];

fn has_changed(text: &str) -> bool {
    CHANGED.iter().any(|(beginning, _)| text.starts_with(beginning))
}

#[test]
fn the_expressions_of_its_test_files_have_the_values_that_prometheus_gives() {
    let parts = parts();
    let mut prometheus = crate::start("promql-loaded");
    let all: Vec<Series> = parts.iter().flat_map(|part| part.series.iter().cloned()).collect();
    for request in remote_write::requests(&all) {
        prometheus.write(&request);
    }
    let mut both = Both { prometheus, series: Vec::new() };
    let mut answers = [0_usize; 3];
    let (mut asked, mut unknown, mut changed, mut errors, mut empty) = (0, 0, 0, 0, 0);
    let mut different = Vec::new();
    for part in parts {
        both.series = part.series;
        for (text, when) in part.expressions {
            let (ours, theirs) = both.ask(&text, when);
            if matches!(&theirs, Answer::Error(error) if error.contains("parse error")) {
                unknown += 1;
                continue;
            }
            asked += 1;
            errors += usize::from(matches!(theirs, Answer::Error(_)));
            empty += usize::from(matches!(&theirs, Answer::Series(series) if series.is_empty()));
            let likeness = ours.likeness(&theirs, ROUNDING);
            answers[likeness as usize] += 1;
            if likeness == Likeness::Different && has_changed(&text) {
                changed += 1;
            } else if likeness == Likeness::Different {
                let place = &part.place;
                different.push(format!(
                    "{place}: {text}\n  at {when:?}\n  ours   {ours:?}\n  theirs {theirs:?}"
                ));
            }
        }
    }
    let [same, near, _] = answers;
    println!(
        "test files: {same} of {asked} equal to the bit, {near} in the last digits, {} different, \
         {changed} changed since; {errors} errors and {empty} empty on both sides; {unknown} it does not parse",
        different.len()
    );
    assert!(different.is_empty(), "{}", different.join("\n"));
}
