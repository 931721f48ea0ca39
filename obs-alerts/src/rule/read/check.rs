//! Whether groups and rules make sense: what Prometheus asks of them beyond their form.

use std::collections::{HashMap, HashSet};

use obs_promql::METRIC_NAME;

use super::problem::Problems;
use super::raw::{Pair, RawGroup, RawRule, Text, quoted, shown};
use crate::rule::file::{Group, Place, Rule, RuleKind};
use crate::template;
use crate::yaml::Node;

/// Makes groups of what is right, and problems of what is not.
pub(super) struct Checker<'p, 't> {
    problems: &'p mut Problems<'t>,
    /// Expressions by the byte that they begin at: an alias does not parse its own a second time.
    exprs: HashMap<usize, Result<obs_promql::Query, Box<obs_promql::ParseError>>>,
}

/// The rule at hand, as messages name it.
struct Context<'c> {
    group: &'c str,
    number: usize,
    name: &'c str,
}

impl<'p, 't> Checker<'p, 't> {
    pub(super) fn new(problems: &'p mut Problems<'t>) -> Self {
        Self { problems, exprs: HashMap::new() }
    }

    pub(super) fn groups(&mut self, raw: Vec<RawGroup<'t>>) -> Vec<Group> {
        let mut names = HashSet::new();
        raw.into_iter()
            .map(|raw| {
                let name = raw.name.map_or("", |name| name.text);
                let node = raw.name.map_or(raw.node, |name| name.node);
                if name.is_empty() {
                    let help = "write `name: …`".to_owned();
                    self.problems.node(node, "Groupname must not be empty".to_owned(), Some(help));
                }
                if !names.insert(name) {
                    let message =
                        format!("groupname: \"{}\" is repeated in the same file", shown(name));
                    let help = "give each group a name of its own".to_owned();
                    self.problems.node(node, message, Some(help));
                }
                let labels = self.labels(&raw.labels, None);
                let numbered = (1..).zip(&raw.rules);
                let rules =
                    numbered.filter_map(|(number, rule)| self.rule(name, number, rule)).collect();
                Group {
                    name: name.to_owned(),
                    interval: Some(raw.interval).filter(|interval| *interval > 0),
                    query_offset: raw.query_offset,
                    limit: usize::try_from(raw.limit).unwrap_or_default(),
                    labels,
                    rules,
                    place: self.place(raw.node),
                }
            })
            .collect()
    }

    fn rule(&mut self, group: &str, number: usize, raw: &RawRule<'t>) -> Option<Rule> {
        let set = |text: Option<Text<'t>>| text.filter(|text| !text.text.is_empty());
        let (record, alert) = (set(raw.record), set(raw.alert));
        let name = alert.or(record);
        let context = Context { group, number, name: name.map_or("", |name| name.text) };
        if let (Some(record), Some(alert)) = (record, alert) {
            let later = if record.node.mark.at > alert.node.mark.at { record } else { alert };
            let help = "make two rules of it";
            self.say(&context, later.node, "only one of 'record' and 'alert' must be set", help);
        }
        if name.is_none() {
            let help = "write `alert: NAME` or `record: NAME`";
            self.say(&context, raw.node, "one of 'record' or 'alert' must be set", help);
        }
        let expr = self.expr(&context, raw, set(raw.expr));
        if let Some(record) = record {
            self.recording(&context, raw, record);
        }
        let labels = self.labels(&raw.labels, Some(&context));
        for (key, _) in &raw.annotations {
            if key.text.is_empty() {
                self.say(&context, key.node, "invalid annotation name: ", "write a name");
            }
        }
        if alert.is_some() {
            self.templates(&context, "label", &raw.labels);
            self.templates(&context, "annotation", &raw.annotations);
        }
        let kind = match (record, alert) {
            (Some(record), None) => RuleKind::Record { name: record.text.to_owned() },
            (None, Some(alert)) => RuleKind::Alert {
                name: alert.text.to_owned(),
                hold: raw.hold.map_or(0, |span| span.millis),
                keep_firing_for: raw.keep_firing_for.map_or(0, |span| span.millis),
            },
            _ => return None,
        };
        let annotations = owned(&raw.annotations);
        Some(Rule { kind, expr: expr?, labels, annotations, place: self.place(raw.node) })
    }

