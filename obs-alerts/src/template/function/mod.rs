//! The functions of templates: Go's own, and those of Prometheus.

mod address;
mod builtin;
mod compare;
mod escape;
mod humanize;
mod index;
mod sample;
mod text;
mod when;

use super::eval::Env;
use super::param::Param;
use super::value::Value;

pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    /// What any number of further arguments are.
    pub(super) variadic: Option<Param>,
    pub(super) body: Body,
}

/// The arguments are as many and of such types as the function wants.
pub(super) type Body = fn(&Env<'_>, &[Value]) -> Result<Value, String>;

impl Function {
    const fn new(name: &'static str, params: &'static [Param], body: Body) -> Self {
        Self { name, params, variadic: None, body }
    }

    const fn variadic(
        name: &'static str,
        params: &'static [Param],
        more: Param,
        body: Body,
    ) -> Self {
        Self { name, params, variadic: Some(more), body }
    }
}

const FUNCTIONS: [&[Function]; 9] = [
    builtin::FUNCTIONS,
    compare::FUNCTIONS,
    index::FUNCTIONS,
    escape::FUNCTIONS,
    sample::FUNCTIONS,
    text::FUNCTIONS,
    address::FUNCTIONS,
    humanize::FUNCTIONS,
    when::FUNCTIONS,
];

/// The function `name`.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().copied().flatten().find(|function| function.name == name)
}

/// The argument, which was checked to be text.
fn string(args: &[Value], number: usize) -> &str {
    match args.get(number) {
        Some(Value::String(text)) => text,
        _ => "",
    }
}

/// What Go says of a pointer to nothing.
fn nil_pointer() -> String {
    "runtime error: invalid memory address or nil pointer dereference".to_owned()
}
