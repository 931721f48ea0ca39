//! What becomes of labels and buckets on their way through a query.

use std::collections::BTreeMap;

use obs_promql::syntax::{
    Aggregator, BinaryOp, Cardinality, Grouping, Kind, Matching, NodeId, Selector,
};
use obs_promql::{METRIC_NAME, MatchOp, Query, Type};

use super::known::{Known, Part};
use super::labels::Labels;

/// What the parts of a query are made of.
#[derive(Debug)]
pub(super) struct Flow<'q> {
    query: &'q Query,
    shapes: BTreeMap<NodeId, Shape>,
    parents: BTreeMap<NodeId, NodeId>,
}

/// What one part has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Shape {
    pub(super) labels: Labels,
    /// The buckets that it is of: the name with `_bucket`.
    pub(super) buckets: Option<String>,
    /// The buckets that it is a quantile of.
    pub(super) quantile_of: Option<String>,
}

impl<'q> Flow<'q> {
    pub(super) fn new(query: &'q Query, known: &Known) -> Self {
        let mut flow = Self { query, shapes: BTreeMap::new(), parents: BTreeMap::new() };
        // Parts come after those that they are made of.
        for (id, node) in query.nodes() {
            let shape = match &node.kind {
                Kind::Number { .. } | Kind::String(_) => Shape::default(),
                Kind::Selector(selector) => of_selector(selector, known),
                Kind::Matrix { selector: inner, .. }
                | Kind::Subquery { expr: inner, .. }
                | Kind::Unary { expr: inner, .. }
                | Kind::Paren(inner) => flow.part(id, *inner),
                Kind::Call { args, .. } => {
                    let parts: Vec<_> = args.iter().map(|arg| flow.part(id, *arg)).collect();
                    flow.of_call(id, parts)
                }
                Kind::Aggregate { op, expr, param, grouping } => {
                    if let Some(param) = param {
                        flow.part(id, *param);
                    }
                    let made = param.and_then(|param| flow.text(param));
                    let made = made.filter(|_| *op == Aggregator::CountValues);
                    aggregated(flow.part(id, *expr), *op, grouping, made)
                }
                Kind::Binary { op, left, right, matching, .. } => {
                    let (left_shape, right_shape) = (flow.part(id, *left), flow.part(id, *right));
                    match matching {
                        Some(matching) => joined(left_shape, right_shape, *op, matching),
                        // One of them is a scalar, which has no labels.
                        None => Shape {
                            quantile_of: left_shape
                                .quantile_of
                                .or(right_shape.quantile_of)
                                .filter(|_| op.is_comparison()),
                            labels: left_shape.labels.union(&right_shape.labels),
                            buckets: left_shape.buckets.or(right_shape.buckets),
                        },
                    }
                }
            };
            flow.shapes.insert(id, shape);
        }
        flow
    }

    /// Says that `id` is made of `part`, and what that is.
    fn part(&mut self, id: NodeId, part: NodeId) -> Shape {
        self.parents.insert(part, id);
        self.shape(part)
    }

    pub(super) fn shape(&self, id: NodeId) -> Shape {
        self.shapes.get(&id).cloned().unwrap_or_default()
    }

    pub(super) fn labels(&self, id: NodeId) -> Labels {
        self.shape(id).labels
    }

