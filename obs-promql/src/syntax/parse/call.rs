//! Calls of functions.

use super::bracket::Before;
use super::{Parsed, Parser};
use crate::function::Function;
use crate::syntax::advice;
use crate::syntax::ast::{Kind, NodeId, Span};
use crate::syntax::token::{Token, TokenKind};
use crate::text::Text;

impl Parser<'_> {
    /// A call, or a selector that begins with the word `name`, which is next.
    pub(super) fn name_or_call(&mut self, name: Token) -> Parsed<Option<NodeId>> {
        let callable = match name.kind {
            TokenKind::Keyword(keyword) => keyword.is_function(),
            kind => kind == TokenKind::Identifier,
        };
        if !callable {
            return self.selector().map(Some);
        }
        self.bump()?;
        if self.peek_kind()? == TokenKind::LeftParen {
            self.open(Before::Function(name))
        } else {
            self.selector_after(name).map(Some)
        }
    }

    /// The call of the function `name`, whose brackets are closed.
    pub(super) fn call(&mut self, name: Token, args: Vec<NodeId>) -> Parsed<NodeId> {
        let written = self.written(name);
        let Some(function) = Function::find(written) else {
            let message = format!("unknown function with name {}", Text::from(written));
            return Err(self.error(name.span, message).helped(advice::of_function(written)));
        };
        if function.experimental && !self.syntax.experimental_functions {
            let message = format!("function {} is not enabled", Text::from(written));
            let help = Some(advice::enabled_by("promql-experimental-functions"));
            return Err(self.error(name.span, message).helped(help));
        }
        let span = Span { start: name.span.start, end: self.end };
        let depth = self.depth_of(&args);
        self.push_at(Kind::Call { function, args }, function.returns, span, depth)
    }

    /// Whether the next word can begin an expression.
    pub(super) fn starts_expr(&mut self) -> Parsed<bool> {
        use crate::syntax::ast::BinaryOp::{Add, Sub};
        Ok(match self.peek_kind()? {
            TokenKind::Number
            | TokenKind::Duration
            | TokenKind::String
            | TokenKind::LeftParen
            | TokenKind::LeftBrace
            | TokenKind::Operator(Add | Sub) => true,
            kind => kind.is_metric_name(),
        })
    }
}
