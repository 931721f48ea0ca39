//! Durations and what is computed with them.

use super::expr::{SIGN, precedence};
use super::{Parsed, Parser};
use crate::syntax::ast::{BinaryOp, DurationExpr, DurationKind, Span};
use crate::syntax::number::out_of_range;
use crate::syntax::token::{Keyword, Token, TokenKind};

/// How deep a computed duration may be, and how many operators its chains may have.
///
/// It is a tree of boxes, which takes stack to read and to drop.
pub(super) const MAX_DURATION_DEPTH: usize = 50;

/// What errors name if no duration is there: where, and what should be.
#[derive(Clone, Copy)]
struct Place<'p> {
    context: &'p str,
    expected: &'p str,
}

/// A duration and how deep it is.
type Deep = (DurationExpr, usize);

impl Parser<'_> {
    /// A duration in square brackets.
    pub(super) fn duration_expr(&mut self, context: &str, expected: &str) -> Parsed<DurationExpr> {
        Ok(self.duration(0, Place { context, expected })?.0)
    }

    /// What follows `offset`: one word with one sign, or a computation that begins with a parenthesis or
    /// two signs. `x offset 5m * 2` is `(x offset 5m) * 2`, `x offset (5m) * 2` is `x offset (5m * 2)`.
    pub(super) fn offset_duration(&mut self) -> Parsed<DurationExpr> {
        let expected = "number, duration, step(), or range()";
        let place = Place { context: "offset", expected };
        match self.peek_kind()? {
            TokenKind::LeftParen => Ok(self.duration(0, place)?.0),
            TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) => {
                let sign = self.bump()?.span;
                let next = self.peek_kind()?;
                let operand =
                    self.nested(sign, |parser| parser.duration_operand(u8::MAX, place))?;
                let signed = self.signed(op == BinaryOp::Sub, sign.start, operand)?;
                if !matches!(next, TokenKind::Operator(_)) {
                    return Ok(signed.0);
                }
                Ok(self.duration_after(signed, 0, place)?.0)
            }
            _ => Ok(self.duration_operand(u8::MAX, place)?.0),
        }
    }

    /// A duration whose operators bind as tight as `tight` at least.
    fn duration(&mut self, tight: u8, place: Place<'_>) -> Parsed<Deep> {
        let operand = self.duration_operand(tight, place)?;
        self.duration_after(operand, tight, place)
    }

    /// The same, with its first operand read.
    fn duration_after(&mut self, first: Deep, tight: u8, place: Place<'_>) -> Parsed<Deep> {
        let (mut left, mut depth) = first;
        loop {
            let token = self.peek()?;
            let TokenKind::Operator(op) = token.kind else { return Ok((left, depth)) };
            let arithmetic = matches!(
                op,
                BinaryOp::Add
                    | BinaryOp::Sub
                    | BinaryOp::Mul
                    | BinaryOp::Div
                    | BinaryOp::Mod
                    | BinaryOp::Pow
            );
            if !arithmetic || precedence(op) < tight {
                return Ok((left, depth));
            }
            self.bump()?;
            let next = if op == BinaryOp::Pow { precedence(op) } else { precedence(op) + 1 };
            let (right, right_depth) =
                self.nested(token.span, |parser| parser.duration(next, place))?;
            self.computed(left.span)?;
            if let DurationKind::Number { value: 0.0, .. } = right.kind {
                match op {
                    BinaryOp::Div => return self.fail(token.span, "division by zero"),
                    BinaryOp::Mod => return self.fail(token.span, "modulo by zero"),
                    _ => {}
                }
            }
            let span = Span { start: left.span.start, end: right.span.end };
            depth = depth.max(right_depth) + 1;
            self.check_duration_depth(depth, span)?;
            let (left_box, right) = (Box::new(left), Box::new(right));
            left = DurationExpr { kind: DurationKind::Binary { op, left: left_box, right }, span };
        }
    }

    fn duration_operand(&mut self, tight: u8, place: Place<'_>) -> Parsed<Deep> {
        let token = self.peek()?;
        match token.kind {
            TokenKind::Number | TokenKind::Duration => {
                self.bump()?;
                let value = self.number(token)?;
                if out_of_range(value) {
                    return self.fail(token.span, "duration out of range");
                }
                let duration = token.kind == TokenKind::Duration;
                let kind = DurationKind::Number { value, duration };
                Ok((DurationExpr { kind, span: token.span }, 1))
            }
            TokenKind::Operator(op @ (BinaryOp::Add | BinaryOp::Sub)) => {
                self.bump()?;
                let tight = tight.max(SIGN + 1);
                let operand = self.nested(token.span, |parser| parser.duration(tight, place))?;
                self.signed(op == BinaryOp::Sub, token.span.start, operand)
            }
            TokenKind::LeftParen => {
                self.bump()?;
                let inner = self.nested(token.span, |parser| parser.duration(0, place))?;
                let end = self.expect_duration(TokenKind::RightParen, place)?.span.end;
                self.computed(inner.0.span)?;
                let span = Span { start: token.span.start, end };
                self.wrapped(DurationKind::Paren(Box::new(inner.0)), span, inner.1)
            }
            TokenKind::Keyword(Keyword::Step | Keyword::Range) => {
                self.bump()?;
                self.expect_duration(TokenKind::LeftParen, place)?;
                let end = self.expect_duration(TokenKind::RightParen, place)?.span.end;
                let span = Span { start: token.span.start, end };
                self.computed(span)?;
                let step = token.kind == TokenKind::Keyword(Keyword::Step);
                let kind = if step { DurationKind::Step } else { DurationKind::Range };
                Ok((DurationExpr { kind, span }, 1))
            }
            TokenKind::Keyword(Keyword::MaxOf | Keyword::MinOf) => {
                self.bump()?;
                self.expect_duration(TokenKind::LeftParen, place)?;
                let left = self.nested(token.span, |parser| parser.duration(0, place))?;
                self.expect_duration(TokenKind::Comma, place)?;
                let right = self.nested(token.span, |parser| parser.duration(0, place))?;
                let end = self.expect_duration(TokenKind::RightParen, place)?.span.end;
                let span = Span { start: token.span.start, end };
                self.computed(span)?;
                let max = token.kind == TokenKind::Keyword(Keyword::MaxOf);
                let (left, right, depth) =
                    (Box::new(left.0), Box::new(right.0), left.1.max(right.1));
                self.wrapped(DurationKind::Extreme { max, left, right }, span, depth)
            }
            _ => self.unexpected_in(place.context, place.expected),
        }
    }

    /// Runs `inner` one level deeper; `span` is what it is in.
    fn nested<T>(&mut self, span: Span, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.check_duration_depth(self.open_in_duration + 1, span)?;
        self.open_in_duration += 1;
        let result = inner(self);
        self.open_in_duration -= 1;
        result
    }

    fn check_duration_depth(&self, depth: usize, span: Span) -> Parsed<()> {
        if depth <= MAX_DURATION_DEPTH {
            return Ok(());
        }
        let message = format!("the duration is nested more than {MAX_DURATION_DEPTH} levels deep");
        self.fail(span, message)
    }

    fn wrapped(&self, kind: DurationKind, span: Span, depth: usize) -> Parsed<Deep> {
        self.check_duration_depth(depth + 1, span)?;
        Ok((DurationExpr { kind, span }, depth + 1))
    }

    /// A sign that begins at `start` before `operand`. A number takes it in.
    fn signed(&self, minus: bool, start: usize, operand: Deep) -> Parsed<Deep> {
        let (mut operand, depth) = operand;
        let span = Span { start, end: operand.span.end };
        if let DurationKind::Number { value, .. } = &mut operand.kind {
            if minus {
                *value = -*value;
            }
            operand.span = span;
            return Ok((operand, depth));
        }
        self.wrapped(DurationKind::Unary { minus, expr: Box::new(operand) }, span, depth)
    }

    fn expect_duration(&mut self, kind: TokenKind, place: Place<'_>) -> Parsed<Token> {
        self.expect_in(kind, place.context, place.expected)
    }

    /// Whether durations may be computed.
    fn computed(&self, span: Span) -> Parsed<()> {
        if self.syntax.duration_expressions {
            return Ok(());
        }
        self.fail(span, "experimental duration expression is not enabled")
    }
}