    fn recording(&mut self, context: &Context<'_>, raw: &RawRule<'t>, record: Text<'t>) {
        let help = "only alerts have it: leave it out, or write `alert` instead of `record`";
        let spans = [("for", raw.hold), ("keep_firing_for", raw.keep_firing_for)];
        let keys = spans
            .map(|(name, span)| (name, span.filter(|span| span.millis != 0).map(|span| span.key)));
        let annotated = raw.annotated.filter(|_| !raw.annotations.is_empty());
        for (name, key) in keys.into_iter().chain([("annotations", annotated)]) {
            if let Some(key) = key {
                let message = format!("invalid field '{name}' in recording rule");
                self.say(context, key, &message, help);
            }
        }
        if let Some(at) = record.text.find(['{', '}']) {
            let message = format!(
                "braces present in the recording rule name; should it be in expr?: {}",
                shown(record.text)
            );
            let help = "a name is like `job:errors:rate5m`; set labels below `labels`";
            let message = context.say(&message);
            self.problems.part(record.node, &(at..at + 1), message, Some(help.to_owned()));
        }
    }

    fn expr(
        &mut self,
        context: &Context<'_>,
        raw: &RawRule<'t>,
        expr: Option<Text<'t>>,
    ) -> Option<obs_promql::Query> {
        let Some(expr) = expr else {
            let node = raw.expr.map_or(raw.node, |expr| expr.node);
            self.say(context, node, "field 'expr' must be set in rule", "write `expr: …`");
            return None;
        };
        let parsed = self
            .exprs
            .entry(expr.node.mark.at)
            .or_insert_with(|| obs_promql::parse(expr.text).map_err(Box::new));
        let error = match parsed {
            Ok(query) => return Some(query.clone()),
            Err(error) => error.clone(),
        };
        let message =
            format!("could not parse expression: parse error: {}", printable(&error.message));
        let part = error.span.start..error.span.end.max(error.span.start + 1);
        let help = error.help.as_ref().map(|help| self.placed(help, expr));
        self.problems.part(expr.node, &part, context.say(&message), help);
        None
    }

    /// `help` on the expression `expr`, with the place in the file for a place in the expression.
    fn placed(&self, help: &str, expr: Text<'t>) -> String {
        let place = |help: &str| {
            let (before, rest) = help.split_once(" at ")?;
            let (place, after) = rest.split_once(' ').unwrap_or((rest, ""));
            let (line, column) = place.split_once(':')?;
            let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
            let start = self::line(expr.text, line).start;
            let at = expr.text[start..].char_indices().nth(column.checked_sub(1)?)?.0;
            let (line, column) = self.problems.place_of(expr.node, start + at);
            Some(format!("{before} at {line}:{column} {after}"))
        };
        place(help).unwrap_or_else(|| help.to_owned())
    }

    /// Labels that a series may have.
    fn labels(
        &mut self,
        pairs: &[Pair<'t>],
        context: Option<&Context<'_>>,
    ) -> Vec<(String, String)> {
        for (key, _) in pairs {
            let help = match key.text {
                "" => "write a name",
                METRIC_NAME => "the name of a series is that of its rule: `record: NAME`",
                _ => continue,
            };
            let message = format!("invalid label name: {}", key.text);
            let message = context.map_or_else(|| message.clone(), |context| context.say(&message));
            self.problems.node(key.node, message, Some(help.to_owned()));
        }
        owned(pairs)
    }

    fn templates(&mut self, context: &Context<'_>, what: &str, pairs: &[Pair<'t>]) {
        for (key, value) in pairs {
            let Err(error) = template::check(context.name, value.text) else { continue };
            let message = format!("{what} {}: {error}", quoted(key.text));
            let part = line(value.text, error.line());
            self.problems.part(value.node, &part, context.say(&message), None);
        }
    }

    fn say(&mut self, context: &Context<'_>, node: &Node, message: &str, help: &str) {
        self.problems.node(node, context.say(message), Some(help.to_owned()));
    }

    fn place(&self, node: &Node) -> Place {
        Place { file: self.problems.name(), line: node.mark.line, column: node.mark.column }
    }
}

impl Context<'_> {
    fn say(&self, message: &str) -> String {
        let (group, number, name) = (quoted(self.group), self.number, quoted(self.name));
        format!("group {group}, rule {number}, {name}: {message}")
    }
}

fn owned(pairs: &[Pair<'_>]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| (key.text.to_owned(), value.text.to_owned())).collect()
}

/// The bytes of the line `number`, from 1, of `text`.
fn line(text: &str, number: usize) -> std::ops::Range<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n').take(number.saturating_sub(1)) {
        start += line.len();
    }
    let length = text[start..].lines().next().map_or(0, str::len);
    start..start + length.max(1)
}

/// A message of another part, which may quote the file.
fn printable(message: &str) -> String {
    message.chars().take(400).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
