//! Calls of functions.

use super::{Parsed, Parser};
use crate::function::Function;
use crate::syntax::advice;
use crate::syntax::ast::{Kind, NodeId, Span};
use crate::syntax::token::{Token, TokenKind};
use crate::text::Text;

impl Parser<'_> {
    /// A call, or a selector that begins with the word `name`, which is next.
    pub(super) fn name_or_call(&mut self, name: Token) -> Parsed<NodeId> {
        let callable = match name.kind {
            TokenKind::Keyword(keyword) => keyword.is_function(),
            kind => kind == TokenKind::Identifier,
        };
        if !callable {
            return self.selector();
        }
        self.bump()?;
        if self.peek_kind()? != TokenKind::LeftParen {
            return self.selector_after(name);
        }
        let args = self.arguments()?;
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
        let children = args.clone();
        self.push(Kind::Call { function, args }, function.returns, span, &children)
    }

    /// `(a, b)`
    pub(super) fn arguments(&mut self) -> Parsed<Vec<NodeId>> {
        let open = self.expect(TokenKind::LeftParen)?.span;
        let mut args = Vec::new();
        if self.accept(TokenKind::RightParen)? {
            return Ok(args);
        }
        loop {
            args.push(self.nested(open, Self::expr)?);
            let token = self.peek()?;
            match token.kind {
                TokenKind::Comma => self.bump()?,
                TokenKind::RightParen => break,
                _ => return self.unexpected(),
            };
            if !self.starts_expr()? {
                let message = "trailing commas not allowed in function call args";
                return self.fail(token.span, message);
            }
        }
        self.bump()?;
        Ok(args)
    }

    /// Whether the next word can begin an expression.
    fn starts_expr(&mut self) -> Parsed<bool> {
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
