//! `load 5m`, and the series below it.

use super::Reader;
use super::duration::{duration, split};
use super::error::{Fault, ScriptError};
use super::line::Line;
use super::nhcb;
use super::scan::{Scanner, is_space};
use super::series::{Point, repeat, series};
use super::store::Loaded;
use crate::labels::Labels;
use crate::value::Sample;

/// Series to load.
#[derive(Clone, Debug)]
pub(super) struct Load {
    pub(super) series: Vec<(Labels, Vec<Loaded>)>,
}

/// When the counters of a series began: milliseconds after each sample, `None` where it is not said.
struct Starts<'a> {
    line: Line<'a>,
    labels: Labels,
    offsets: Vec<Option<i64>>,
}

pub(super) fn parse(reader: &mut Reader<'_>, line: &Line<'_>) -> Result<Load, ScriptError> {
    let fail = |fault: Fault| fault.of(reader.file, line);
    let (command, rest) = split(line.text, |c| !is_space(c));
    let custom = match command {
        "load" => false,
        "load_with_nhcb" => true,
        _ => return Err(fail(Fault::new(0, "expected `load` or `load_with_nhcb`"))),
    };
    let step = rest.trim();
    let at = line.text.len() - step.len();
    let step = duration(step).map_err(|message| fail(Fault::new(at, message)))?;
    let mut load = Load { series: Vec::new() };
    let mut starts: Option<Starts<'_>> = None;
    while let Some(line) = reader.next_of_block() {
        let fail = |fault: Fault| fault.of(reader.file, &line);
        let (metric, rest) = split(line.text, |c| !is_space(c));
        if let (Some(metric), false) = (metric.strip_suffix("@st"), rest.is_empty()) {
            if let Some(starts) = &starts {
                return Err(unused(reader.file, starts));
            }
            let at = line.text.len() - rest.len();
            let (labels, _) = series(metric).map_err(fail)?;
            let offsets = start_offsets(line.text, at).map_err(fail)?;
            starts = Some(Starts { line, labels, offsets });
            continue;
        }
        let (labels, points) = series(line.text).map_err(fail)?;
        let offsets = match starts.take() {
            Some(starts) if starts.labels != labels || starts.offsets.len() != points.len() => {
                return Err(unused(reader.file, &starts));
            }
            Some(starts) => starts.offsets,
            None => Vec::new(),
        };
        let samples = samples(points, &offsets, step);
        // Of lines for one series the last counts.
        load.series.retain(|(other, _)| *other != labels);
        load.series.push((labels, samples));
    }
    if let Some(starts) = &starts {
        return Err(unused(reader.file, starts));
    }
    if custom {
        let made =
            nhcb::convert(&load.series).map_err(|message| fail_at(reader.file, line, message))?;
        load.series.extend(made);
    }
    Ok(load)
}

fn fail_at(file: &str, line: &Line<'_>, message: String) -> ScriptError {
    Fault::new(0, message).of(file, line)
}

fn unused(file: &str, starts: &Starts<'_>) -> ScriptError {
    let message = "the next line is not of the same series with as many values";
    Fault::new(0, message).of(file, &starts.line)
}

fn samples(points: Vec<Point>, offsets: &[Option<i64>], step: i64) -> Vec<Loaded> {
    let times = (0..).map(|number: i64| number.saturating_mul(step));
    let offsets = offsets.iter().copied().chain(std::iter::repeat(None));
    let timed = points.into_iter().zip(offsets).zip(times);
    timed
        .filter_map(|((point, offset), time)| {
            let sample = match point {
                Point::Gap => return None,
                Point::Float(value) => Sample::Float(value),
                Point::Histogram { histogram, .. } => Sample::Histogram(histogram),
            };
            let start = offset.map_or(0, |offset| time.saturating_add(offset));
            Some(Loaded { time, sample, start })
        })
        .collect()
}

/// `-1m _x3 0s+30sx5`, from the byte `at` of the line.
fn start_offsets(text: &str, at: usize) -> Result<Vec<Option<i64>>, Fault> {
    let mut scan = Scanner::new(text);
    scan.skip_to(at);
    let mut offsets = Vec::new();
    while scan.skip_space() || !scan.is_done() {
        if scan.is_done() {
            break;
        }
        if scan.take("_") {
            let count = if scan.take("x") { repeat(&mut scan, offsets.len(), 0)? } else { 1 };
            offsets.extend(std::iter::repeat_n(None, count));
            continue;
        }
        let mut offset = offset_duration(&mut scan)?;
        let at = scan.at();
        let step = match scan.peek() {
            Some('+' | '-') => offset_duration(&mut scan)?,
            _ => 0,
        };
        let stepped = scan.at() > at;
        let count = if scan.take("x") {
            repeat(&mut scan, offsets.len(), 1)?
        } else if stepped {
            return Err(scan.fault("expected `x` and how often"));
        } else {
            1
        };
        for _ in 0..count {
            offsets.push(Some(offset));
            offset = offset.saturating_add(step);
        }
    }
    Ok(offsets)
}

fn offset_duration(scan: &mut Scanner<'_>) -> Result<i64, Fault> {
    let at = scan.at();
    let minus = scan.take("-");
    if !minus {
        scan.take("+");
    }
    let text = scan.take_while(|c| c.is_ascii_alphanumeric() && c != 'x');
    let millis = duration(text).map_err(|message| Fault::new(at, message))?;
    Ok(if minus { -millis } else { millis })
}
