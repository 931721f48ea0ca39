//! An expression, parsed.

use std::ops::Index;
use std::sync::Arc;

use crate::function::Function;
use crate::matcher::Matcher;
use crate::text::Text;
use crate::value::Type;

/// A part of a text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A parsed expression, known to be of good types.
///
/// Its parts lie side by side, each after those that it is made of: whoever has to look at every part
/// goes through [`nodes`](Self::nodes) in one loop, however deep the expression is.
///
/// Shown as Prometheus' `Expr.String()`.
#[derive(Clone, Debug)]
pub struct Query {
    pub(crate) text: Arc<str>,
    pub(crate) nodes: Vec<Node>,
}

/// The place of a [`Node`] in its [`Query`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(crate) u32);

/// A part of an expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its type.
    pub ty: Type,
    /// Where it stands in the text.
    pub span: Span,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `1.5`, or `5m` where `duration` is set.
    Number {
        /// Its value; of a duration in seconds.
        value: f64,
        /// Whether it was written as a duration, and is shown as one.
        duration: bool,
    },
    /// `"text"`
    String(Text),
    /// `http_requests_total{route="/"} offset 5m`
    Selector(Selector),
    /// `http_requests_total[5m]`
    Matrix {
        /// The selector, with the modifiers of the whole.
        selector: NodeId,
        /// How far back.
        range: DurationArg,
    },
    /// `rate(x[5m])[1h:1m]`
    Subquery {
        /// What is evaluated at each step.
        expr: NodeId,
        /// How far back.
        range: DurationArg,
        /// The time between two steps, if it is named.
        step: Option<DurationArg>,
        /// `offset` and `@`.
        time: TimeModifiers,
    },
    /// `rate(x[5m])`
    Call {
        /// What is called.
        function: &'static Function,
        /// With what.
        args: Vec<NodeId>,
    },
    /// `topk by (route) (5, x)`
    Aggregate {
        /// How elements are made one.
        op: Aggregator,
        /// What is aggregated.
        expr: NodeId,
        /// The `5` of `topk(5, x)`.
        param: Option<NodeId>,
        /// `by` or `without`.
        grouping: Grouping,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Before it.
        left: NodeId,
        /// After it.
        right: NodeId,
        /// Whether a comparison has 0 or 1 for a value: `bool`.
        returns_bool: bool,
        /// How elements of two vectors find each other; where both sides are vectors.
        matching: Option<Matching>,
    },
    /// `-a`
    Unary {
        /// Whether it is `-`, not `+`.
        minus: bool,
        /// What follows.
        expr: NodeId,
    },
    /// `(a)`
    Paren(NodeId),
}

/// `name{matchers} offset … @ …`
#[derive(Clone, Debug)]
pub struct Selector {
    /// The metric's name, where it is written before the braces. It is among the matchers too.
    pub name: Option<String>,
    /// What the labels must be like.
    pub matchers: Vec<Matcher>,
    /// `offset` and `@`.
    pub time: TimeModifiers,
    /// `anchored` or `smoothed`.
    pub extension: Option<Extension>,
}

/// How a selector treats the ends of its range; behind Prometheus' `promql-extended-range-selectors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// With the sample before the range.
    Anchored,
    /// With values between samples at both ends.
    Smoothed,
}

/// `offset` and `@`.
#[derive(Clone, Debug, Default)]
pub struct TimeModifiers {
    /// How much earlier.
    pub offset: Option<DurationArg>,
    /// When, whatever the time of the query is.
    pub at: Option<At>,
}

/// What follows `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Milliseconds since 1970.
    Time(i64),
    /// `start()`, of the query.
    Start,
    /// `end()`, of the query.
    End,
}

/// A duration that is written, or computed from ones that are.
#[derive(Clone, Debug)]
pub enum DurationArg {
    /// Milliseconds.
    Fixed(i64),
    /// Known when the query is evaluated.
    Expr(DurationExpr),
}

/// An expression of durations, such as `step() * 2`. Values are seconds.
#[derive(Clone, Debug)]
pub struct DurationExpr {
    /// What it is.
    pub kind: DurationKind,
    /// Where it stands in the text.
    pub span: Span,
}

