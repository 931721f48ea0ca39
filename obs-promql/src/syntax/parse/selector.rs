//! Selectors and metrics.

use super::{Parsed, Parser};
use crate::labels::{Labels, METRIC_NAME};
use crate::matcher::{MatchOp, Matcher};
use crate::syntax::ast::{BinaryOp, Kind, NodeId, Selector, Span, TimeModifiers};
use crate::syntax::token::{Token, TokenKind};
use crate::text::Text;
use crate::value::Type;

impl Parser<'_> {
    /// A selector, which begins with the next word.
    pub(super) fn selector(&mut self) -> Parsed<NodeId> {
        let start = self.peek()?.span.start;
        let selector = self.whole_selector()?;
        let span = Span { start, end: self.end };
        self.push(Kind::Selector(selector), Type::Vector, span, &[])
    }

    /// A selector whose metric's name, `name`, has been taken.
    pub(super) fn selector_after(&mut self, name: Token) -> Parsed<NodeId> {
        let selector = self.selector_rest(Some(name))?;
        let span = Span { start: name.span.start, end: self.end };
        self.push(Kind::Selector(selector), Type::Vector, span, &[])
    }

    pub(super) fn whole_selector(&mut self) -> Parsed<Selector> {
        let token = self.peek()?;
        if token.kind.is_metric_name() {
            self.bump()?;
            self.selector_rest(Some(token))
        } else if token.kind == TokenKind::LeftBrace {
            self.selector_rest(None)
        } else {
            self.unexpected()
        }
    }

    fn selector_rest(&mut self, name: Option<Token>) -> Parsed<Selector> {
        let mut matchers = Vec::new();
        if self.accept(TokenKind::LeftBrace)? {
            self.matchers(&mut matchers)?;
        }
        let name = name.map(|name| self.written(name).to_owned());
        if let Some(name) = &name {
            matchers.push(self.matcher(
                METRIC_NAME,
                MatchOp::Equal,
                name.as_str().into(),
                Span::default(),
            )?);
        }
        Ok(Selector { name, matchers, time: TimeModifiers::default(), extension: None })
    }

    /// What stands in braces, with the right one.
    fn matchers(&mut self, matchers: &mut Vec<Matcher>) -> Parsed<()> {
        const CONTEXT: &str = "label matching";
        loop {
            if self.accept(TokenKind::RightBrace)? {
                return Ok(());
            }
            let (token, name) = self.label_name(CONTEXT)?;
            if let Some(op) = self.match_op()? {
                let value = self.expect_in(TokenKind::String, CONTEXT, "string")?;
                let span = Span { start: token.span.start, end: value.span.end };
                let value = self.unquoted(value);
                matchers.push(self.matcher(&name.to_str_lossy(), op, value, span)?);
            } else if token.kind == TokenKind::String {
                matchers.push(self.matcher(METRIC_NAME, MatchOp::Equal, name, token.span)?);
            } else {
                return self.unexpected_in(CONTEXT, "label matching operator");
            }
            if !self.accept(TokenKind::Comma)? && self.peek_kind()? != TokenKind::RightBrace {
                return self.unexpected_in(CONTEXT, "\",\" or \"}\"");
            }
        }
    }

    fn match_op(&mut self) -> Parsed<Option<MatchOp>> {
        let op = match self.peek_kind()? {
            TokenKind::Equal => MatchOp::Equal,
            TokenKind::Operator(BinaryOp::Ne) => MatchOp::NotEqual,
            TokenKind::EqualRegex => MatchOp::Regex,
            TokenKind::NotEqualRegex => MatchOp::NotRegex,
            _ => return Ok(None),
        };
        self.bump()?;
        Ok(Some(op))
    }

    fn matcher(&self, name: &str, op: MatchOp, value: Text, span: Span) -> Parsed<Matcher> {
        Matcher::new(name, op, value).map_err(|error| self.error(span, error.to_string()))
    }

    /// `name{label="value"}`
    pub(super) fn metric(&mut self) -> Parsed<Labels> {
        let token = self.peek()?;
        let name = token.kind.is_metric_name();
        if name {
            self.bump()?;
        }
        let name = if name { self.written(token) } else { "" };
        let mut pairs = Vec::new();
        if self.accept(TokenKind::LeftBrace)? {
            self.label_set(&mut pairs)?;
        }
        // Last, since of equal names the last counts.
        if !name.is_empty() {
            pairs.push((METRIC_NAME.to_owned(), name.to_owned()));
        }
        Ok(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
    }

    /// The same, with values behind it: braces follow the name at once or not at all.
    pub(super) fn metric_before_values(&mut self) -> Parsed<Labels> {
        let token = self.peek()?;
        if token.kind.is_metric_name()
            && !self.text.get(token.span.end..).is_some_and(|rest| rest.starts_with('{'))
        {
            self.bump()?;
            return Ok([(METRIC_NAME, self.written(token))].into_iter().collect());
        }
        if token.kind == TokenKind::LeftBrace || token.kind.is_metric_name() {
            return self.metric();
        }
        self.unexpected()
    }

    /// A label's name, or a text in its place.
    fn label_name(&mut self, context: &'static str) -> Parsed<(Token, Text)> {
        let token = self.peek()?;
        let name = match token.kind {
            TokenKind::Identifier => Text::from(self.written(token)),
            TokenKind::String => self.unquoted(token),
            _ => return self.unexpected_in(context, "identifier or \"}\""),
        };
        self.bump()?;
        Ok((token, name))
    }

    fn label_set(&mut self, pairs: &mut Vec<(String, String)>) -> Parsed<()> {
        const CONTEXT: &str = "label set";
        loop {
            if self.accept(TokenKind::RightBrace)? {
                return Ok(());
            }
            let (token, name) = self.label_name(CONTEXT)?;
            let name = name.to_str_lossy().into_owned();
            if self.accept(TokenKind::Equal)? {
                let value = self.expect_in(TokenKind::String, CONTEXT, "string")?;
                pairs.push((name, self.unquoted(value).to_str_lossy().into_owned()));
            } else if token.kind == TokenKind::String {
                pairs.push((METRIC_NAME.to_owned(), name));
            } else {
                return self.unexpected_in(CONTEXT, "\"=\"");
            }
            if !self.accept(TokenKind::Comma)? && self.peek_kind()? != TokenKind::RightBrace {
                return self.unexpected_in(CONTEXT, "\",\" or \"}\"");
            }
        }
    }
}
