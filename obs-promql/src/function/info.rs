//! `info`: labels of info metrics, such as `target_info`, for series of the same instance and job.

use std::collections::HashMap;

use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Cell, Evaluated, Grid, Row};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::{MatchOp, Matcher, RegexError};
use crate::syntax::{DurationArg, Kind, NodeId, Query, Span, TimeModifiers};
use crate::value::{Sample, Type};

pub(super) const FUNCTIONS: &[Function] = &[Function::new(
    "info",
    &[Type::Vector, Type::Vector],
    Type::Vector,
    "Each element with the labels of the info metric of the same instance and job: of target_info, or \
     of those that the selector of the second argument asks for.",
    Body::Whole(info),
)
.optional()
.experimental()];

/// The labels that tell what an info metric is about. Prometheus has no others.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

fn info(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let span = call.span;
    let invalid = |error: RegexError| EvalError::expression(error.to_string(), span);
    let times = looked_at(call)?;
    let base = call.grid(0)?;
    let asked = if call.args.len() > 1 { call.selector(1)? } else { None };
    let matchers = asked.map_or(&[][..], |selector| &selector.matchers);
    let (names, data): (Vec<Matcher>, Vec<Matcher>) =
        matchers.iter().cloned().partition(|one| one.name() == METRIC_NAME);
    let names = info_names(names).map_err(invalid)?;
    let is_info = |row: &Row| {
        let name = row.labels.metric_name().unwrap_or_default();
        names.iter().all(|one| one.matches(name))
    };
    // Info metrics themselves stay as they are.
    let unchanged: Vec<bool> = base.rows.iter().map(is_info).collect();

    let mut wanted = identified(&base, &unchanged).map_err(invalid)?;
    let steps = call.evaluator.steps.count;
    let infos = if wanted.is_empty() {
        Grid::new(steps)
    } else {
        wanted.extend(data.iter().chain(&names).cloned());
        // What counts of an info metric is when it was sampled.
        call.evaluator.newest(&wanted, &times, |sample, samples, number| match sample {
            Sample::Float(_) => Ok(Sample::Float(super::scalar::seconds(samples.times[number]))),
            Sample::Histogram(_) => Err(EvalError::expression("info sample should be float", span)),
        })?
    };
    let infos = Infos::gather(&base, &infos, span)?;
    let mut joined = Joined { grid: Grid::new(steps), rows: HashMap::new(), data: &data, span };
    for (row, unchanged) in unchanged.iter().enumerate() {
        if *unchanged {
            let labels = base.rows[row].labels.clone();
            let to = joined.row(labels, base.rows[row].drop_name);
            for step in 0..steps {
                joined.copy(&base, (row, step), to)?;
            }
        } else {
            joined.join(&base, row, &infos)?;
        }
    }
    joined.grid.drop_empty_rows();
    Ok(Evaluated::Grid(joined.grid))
}

/// What the names of info metrics are like. Those that are only told what they are not end in `_info`.
fn info_names(mut names: Vec<Matcher>) -> Result<Vec<Matcher>, RegexError> {
    if names.is_empty() {
        return Ok(vec![Matcher::new(METRIC_NAME, MatchOp::Equal, "target_info")?]);
    }
    if !names.iter().any(|one| matches!(one.op(), MatchOp::Equal | MatchOp::Regex)) {
        names.insert(0, Matcher::new(METRIC_NAME, MatchOp::Regex, ".+_info")?);
    }
    Ok(names)
}

/// The instances and jobs of the rows that are to be changed.
fn identified(base: &Grid, unchanged: &[bool]) -> Result<Vec<Matcher>, RegexError> {
    let mut matchers = Vec::new();
    for label in IDENTIFYING {
        let rows = base.rows.iter().zip(unchanged).filter(|(_, unchanged)| !**unchanged);
        let mut values: Vec<&str> = rows.filter_map(|(row, _)| row.labels.get(label)).collect();
        values.sort_unstable();
        values.dedup();
        if !values.is_empty() {
            let values: Vec<String> = values.into_iter().map(::regex::escape).collect();
            matchers.push(Matcher::new(label, MatchOp::Regex, values.join("|"))?);
        }
    }
    Ok(matchers)
}

/// The times at which info metrics are looked at: those of the first selector of the first argument.
fn looked_at(call: &Call<'_, '_>) -> Result<Vec<i64>, EvalError> {
    let evaluator = &call.evaluator;
    let mut modifiers = first_modifiers(evaluator.query, call.arg(0)?).into_iter();
    let (mut offset, mut at) = (0_i64, None);
    while at.is_none()
        && let Some(next) = modifiers.next()
    {
        if let Some(one) = &next.offset {
            offset = offset.saturating_add(evaluator.duration(one)?);
        }
        at = next.at;
    }
    let offset = Some(DurationArg::Fixed(offset));
    evaluator.looked_at(&TimeModifiers { offset, at })
}

/// The modifiers of the first selector of an expression, and of the subqueries around it from the
/// inside out.
fn first_modifiers(query: &Query, root: NodeId) -> Vec<&TimeModifiers> {
    let mut around: Vec<&TimeModifiers> = Vec::new();
    // What is to be looked at, and in how many subqueries it lies.
    let mut open = vec![(root, 0)];
    while let Some((id, depth)) = open.pop() {
        around.truncate(depth);
        match &query[id].kind {
            Kind::Selector(selector) => {
                around.push(&selector.time);
                around.reverse();
                return around;
            }
            Kind::Subquery { expr, time, .. } => {
                around.push(time);
                open.push((*expr, depth + 1));
            }
            Kind::Matrix { selector: inner, .. } | Kind::Paren(inner) => open.push((*inner, depth)),
            Kind::Unary { expr, .. } => open.push((*expr, depth)),
            Kind::Call { args, .. } => open.extend(args.iter().rev().map(|arg| (*arg, depth))),
            Kind::Aggregate { expr, param, .. } => {
                open.extend(param.iter().chain([expr]).map(|part| (*part, depth)));
            }
            Kind::Binary { left, right, .. } => open.extend([(*right, depth), (*left, depth)]),
            Kind::Number { .. } | Kind::String(_) => {}
        }
    }
    Vec::new()
}

