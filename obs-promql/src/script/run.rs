//! Runs evals.

use super::compare::{Mismatch, compare, seconds};
use super::eval::{Eval, Expected, When};
use super::expect::Pattern;
use super::later::later;
use super::pin::pinned;
use super::report::{Failure, Verdict};
use super::store::Store;
use crate::engine::{Outcome, Range};
use crate::error::EvalError;
use crate::options::Options;
use crate::syntax::{Query, Syntax};
use crate::value::{Sample, Value, VectorElement};

/// What queries are parsed and evaluated with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As Prometheus runs its own test files: all of the language, names that go at the end, few
    /// samples at a time.
    #[default]
    TestEngine,
    /// As Prometheus runs in production without feature flags.
    Production,
}

impl Mode {
    /// What is parsed.
    #[must_use]
    pub fn syntax(self) -> Syntax {
        match self {
            Self::TestEngine => Syntax::everything(),
            Self::Production => Syntax::default(),
        }
    }

    /// How it is evaluated.
    #[must_use]
    pub fn options(self) -> Options {
        match self {
            Self::TestEngine => Options { max_samples: 10_000, ..Options::test_engine() },
            Self::Production => Options::default(),
        }
    }
}

/// What evals need.
#[derive(Clone, Copy)]
struct Bench<'a> {
    eval: &'a Eval,
    store: &'a Store,
    syntax: Syntax,
    options: &'a Options,
}

pub(super) fn judge(eval: &Eval, store: &Store, mode: Mode) -> Verdict {
    let query = match Syntax::everything().parse(&eval.expr) {
        Ok(query) => query,
        Err(error) => {
            let (how, expected) = ("parsed".to_owned(), "an expression".to_owned());
            return Verdict::Failed(Failure { how, expected, came: error.to_string() });
        }
    };
    let options = mode.options();
    let bench = Bench { eval, store, syntax: mode.syntax(), options: &options };
    let judged = match eval.when {
        When::Range(range) => bench.range(range),
        When::Instant(time) => bench.instants(&query, time),
    };
    match judged {
        Ok(()) => Verdict::Passed,
        Err(Stop::Failed(failure)) => Verdict::Failed(failure),
        // What touches no histogram is not refused for them.
        Err(Stop::Refused(failure)) => {
            later(eval, &query, store).map_or(Verdict::Failed(failure), Verdict::Later)
        }
    }
}

/// Why an eval has not passed.
enum Stop {
    /// Something is not as expected.
    Failed(Failure),
    /// The evaluator cannot do this yet.
    Refused(Failure),
}

impl Bench<'_> {
    fn range(self, range: Range) -> Result<(), Stop> {
        let Range { start, end, step } = range;
        let how = || format!("from {} to {} step {}", seconds(start), seconds(end), seconds(step));
        let Some(outcome) = self
            .evaluate(&self.eval.expr, how, |query| query.range(self.store, range, self.options))?
        else {
            return Ok(());
        };
        compare(self.eval, &outcome.value).map_err(|mismatch| failure(how(), mismatch))
    }

    /// At the time of the eval, and pinned to that time at others.
    fn instants(self, query: &Query, time: i64) -> Result<(), Stop> {
        let time = match self.eval.value {
            Expected::RangeVector(range, _) => range.end,
            _ => time,
        };
        self.instant(&self.eval.expr, time)?;
        let Some(pinned) = pinned(query, time) else { return Ok(()) };
        let others: &[i64] = match time {
            0 => &[-1000, 0, 1000],
            _ => &[time.saturating_mul(-10), 0, time / 5, time, time.saturating_mul(10)],
        };
        others.iter().try_for_each(|other| self.instant(&pinned, *other))
    }

    fn instant(self, text: &str, time: i64) -> Result<(), Stop> {
        let how = || {
            let pinned = if text == self.eval.expr { String::new() } else { format!("as {text} ") };
            format!("{pinned}at {}", seconds(time))
        };
        let Some(outcome) =
            self.evaluate(text, how, |query| query.instant(self.store, time, self.options))?
        else {
            return Ok(());
        };
        compare(self.eval, &outcome.value).map_err(|mismatch| failure(how(), mismatch))?;
        if matches!(self.eval.value, Expected::RangeVector(..) | Expected::String(_))
            || asks_for_range(text)
        {
            return Ok(());
        }
        let how = || format!("{}, as the middle of a range", how());
        let range = Range {
            start: time.saturating_sub(60_000),
            end: time.saturating_add(60_000),
            step: 60_000,
        };
        // Parsed once before.
        let Ok(query) = self.syntax.parse(text) else { return Ok(()) };
        let ranged = query.range(self.store, range, self.options);
        let ranged = ranged.map_err(|error| stop(&error, how(), "a value"))?;
        if self.eval.expect.ordered {
            // A range is sorted by labels, whatever the order of its parts.
            return Ok(());
        }
        let value = middle(ranged.value, &outcome.value, time);
        compare(self.eval, &value).map_err(|mismatch| failure(how(), mismatch))
    }

    /// The value, with notes as expected; `None` where there is none and none is expected.
    fn evaluate(
        self,
        text: &str,
        how: impl Fn() -> String,
        evaluate: impl FnOnce(&Query) -> Result<Outcome, EvalError>,
    ) -> Result<Option<Outcome>, Stop> {
        let expected = self.eval.expect.fail.as_ref();
        let error = match self.syntax.parse(text).map(|query| evaluate(&query)) {
            Ok(Ok(outcome)) => {
                if let Some(pattern) = expected {
                    let expected = format!("error: {pattern}");
                    return Err(failure(how(), (expected, "a value".to_owned())));
                }
                let told = self.eval.expect.check(&outcome.notes, text);
                return told.map(|()| Some(outcome)).map_err(|mismatch| failure(how(), mismatch));
            }
            Ok(Err(error @ EvalError::Unsupported { .. })) => {
                return Err(stop(&error, how(), "a value"));
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.one_line(),
        };
        match expected {
            Some(pattern) if pattern.matches(&error) => Ok(None),
            Some(Pattern::Any) | None => Err(failed(how(), "a value", &error)),
            Some(pattern) => Err(failed(how(), &format!("error: {pattern}"), &error)),
        }
    }
}

/// Prometheus' `reQueryContextFuncs`: an instant has no range to ask for.
fn asks_for_range(text: &str) -> bool {
    ["start()", "end()", "range()", "step()"].iter().any(|call| text.contains(call))
}

/// What a range has at `time`, of the type of `like`.
fn middle(ranged: Value, like: &Value, time: i64) -> Value {
    let Value::Matrix(series) = ranged else { return ranged };
    let elements = series.into_iter().filter_map(|series| {
        let (_, value) = series.samples.into_iter().find(|(at, _)| *at == time)?;
        Some(VectorElement { labels: series.labels, value })
    });
    let elements: Vec<_> = elements.collect();
    match (like, &*elements) {
        (Value::Scalar(_), [VectorElement { value: Sample::Float(value), .. }]) => {
            Value::Scalar(*value)
        }
        _ => Value::Vector(elements),
    }
}

fn failure(how: String, (expected, came): Mismatch) -> Stop {
    Stop::Failed(Failure { how, expected, came })
}

fn failed(how: String, expected: &str, error: &str) -> Stop {
    failure(how, (expected.to_owned(), format!("error: {error}")))
}

fn stop(error: &EvalError, how: String, expected: &str) -> Stop {
    match (error, failed(how, expected, &error.to_string())) {
        (EvalError::Unsupported { .. }, Stop::Failed(failure)) => Stop::Refused(failure),
        (_, stop) => stop,
    }
}
