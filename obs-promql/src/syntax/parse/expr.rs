//! Operators between and before expressions.

use super::bracket::Bracket;
use super::matching::Modifiers;
use super::{Parsed, Parser};
use crate::syntax::advice;
use crate::syntax::ast::{BinaryOp, Kind, NodeId, Span};
use crate::syntax::number::{parse_duration, parse_number};
use crate::syntax::token::{Token, TokenKind};
use crate::value::Type;

/// What waits for the expression that follows it.
pub(super) enum Waiting {
    Unary { minus: bool, start: usize },
    Binary { left: NodeId, op: BinaryOp, span: Span, modifiers: Modifiers },
    Bracket(Bracket),
}

/// How tight operators bind. Signs bind as `*` does: `-a ^ b` is `-(a ^ b)`.
pub(super) const fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And | BinaryOp::Unless => 2,
        BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Gt
        | BinaryOp::Lt
        | BinaryOp::Ge
        | BinaryOp::Le
        | BinaryOp::TrimUpper
        | BinaryOp::TrimLower => 3,
        BinaryOp::Add | BinaryOp::Sub => 4,
        BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => SIGN,
        BinaryOp::Pow => 6,
    }
}

/// How tight `-` and `+` before an expression bind.
pub(super) const SIGN: u8 = 5;

impl Parser<'_> {
    /// The whole expression.
    ///
    /// What is begun waits in a list, not in calls of functions: neither chains nor brackets take stack.
    pub(super) fn expr(&mut self) -> Parsed<NodeId> {
        loop {
            while let TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) =
                self.peek_kind()?
            {
                let start = self.bump()?.span.start;
                self.waiting.push(Waiting::Unary { minus: op == BinaryOp::Sub, start });
            }
            let mut operand = self.operand()?;
            while let Some(expr) = operand {
                let expr = self.modified(expr)?;
                let next = match self.peek_kind()? {
                    TokenKind::Operator(op) => Some(op),
                    _ => None,
                };
                let expr = self.operate(expr, next.map_or(0, precedence))?;
                operand = if let Some(op) = next {
                    self.operator(expr, op)?;
                    None
                } else if let Some(Waiting::Bracket(bracket)) = self.waiting.pop() {
                    self.close(bracket, expr)?
                } else {
                    return Ok(expr);
                };
            }
        }
    }

    /// Gives `expr` to the operators that wait for it and bind as tight as `tight` at least.
    fn operate(&mut self, mut expr: NodeId, tight: u8) -> Parsed<NodeId> {
        while let Some(last) = self.waiting.pop_if(|last| last.goes_before(tight)) {
            expr = match last {
                Waiting::Unary { minus, start } => self.unary(minus, start, expr)?,
                Waiting::Binary { left, op, span, modifiers } => {
                    self.binary(left, op, span, modifiers, expr)?
                }
                Waiting::Bracket(_) => expr,
            };
        }
        Ok(expr)
    }

    /// Takes an operator with its modifiers, which waits for its right side.
    fn operator(&mut self, left: NodeId, op: BinaryOp) -> Parsed<()> {
        let start = self.bump()?.span.start;
        let modifiers = self.binary_modifiers()?;
        let span = Span { start, end: self.end };
        self.waiting.push(Waiting::Binary { left, op, span, modifiers });
        Ok(())
    }

    fn unary(&mut self, minus: bool, start: usize, expr: NodeId) -> Parsed<NodeId> {
        let node = self.node_mut(expr);
        if let Kind::Number { value, .. } = &mut node.kind {
            if minus {
                *value = -*value;
            }
            node.span.start = start;
            return Ok(expr);
        }
        let (ty, span) = (node.ty, Span { start, end: node.span.end });
        self.push(Kind::Unary { minus, expr }, ty, span, &[expr])
    }

    fn binary(
        &mut self,
        left: NodeId,
        op: BinaryOp,
        operator: Span,
        modifiers: Modifiers,
        right: NodeId,
    ) -> Parsed<NodeId> {
        let span = Span { start: self.span(left).start, end: self.span(right).end };
        let Modifiers { returns_bool, matching } = modifiers;
        let fills = matching.fill_left.is_some() || matching.fill_right.is_some();
        if fills && !self.syntax.fill_modifiers {
            let message = "binop fill modifiers are experimental and not enabled";
            let help = advice::enabled_by("promql-binop-fill-modifiers");
            return Err(self.error(span, message).helped(Some(help)));
        }
        let scalar = self.node(left).ty == Type::Scalar && self.node(right).ty == Type::Scalar;
        let ty = if scalar { Type::Scalar } else { Type::Vector };
        let matching = Some(matching);
        let kind = Kind::Binary { op, left, right, returns_bool, matching };
        // Chains go to the left and do not count.
        let depth = self.depth(left).max(self.depth(right) + 1);
        self.operators.push(operator);
        self.push_at(kind, ty, span, depth)
    }

    /// What stands between operators; `None` where it is a bracket whose inside is next.
    fn operand(&mut self) -> Parsed<Option<NodeId>> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                self.bump()?;
                let value = self.number(token)?;
                let duration = token.kind == TokenKind::Duration;
                self.push(Kind::Number { value, duration }, Type::Scalar, token.span, &[]).map(Some)
            }
            TokenKind::String => {
                self.bump()?;
                let text = self.unquoted(token);
                self.push(Kind::String(text), Type::String, token.span, &[]).map(Some)
            }
            TokenKind::LeftParen => self.open_paren(),
            TokenKind::Identifier | TokenKind::Keyword(_) => self.name_or_call(token),
            TokenKind::Aggregator(op) => self.name_or_aggregation(token, op),
            _ => self.selector().map(Some),
        }
    }

    /// The value of a number or, in seconds, of a duration.
    pub(super) fn number(&self, token: Token) -> Parsed<f64> {
        let written = self.written(token);
        let value = match token.kind {
            TokenKind::Duration => parse_duration(written),
            _ => parse_number(written),
        };
        value.map_err(|message| self.error(token.span, message))
    }
}

impl Waiting {
    /// Whether it takes what it waits for before an operator that binds so `tight` does.
    fn goes_before(&self, tight: u8) -> bool {
        match self {
            Self::Unary { .. } => SIGN >= tight,
            Self::Binary { op: BinaryOp::Pow, .. } => precedence(BinaryOp::Pow) > tight,
            Self::Binary { op, .. } => precedence(*op) >= tight,
            Self::Bracket(_) => false,
        }
    }
}
