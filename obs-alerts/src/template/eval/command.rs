//! Evaluates pipelines and commands.

use super::{Place, Run};
use crate::template::ast::{Command, Expr, ExprKind, Pipe};
use crate::template::error::TemplateError;
use crate::template::number::Number;
use crate::template::value::Value;

impl<'t> Run<'t> {
    /// The value of the pipeline, which its variables have after it.
    pub(super) fn pipeline(&mut self, dot: &Value, pipe: &'t Pipe) -> Result<Value, TemplateError> {
        self.enter()?;
        self.node = Place::Pipe(pipe);
        let mut value = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.into_inner());
        }
        self.depth -= 1;
        let value = value.unwrap_or(Value::Nil);
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    /// `last` is the value of the command before, an argument of this.
    fn command(
        &mut self,
        dot: &Value,
        command: &'t Command,
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        self.spend(1)?;
        let Some((first, args)) = command.args.split_first() else { return Ok(Value::Nil) };
        match &first.kind {
            ExprKind::Field(fields) => {
                self.node = Place::Expr(first);
                return self.fields(dot, dot.clone(), first, fields, args, last);
            }
            ExprKind::Chain { of, fields } => {
                return self.chain(dot, first, of, fields, args, last);
            }
            ExprKind::Function(name) => {
                self.node = Place::Expr(first);
                return self.function(dot, name, Place::Command(command), args, last);
            }
            ExprKind::Pipe(pipe) => {
                self.no_function(first, args, last.as_ref())?;
                return self.pipeline(dot, pipe);
            }
            ExprKind::Variable { name, fields } => {
                return self.variable(dot, first, name, fields, args, last);
            }
            _ => {}
        }
        self.node = Place::Expr(first);
        self.no_function(first, args, last.as_ref())?;
        if matches!(first.kind, ExprKind::Nil) {
            return Err(self.error("nil is not a command"));
        }
        self.constant(dot, first)
    }

    /// The value of what needs nothing but the dot.
    pub(super) fn constant(&mut self, dot: &Value, expr: &'t Expr) -> Result<Value, TemplateError> {
        self.node = Place::Expr(expr);
        Ok(match &expr.kind {
            ExprKind::Bool(value) => Value::Bool(*value),
            ExprKind::Dot => dot.clone(),
            ExprKind::Number(number) => self.ideal(number)?,
            ExprKind::String { text, .. } => Value::string(text.as_str()),
            _ => Value::Nil,
        })
    }

    /// A number where any would do: how it is written says of what kind it is.
    fn ideal(&self, number: &Number) -> Result<Value, TemplateError> {
        if let Some((re, im)) = number.complex {
            return Ok(Value::Complex(re, im));
        }
        match number {
            Number { float: Some(value), .. } if number.looks_like_float() => {
                Ok(Value::Float(*value))
            }
            Number { int: Some(value), .. } => Ok(Value::Int(*value)),
            Number { overflows: true, literal, .. } => {
                Err(self.error(format!("{literal} overflows int")))
            }
            _ => Ok(Value::Nil),
        }
    }

    pub(super) fn chain(
        &mut self,
        dot: &Value,
        expr: &'t Expr,
        of: &'t Expr,
        fields: &'t [String],
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        self.node = Place::Expr(expr);
        self.node = Place::Expr(of);
        let receiver = match &of.kind {
            ExprKind::Pipe(pipe) => self.pipeline(dot, pipe)?,
            ExprKind::Function(name) => self.function(dot, name, Place::Expr(of), &[], None)?,
            _ => self.constant(dot, of)?,
        };
        self.fields(dot, receiver, expr, fields, args, last)
    }

    pub(super) fn variable(
        &mut self,
        dot: &Value,
        expr: &'t Expr,
        name: &str,
        fields: &'t [String],
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        self.node = Place::Expr(expr);
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        let Some(value) = found.map(|(_, value)| value.clone()) else {
            return Err(self.error(format!("undefined variable: {name}")));
        };
        if fields.is_empty() {
            self.no_function(expr, args, last.as_ref())?;
            return Ok(value);
        }
        self.fields(dot, value, expr, fields, args, last)
    }

    fn no_function(
        &self,
        expr: &Expr,
        args: &[Expr],
        last: Option<&Value>,
    ) -> Result<(), TemplateError> {
        if args.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.error(format!("can't give argument to non-function {expr}")))
    }
}
