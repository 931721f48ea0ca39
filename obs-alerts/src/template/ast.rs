//! What a template consists of, and how messages show it.

use std::fmt;

use super::number::Number;
use super::quote::quoted;

pub(super) type List = Vec<Node>;

/// A part of a template that is expanded on its own.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    Action(Pipe),
    If(Branch),
    With(Branch),
    Range(Branch),
    Template(Invocation),
    Break,
    Continue,
}

#[derive(Debug)]
pub(super) struct Branch {
    pub(super) pipe: Pipe,
    pub(super) list: List,
    pub(super) otherwise: Option<List>,
}

#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) pipe: Option<Pipe>,
}

/// Commands of which each is the last argument of the next, and the variables that hold the result.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) at: usize,
    pub(super) variables: Vec<String>,
    /// Whether the variables are there already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Command>,
}

/// A value, or what is called and its arguments. Never empty.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) at: usize,
    pub(super) args: Vec<Expr>,
}

#[derive(Debug)]
pub(super) struct Expr {
    pub(super) at: usize,
    pub(super) kind: ExprKind,
}

#[derive(Debug)]
pub(super) enum ExprKind {
    Dot,
    Nil,
    Bool(bool),
    Number(Number),
    String { literal: String, text: String },
    Field(Vec<String>),
    Variable { name: String, fields: Vec<String> },
    Function(String),
    Chain { of: Box<Expr>, fields: Vec<String> },
    Pipe(Pipe),
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.variables.is_empty() {
            let sign = if self.assigns { "=" } else { ":=" };
            write!(f, "{} {sign} ", self.variables.join(", "))?;
        }
        for (number, command) in self.commands.iter().enumerate() {
            if number > 0 {
                f.write_str(" | ")?;
            }
            write!(f, "{command}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, arg) in self.args.iter().enumerate() {
            if number > 0 {
                f.write_str(" ")?;
            }
            arg.write_within(f)?;
        }
        Ok(())
    }
}

impl Expr {
    /// As it is written among others.
    fn write_within(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            ExprKind::Pipe(pipe) => write!(f, "({pipe})"),
            _ => write!(f, "{self}"),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dotted = |f: &mut fmt::Formatter<'_>, fields: &[String]| {
            fields.iter().try_for_each(|field| write!(f, ".{field}"))
        };
        match &self.kind {
            ExprKind::Dot => f.write_str("."),
            ExprKind::Nil => f.write_str("nil"),
            ExprKind::Bool(value) => write!(f, "{value}"),
            ExprKind::Number(number) => f.write_str(&number.literal),
            ExprKind::String { literal, .. } => f.write_str(literal),
            ExprKind::Field(fields) => dotted(f, fields),
            ExprKind::Variable { name, fields } => {
                f.write_str(name)?;
                dotted(f, fields)
            }
            ExprKind::Function(name) => f.write_str(name),
            ExprKind::Chain { of, fields } => {
                of.write_within(f)?;
                dotted(f, fields)
            }
            ExprKind::Pipe(pipe) => write!(f, "{pipe}"),
        }
    }
}

impl fmt::Display for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{{template {}", quoted(&self.name))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}
