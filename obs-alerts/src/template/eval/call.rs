//! Calls: arguments of the types that a function wants.

use super::{Place, Run};
use crate::template::ast::{Expr, ExprKind};
use crate::template::error::TemplateError;
use crate::template::function::{self, Function};
use crate::template::method::Method;
use crate::template::param::Param;
use crate::template::value::{Pointer, Value};

impl<'t> Run<'t> {
    /// Calls the function `name`; `called` is what a message of it shows.
    pub(super) fn function(
        &mut self,
        dot: &Value,
        name: &'t str,
        called: Place<'t>,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let Some(function) = function::find(name) else {
            let name = crate::template::quote::quoted(name);
            return Err(self.error(format!("{name} is not a defined function")));
        };
        self.check_count(name, function.params, function.variadic, args, last.as_ref())?;
        if matches!(name, "and" | "or") {
            return self.short_circuit(dot, name == "or", args, last);
        }
        let callee = args.first().map(ToString::to_string);
        let values = self.values(dot, function.params, function.variadic, args, last)?;
        self.call(name, function, called, callee, &values)
    }

    fn call(
        &mut self,
        name: &str,
        function: &Function,
        called: Place<'t>,
        callee: Option<String>,
        values: &[Value],
    ) -> Result<Value, TemplateError> {
        let result = if name == "call" {
            // No value here is a function.
            Err(match values.first().map(Value::inner) {
                None | Some(Value::Nil) => "call of nil".to_owned(),
                Some(value) => {
                    // What comes from the command before has no name.
                    let callee = callee.unwrap_or_else(|| match value {
                        Value::String(text) | Value::Html(text) => text.to_string(),
                        value => format!("<{} Value>", value.type_name()),
                    });
                    format!("non-function {callee} of type {}", value.type_name())
                }
            })
        } else {
            (function.body)(&self.env, values)
        };
        result.map_err(|message| {
            self.node = called;
            self.error(format!("error calling {name}: {message}"))
        })
    }

    pub(super) fn method(
        &mut self,
        dot: &Value,
        receiver: &Value,
        method: &'static Method,
        called: Place<'t>,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let name = method.name;
        self.check_count(name, method.params, None, args, last.as_ref())?;
        let values = self.values(dot, method.params, None, args, last)?;
        (method.body)(receiver, &values).map_err(|message| {
            self.node = called;
            self.error(format!("error calling {name}: {message}"))
        })
    }

    fn check_count(
        &self,
        name: &str,
        params: &[Param],
        variadic: Option<Param>,
        args: &[Expr],
        last: Option<&Value>,
    ) -> Result<(), TemplateError> {
        let (want, got) = (params.len(), args.len() + usize::from(last.is_some()));
        if variadic.is_some() && got < want {
            let got = args.len();
            let message =
                format!("wrong number of args for {name}: want at least {want} got {got}");
            return Err(self.error(message));
        }
        if variadic.is_none() && got != want {
            let message = format!("wrong number of args for {name}: want {want} got {got}");
            return Err(self.error(message));
        }
        Ok(())
    }

    fn values(
        &mut self,
        dot: &Value,
        params: &[Param],
        variadic: Option<Param>,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Vec<Value>, TemplateError> {
        let param = |number: usize| params.get(number).copied().or(variadic).unwrap_or(Param::Any);
        let mut values = Vec::with_capacity(args.len() + 1);
        for (number, arg) in args.iter().enumerate() {
            values.push(self.arg(dot, param(number), arg)?);
        }
        if let Some(last) = last {
            values.push(self.validated(last, param(args.len()))?);
        }
        Ok(values)
    }

    /// `and` and `or` stop at the first argument that decides.
    fn short_circuit(
        &mut self,
        dot: &Value,
        stops_at: bool,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let mut value = Value::Nil;
        for arg in args {
            value = self.arg(dot, Param::Reflect, arg)?;
            if value.is_true() == stops_at {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    fn arg(&mut self, dot: &Value, param: Param, expr: &'t Expr) -> Result<Value, TemplateError> {
        self.node = Place::Expr(expr);
        let value = match &expr.kind {
            ExprKind::Dot => dot.clone(),
            ExprKind::Nil if param.can_be_nil() => return Ok(param.nil()),
            ExprKind::Nil => {
                return Err(self.error(format!("cannot assign nil to {}", param.type_name())));
            }
            ExprKind::Field(fields) => self.fields(dot, dot.clone(), expr, fields, &[], None)?,
            ExprKind::Variable { name, fields } => {
                self.variable(dot, expr, name, fields, &[], None)?
            }
            ExprKind::Pipe(pipe) => self.pipeline(dot, pipe)?,
            ExprKind::Function(name) => self.function(dot, name, Place::Expr(expr), &[], None)?,
            ExprKind::Chain { of, fields } => self.chain(dot, expr, of, fields, &[], None)?,
            ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::String { .. } => {
                return self.constant_arg(dot, param, expr);
            }
        };
        self.validated(value, param)
    }

    /// A constant becomes what is wanted, if it can be that.
    fn constant_arg(
        &mut self,
        dot: &Value,
        param: Param,
        expr: &'t Expr,
    ) -> Result<Value, TemplateError> {
        match (param, &expr.kind) {
            (Param::Any | Param::Reflect, _) => self.constant(dot, expr),
            (Param::String, ExprKind::String { text, .. }) => Ok(Value::string(text.as_str())),
            (Param::String, _) => Err(self.error(format!("expected string; found {expr}"))),
            (Param::Int | Param::Duration, ExprKind::Number(number)) if number.int.is_some() => {
                let int = number.int.unwrap_or_default();
                let duration = param == Param::Duration;
                Ok(if duration { Value::Duration(int, Pointer::Value) } else { Value::Int(int) })
            }
            (Param::Int | Param::Duration, _) => {
                Err(self.error(format!("expected integer; found {expr}")))
            }
            (Param::Samples | Param::Sample | Param::Time, _) => {
                let type_name = param.type_name();
                Err(self.error(format!("can't handle {expr} for arg of type {type_name}")))
            }
        }
    }

    /// The value, if it is of the type that is wanted, or what it holds or points to is.
    fn validated(&self, value: Value, param: Param) -> Result<Value, TemplateError> {
        if matches!(value, Value::Nil) {
            if param.can_be_nil() {
                return Ok(param.nil());
            }
            return Err(self.error(format!("invalid value; expected {}", param.type_name())));
        }
        match (param, value.inner()) {
            (Param::Reflect, _) => Ok(value),
            (Param::Any, _)
            | (Param::String, Value::String(_))
            | (Param::Samples, Value::Samples(_))
            | (Param::Sample, Value::Sample(_))
            | (Param::Int, Value::Int(_)) => Ok(value.into_inner()),
            (Param::Time, Value::Time(time, _)) => Ok(Value::Time(*time, Pointer::Value)),
            (Param::Duration, Value::Duration(nanos, _)) => {
                Ok(Value::Duration(*nanos, Pointer::Value))
            }
            (_, inner) => {
                let got = if matches!(value, Value::NoInterface) { &value } else { inner };
                let (expected, got) = (param.type_name(), got.type_name());
                let message = format!("wrong type for value; expected {expected}; got {got}");
                Err(self.error(message))
            }
        }
    }
}
