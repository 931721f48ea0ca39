//! Parentheses: around an expression, or around what a function or an aggregation is given.

use super::expr::Waiting;
use super::{Parsed, Parser};
use crate::syntax::ast::{Aggregator, Grouping, Kind, NodeId, Span};
use crate::syntax::token::{Token, TokenKind};

/// Parentheses that are open.
pub(super) struct Bracket {
    before: Before,
    /// The first of them.
    open: Span,
    /// What has been read between them.
    args: Vec<NodeId>,
}

/// What stands before parentheses.
pub(super) enum Before {
    Nothing,
    Function(Token),
    Aggregator(Token, Aggregator, Option<Grouping>),
}

impl Parser<'_> {
    pub(super) fn open_paren(&mut self) -> Parsed<Option<NodeId>> {
        self.open(Before::Nothing)
    }

    /// Takes the parenthesis that is next. If what it encloses is empty it is closed too.
    pub(super) fn open(&mut self, before: Before) -> Parsed<Option<NodeId>> {
        let open = self.expect(TokenKind::LeftParen)?.span;
        let bracket = Bracket { before, open, args: Vec::new() };
        let may_be_empty = !matches!(bracket.before, Before::Nothing);
        if may_be_empty && self.accept(TokenKind::RightParen)? {
            return self.closed(bracket).map(Some);
        }
        self.go_deeper(open)?;
        self.waiting.push(Waiting::Bracket(bracket));
        Ok(None)
    }

    /// Closes the innermost parentheses behind `expr`, or takes the comma there.
    pub(super) fn close(&mut self, mut bracket: Bracket, expr: NodeId) -> Parsed<Option<NodeId>> {
        bracket.args.push(expr);
        let comma = self.peek()?;
        let may_go_on = !matches!(bracket.before, Before::Nothing);
        if may_go_on && comma.kind == TokenKind::Comma {
            self.bump()?;
            if !self.starts_expr()? {
                let message = "trailing commas not allowed in function call args";
                return self.fail(comma.span, message);
            }
            self.waiting.push(Waiting::Bracket(bracket));
            return Ok(None);
        }
        self.expect(TokenKind::RightParen)?;
        self.open -= 1;
        self.closed(bracket).map(Some)
    }

    fn closed(&mut self, bracket: Bracket) -> Parsed<NodeId> {
        let Bracket { before, open, args } = bracket;
        match (before, args.as_slice()) {
            (Before::Function(name), _) => self.call(name, args),
            (Before::Aggregator(name, op, grouping), args) => {
                self.aggregation(name, op, grouping, args)
            }
            (Before::Nothing, &[inner, ..]) => {
                let span = Span { start: open.start, end: self.end };
                self.push(Kind::Paren(inner), self.node(inner).ty, span, &[inner])
            }
            (Before::Nothing, []) => self.unexpected(),
        }
    }
}
