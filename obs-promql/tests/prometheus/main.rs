//! The same answers as a real Prometheus, on the same data.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::print_stdout, reason = "figures are for whoever runs it")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

mod compare;
mod corpus;
mod loaded;
mod printing;
mod random;
mod remote_write;
mod server;

use std::path::Path;

use obs_promql::{Options, Query, Range, Series, Syntax};

use compare::{Answer, Likeness};
use random::{END, Random, START};
use server::Prometheus;

/// Random expressions a run; `PROMQL_EXPRESSIONS` asks for another number.
const EXPRESSIONS: usize = 5_000;

/// What values may differ by, relatively.
const ROUNDING: f64 = 1e-9;

/// The same for one expression. Over time Prometheus takes elements in the order of a map, which a
/// variance near zero shows.
fn rounding(text: &str, when: When) -> f64 {
    if text.contains("std") && matches!(when, When::Range(_)) { 1e-5 } else { ROUNDING }
}

/// What is asked for: at one time, or over time.
#[derive(Clone, Copy, Debug)]
enum When {
    Instant(i64),
    Range(Range),
}

/// A Prometheus with its data below the build directory, in `name`.
fn start(name: &str) -> Prometheus {
    let below = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Prometheus::start(&server::program(below.join("../peers/bin")), &below.join(name))
}

struct Both {
    prometheus: Prometheus,
    series: Vec<Series>,
}

impl Both {
    fn ask(&mut self, text: &str, when: When) -> (Answer, Answer) {
        let seconds = |millis: i64| format!("{}.{:03}", millis / 1000, millis % 1000);
        let (ours, theirs, time) = match when {
            When::Instant(time) => (
                self.ours(text, |query, series| query.instant(series, time, &Options::default())),
                self.prometheus.api("query", &[("query", text), ("time", &seconds(time))]),
                time,
            ),
            When::Range(range) => {
                let parameters = [
                    ("query", text),
                    ("start", &seconds(range.start)),
                    ("end", &seconds(range.end)),
                    ("step", &seconds(range.step)),
                ];
                (
                    self.ours(text, |query, series| {
                        query.range(series, range, &Options::default())
                    }),
                    self.prometheus.api("query_range", &parameters),
                    range.start,
                )
            }
        };
        (Answer::ours(ours, time), Answer::theirs(&theirs))
    }

    fn ours(
        &self,
        text: &str,
        ask: impl FnOnce(&Query, &Vec<Series>) -> Result<obs_promql::Outcome, obs_promql::EvalError>,
    ) -> Result<obs_promql::Value, String> {
        let query = Syntax::default().parse(text).map_err(|error| error.to_string())?;
        let outcome = ask(&query, &self.series).map_err(|error| error.to_string())?;
        Ok(outcome.value)
    }

    /// The smallest part of `text` whose answers differ too.
    fn shrink(&mut self, text: &str, when: When, than: Likeness) -> String {
        let Ok(query) = Syntax::default().parse(text) else { return text.to_owned() };
        let ty = |id| query[id].ty;
        let parts: Vec<&str> = query
            .nodes()
            .filter(|(id, _)| ty(*id) == obs_promql::Type::Vector && *id != query.root())
            .map(|(_, node)| &text[node.span.start..node.span.end])
            .collect();
        for part in parts {
            let (ours, theirs) = self.ask(part, when);
            if ours.likeness(&theirs, rounding(text, when)) >= than {
                return self.shrink(part, when, than);
            }
        }
        text.to_owned()
    }
}

#[test]
fn random_expressions_have_the_values_that_prometheus_gives() {
    let seed = std::env::var("PROMQL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(20_261_123);
    let count = std::env::var("PROMQL_EXPRESSIONS").ok().and_then(|count| count.parse().ok());
    let count: usize = count.unwrap_or(EXPRESSIONS);
    println!("PROMQL_SEED={seed} PROMQL_EXPRESSIONS={count}");

    let mut random = Random::new(seed);
    let series = random::series(&mut random);
    let mut prometheus = start("promql-random");
    for request in remote_write::requests(&series) {
        prometheus.write(&request);
    }
    let mut both = Both { prometheus, series };
    let mut answers = [0_usize; 3];
    let (mut errors, mut empty, mut changed) = (0, 0, 0);
    let (mut different, mut near) = (Vec::new(), Vec::new());
    for number in 0..count {
        let depth = 1 + random.below(4);
        let text = random::vector(&mut random, depth);
        let when = if number % 4 == 3 {
            let start = START + random.below(2_000_000) as i64;
            let step = random.pick(&[15_000, 60_000, 7_000, 123_457]);
            When::Range(Range { start, end: start + 20 * step, step })
        } else {
            When::Instant(START + random.below((END - START + 400_000) as usize) as i64)
        };
        let (ours, theirs) = both.ask(&text, when);
        errors += usize::from(matches!(theirs, Answer::Error(_)));
        empty += usize::from(matches!(&theirs, Answer::Series(series) if series.is_empty()));
        if ours.is_refused_since(&theirs) {
            changed += 1;
            continue;
        }
        let likeness = ours.likeness(&theirs, rounding(&text, when));
        answers[likeness as usize] += 1;
        if likeness == Likeness::Near && near.len() < 20 {
            near.push(both.shrink(&text, when, likeness));
        }
        if likeness == Likeness::Different {
            let small = both.shrink(&text, when, likeness);
            let (ours, theirs) = both.ask(&small, when);
            different
                .push(format!("{small}\n  at {when:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    let [same, near_count, _] = answers;
    println!(
        "{same} of {count} equal to the bit, {near_count} in the last digits, {} different, \
         {changed} refused since; {errors} errors and {empty} empty on both sides",
        different.len()
    );
    println!("the last digits differ in, among others:\n  {}", near.join("\n  "));
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(same * 1000 >= count * 995, "{same} of {count} are equal to the bit");
    // Answers that say nothing prove nothing.
    assert!(errors + empty < count / 2);
}
