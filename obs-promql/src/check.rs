//! Types: whether the parts of an expression fit.

use std::collections::HashSet;

use crate::error::ParseError;
use crate::labels::METRIC_NAME;
use crate::syntax::{
    Aggregator, BinaryOp, Cardinality, Kind, Matching, NodeId, Query, Selector, Span,
};
use crate::text::Text;
use crate::value::Type;

/// Checks all parts of `query`. Takes away the matching where there are no two vectors.
///
/// `operators` are the places of the binary operators, in the order of the nodes.
///
/// # Errors
///
/// The first that Prometheus finds, in its words.
pub(crate) fn check(query: &mut Query, operators: &[Span]) -> Result<(), ParseError> {
    let result = Check { query, operators }.all();
    if let Err(Wrong { span, message, help }) = result {
        let (text, help) = (query.text.to_string(), help.map(str::to_owned));
        return Err(ParseError { message, span, help, text });
    }
    settle(query);
    Ok(())
}

/// What is wrong, and where.
struct Wrong {
    span: Span,
    message: String,
    help: Option<&'static str>,
}

type Checked = Result<(), Wrong>;

fn wrong(span: Span, message: impl Into<String>) -> Checked {
    Err(Wrong { span, message: message.into(), help: None })
}

fn helped(checked: Checked, help: Option<&'static str>) -> Checked {
    checked.map_err(|wrong| Wrong { help, ..wrong })
}

/// What turns one type into another.
fn conversion(got: Type, want: Type, kind: &Kind) -> Option<&'static str> {
    match (got, want) {
        (Type::Matrix, Type::Vector) => {
            Some("a range vector goes through a function such as `rate` first")
        }
        (Type::Vector, Type::Matrix) if matches!(kind, Kind::Selector(_)) => {
            Some("a range is missing behind the selector: `x[5m]`")
        }
        (Type::Vector, Type::Matrix) => {
            Some("a range of what is computed is a subquery: `(…)[5m:]`")
        }
        (Type::Scalar, Type::Vector) => Some("`vector(…)` makes a vector of a number"),
        (Type::Vector, Type::Scalar) => Some("`scalar(…)` makes a number of a vector of one"),
        _ => None,
    }
}

struct Check<'q> {
    query: &'q Query,
    operators: &'q [Span],
}

