//! `eval instant at 5m x`, and what is expected of it.

use super::Reader;
use super::duration::{duration, split};
use super::error::{Fault, ScriptError};
use super::expect::{Expect, Pattern};
use super::line::Line;
use super::scan::{self, Scanner, is_space};
use super::series::{Point, series};
use crate::engine::Range;
use crate::labels::Labels;
use crate::syntax::{Kind, Syntax};

/// A query and what is expected of it.
#[derive(Clone, Debug)]
pub(super) struct Eval {
    pub(super) line: usize,
    /// The column of the expression.
    pub(super) column: usize,
    pub(super) expr: String,
    pub(super) when: When,
    pub(super) expect: Expect,
    pub(super) value: Expected,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Instant(i64),
    Range(Range),
}

/// The value that is expected.
#[derive(Clone, Debug)]
pub(super) enum Expected {
    Scalar(f64),
    String(String),
    /// Series with one value each for an instant, and with one for each step for a range.
    Series(Vec<(Labels, Vec<Point>)>),
    /// A range vector of an instant, its samples at these times.
    RangeVector(Range, Vec<(Labels, Vec<Point>)>),
}

pub(super) fn parse(reader: &mut Reader<'_>, line: &Line<'_>) -> Result<Eval, ScriptError> {
    let mut eval = command(line).map_err(|fault| fault.of(reader.file, line))?;
    let old_fail = eval.expect.fail.is_some();
    while let Some(line) = reader.next_of_block() {
        let more = eval.line(line.text, old_fail).map_err(|fault| fault.of(reader.file, &line))?;
        if !more {
            break;
        }
    }
    Ok(eval)
}

fn command(line: &Line<'_>) -> Result<Eval, Fault> {
    let mut scan = Scanner::new(line.text);
    let word = scan.take_while(|c| !is_space(c));
    let form = word.strip_prefix("eval").unwrap_or_default();
    let mut expect = Expect::default();
    if !expect.old_form(form.strip_prefix('_').unwrap_or_default()) || form == "_" {
        return Err(Fault::new(0, format!("unknown command {word:?}")));
    }
    scan.skip_space();
    let at = scan.at();
    let when = match scan.take_while(|c| !is_space(c)) {
        "instant" => When::Instant(named_duration(&mut scan, "at")?),
        "range" => {
            let start = named_duration(&mut scan, "from")?;
            let at = scan.at();
            let end = named_duration(&mut scan, "to")?;
            let step = named_duration(&mut scan, "step")?;
            if end < start {
                return Err(Fault::new(at, "the end is before the start"));
            }
            When::Range(Range { start, end, step })
        }
        _ => return Err(Fault::new(at, "expected `instant at` or `range from`")),
    };
    scan.skip_space();
    if scan.is_done() {
        return Err(scan.fault("expected an expression"));
    }
    Ok(Eval {
        line: line.number,
        column: line.column(scan.at()),
        expr: scan.rest().to_owned(),
        when,
        expect,
        value: Expected::Series(Vec::new()),
    })
}

/// ` at 5m`
fn named_duration(scan: &mut Scanner<'_>, name: &str) -> Result<i64, Fault> {
    scan.skip_space();
    let at = scan.at();
    if scan.take_while(|c| !is_space(c)) != name {
        return Err(Fault::new(at, format!("expected `{name}`")));
    }
    scan.skip_space();
    let at = scan.at();
    duration(scan.take_while(|c| !is_space(c))).map_err(|message| Fault::new(at, message))
}

impl Eval {
    /// Takes a line below the command; `false` if it is the last.
    fn line(&mut self, text: &str, old_fail: bool) -> Result<bool, Fault> {
        if let (Some(message), true) = (text.strip_prefix("expected_fail_message"), old_fail) {
            self.expect.fail = Some(Pattern::Text(message.trim().to_owned()));
            return Ok(false);
        }
        if let (Some(pattern), true) = (text.strip_prefix("expected_fail_regexp"), old_fail) {
            let pattern = pattern.trim();
            self.expect.fail = Some(Pattern::regex(pattern, text.len() - pattern.len())?);
            return Ok(false);
        }
        if text.starts_with("expect range vector") {
            self.value = Expected::RangeVector(range_vector(text)?, Vec::new());
            return Ok(true);
        }
        if text.starts_with("expect string") {
            self.value = Expected::String(string(text)?);
            return Ok(true);
        }
        if split(text, |c| c != ' ').0 == "expect" {
            self.expect.line(text)?;
            return Ok(true);
        }
        if let Some(value) = scan::number(text) {
            self.value = Expected::Scalar(value);
            return Ok(false);
        }
        let (labels, points) = series(text)?;
        let ranged = matches!(self.when, When::Range(_));
        let expected = match &mut self.value {
            Expected::Series(_) if !ranged && points.len() != 1 => {
                let message =
                    "an instant has one value for each series, unless it expects a range vector";
                return Err(Fault::new(0, message));
            }
            Expected::Series(expected) | Expected::RangeVector(_, expected) => expected,
            Expected::Scalar(_) | Expected::String(_) => {
                return Err(Fault::new(0, "a text has no series"));
            }
        };
        expected.retain(|(other, _)| *other != labels);
        expected.push((labels, points));
        Ok(true)
    }
}

/// `expect range vector from 10s to 1m step 10s`
fn range_vector(text: &str) -> Result<Range, Fault> {
    let mut scan = Scanner::new(text);
    scan.take("expect range vector");
    let start = named_duration(&mut scan, "from")?;
    let end = named_duration(&mut scan, "to")?;
    let step = named_duration(&mut scan, "step")?;
    if end < start {
        return Err(Fault::new(0, "the end is before the start"));
    }
    Ok(Range { start, end, step })
}

/// `expect string "text"`
fn string(text: &str) -> Result<String, Fault> {
    let mut scan = Scanner::new(text);
    scan.take("expect string");
    scan.skip_space();
    let query = Syntax::everything().parse(scan.rest()).ok();
    match query.as_ref().map(|query| &query[query.root()].kind) {
        Some(Kind::String(text)) => Ok(text.to_str_lossy().into_owned()),
        _ => Err(scan.fault("expected a text between quotes")),
    }
}
