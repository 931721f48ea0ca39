//! What is accepted, and how it is printed.

use obs_promql::Syntax;

use crate::corpus;
use crate::random::{self, Random};

/// What this Prometheus does not know, or knows behind a switch.
fn is_newer(error: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let words =
        ["anchored", "smoothed", "fill", "</", ">/", "start_timestamp", "_quantiles", "range()"];
    let switched = ["feature flag", "unknown function", "duration expression", "step()", "_of("];
    words.iter().any(|word| text.contains(word))
        || switched.iter().any(|word| error.contains(word) || text.contains(word))
}

#[test]
fn expressions_are_accepted_and_printed_as_prometheus_does() {
    let mut random = Random::new(1);
    let made = (0..2_000).map(|_| {
        let depth = 1 + random.below(6);
        ("random".to_owned(), random::vector(&mut random, depth))
    });
    let made: Vec<_> = made.collect();
    let all: Vec<_> = made.into_iter().chain(corpus::expressions()).collect();
    let mut prometheus = crate::start("promql-printing");
    let (mut same, mut refused, mut newer) = (0, 0, 0);
    let mut problems = Vec::new();
    for (place, text) in &all {
        let answer = prometheus.api("format_query", &[("query", text)]);
        let ours = Syntax::default().parse(text);
        match (answer["data"].as_str(), ours) {
            (Some(theirs), Ok(query)) if query.pretty() == theirs => {
                same += 1;
                // What is printed is the same expression, printed once more; but that `Inf ^ x` is
                // printed as `+Inf ^ x`, which is another.
                if !text.contains("Inf") {
                    let again = Syntax::default().parse(&query.to_string());
                    assert_eq!(again.map(|query| query.to_string()), Ok(query.to_string()));
                }
            }
            (Some(theirs), ours) => {
                let ours = ours.map_or_else(|error| error.to_string(), |query| query.pretty());
                problems.push(format!("{place}: {text}\nours:\n{ours}\ntheirs:\n{theirs}"));
            }
            (None, Err(_)) => refused += 1,
            (None, Ok(_)) => {
                let error = answer["error"].as_str().unwrap_or_default();
                if is_newer(error, text) {
                    newer += 1;
                } else {
                    problems.push(format!("{place}: {text}\naccepted; Prometheus: {error}"));
                }
            }
        }
    }
    println!(
        "{} expressions: {same} printed alike, {refused} refused by both, {newer} newer than this \
         Prometheus",
        all.len()
    );
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n\n"));
}
