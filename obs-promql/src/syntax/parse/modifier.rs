//! What follows a selector: ranges, subqueries, `offset`, `@`, `anchored` and `smoothed`.

use super::{Parsed, Parser};
use crate::syntax::advice;
use crate::syntax::ast::{
    At, DurationArg, DurationExpr, DurationKind, Extension, Kind, NodeId, Span, TimeModifiers,
};
use crate::syntax::number::milliseconds;
use crate::syntax::token::{Keyword, TokenKind};
use crate::value::Type;

impl Parser<'_> {
    /// `expr` with all that follows and belongs to it.
    pub(super) fn modified(&mut self, mut expr: NodeId) -> Parsed<NodeId> {
        loop {
            match self.peek_kind()? {
                TokenKind::LeftBracket => expr = self.range_or_subquery(expr)?,
                TokenKind::At => self.at(expr)?,
                TokenKind::Keyword(Keyword::Offset) => self.offset(expr)?,
                TokenKind::Keyword(Keyword::Anchored) => self.extend(expr, Extension::Anchored)?,
                TokenKind::Keyword(Keyword::Smoothed) => self.extend(expr, Extension::Smoothed)?,
                _ => return Ok(expr),
            }
        }
    }

    fn range_or_subquery(&mut self, expr: NodeId) -> Parsed<NodeId> {
        const RANGE: &str = "number, duration, step(), or range()";
        let open = self.bump()?.span;
        let range = self.positive_duration("subquery or range selector", RANGE)?;
        if self.accept(TokenKind::RightBracket)? {
            return self.matrix(expr, Span { start: open.start, end: self.end }, range);
        }
        self.expect_in(TokenKind::Colon, "subquery or range", "\":\" or \"]\"")?;
        let step = if self.peek_kind()? == TokenKind::RightBracket {
            None
        } else {
            let expected = "number, duration, step(), range(), or \"]\"";
            Some(self.positive_duration("subquery selector", expected)?)
        };
        let end = self.expect_in(TokenKind::RightBracket, "subquery selector", "\"]\"")?.span.end;
        let span = Span { start: self.span(expr).start, end };
        let time = TimeModifiers::default();
        self.push(Kind::Subquery { expr, range, step, time }, Type::Matrix, span, &[expr])
    }

    fn matrix(&mut self, expr: NodeId, brackets: Span, range: DurationArg) -> Parsed<NodeId> {
        let node = self.node(expr);
        let (start, wrong) = match &node.kind {
            Kind::Selector(selector) if sets_offset(&selector.time) => {
                (0, Some("no offset modifiers allowed before range"))
            }
            Kind::Selector(selector) if selector.time.at.is_some() => {
                (0, Some("no @ modifiers allowed before range"))
            }
            Kind::Selector(_) => (node.span.start, None),
            _ => (0, Some("ranges only allowed for vector selectors")),
        };
        if let Some(wrong) = wrong {
            return self.fail(brackets, wrong);
        }
        let span = Span { start, end: brackets.end };
        self.push(Kind::Matrix { selector: expr, range }, Type::Matrix, span, &[expr])
    }

    /// A duration in square brackets, above zero if that is known.
    fn positive_duration(&mut self, context: &str, expected: &str) -> Parsed<DurationArg> {
        let duration = self.duration_expr(context, expected)?;
        match duration.kind {
            DurationKind::Number { value, .. } if value <= 0.0 => {
                self.fail(duration.span, "duration must be greater than 0")
            }
            DurationKind::Number { value, .. } => Ok(DurationArg::Fixed(milliseconds(value))),
            _ => Ok(DurationArg::Expr(duration)),
        }
    }

    fn offset(&mut self, expr: NodeId) -> Parsed<()> {
        self.bump()?;
        let duration = self.offset_duration()?;
        let offset = match duration {
            DurationExpr { kind: DurationKind::Number { value, .. }, .. } => {
                DurationArg::Fixed(milliseconds(value))
            }
            computed => DurationArg::Expr(computed),
        };
        let span = self.span(expr);
        let Some(time) = self.time_of(expr) else {
            let message = "offset modifier must be preceded by an instant vector selector or range \
                           vector selector or a subquery";
            return Err(self.error(span, message).helped(Some(behind("offset"))));
        };
        if sets_offset(time) {
            return self.fail(span, "offset may not be set multiple times");
        }
        time.offset = Some(offset);
        self.node_mut(expr).span.end = self.end;
        Ok(())
    }

    fn at(&mut self, expr: NodeId) -> Parsed<()> {
        self.bump()?;
        let span = self.span(expr);
        let at =
            if let TokenKind::Keyword(word @ (Keyword::Start | Keyword::End)) = self.peek_kind()? {
                self.bump()?;
                for bracket in [TokenKind::LeftParen, TokenKind::RightParen] {
                    self.expect_in(bracket, "@", "timestamp")?;
                }
                if word == Keyword::Start { At::Start } else { At::End }
            } else {
                let Some(seconds) = self.signed_number()? else {
                    return self.unexpected_in("@", "timestamp");
                };
                At::Time(self.timestamp(seconds, span)?)
            };
        let Some(time) = self.time_of(expr) else {
            let message = "@ modifier must be preceded by an instant vector selector or range vector \
                           selector or a subquery";
            return Err(self.error(span, message).helped(Some(behind("@"))));
        };
        if time.at.is_some() {
            return self.fail(span, "@ <timestamp> may not be set multiple times");
        }
        time.at = Some(at);
        self.node_mut(expr).span.end = self.end;
        Ok(())
    }

    /// Milliseconds of `@` so many seconds.
    fn timestamp(&self, seconds: f64, span: Span) -> Parsed<i64> {
        const LIMIT: f64 = 9_223_372_036_854_775_808.0;
        if seconds > -LIMIT && seconds < LIMIT {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "what is out of range is the last in it"
            )]
            return Ok((seconds * 1000.0).round() as i64);
        }
        let shown = if seconds.is_nan() {
            "NaN".to_owned()
        } else if seconds.is_infinite() {
            if seconds > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
        } else {
            format!("{seconds:.6}")
        };
        self.fail(span, format!("timestamp out of bounds for @ modifier: {shown}"))
    }

    fn extend(&mut self, expr: NodeId, extension: Extension) -> Parsed<()> {
        self.bump()?;
        let span = self.span(expr);
        let name = match extension {
            Extension::Anchored => "anchored",
            Extension::Smoothed => "smoothed",
        };
        if !self.syntax.extended_selectors {
            let message = format!("{name} modifier is experimental and not enabled");
            let help = advice::enabled_by("promql-extended-range-selectors");
            return Err(self.error(span, message).helped(Some(help)));
        }
        let end = self.end;
        let node = self.node_mut(expr);
        node.span.end = end;
        let selector = match node.kind {
            Kind::Selector(_) => expr,
            Kind::Matrix { selector, .. } => selector,
            Kind::Subquery { .. } => {
                return self.fail(span, format!("{name} modifier is not supported for subqueries"));
            }
            _ => return self.fail(span, format!("{name} modifier not implemented")),
        };
        if let Kind::Selector(selector) = &mut self.node_mut(selector).kind {
            if selector.extension.is_some_and(|set| set != extension) {
                let message = "anchored and smoothed modifiers cannot be used together";
                return self.fail(span, message);
            }
            selector.extension = Some(extension);
        }
        Ok(())
    }

    /// The `offset` and `@` of a selector, a range or a subquery.
    fn time_of(&mut self, expr: NodeId) -> Option<&mut TimeModifiers> {
        let expr = match self.node(expr).kind {
            Kind::Matrix { selector, .. } => selector,
            _ => expr,
        };
        match &mut self.node_mut(expr).kind {
            Kind::Selector(selector) => Some(&mut selector.time),
            Kind::Subquery { time, .. } => Some(time),
            _ => None,
        }
    }
}

fn behind(modifier: &str) -> String {
    format!("write `{modifier}` directly behind the selector, before other brackets close")
}

/// Whether there is an offset. One of zero is as none.
const fn sets_offset(time: &TimeModifiers) -> bool {
    !matches!(time.offset, None | Some(DurationArg::Fixed(0)))
}
