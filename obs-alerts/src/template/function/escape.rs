//! Texts that go into HTML, JavaScript and addresses.

use std::fmt::Write as _;

use super::{Function, string};
use crate::template::budget::Budget;
use crate::template::format;
use crate::template::param::Param;
use crate::template::quote::is_print;
use crate::template::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("html", &[], Param::Any, |env, args| escaped(args, &env.budget, html)),
    Function::variadic("js", &[], Param::Any, |env, args| escaped(args, &env.budget, js)),
    Function::variadic("urlquery", &[], Param::Any, |env, args| {
        escaped(args, &env.budget, query_escape)
    }),
    Function::new("urlQueryEscape", &[Param::String], |env, args| {
        let escaped = query_escape(string(args, 0));
        env.budget.text(escaped.len(), escaped.len())?;
        Ok(Value::string(escaped))
    }),
    Function::new("safeHtml", &[Param::String], |_, args| Ok(Value::Html(string(args, 0).into()))),
];

fn escaped(args: &[Value], budget: &Budget, escape: fn(&str) -> String) -> Result<Value, String> {
    let escaped = escape(&format::sprint_printable(args, budget)?);
    budget.text(escaped.len(), escaped.len())?;
    Ok(Value::string(escaped))
}

fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => escaped.push('\u{fffd}'),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            c => escaped.push(c),
        }
    }
    escaped
}

fn js(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => escaped.extend(['\\', c]),
            '<' | '>' | '&' | '=' | '\0'..' ' => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(c));
            }
            c if c.is_ascii() || is_print(c) => escaped.push(c),
            c => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(c));
            }
        }
    }
    escaped
}

/// As Go's `url.QueryEscape`.
pub(super) fn query_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            byte => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}
