//! Expands a template: walks it, and writes what it comes to.

mod call;
mod command;
mod field;

use std::fmt::Display;
use std::rc::Rc;

use super::ast::{Branch, Command, Expr, Invocation, List, Node, Pipe};
use super::budget::Budget;
use super::error::TemplateError;
use super::format;
use super::parse::Templates;
use super::value::{Pointer, Root, Samples, Value};
use super::{Data, Query};

/// How deep lists, parentheses and templates may stand within each other while they are expanded.
pub(super) const MAX_DEPTH: usize = 120;

/// What functions need to know besides their arguments.
pub(super) struct Env<'d> {
    pub(super) data: &'d Data<'d>,
    pub(super) query: &'d Query<'d>,
    pub(super) budget: Budget,
}

/// Expands the template called `name`. `text` is what it was read from.
pub(super) fn expand(
    name: &str,
    text: &str,
    templates: &Templates,
    data: &Data<'_>,
    query: &Query<'_>,
) -> Result<String, TemplateError> {
    let root = Value::Root(Rc::new(Root {
        labels: data.labels.clone(),
        external_labels: data.external_labels.clone(),
        external_url: data.external_url.into(),
        value: Value::Interface(Rc::new(data.value.into())),
    }));
    let mut run = Run {
        name,
        text,
        templates,
        env: Env { data, query, budget: Budget::new() },
        template: name,
        node: Place::Nowhere,
        variables: vec![("$", root.clone())],
        depth: 0,
        out: String::new(),
    };
    if let Some(list) = templates.get(name) {
        run.list(&root, list)?;
    }
    Ok(run.out)
}

struct Run<'t> {
    name: &'t str,
    text: &'t str,
    templates: &'t Templates,
    env: Env<'t>,
    /// The template that is expanded just now.
    template: &'t str,
    node: Place<'t>,
    /// The last of a name counts.
    variables: Vec<(&'t str, Value)>,
    depth: usize,
    out: String,
}