impl Check<'_> {
    fn all(&self) -> Checked {
        // Selectors that may select everything: what `info` gets.
        let mut free: Vec<NodeId> = Vec::new();
        for (_, node) in self.query.nodes() {
            if let Kind::Call { function, args } = &node.kind
                && function.name == "info"
            {
                free.extend(args.get(1));
            }
        }
        free.sort_unstable();
        let mut operators = self.operators.iter();
        for (id, node) in self.query.nodes() {
            let span = node.span;
            let result = match &node.kind {
                Kind::Selector(selector) => {
                    check_selector(selector, span, free.binary_search(&id).is_ok())
                }
                Kind::Binary { op, left, right, returns_bool, matching } => {
                    let operator = operators.next().copied().unwrap_or(span);
                    let binary = Binary {
                        op: *op,
                        left: *left,
                        right: *right,
                        returns_bool: *returns_bool,
                        matching: matching.as_ref(),
                        operator,
                        span,
                    };
                    self.binary(&binary)
                }
                Kind::Call { .. } => self.count(id).and_then(|()| self.arguments(id)),
                Kind::Aggregate { op, expr, param, .. } => self.aggregate(*op, *expr, *param),
                Kind::Unary { expr, .. } => self.unary(*expr, span),
                Kind::Subquery { expr, .. } => match self.ty(*expr) {
                    Type::Vector => Ok(()),
                    ty => wrong(
                        span,
                        format!(
                            "subquery is only allowed on instant vector, got {} instead",
                            ty.api_name()
                        ),
                    ),
                },
                Kind::Number { .. } | Kind::String(_) | Kind::Matrix { .. } | Kind::Paren(_) => {
                    Ok(())
                }
            };
            if let Err(wrong) = result {
                return self.counts_around(id).and(Err(wrong));
            }
        }
        Ok(())
    }

    /// Whether calls around the part `inner` have as many arguments as they should: Prometheus counts
    /// them before it looks at them.
    fn counts_around(&self, mut inner: NodeId) -> Checked {
        let mut result = Ok(());
        for (id, node) in self.query.nodes().skip(inner.0 as usize + 1) {
            if node.children().any(|child| child == inner) {
                inner = id;
                // The outermost comes first.
                if let Err(wrong) = self.count(id) {
                    result = Err(wrong);
                }
            }
        }
        result
    }

    fn ty(&self, id: NodeId) -> Type {
        self.query[id].ty
    }

    fn span(&self, id: NodeId) -> Span {
        self.query[id].span
    }

    fn expect(&self, id: NodeId, want: Type, context: &str) -> Checked {
        let got = self.ty(id);
        if got == want {
            return Ok(());
        }
        let help = conversion(got, want, &self.query[id].kind);
        let (want, got) = (want.document_name(), got.document_name());
        helped(wrong(self.span(id), format!("expected type {want} in {context}, got {got}")), help)
    }

    fn unary(&self, expr: NodeId, span: Span) -> Checked {
        let ty = self.ty(expr);
        if matches!(ty, Type::Scalar | Type::Vector) {
            return Ok(());
        }
        let ty = ty.document_name();
        wrong(
            span,
            format!(
                "unary expression only allowed on expressions of type scalar or instant vector, \
                 got {ty:?}"
            ),
        )
    }

    fn aggregate(&self, op: Aggregator, expr: NodeId, param: Option<NodeId>) -> Checked {
        self.expect(expr, Type::Vector, "aggregation expression")?;
        match (param, op.param()) {
            (Some(param), Some(want)) => self.expect(param, want, "aggregation parameter"),
            _ => Ok(()),
        }
    }

    /// How many arguments a call has, and what `info` wants of them.
    fn count(&self, id: NodeId) -> Checked {
        let node = &self.query[id];
        let Kind::Call { function, args } = &node.kind else { return Ok(()) };
        let (min, max, got) = (function.min_args, function.max_args, args.len());
        let name = function.name;
        if max == Some(min) && min == function.args.len() {
            if got != min {
                let message = format!("expected {min} argument(s) in call to {name:?}, got {got}");
                return wrong(node.span, message);
            }
        } else if got < min {
            let message =
                format!("expected at least {min} argument(s) in call to {name:?}, got {got}");
            return wrong(node.span, message);
        } else if let Some(max) = max.filter(|max| got > *max) {
            let message =
                format!("expected at most {max} argument(s) in call to {name:?}, got {got}");
            return wrong(node.span, message);
        }
        let Some(selector) = args.get(1).filter(|_| name == "info") else { return Ok(()) };
        let argument = &self.query[*selector];
        if argument.ty != Type::Vector {
            let got = argument.ty.document_name();
            let message =
                format!("expected type instant vector in call to function \"info\", got {got}");
            return wrong(node.span, message);
        }
        match &argument.kind {
            Kind::Selector(Selector { name: None, .. }) => Ok(()),
            Kind::Selector(_) => {
                wrong(argument.span, "expected label selectors only, got vector selector instead")
            }
            _ => wrong(argument.span, "expected label selectors only"),
        }
    }

    fn arguments(&self, id: NodeId) -> Checked {
        let Kind::Call { function, args } = &self.query[id].kind else { return Ok(()) };
        let context = format!("call to function {:?}", function.name);
        for (number, arg) in args.iter().enumerate() {
            if let Some(want) = function.args.get(number).or(function.args.last()) {
                self.expect(*arg, *want, &context)?;
            }
        }
        Ok(())
    }

    fn binary(&self, binary: &Binary<'_>) -> Checked {
        let Binary { op, left, right, operator, span, .. } = *binary;
        let (left_type, right_type) = (self.ty(left), self.ty(right));
        let scalars = left_type == Type::Scalar && right_type == Type::Scalar;
        if binary.returns_bool && !op.is_comparison() {
            return wrong(operator, "bool modifier can only be used on comparison operators");
        }
        if op.is_comparison() && !binary.returns_bool && scalars {
            let wrong = wrong(operator, "comparisons between scalars must use BOOL modifier");
            return helped(wrong, Some("`== bool` is 1 where it holds, else 0"));
        }
        let matching = binary.matching;
        if let Some(matching) = matching.filter(|matching| matching.on) {
            let include: HashSet<&String> = matching.include.iter().collect();
            let twice = matching.labels.iter().find(|label| include.contains(label));
            if let Some(label) = twice {
                let label = Text::from(label.as_str());
                let message =
                    format!("label {label} must not occur in ON and GROUP clause at once");
                return wrong(operator, message);
            }
        }
        for side in [left, right] {
            if !matches!(self.ty(side), Type::Scalar | Type::Vector) {
                let message = "binary expression must contain only scalar and instant vector types";
                let help = conversion(self.ty(side), Type::Vector, &self.query[side].kind);
                return helped(wrong(self.span(side), message), help);
            }
        }
        let fills = matching.is_some_and(|one| one.fill_left.is_some() || one.fill_right.is_some());
        if left_type != Type::Vector || right_type != Type::Vector {
            if matching.is_some_and(|matching| !matching.labels.is_empty()) {
                return wrong(span, "vector matching only allowed between instant vectors");
            }
            if fills {
                return wrong(
                    span,
                    "filling in missing series only allowed between instant vectors",
                );
            }
            if op.is_set() {
                let message = format!(
                    "set operator {:?} not allowed in binary scalar expression",
                    op.as_str()
                );
                return wrong(span, message);
            }
        } else if op.is_set() {
            let cardinality = matching.map_or(Cardinality::OneToOne, |one| one.cardinality);
            if matches!(cardinality, Cardinality::ManyToOne | Cardinality::OneToMany) {
                return wrong(span, format!("no grouping allowed for {:?} operation", op.as_str()));
            }
            if fills {
                let message = "filling in missing series not allowed for set operators";
                return wrong(span, message);
            }
        }
        Ok(())
    }
}

