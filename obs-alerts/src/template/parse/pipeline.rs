//! Reads what stands in an action: pipelines, commands and their arguments.

use super::Parser;
use crate::template::ast::{Command, Expr, ExprKind, Pipe};
use crate::template::error::TemplateError;
use crate::template::function;
use crate::template::number;
use crate::template::quote::{quoted, unquoted};
use crate::template::token::Kind;

impl Parser<'_> {
    /// A pipeline up to `end`, which it passes.
    pub(super) fn pipeline(&mut self, context: &str, end: &Kind) -> Result<Pipe, TemplateError> {
        let at = self.peek_word().at;
        let (variables, assigns) = self.variables(context)?;
        let mut commands = Vec::new();
        loop {
            let start = self.at;
            let token = self.next_word();
            match token.kind {
                ref kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Complex
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    self.at = start;
                    commands.push(self.command()?);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
        self.check_commands(&commands, context)?;
        Ok(Pipe { at, variables, assigns, commands })
    }

    fn check_commands(&self, commands: &[Command], context: &str) -> Result<(), TemplateError> {
        if commands.is_empty() {
            return Err(self.error(format!("missing value for {context}")));
        }
        // Only what is called has a use for the value before it.
        let constant = |command: &Command| {
            matches!(
                command.args.first().map(|arg| &arg.kind),
                Some(
                    ExprKind::Bool(_)
                        | ExprKind::Dot
                        | ExprKind::Nil
                        | ExprKind::Number(_)
                        | ExprKind::String { .. }
                )
            )
        };
        match commands.iter().skip(1).position(constant) {
            Some(found) => {
                let stage = found + 2;
                Err(self.error(format!("non executable command in pipeline stage {stage}")))
            }
            None => Ok(()),
        }
    }

    /// The variables that the pipeline sets, and whether they were there before.
    fn variables(&mut self, context: &str) -> Result<(Vec<String>, bool), TemplateError> {
        let mut variables = Vec::new();
        loop {
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok((variables, false));
            }
            let start = self.at;
            self.next();
            let next = self.peek_word();
            let comma = next.kind == Kind::Char && next.text == ",";
            let assigns = next.kind == Kind::Assign;
            if !comma && !assigns && next.kind != Kind::Declare {
                self.at = start;
                return Ok((variables, false));
            }
            self.next();
            variables.push(variable.text.to_owned());
            self.scope.variables.push(variable.text.to_owned());
            if !comma {
                return Ok((variables, assigns));
            }
            if context != "range" || variables.len() > 1 {
                return Err(self.error(format!("too many declarations in {context}")));
            }
            let follows = self.peek_word().kind;
            if !matches!(follows, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.error("range can only initialize variables"));
            }
        }
    }

    fn command(&mut self) -> Result<Command, TemplateError> {
        let at = self.peek_word().at;
        let mut args = Vec::new();
        loop {
            self.peek_word();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let start = self.at;
            let token = self.next();
            match token.kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => self.at = start,
                Kind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        if args.is_empty() {
            return Err(self.error("empty command"));
        }
        Ok(Command { at, args })
    }

    /// A term and the fields that follow it.
    fn operand(&mut self) -> Result<Option<Expr>, TemplateError> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        let first = self.peek();
        let mut more = Vec::new();
        while self.peek().kind == Kind::Field {
            more.push(self.next().text[1..].to_owned());
        }
        if more.is_empty() {
            return Ok(Some(term));
        }
        match &mut term.kind {
            ExprKind::Field(fields) | ExprKind::Variable { fields, .. } => {
                fields.append(&mut more);
                term.at = first.at;
                Ok(Some(term))
            }
            ExprKind::Function(_) | ExprKind::Pipe(_) | ExprKind::Chain { .. } => {
                let kind = ExprKind::Chain { of: Box::new(term), fields: more };
                Ok(Some(Expr { at: first.at, kind }))
            }
            _ => {
                let term = quoted(&term.to_string());
                Err(self.error(format!("unexpected . after term {term}")))
            }
        }
    }

    fn term(&mut self) -> Result<Option<Expr>, TemplateError> {
        let start = self.at;
        let token = self.next_word();
        let text = token.text;
        let kind = match token.kind {
            Kind::Identifier => {
                if function::find(text).is_none() {
                    return Err(self.error(format!("function {} not defined", quoted(text))));
                }
                ExprKind::Function(text.to_owned())
            }
            Kind::Dot => ExprKind::Dot,
            Kind::Nil => ExprKind::Nil,
            Kind::Variable => {
                if !self.scope.variables.iter().any(|name| name == text) {
                    return Err(self.error(format!("undefined variable {}", quoted(text))));
                }
                ExprKind::Variable { name: text.to_owned(), fields: Vec::new() }
            }
            Kind::Field => ExprKind::Field(vec![text[1..].to_owned()]),
            Kind::Bool => ExprKind::Bool(text == "true"),
            Kind::CharConstant => self.number(number::character(text))?,
            Kind::Complex => self.number(number::complex(text))?,
            Kind::Number => self.number(number::number(text))?,
            Kind::LeftParen => {
                self.enter()?;
                let pipe = self.pipeline("parenthesized pipeline", &Kind::RightParen)?;
                self.depth -= 1;
                ExprKind::Pipe(pipe)
            }
            Kind::String | Kind::RawString => {
                let literal = text.to_owned();
                let text = unquoted(text).ok_or_else(|| self.error("invalid syntax"))?;
                ExprKind::String { literal, text }
            }
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        // A pipeline begins with what stands in its parentheses.
        let at = if let ExprKind::Pipe(pipe) = &kind { pipe.at } else { token.at };
        Ok(Some(Expr { at, kind }))
    }

    fn number(&self, read: Result<number::Number, String>) -> Result<ExprKind, TemplateError> {
        read.map(ExprKind::Number).map_err(|message| self.error(message))
    }
}