    /// What `id` is a part of.
    pub(super) fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents.get(&id).copied()
    }

    /// The text that the part is, if it is one.
    pub(super) fn text(&self, id: NodeId) -> Option<String> {
        match &self.query[self.query.unwrapped(id)].kind {
            Kind::String(text) => Some(text.to_str_lossy().into_owned()),
            _ => None,
        }
    }

    /// The number that the part is, if it is one.
    pub(super) fn number(&self, id: NodeId) -> Option<f64> {
        match &self.query[self.query.unwrapped(id)].kind {
            Kind::Number { value, .. } => Some(*value),
            _ => None,
        }
    }

    fn of_call(&self, id: NodeId, parts: Vec<Shape>) -> Shape {
        let Kind::Call { function, args } = &self.query[id].kind else { return Shape::default() };
        let text = |number: usize| args.get(number).and_then(|arg| self.text(*arg));
        let vector = args
            .iter()
            .zip(parts)
            .find(|(arg, _)| matches!(self.query[**arg].ty, Type::Vector | Type::Matrix));
        let Some((arg, mut shape)) = vector else { return Shape::default() };
        match function.name {
            "scalar" => Shape::default(),
            "label_replace" | "label_join" => {
                match text(1) {
                    Some(label) => shape.labels.add(&label),
                    None => shape.labels = Labels::any(),
                }
                shape
            }
            "histogram_quantile" | "histogram_fraction" => {
                shape.labels.remove("le");
                let quantile_of = shape.buckets.take();
                let quantile_of = quantile_of.filter(|_| function.name == "histogram_quantile");
                Shape { labels: shape.labels, buckets: None, quantile_of }
            }
            "histogram_quantiles" => {
                shape.labels.remove("le");
                if let Some(label) = text(1) {
                    shape.labels.add(&label);
                }
                Shape { labels: shape.labels, ..Shape::default() }
            }
            "absent" | "absent_over_time" => Shape { labels: self.asked(*arg), ..Shape::default() },
            // It adds labels of other series.
            "info" => Shape { labels: Labels::any(), ..shape },
            name => {
                let same = STILL_THE_SAME.contains(&name) || name.ends_with("_over_time");
                let quantile_of = shape.quantile_of.filter(|_| same);
                Shape { quantile_of, ..shape }
            }
        }
    }

    /// The labels that `absent` makes of the matchers of its argument.
    fn asked(&self, mut id: NodeId) -> Labels {
        loop {
            match &self.query[id].kind {
                Kind::Paren(inner) | Kind::Matrix { selector: inner, .. } => id = *inner,
                Kind::Selector(selector) => {
                    let equal = selector.matchers.iter().filter(|one| one.op() == MatchOp::Equal);
                    let names = equal.map(|one| one.name().to_owned());
                    return Labels::of(names.filter(|name| name != METRIC_NAME));
                }
                _ => return Labels::default(),
            }
        }
    }
}

/// Functions of whose result a quantile is one still.
const STILL_THE_SAME: &[&str] = &[
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "floor",
    "round",
    "sort",
    "sort_desc",
    "sort_by_label",
    "sort_by_label_desc",
];

/// The name of the series that a selector asks for, if it is one.
pub(super) fn name_of(selector: &Selector) -> Option<&str> {
    let named =
        |one: &&obs_promql::Matcher| one.name() == METRIC_NAME && one.op() == MatchOp::Equal;
    selector
        .name
        .as_deref()
        .or_else(|| selector.matchers.iter().find(named).and_then(|one| one.value().as_str()))
}

fn of_selector(selector: &Selector, known: &Known) -> Shape {
    let Some(name) = name_of(selector) else {
        return Shape { labels: Labels::any(), ..Shape::default() };
    };
    let mut labels = known.labels(name);
    for matcher in &selector.matchers {
        if matcher.op() == MatchOp::Equal && matcher.value().is_empty() {
            labels.remove(matcher.name());
        }
    }
    let buckets = (known.part(name) == Part::Bucket).then(|| name.to_owned());
    let quantile_of = known.records.get(name).and_then(|record| record.quantile_of.clone());
    Shape { labels, buckets, quantile_of }
}

fn aggregated(mut of: Shape, op: Aggregator, grouping: &Grouping, made: Option<String>) -> Shape {
    let selects = matches!(
        op,
        Aggregator::Topk | Aggregator::Bottomk | Aggregator::Limitk | Aggregator::LimitRatio
    );
    if !selects {
        if grouping.without {
            for label in &grouping.labels {
                of.labels.remove(label);
            }
        } else {
            of.labels = Labels::of(grouping.labels.iter().cloned());
        }
        of.labels.extend(made);
    }
    let same = selects || matches!(op, Aggregator::Max | Aggregator::Min | Aggregator::Avg);
    Shape { quantile_of: of.quantile_of.filter(|_| same), ..of }
}

fn joined(left: Shape, right: Shape, op: BinaryOp, matching: &Matching) -> Shape {
    match op {
        BinaryOp::And | BinaryOp::Unless => return left,
        BinaryOp::Or => {
            return Shape {
                labels: left.labels.union(&right.labels),
                buckets: left.buckets.or(right.buckets),
                quantile_of: left.quantile_of.or(right.quantile_of),
            };
        }
        _ => {}
    }
    let buckets = left.buckets.or(right.buckets);
    let quantile_of = left.quantile_of.filter(|_| op.is_comparison());
    let labels = match matching.cardinality {
        Cardinality::ManyToOne | Cardinality::OneToMany => {
            let many = matching.cardinality == Cardinality::ManyToOne;
            let mut labels = if many { left.labels } else { right.labels };
            labels.extend(matching.include.iter().cloned());
            labels
        }
        Cardinality::OneToOne | Cardinality::ManyToMany if matching.on => {
            Labels::of(matching.labels.iter().cloned())
        }
        Cardinality::OneToOne | Cardinality::ManyToMany => {
            let mut labels = left.labels;
            for label in &matching.labels {
                labels.remove(label);
            }
            labels
        }
    };
    Shape { labels, buckets, quantile_of }
}