/// The parts of a binary expression.
struct Binary<'q> {
    op: BinaryOp,
    left: NodeId,
    right: NodeId,
    returns_bool: bool,
    matching: Option<&'q Matching>,
    /// Where the operator stands.
    operator: Span,
    span: Span,
}

/// Whether a selector selects something in particular, unless it is `free` to select everything.
fn check_selector(selector: &Selector, span: Span, free: bool) -> Checked {
    if let Some(name) = &selector.name {
        let others = selector.matchers.split_last().map_or(&[][..], |(_, others)| others);
        return match others.iter().find(|matcher| matcher.name() == METRIC_NAME) {
            Some(matcher) => {
                let (name, other) = (Text::from(name.as_str()), matcher.value());
                wrong(span, format!("metric name must not be set twice: {name} or {other}"))
            }
            None => Ok(()),
        };
    }
    if free || selector.matchers.iter().any(|matcher| !matcher.matches("")) {
        return Ok(());
    }
    wrong(span, "vector selector must contain at least one non-empty matcher")
}

/// Gives each operator the matching that it has.
fn settle(query: &mut Query) {
    let types: Vec<Type> = query.nodes.iter().map(|node| node.ty).collect();
    let is_vector = |id: NodeId| types.get(id.0 as usize) == Some(&Type::Vector);
    for node in &mut query.nodes {
        let Kind::Binary { op, left, right, matching, .. } = &mut node.kind else { continue };
        if !is_vector(*left) || !is_vector(*right) {
            *matching = None;
        } else if let Some(matching) = matching.as_mut().filter(|_| op.is_set()) {
            matching.cardinality = Cardinality::ManyToMany;
        }
    }
}
