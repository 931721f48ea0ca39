//! Fields, keys and methods of values.

use std::rc::Rc;

use super::{Place, Run};
use crate::template::ast::Expr;
use crate::template::error::TemplateError;
use crate::template::method;
use crate::template::value::{Root, SampleValue, Value};

impl<'t> Run<'t> {
    /// `.a.b.c` of a value; the last may be a method, which takes the arguments.
    pub(super) fn fields(
        &mut self,
        dot: &Value,
        mut receiver: Value,
        expr: &'t Expr,
        fields: &'t [String],
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let Some((final_field, before)) = fields.split_last() else { return Ok(receiver) };
        for field in before {
            receiver = self.field(dot, &receiver, expr, field, &[], None)?;
        }
        self.field(dot, &receiver, expr, final_field, args, last)
    }

    fn field(
        &mut self,
        dot: &Value,
        receiver: &Value,
        expr: &'t Expr,
        name: &'t str,
        args: &'t [Expr],
        last: Option<Value>,
    ) -> Result<Value, TemplateError> {
        let type_name = receiver.type_name();
        if matches!(receiver, Value::NoInterface) {
            return Err(self.error(format!("nil pointer evaluating {type_name}.{name}")));
        }
        let receiver = receiver.inner();
        if let Some(method) = method::find(receiver, name) {
            return self.method(dot, receiver, method, Place::Expr(expr), args, last);
        }
        let has_args = !args.is_empty() || last.is_some();
        let value = match receiver {
            Value::Nil => return Ok(Value::Nil),
            Value::Labels(labels) => Value::string(labels.get(name).unwrap_or_default()),
            Value::Map(map) => map
                .entries
                .get(name)
                .map_or(Value::NoInterface, |value| Value::Interface(Rc::new(value.clone()))),
            other => match struct_field(other, name) {
                Some(value) => value,
                None => {
                    let message = format!("can't evaluate field {name} in type {type_name}");
                    return Err(self.error(message));
                }
            },
        };
        if has_args {
            let why = match receiver {
                Value::Labels(_) | Value::Map(_) => "is not a method but has arguments",
                _ => "has arguments but cannot be invoked as function",
            };
            return Err(self.error(format!("{name} {why}")));
        }
        Ok(value)
    }
}

fn struct_field(value: &Value, name: &str) -> Option<Value> {
    Some(match (value, name) {
        (Value::Root(root), name) => root_field(root, name)?,
        (Value::Sample(Some(sample)), name) => sample_field(sample, name)?,
        (Value::Histogram(histogram), "Count") => Value::Float(histogram.count),
        (Value::Histogram(histogram), "Sum") => Value::Float(histogram.sum),
        (Value::Histogram(histogram), "ZeroCount") => Value::Float(histogram.zero_count),
        (Value::Histogram(histogram), "ZeroThreshold") => Value::Float(histogram.zero_threshold),
        _ => return None,
    })
}

fn root_field(root: &Root, name: &str) -> Option<Value> {
    Some(match name {
        "Labels" => Value::Labels(root.labels.clone()),
        "ExternalLabels" => Value::Labels(root.external_labels.clone()),
        "ExternalURL" => Value::String(Rc::clone(&root.external_url)),
        "Value" => root.value.clone(),
        _ => return None,
    })
}

fn sample_field(sample: &SampleValue, name: &str) -> Option<Value> {
    match name {
        "Labels" => Some(Value::Labels(sample.labels.clone())),
        "Value" => Some(Value::Interface(Rc::new(sample.value.clone()))),
        _ => None,
    }
}
