//! Comparisons: of numbers with numbers of the same kind, of texts with texts.

use std::cmp::Ordering;

use super::Function;
use crate::template::budget::Budget;
use crate::template::format;
use crate::template::param::Param;
use crate::template::value::{Pointer, Value};

const TWO: &[Param] = &[Param::Reflect, Param::Reflect];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("eq", &[Param::Reflect], Param::Reflect, |env, args| {
        equal(&env.budget, &args[0], &args[1..]).map(Value::Bool)
    }),
    Function::new("ne", TWO, |env, args| {
        equal(&env.budget, &args[0], &args[1..]).map(|equal| Value::Bool(!equal))
    }),
    Function::new("lt", TWO, |_, args| less(args).map(Value::Bool)),
    Function::new("le", TWO, |env, args| less_or_equal(&env.budget, args).map(Value::Bool)),
    // Not the opposite arguments but the opposite answer, as in Go: NaN is greater than everything.
    Function::new("gt", TWO, |env, args| {
        less_or_equal(&env.budget, args).map(|less| Value::Bool(!less))
    }),
    Function::new("ge", TWO, |_, args| less(args).map(|less| Value::Bool(!less))),
];

enum Basic<'v> {
    Bool(bool),
    /// With or without a sign: Go compares these with each other.
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    String(&'v str),
    Other,
}

fn basic(value: &Value) -> Basic<'_> {
    match value {
        Value::Bool(value) => Basic::Bool(*value),
        Value::Int(value) | Value::Int64(value) | Value::Duration(value, Pointer::Value) => {
            Basic::Int(*value)
        }
        Value::Byte(value) | Value::Weekday(value) => Basic::Int((*value).into()),
        Value::Month(value) => Basic::Int(i64::from(*value) + 1),
        Value::Float(value) => Basic::Float(*value),
        Value::Complex(re, im) => Basic::Complex(*re, *im),
        Value::String(text) | Value::Html(text) => Basic::String(text),
        _ => Basic::Other,
    }
}

/// Whether the first is any of the others.
fn equal(budget: &Budget, first: &Value, others: &[Value]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".to_owned());
    }
    let first = first.inner();
    for other in others {
        let other = other.inner();
        let same = match (basic(first), basic(other)) {
            (Basic::Bool(a), Basic::Bool(b)) => a == b,
            (Basic::Int(a), Basic::Int(b)) => a == b,
            (Basic::Float(a), Basic::Float(b)) => a == b,
            (Basic::Complex(a, b), Basic::Complex(c, d)) => (a, b) == (c, d),
            (Basic::String(a), Basic::String(b)) => a == b,
            (Basic::Other, Basic::Other) => same_other(budget, first, other)?,
            _ if matches!(first, Value::Nil) || matches!(other, Value::Nil) => false,
            _ => return Err(incompatible(first, other)),
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Of what is neither number nor text, pointers are the same or not, and the rest cannot be compared.
fn same_other(budget: &Budget, a: &Value, b: &Value) -> Result<bool, String> {
    match (a, b) {
        (Value::Nil, Value::Nil) => Ok(true),
        (Value::Sample(Some(a)), Value::Sample(Some(b))) => Ok(std::rc::Rc::ptr_eq(a, b)),
        (Value::Histogram(a), Value::Histogram(b)) => Ok(std::sync::Arc::ptr_eq(a, b)),
        (Value::Time(a, Pointer::Value), Value::Time(b, Pointer::Value)) => Ok(a == b),
        (Value::Nil, _)
        | (_, Value::Nil)
        | (Value::Time(..) | Value::Duration(..), Value::Time(..) | Value::Duration(..)) => {
            Ok(false)
        }
        _ if std::mem::discriminant(a) == std::mem::discriminant(b) => {
            let shown = format::sprintf("%s", std::slice::from_ref(b), budget)?;
            Err(format!("non-comparable type {shown}: {}", b.type_name()))
        }
        _ => {
            let shown = format::sprintf("%s %v", &[a.clone(), b.clone()], budget)?;
            let (first, second) = (a.type_name(), b.type_name());
            Err(format!("non-comparable types {first}, {second}: {shown}"))
        }
    }
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}

fn less(args: &[Value]) -> Result<bool, String> {
    let order = |ordering: Option<Ordering>| ordering == Some(Ordering::Less);
    match (basic(args[0].inner()), basic(args[1].inner())) {
        (Basic::Int(a), Basic::Int(b)) => Ok(a < b),
        (Basic::Float(a), Basic::Float(b)) => Ok(order(a.partial_cmp(&b))),
        (Basic::String(a), Basic::String(b)) => Ok(a < b),
        (Basic::Other, _)
        | (_, Basic::Other)
        | (Basic::Bool(_), Basic::Bool(_))
        | (Basic::Complex(..), Basic::Complex(..)) => Err("invalid type for comparison".to_owned()),
        _ => Err(incompatible(args[0].inner(), args[1].inner())),
    }
}

fn less_or_equal(budget: &Budget, args: &[Value]) -> Result<bool, String> {
    Ok(less(args)? || equal(budget, &args[0], &args[1..])?)
}
