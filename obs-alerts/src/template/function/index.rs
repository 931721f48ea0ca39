//! Parts of lists, maps and texts, and how long they are.

use std::rc::Rc;

use super::Function;
use crate::template::param::Param;
use crate::template::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::variadic("index", &[Param::Reflect], Param::Reflect, |_, args| index(args)),
    Function::variadic("slice", &[Param::Reflect], Param::Reflect, |env, args| {
        if let Value::String(text) | Value::Html(text) = args[0].inner() {
            env.budget.text(text.len(), text.len())?;
        }
        slice(args)
    }),
    Function::new("len", &[Param::Reflect], |_, args| len(args[0].inner()).map(Value::int)),
];

fn len(value: &Value) -> Result<usize, String> {
    Ok(match value {
        Value::String(text) | Value::Html(text) => text.len(),
        Value::Labels(labels) => labels.len(),
        Value::Map(map) => map.entries.len(),
        Value::Samples(samples) => samples.len(),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        value => return Err(format!("len of type {}", value.type_name().trim_start_matches('*'))),
    })
}

/// The number that an index is, up to `limit`.
fn position(index: &Value, limit: usize) -> Result<usize, String> {
    let number = match index.inner() {
        Value::Int(number) | Value::Int64(number) => *number,
        Value::Byte(number) => (*number).into(),
        Value::Nil => return Err("cannot index slice/array with nil".to_owned()),
        other => {
            let type_name = other.type_name();
            return Err(format!("cannot index slice/array with type {type_name}"));
        }
    };
    usize::try_from(number)
        .ok()
        .filter(|number| *number <= limit)
        .ok_or_else(|| format!("index out of range: {number}"))
}

/// The key that an index is.
fn key(index: &Value) -> Result<&str, String> {
    match index.inner() {
        Value::String(key) => Ok(key),
        Value::Nil => Err("value is nil; should be of type string".to_owned()),
        other => Err(format!("value has type {}; should be string", other.type_name())),
    }
}

fn index(args: &[Value]) -> Result<Value, String> {
    let mut item = args[0].inner().clone();
    if matches!(item, Value::Nil) {
        return Err("index of untyped nil".to_owned());
    }
    for index in &args[1..] {
        let next = match item.inner() {
            Value::String(text) | Value::Html(text) => {
                let byte = text.as_bytes().get(position(index, text.len())?);
                byte.map(|byte| Value::Byte(*byte))
                    .ok_or_else(|| "reflect: string index out of range".to_owned())?
            }
            Value::Samples(samples) => {
                let sample = samples.get(position(index, samples.len())?);
                sample
                    .map(|sample| Value::Sample(Some(sample)))
                    .ok_or_else(|| "reflect: slice index out of range".to_owned())?
            }
            Value::Labels(labels) => Value::string(labels.get(key(index)?).unwrap_or_default()),
            Value::Map(map) => map
                .entries
                .get(key(index)?)
                .map_or(Value::NoInterface, |value| Value::Interface(Rc::new(value.clone()))),
            Value::Nil => return Err("index of nil pointer".to_owned()),
            other => {
                let type_name = other.type_name().trim_start_matches('*');
                return Err(format!("can't index item of type {type_name}"));
            }
        };
        item = next;
    }
    Ok(item)
}

fn slice(args: &[Value]) -> Result<Value, String> {
    let (item, indexes) = (args[0].inner(), &args[1..]);
    if matches!(item, Value::Nil) {
        return Err("slice of untyped nil".to_owned());
    }
    if indexes.len() > 3 {
        return Err(format!("too many slice indexes: {}", indexes.len()));
    }
    let (length, capacity) = match item {
        Value::String(_) | Value::Html(_) if indexes.len() == 3 => {
            return Err("cannot 3-index slice a string".to_owned());
        }
        Value::String(text) | Value::Html(text) => (text.len(), text.len()),
        Value::Samples(samples) => (samples.len(), samples.capacity()),
        other => {
            let type_name = other.type_name().trim_start_matches('*');
            return Err(format!("can't slice item of type {type_name}"));
        }
    };
    let mut bounds = [0, length, capacity];
    for (bound, index) in bounds.iter_mut().zip(indexes) {
        *bound = position(index, capacity)?;
    }
    let [start, end, most] = bounds;
    for (low, high) in [(start, end), (end, most)] {
        if low > high {
            return Err(format!("invalid slice index: {low} > {high}"));
        }
    }
    Ok(match item {
        Value::Samples(samples) => Value::Samples(samples.part(start, end)),
        Value::String(text) | Value::Html(text) => {
            // A cut within a character leaves what is no text; Go shows it as U+FFFD, too.
            let part = String::from_utf8_lossy(&text.as_bytes()[start..end]);
            let part: Rc<str> = part.into();
            if matches!(item, Value::Html(_)) { Value::Html(part) } else { Value::String(part) }
        }
        other => other.clone(),
    })
}