/// Info metrics by what they are about.
struct Infos<'i> {
    grid: &'i Grid,
    by_target: HashMap<[&'i str; 2], Vec<Info<'i>>>,
}

/// An info metric of one instance and job.
struct Info<'i> {
    name: &'i str,
    /// At each step the row with the newest sample.
    newest: Vec<Option<usize>>,
}

fn target(labels: &Labels) -> [&str; 2] {
    IDENTIFYING.map(|label| labels.get(label).unwrap_or_default())
}

impl<'i> Infos<'i> {
    fn gather(base: &Grid, grid: &'i Grid, span: Span) -> Result<Self, EvalError> {
        let any_base: Vec<bool> = (0..base.steps)
            .map(|step| (0..base.rows.len()).any(|row| base.kind(row, step) != Cell::Absent))
            .collect();
        let mut by_target: HashMap<[&str; 2], Vec<Info<'_>>> = HashMap::new();
        for (number, row) in grid.rows.iter().enumerate() {
            let name = row.labels.metric_name().unwrap_or_default();
            let infos = by_target.entry(target(&row.labels)).or_default();
            let place = infos.iter().position(|one| one.name == name).unwrap_or_else(|| {
                infos.push(Info { name, newest: vec![None; grid.steps] });
                infos.len() - 1
            });
            for (step, newest) in infos[place].newest.iter_mut().enumerate() {
                let Some(time) = grid.float(number, step).filter(|_| any_base[step]) else {
                    continue;
                };
                let before = newest.and_then(|row| Some((row, grid.float(row, step)?)));
                match before {
                    Some((_, other)) if other > time => {}
                    Some((row, other)) if other == time => {
                        let (old, new) = (&grid.rows[row].labels, &grid.rows[number].labels);
                        let at = time * 1000.0;
                        let message = format!(
                            "found duplicate series for info metric: existing {old} @ {at}, new \
                             {new} @ {at}"
                        );
                        return Err(EvalError::expression(message, span));
                    }
                    _ => *newest = Some(number),
                }
            }
        }
        Ok(Self { grid, by_target })
    }
}

/// Rows with labels of info metrics.
struct Joined<'d> {
    grid: Grid,
    rows: HashMap<Labels, usize>,
    /// What labels of info metrics are asked for; all, if none is.
    data: &'d [Matcher],
    span: Span,
}

impl Joined<'_> {
    fn row(&mut self, labels: Labels, drop_name: bool) -> usize {
        *self.rows.entry(labels).or_insert_with_key(|labels| {
            self.grid.push_row(Row { labels: labels.clone(), drop_name })
        })
    }

    fn copy(
        &mut self,
        base: &Grid,
        (row, step): (usize, usize),
        to: usize,
    ) -> Result<(), EvalError> {
        let Some(sample) = base.get(row, step) else { return Ok(()) };
        if self.grid.kind(to, step) != Cell::Absent {
            let message = "vector cannot contain metrics with the same labelset";
            return Err(EvalError::expression(message, self.span));
        }
        self.grid.set(to, step, sample);
        Ok(())
    }

    fn join(&mut self, base: &Grid, row: usize, infos: &Infos<'_>) -> Result<(), EvalError> {
        let Row { labels, drop_name } = &base.rows[row];
        let about = infos.by_target.get(&target(labels)).map_or(&[][..], Vec::as_slice);
        // From step to step the same info metrics are found most of the time.
        let mut last: Option<(Vec<usize>, Option<usize>)> = None;
        let mut found = Vec::new();
        for step in 0..base.steps {
            if base.kind(row, step) == Cell::Absent {
                continue;
            }
            found.clear();
            found.extend(about.iter().filter_map(|info| info.newest[step]));
            let to = match &last {
                Some((before, to)) if *before == found => *to,
                _ => {
                    let joined = self.labels(labels, &found, infos.grid)?;
                    let to = joined.map(|labels| self.row(labels, *drop_name));
                    last = Some((found.clone(), to));
                    to
                }
            };
            if let Some(to) = to {
                self.copy(base, (row, step), to)?;
            }
        }
        Ok(())
    }

    /// The labels with those of the info metrics in these rows; none where a label that is asked for
    /// is missing.
    fn labels(
        &self,
        base: &Labels,
        found: &[usize],
        infos: &Grid,
    ) -> Result<Option<Labels>, EvalError> {
        if found.is_empty() && self.data.iter().any(|one| !one.matches("")) {
            return Ok(None);
        }
        let mut added: Vec<(&str, &str)> = Vec::new();
        for row in found {
            for (name, value) in &infos.rows[*row].labels {
                let asked = self.data.is_empty() || self.data.iter().any(|one| one.name() == name);
                if name == METRIC_NAME || !asked {
                    continue;
                }
                match added.iter().find(|(other, _)| *other == name) {
                    Some((_, other)) if *other != value => {
                        let message = format!("conflicting label: {name}");
                        return Err(EvalError::expression(message, self.span));
                    }
                    None if base.get(name).is_none() => added.push((name, value)),
                    _ => {}
                }
            }
        }
        Ok(Some(base.iter().chain(added).collect()))
    }
}
