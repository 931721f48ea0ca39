//! Go's functions that print, and `not`, `len` and `args`.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::{Function, string};
use crate::template::format;
use crate::template::param::Param;
use crate::template::value::{Map, Value};

/// Maps within maps: more than anybody needs, few enough to print.
const MAX_MAPS: usize = 32;

pub(super) const FUNCTIONS: &[Function] = &[
    // The evaluation of arguments does the work of these three.
    Function::variadic("and", &[Param::Reflect], Param::Reflect, |_, _| Ok(Value::Nil)),
    Function::variadic("or", &[Param::Reflect], Param::Reflect, |_, _| Ok(Value::Nil)),
    Function::variadic("call", &[Param::Reflect], Param::Reflect, |_, _| Ok(Value::Nil)),
    Function::new("not", &[Param::Reflect], |_, args| Ok(Value::Bool(!args[0].is_true()))),
    Function::variadic("print", &[], Param::Any, |env, args| {
        format::sprint(args, &env.budget).map(Value::string)
    }),
    Function::variadic("println", &[], Param::Any, |env, args| {
        format::sprintln(args, &env.budget).map(Value::string)
    }),
    Function::variadic("printf", &[Param::String], Param::Any, |env, args| {
        format::sprintf(string(args, 0), &args[1..], &env.budget).map(Value::string)
    }),
    Function::variadic("args", &[], Param::Any, |_, args| {
        let depth = |value: &Value| if let Value::Map(map) = value { map.depth } else { 0 };
        let depth = 1 + args.iter().map(depth).max().unwrap_or(0);
        if depth > MAX_MAPS {
            return Err(format!("more than {MAX_MAPS} maps stand within each other"));
        }
        let entries: BTreeMap<_, _> = args
            .iter()
            .enumerate()
            .map(|(number, arg)| (format!("arg{number}"), arg.clone()))
            .collect();
        Ok(Value::Map(Rc::new(Map { entries, depth })))
    }),
];
