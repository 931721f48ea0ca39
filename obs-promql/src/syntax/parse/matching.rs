//! What stands between a binary operator and its right side.

use super::{Parsed, Parser};
use crate::syntax::ast::{BinaryOp, Cardinality, Matching};
use crate::syntax::token::{Keyword, TokenKind};

/// `bool`, `on`, `ignoring`, `group_left`, `group_right`, `fill`, `fill_left` and `fill_right`.
pub(super) struct Modifiers {
    pub(super) returns_bool: bool,
    pub(super) matching: Matching,
}

impl Parser<'_> {
    pub(super) fn binary_modifiers(&mut self) -> Parsed<Modifiers> {
        let returns_bool = self.accept_keyword(Keyword::Bool)?;
        let mut matching = Matching {
            cardinality: Cardinality::OneToOne,
            on: false,
            labels: Vec::new(),
            include: Vec::new(),
            fill_left: None,
            fill_right: None,
        };
        if let TokenKind::Keyword(keyword @ (Keyword::On | Keyword::Ignoring)) = self.peek_kind()? {
            self.bump()?;
            matching.on = keyword == Keyword::On;
            matching.labels = self.grouping_labels()?;
            let cardinality = match self.peek_kind()? {
                TokenKind::Keyword(Keyword::GroupLeft) => Some(Cardinality::ManyToOne),
                TokenKind::Keyword(Keyword::GroupRight) => Some(Cardinality::OneToMany),
                _ => None,
            };
            if let Some(cardinality) = cardinality {
                self.bump()?;
                matching.cardinality = cardinality;
                if self.peek_kind()? == TokenKind::LeftParen || !self.starts_expr()? {
                    matching.include = self.grouping_labels()?;
                }
            }
        }
        self.fills(&mut matching)?;
        Ok(Modifiers { returns_bool, matching })
    }

    fn fills(&mut self, matching: &mut Matching) -> Parsed<()> {
        if self.accept_keyword(Keyword::Fill)? {
            let value = self.fill_value()?;
            (matching.fill_left, matching.fill_right) = (Some(value), Some(value));
        } else if self.accept_keyword(Keyword::FillLeft)? {
            matching.fill_left = Some(self.fill_value()?);
            if self.accept_keyword(Keyword::FillRight)? {
                matching.fill_right = Some(self.fill_value()?);
            }
        } else if self.accept_keyword(Keyword::FillRight)? {
            matching.fill_right = Some(self.fill_value()?);
            if self.accept_keyword(Keyword::FillLeft)? {
                matching.fill_left = Some(self.fill_value()?);
            }
        }
        Ok(())
    }

    /// `(-1.5)`
    fn fill_value(&mut self) -> Parsed<f64> {
        self.expect(TokenKind::LeftParen)?;
        let Some(value) = self.signed_number()? else { return self.unexpected() };
        self.expect(TokenKind::RightParen)?;
        Ok(value)
    }

    /// A number or duration with at most one sign; `None` if there is none, behind the sign.
    pub(super) fn signed_number(&mut self) -> Parsed<Option<f64>> {
        let minus = self.accept(TokenKind::Operator(BinaryOp::Sub))?;
        if !minus {
            self.accept(TokenKind::Operator(BinaryOp::Add))?;
        }
        let token = self.peek()?;
        if !matches!(token.kind, TokenKind::Number | TokenKind::Duration) {
            return Ok(None);
        }
        self.bump()?;
        let value = self.number(token)?;
        Ok(Some(if minus { -value } else { value }))
    }
}