/// What was looked at last: messages show it.
#[derive(Clone, Copy)]
enum Place<'t> {
    Nowhere,
    Pipe(&'t Pipe),
    Command(&'t Command),
    Expr(&'t Expr),
    Invocation(&'t Invocation),
}

/// Where it goes on after a node.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

/// What a range goes through.
enum Elements {
    Count(i64, fn(i64) -> Value),
    Pairs(Vec<(Value, Value)>),
    Samples(Samples),
}

impl Elements {
    /// The index or key, and the value, of a round.
    fn get(&self, round: usize) -> Option<(Value, Value)> {
        let number = i64::try_from(round).unwrap_or(i64::MAX);
        match self {
            Self::Count(limit, element) => (number < *limit).then(|| (Value::Nil, element(number))),
            Self::Pairs(pairs) => pairs.get(round).cloned(),
            // What sorts them meanwhile changes what comes next.
            Self::Samples(samples) => {
                let sample = samples.get(round)?;
                Some((Value::Int(number), Value::Sample(Some(sample))))
            }
        }
    }
}

impl<'t> Run<'t> {
    fn list(&mut self, dot: &Value, list: &'t List) -> Result<Flow, TemplateError> {
        self.enter()?;
        for node in list {
            let flow = self.walk(dot, node)?;
            if flow != Flow::Next {
                self.depth -= 1;
                return Ok(flow);
            }
        }
        self.depth -= 1;
        Ok(Flow::Next)
    }

    fn walk(&mut self, dot: &Value, node: &'t Node) -> Result<Flow, TemplateError> {
        self.spend(1)?;
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Action(pipe) => {
                // Variables stay until the end of what is around.
                let value = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    let text = format::printed(&value, &self.env.budget);
                    let text = text.map_err(|message| self.error(message))?;
                    self.write(&text)?;
                }
            }
            Node::If(branch) => return self.choose(dot, branch, false),
            Node::With(branch) => return self.choose(dot, branch, true),
            Node::Range(branch) => return self.range(dot, branch),
            Node::Template(invocation) => self.invoke(dot, invocation)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// An `if`, or a `with`, which makes the value the dot.
    fn choose(
        &mut self,
        dot: &Value,
        branch: &'t Branch,
        with: bool,
    ) -> Result<Flow, TemplateError> {
        let variables = self.variables.len();
        let value = self.pipeline(dot, &branch.pipe)?;
        let flow = if value.is_true() {
            self.list(if with { &value } else { dot }, &branch.list)
        } else if let Some(list) = &branch.otherwise {
            self.list(dot, list)
        } else {
            Ok(Flow::Next)
        };
        self.variables.truncate(variables);
        flow
    }

    fn range(&mut self, dot: &Value, branch: &'t Branch) -> Result<Flow, TemplateError> {
        let variables = self.variables.len();
        let over = self.pipeline(dot, &branch.pipe)?;
        let inside = self.variables.len();
        let mut flow = Flow::Next;
        let elements = self.elements(&over, &branch.pipe)?;
        let mut rounds = 0;
        while let Some((index, element)) = elements.get(rounds) {
            rounds += 1;
            self.spend(1)?;
            self.set_range_variables(&branch.pipe, index, &element)?;
            let left = self.list(&element, &branch.list)?;
            self.variables.truncate(inside);
            if left == Flow::Break {
                break;
            }
        }
        if rounds == 0
            && let Some(list) = &branch.otherwise
        {
            flow = self.list(dot, list)?;
        }
        self.variables.truncate(variables);
        Ok(flow)
    }

    fn elements(&self, over: &Value, pipe: &Pipe) -> Result<Elements, TemplateError> {
        let counted = |limit: i64, element: fn(i64) -> Value| {
            if pipe.variables.len() > 1 {
                let message = format!("can't use {limit} to iterate over more than one variable");
                return Err(self.error(message));
            }
            Ok(Elements::Count(limit, element))
        };
        match over.inner() {
            Value::Nil => Ok(Elements::Pairs(Vec::new())),
            Value::Int(limit) => counted(*limit, Value::Int),
            Value::Int64(limit) => counted(*limit, Value::Int64),
            Value::Duration(limit, Pointer::Value) => {
                counted(*limit, |number| Value::Duration(number, Pointer::Value))
            }
            Value::Byte(limit) => counted(i64::from(*limit), |number| {
                Value::Byte(u8::try_from(number).unwrap_or(u8::MAX))
            }),
            Value::Samples(samples) => Ok(Elements::Samples(samples.clone())),
            Value::Labels(labels) => {
                let pair = |(name, value)| (Value::string(name), Value::string(value));
                Ok(Elements::Pairs(labels.iter().map(pair).collect()))
            }
            Value::Map(map) => {
                let pair = |(name, value): (&String, &Value)| {
                    (Value::string(name.as_str()), Value::Interface(Rc::new(value.clone())))
                };
                Ok(Elements::Pairs(map.entries.iter().map(pair).collect()))
            }
            other => {
                let shown = format::shown(other, &self.env.budget);
                let shown = shown.map_err(|message| self.error(message))?;
                Err(self.error(format!("range can't iterate over {shown}")))
            }
        }
    }

    fn set_range_variables(
        &mut self,
        pipe: &'t Pipe,
        index: Value,
        element: &Value,
    ) -> Result<(), TemplateError> {
        let values = match pipe.variables.len() {
            0 => return Ok(()),
            1 => vec![element.clone()],
            _ => vec![index, element.clone()],
        };
        if pipe.assigns {
            for (name, value) in pipe.variables.iter().zip(values) {
                self.assign(name, value)?;
            }
        } else {
            // The pipeline has declared them, last of all.
            let start = self.variables.len() - values.len();
            for ((_, variable), value) in self.variables[start..].iter_mut().zip(values) {
                *variable = value;
            }
        }
        Ok(())
    }

    fn invoke(&mut self, dot: &Value, invocation: &'t Invocation) -> Result<(), TemplateError> {
        self.node = Place::Invocation(invocation);
        let Some((name, list)) = self.templates.get_key_value(&invocation.name) else {
            let name = super::quote::quoted(&invocation.name);
            return Err(self.error(format!("template {name} not defined")));
        };
        if self.depth >= MAX_DEPTH {
            return Err(self.error("exceeded maximum template depth"));
        }
        let dot = match &invocation.pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => Value::Nil,
        };
        // It knows no variables but its own.
        let outer = std::mem::replace(&mut self.variables, vec![("$", dot.clone())]);
        let template = std::mem::replace(&mut self.template, name);
        self.list(&dot, list)?;
        self.template = template;
        self.variables = outer;
        Ok(())
    }

    fn assign(&mut self, name: &str, value: Value) -> Result<(), TemplateError> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, variable)) => {
                *variable = value;
                Ok(())
            }
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    fn write(&mut self, text: &str) -> Result<(), TemplateError> {
        let written = self.env.budget.text(self.out.len() + text.len(), text.len());
        written.map_err(|message| self.error(message))?;
        self.out.push_str(text);
        Ok(())
    }

    fn enter(&mut self) -> Result<(), TemplateError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("exceeded maximum template depth"));
        }
        Ok(())
    }

    fn spend(&self, steps: usize) -> Result<(), TemplateError> {
        self.env.budget.spend(steps).map_err(|message| self.error(message))
    }

    fn error(&self, message: impl Into<String>) -> TemplateError {
        let (at, shown): (usize, &dyn Display) = match &self.node {
            Place::Nowhere => (0, &""),
            Place::Pipe(pipe) => (pipe.at, pipe),
            Place::Command(command) => (command.at, command),
            Place::Expr(expr) => (expr.at, expr),
            Place::Invocation(invocation) => (invocation.at, invocation),
        };
        let before = &self.text[..at];
        let line = 1 + before.matches('\n').count();
        let column = before.rfind('\n').map_or(at, |newline| at - newline - 1);
        let template = super::quote::quoted(self.template);
        let context =
            format!("template: {}:{line}:{column}: executing {template} at <{shown}>: ", self.name);
        TemplateError { context, message: message.into(), line }
    }
}
