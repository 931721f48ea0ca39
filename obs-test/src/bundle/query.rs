//! What may be wrong with a query that parses.

use obs_promql::syntax::{BinaryOp, Cardinality, Kind, Matching, NodeId, Selector, Span};
use obs_promql::{METRIC_NAME, MatchOp, Matcher, Query};

use super::finding::Lint;
use super::flow::{Flow, name_of};
use super::known::{Known, Meaning, Part};
use super::rate;

/// Something wrong with a part of a query.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) lint: Lint,
    pub(super) span: Span,
    pub(super) message: String,
}

/// Everything that is wrong with a query.
pub(super) fn check(query: &Query, known: &Known) -> Vec<Wrong> {
    let flow = Flow::new(query, known);
    let mut check = Check { query, known, flow: &flow, found: Vec::new() };
    for (id, node) in query.nodes() {
        match &node.kind {
            Kind::Selector(selector) => check.selector(id, selector),
            Kind::Aggregate { expr, grouping, .. } => {
                let labels = flow.labels(*expr);
                for label in grouping.labels.iter().filter(|label| !labels.has(label)) {
                    // Leaving out what is not there changes nothing, and says that it may come.
                    if !grouping.without {
                        let message = format!(
                            "groups by {label}, which the series do not have; they have: {labels}"
                        );
                        check.say(Lint::Label, node.span, message);
                    }
                }
            }
            Kind::Binary { op, left, right, matching: Some(matching), .. } => {
                check.matching(node.span, *op, (*left, *right), matching);
            }
            Kind::Binary { op, left, right, matching: None, .. } if op.is_comparison() => {
                check.threshold(node.span, *op, *left, *right);
            }
            Kind::Call { function, args } if function.name == "histogram_quantile" => {
                check.quantile(node.span, args);
            }
            _ => {}
        }
    }
    check.found
}

pub(super) struct Check<'a> {
    pub(super) query: &'a Query,
    pub(super) known: &'a Known,
    pub(super) flow: &'a Flow<'a>,
    found: Vec<Wrong>,
}