/// What a [`DurationExpr`] is.
#[derive(Clone, Debug)]
pub enum DurationKind {
    /// `90` or `1m30s`.
    Number {
        /// Its value in seconds.
        value: f64,
        /// Whether it was written as a duration.
        duration: bool,
    },
    /// `step()`: the time between two steps of the query; 0 for an instant.
    Step,
    /// `range()`: from the start of the query to its end; 0 for an instant.
    Range,
    /// `+a` and `-a`
    Unary {
        /// Whether it is `-`.
        minus: bool,
        /// What follows.
        expr: Box<DurationExpr>,
    },
    /// `a * b`
    Binary {
        /// An arithmetic operator.
        op: BinaryOp,
        /// Before it.
        left: Box<DurationExpr>,
        /// After it.
        right: Box<DurationExpr>,
    },
    /// `min_of(a, b)`, `max_of(a, b)`
    Extreme {
        /// Whether it is `max_of`.
        max: bool,
        /// Before the comma.
        left: Box<DurationExpr>,
        /// After it.
        right: Box<DurationExpr>,
    },
    /// `(a)`
    Paren(Box<DurationExpr>),
}

/// How an aggregation makes one element of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Aggregator {
    /// `avg`
    Avg,
    /// `bottomk`
    Bottomk,
    /// `count`
    Count,
    /// `count_values`
    CountValues,
    /// `group`
    Group,
    /// `limitk`
    Limitk,
    /// `limit_ratio`
    LimitRatio,
    /// `max`
    Max,
    /// `min`
    Min,
    /// `quantile`
    Quantile,
    /// `stddev`
    Stddev,
    /// `stdvar`
    Stdvar,
    /// `sum`
    Sum,
    /// `topk`
    Topk,
}

/// By what elements are grouped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// Whether the labels are left out, not kept.
    pub without: bool,
    /// The labels.
    pub labels: Vec<String>,
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Mod,
    /// `^`
    Pow,
    /// `atan2`
    Atan2,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `<`
    Lt,
    /// `>=`
    Ge,
    /// `<=`
    Le,
    /// `and`
    And,
    /// `or`
    Or,
    /// `unless`
    Unless,
    /// `</`: the part of a histogram below.
    TrimUpper,
    /// `>/`: the part of a histogram above.
    TrimLower,
}

/// How elements of two vectors find each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    /// How many elements of each side go together.
    pub cardinality: Cardinality,
    /// Whether `labels` alone count, not all others.
    pub on: bool,
    /// The labels of `on` or `ignoring`.
    pub labels: Vec<String>,
    /// The labels of `group_left` or `group_right`.
    pub include: Vec<String>,
    /// What stands in for an element that the left side lacks: `fill`, `fill_left`.
    pub fill_left: Option<f64>,
    /// The same for the right side.
    pub fill_right: Option<f64>,
}

/// How many elements of each side of an operator go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cardinality {
    /// One and one.
    OneToOne,
    /// `group_left`
    ManyToOne,
    /// `group_right`
    OneToMany,
    /// Set operators.
    ManyToMany,
}

impl Query {
    /// The expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole expression.
    #[must_use]
    pub fn root(&self) -> NodeId {
        // There is one node at least, and as many as the bytes of the text at most.
        NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX).saturating_sub(1))
    }

    /// All parts, each after those that it is made of; the whole comes last.
    #[must_use]
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (NodeId, &Node)> {
        let numbered = self.nodes.iter().enumerate();
        numbered.map(|(number, node)| (NodeId(u32::try_from(number).unwrap_or(u32::MAX)), node))
    }

    /// The type of the whole.
    #[must_use]
    pub fn ty(&self) -> Type {
        self[self.root()].ty
    }

    /// The part without the brackets around it.
    #[must_use]
    pub fn unwrapped(&self, mut id: NodeId) -> NodeId {
        while let Kind::Paren(inner) = self[id].kind {
            id = inner;
        }
        id
    }
}

impl Node {
    /// What it is made of, in the order of the text.
    pub fn children(&self) -> impl Iterator<Item = NodeId> {
        let (first, second, args): (_, _, &[NodeId]) = match &self.kind {
            Kind::Number { .. } | Kind::String(_) | Kind::Selector(_) => (None, None, &[]),
            Kind::Matrix { selector: only, .. }
            | Kind::Subquery { expr: only, .. }
            | Kind::Unary { expr: only, .. }
            | Kind::Paren(only) => (Some(*only), None, &[]),
            Kind::Call { args, .. } => (None, None, args),
            Kind::Aggregate { expr, param, .. } => (*param, Some(*expr), &[]),
            Kind::Binary { left, right, .. } => (Some(*left), Some(*right), &[]),
        };
        first.into_iter().chain(second).chain(args.iter().copied())
    }
}

/// # Panics
///
/// If `id` is of another query.
impl Index<NodeId> for Query {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}
