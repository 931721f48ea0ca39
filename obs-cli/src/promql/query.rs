//! `obs promql query`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use obs_promql::script::{Mode, Store, parse_time};
use obs_promql::{Range, Type};
use serde::Deserialize;

use super::answer::{Answer, ErrorType};
use super::{PromqlError, mode, script};

/// What `obs promql query` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The .test file whose series are queried.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,

    /// When: seconds, or a duration such as 1h30m, from the file's time 0.
    #[arg(long, value_name = "T", value_parser = time, allow_hyphen_values = true, required_unless_present = "batch")]
    at: Option<i64>,

    /// Evaluate as Prometheus does in production without feature flags, not as its tests do.
    #[arg(long)]
    production: bool,

    /// Queries, a line of JSON each: {"expr": "up", "at": "5m"}, or with "start", "end" and "step"
    /// instead of "at". `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "expr")]
    batch: Option<PathBuf>,

    /// The expression.
    #[arg(value_name = "EXPR", last = true, required_unless_present = "batch")]
    expr: Option<String>,
}

fn time(text: &str) -> Result<i64, String> {
    parse_time(text).ok_or_else(|| "expected seconds or a duration, such as 90 or 1m30s".to_owned())
}

/// A line of a batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    expr: String,
    at: Option<Time>,
    start: Option<Time>,
    end: Option<Time>,
    step: Option<Time>,
}

/// `90`, `"90"` or `"1m30s"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Time {
    Seconds(f64),
    Text(String),
}

impl Time {
    fn millis(&self) -> Result<i64, String> {
        match self {
            Self::Seconds(seconds) => time(&seconds.to_string()),
            Self::Text(text) => time(text),
        }
    }
}

enum When {
    At(i64),
    Over(Range),
}

pub(super) fn run(options: &Query) -> Result<(), PromqlError> {
    let store = script(&options.data)?.store();
    let mode = mode(options.production);
    let mut out = io::stdout().lock();
    if let (Some(expr), Some(at)) = (&options.expr, options.at) {
        return write(&mut out, &answer(&store, mode, expr, &When::At(at)));
    }
    let Some(batch) = &options.batch else { return Ok(()) };
    let unreadable = |source| PromqlError::Read { file: batch.clone(), source };
    let lines: Box<dyn BufRead> = if batch == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(batch).map_err(unreadable)?))
    };
    for line in lines.lines() {
        let line = line.map_err(unreadable)?;
        let answer = match asked(&line, options.at) {
            Ok((expr, when)) => answer(&store, mode, &expr, &when),
            Err(message) => Answer::error(ErrorType::BadData, message),
        };
        write(&mut out, &answer)?;
    }
    Ok(())
}

/// What a line of a batch asks.
fn asked(line: &str, at: Option<i64>) -> Result<(String, When), String> {
    let Line { expr, at: own, start, end, step } =
        serde_json::from_str(line).map_err(|error| format!("not a query: {error}"))?;
    let when = match (own, start, end, step) {
        (Some(at), None, None, None) => When::At(at.millis()?),
        (None, Some(start), Some(end), Some(step)) => {
            When::Over(Range { start: start.millis()?, end: end.millis()?, step: step.millis()? })
        }
        (None, None, None, None) => {
            When::At(at.ok_or("a query needs \"at\", or \"start\", \"end\" and \"step\"")?)
        }
        _ => return Err("a query has \"at\", or \"start\", \"end\" and \"step\"".to_owned()),
    };
    Ok((expr, when))
}

fn answer(store: &Store, mode: Mode, expr: &str, when: &When) -> Answer {
    let query = match mode.syntax().parse(expr) {
        Ok(query) => query,
        Err(error) => {
            let message = format!("invalid parameter \"query\": {}", error.one_line());
            return Answer::error(ErrorType::BadData, message);
        }
    };
    let options = mode.options();
    match when {
        When::At(at) => match query.instant(store, *at, &options) {
            Ok(outcome) => Answer::success(outcome, expr, *at),
            Err(error) => Answer::failure(&error),
        },
        When::Over(_) if matches!(query.ty(), Type::Matrix | Type::String) => {
            let message = format!(
                "invalid parameter \"query\": invalid expression type {:?} for range query, must be \
                 Scalar or instant Vector",
                query.ty().document_name()
            );
            Answer::error(ErrorType::BadData, message)
        }
        When::Over(range) => match query.range(store, *range, &options) {
            Ok(outcome) => Answer::success(outcome, expr, range.end),
            Err(error) => Answer::failure(&error),
        },
    }
}

fn write(out: &mut impl Write, answer: &Answer) -> Result<(), PromqlError> {
    serde_json::to_writer(&mut *out, answer).map_err(|error| PromqlError::Write(error.into()))?;
    out.write_all(b"\n").map_err(PromqlError::Write)
}
