//! Aggregations.

use super::bracket::Before;
use super::{Parsed, Parser};
use crate::syntax::ast::{Aggregator, Grouping, Kind, NodeId, Span};
use crate::syntax::token::{Keyword, Token, TokenKind};
use crate::text::Text;
use crate::value::Type;

impl Parser<'_> {
    /// An aggregation, or a selector whose metric is called like one. `name` is next.
    pub(super) fn name_or_aggregation(
        &mut self,
        name: Token,
        op: Aggregator,
    ) -> Parsed<Option<NodeId>> {
        self.bump()?;
        match self.peek_kind()? {
            TokenKind::LeftParen | TokenKind::Keyword(Keyword::By | Keyword::Without) => {
                self.aggregations += 1;
                let grouping = self.grouping()?;
                self.open(Before::Aggregator(name, op, grouping))
            }
            _ => self.selector_after(name).map(Some),
        }
    }

    /// An aggregation whose brackets are closed.
    pub(super) fn aggregation(
        &mut self,
        name: Token,
        op: Aggregator,
        grouping: Option<Grouping>,
        args: &[NodeId],
    ) -> Parsed<NodeId> {
        self.aggregations -= 1;
        let grouping = match grouping {
            Some(grouping) => grouping,
            None => self.grouping()?.unwrap_or_default(),
        };
        let span = Span { start: name.span.start, end: self.end };
        if args.is_empty() {
            return self.fail(span, "no arguments for aggregate expression provided");
        }
        if op.is_experimental() && !self.syntax.experimental_functions {
            let name = op.as_str();
            return self.fail(
                span,
                format!(
                    "{name}() is experimental and must be enabled with \
                     --enable-feature=promql-experimental-functions"
                ),
            );
        }
        let (param, expr) = match *args {
            [expr] if op.param().is_none() => (None, expr),
            [param, expr] if op.param().is_some() => (Some(param), expr),
            _ => {
                let expected = if op.param().is_some() { 2 } else { 1 };
                let got = args.len();
                return self.fail(
                    span,
                    format!(
                        "wrong number of arguments for aggregate expression provided, \
                         expected {expected}, got {got}"
                    ),
                );
            }
        };
        self.push(Kind::Aggregate { op, expr, param, grouping }, Type::Vector, span, args)
    }

    /// `by (…)` or `without (…)`, if one is next.
    fn grouping(&mut self) -> Parsed<Option<Grouping>> {
        let without = match self.peek_kind()? {
            TokenKind::Keyword(Keyword::By) => false,
            TokenKind::Keyword(Keyword::Without) => true,
            _ => return Ok(None),
        };
        self.bump()?;
        let labels = self.grouping_labels()?;
        Ok(Some(Grouping { without, labels }))
    }

    /// `(route, "a label")`
    pub(super) fn grouping_labels(&mut self) -> Parsed<Vec<String>> {
        const CONTEXT: &str = "grouping opts";
        self.expect_in(TokenKind::LeftParen, CONTEXT, "\"(\"")?;
        let mut labels = Vec::new();
        loop {
            if self.accept(TokenKind::RightParen)? {
                return Ok(labels);
            }
            let token = self.peek()?;
            let label = match token.kind {
                TokenKind::String => self.unquoted(token),
                kind if kind.is_label() => Text::from(self.written(token)),
                _ => return self.unexpected_in(CONTEXT, "label"),
            };
            let Some(name) = label.as_str().filter(|name| !name.is_empty()) else {
                let message = format!("invalid label name for grouping: {label}");
                return self.fail(token.span, message);
            };
            labels.push(name.to_owned());
            self.bump()?;
            if !self.accept(TokenKind::Comma)? && self.peek_kind()? != TokenKind::RightParen {
                return self.unexpected_in(CONTEXT, "\",\" or \")\"");
            }
        }
    }
}