impl Check<'_> {
    pub(super) fn say(&mut self, lint: Lint, span: Span, message: String) {
        self.found.push(Wrong { lint, span, message });
    }

    fn selector(&mut self, id: NodeId, selector: &Selector) {
        let span = self.query[id].span;
        let Some(name) = name_of(selector) else {
            let mut names = selector.matchers.iter().filter(|one| one.name() == METRIC_NAME);
            let exists = |matcher: &Matcher| {
                let mut all = self.known.series.keys().chain(self.known.records.keys());
                is_variable(matcher) || all.any(|name| matcher.matches(name))
            };
            if self.known.complete && names.any(|matcher| !exists(matcher)) {
                self.say(Lint::Metric, span, "no series has such a name".to_owned());
            }
            return;
        };
        if let Meaning::Nothing = self.known.meaning(name) {
            let message = match self.known.suggestion(name) {
                Some(other) => format!("nothing exposes or records {name}: use {other}"),
                None if self.known.complete => format!("nothing exposes or records {name}"),
                None => format!("no rule records {name}"),
            };
            self.say(Lint::Metric, span, message);
            return;
        }
        let labels = self.known.labels(name);
        for matcher in &selector.matchers {
            let label = matcher.name();
            if label != METRIC_NAME && !labels.has(label) {
                let message = format!("{name} has no label {label}; it has: {labels}");
                self.say(Lint::Label, span, message);
            }
        }
        self.buckets(span, name, selector);
        rate::check(self, id, name);
    }

    /// `le` is a bound.
    fn buckets(&mut self, span: Span, name: &str, selector: &Selector) {
        let Meaning::Series(series) = self.known.meaning(name) else { return };
        if series.part != Part::Bucket {
            return;
        }
        for matcher in selector.matchers.iter().filter(|one| one.name() == "le") {
            let value = matcher.value().to_str_lossy();
            if is_variable(matcher) || value == "+Inf" || value.is_empty() {
                continue;
            }
            let bounds = &series.bounds;
            let found = match matcher.op() {
                MatchOp::Equal | MatchOp::NotEqual => {
                    // Prometheus 3 stores all bounds with a fraction, however they are exposed.
                    bounds.iter().any(|(le, bound)| *le == value || format!("{bound:?}") == value)
                }
                MatchOp::Regex => bounds
                    .iter()
                    .map(|(le, _)| le.as_str())
                    .chain(["+Inf"])
                    .any(|le| matcher.matches(le)),
                MatchOp::NotRegex => true,
            };
            if found {
                continue;
            }
            let number: Option<f64> = value.parse().ok();
            let same = bounds.iter().find(|(_, bound)| Some(*bound) == number);
            let message = match same {
                Some((le, _)) => {
                    format!("le=\"{value}\" never matches: the bound is exposed as {le:?}")
                }
                None => {
                    let all: Vec<_> = bounds.iter().map(|(le, _)| le.as_str()).collect();
                    let all = all.join(", ");
                    format!("le=\"{value}\" is no bucket of {}, which has {all}", series.family)
                }
            };
            self.say(Lint::Bucket, span, message);
        }
    }

    /// What a quantile is compared with is a bound: between two bounds it is a guess.
    fn threshold(&mut self, span: Span, op: BinaryOp, left: NodeId, right: NodeId) {
        let (quantile, number, above) = match (self.flow.number(left), self.flow.number(right)) {
            (None, Some(number)) => (left, number, matches!(op, BinaryOp::Gt | BinaryOp::Ge)),
            (Some(number), None) => (right, number, matches!(op, BinaryOp::Lt | BinaryOp::Le)),
            _ => return,
        };
        let Some(name) = self.flow.shape(quantile).quantile_of else { return };
        let Meaning::Series(series) = self.known.meaning(&name) else { return };
        let bounds: Vec<f64> = series.bounds.iter().map(|(_, bound)| *bound).collect();
        let Some(last) = bounds.iter().copied().reduce(f64::max) else { return };
        let strict = matches!(op, BinaryOp::Gt | BinaryOp::Lt);
        let message = if above && (number > last || strict && number == last) {
            format!(
                "never true: a quantile of {} is at most {last}, its last bucket",
                series.family
            )
        } else if number == 0.0 || bounds.contains(&number) {
            return;
        } else {
            let all: Vec<_> = bounds.iter().map(ToString::to_string).collect();
            let all = all.join(", ");
            format!("compares with {number}, which is no bucket of {}: {all}", series.family)
        };
        self.say(Lint::Bucket, span, message);
    }

    fn quantile(&mut self, span: Span, args: &[NodeId]) {
        let [quantile, buckets] = args else { return };
        if let Some(number) = self.flow.number(*quantile).filter(|one| !(0.0..=1.0).contains(one)) {
            let message = format!("a quantile is between 0 and 1, not {number}");
            self.say(Lint::Quantile, span, message);
        }
        let shape = self.flow.shape(*buckets);
        if let Some(name) = shape.buckets.filter(|_| !shape.labels.has("le")) {
            let message =
                format!("histogram_quantile gets no le of {name}: sum by (le, …) inside of it");
            self.say(Lint::Quantile, span, message);
        }
    }

    fn matching(&mut self, span: Span, op: BinaryOp, of: (NodeId, NodeId), matching: &Matching) {
        let (left, right) = (self.flow.labels(of.0), self.flow.labels(of.1));
        let by = if matching.on { "on" } else { "ignoring" };
        for label in &matching.labels {
            let missing = match (left.has(label), right.has(label)) {
                (true, true) => continue,
                (false, false) => "neither side has it",
                _ if !matching.on => continue,
                (false, true) => "the left side lacks it",
                (true, false) => "the right side lacks it",
            };
            self.say(Lint::Label, span, format!("{by} ({label}): {missing}"));
        }
        let (group, one) = match matching.cardinality {
            Cardinality::OneToMany => ("group_right", &left),
            _ => ("group_left", &right),
        };
        for label in matching.include.iter().filter(|label| !one.has(label)) {
            let message = format!("{group} ({label}): the other side lacks it; it has: {one}");
            self.say(Lint::Label, span, message);
        }
        if matching.on || op == BinaryOp::Or {
            return;
        }
        let ignored = |label: &&str| !matching.labels.iter().any(|one| one == label);
        let of_left: Vec<_> = left.beyond(&right).filter(ignored).collect();
        let of_right: Vec<_> = right.beyond(&left).filter(ignored).collect();
        if !of_left.is_empty() || !of_right.is_empty() {
            let lacks = |side: &str, labels: &[&str]| {
                let labels = labels.join(", ");
                if labels.is_empty() { labels } else { format!("the {side} lacks {labels}") }
            };
            let lacks = [lacks("left side", &of_right), lacks("right side", &of_left)];
            let lacks: Vec<_> = lacks.into_iter().filter(|text| !text.is_empty()).collect();
            let message = format!(
                "`{}` matches nothing, {}: say on (…) or ignoring (…)",
                op.as_str(),
                lacks.join(" and ")
            );
            self.say(Lint::Matching, span, message);
        }
    }
}

/// Whether Grafana fills in the value.
fn is_variable(matcher: &Matcher) -> bool {
    let value = matcher.value().to_str_lossy();
    value
        .match_indices('$')
        .any(|(at, _)| value[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}
