//! Functions that change labels, and look at no sample.

use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Evaluated, merge_same};
use crate::labels::METRIC_NAME;
use crate::regex::{Groups, Replacement};
use crate::text::Text;
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "label_replace",
        &[Type::Vector, Type::String, Type::String, Type::String, Type::String],
        Type::Vector,
        "Where the label of the fourth argument matches the regular expression of the fifth, sets the \
         label of the second to the third, in which `$1` and `${name}` stand for what groups matched.",
        Body::Whole(label_replace),
    ),
    Function::new(
        "label_join",
        &[Type::Vector, Type::String, Type::String, Type::String],
        Type::Vector,
        "Sets the label of the second argument to the values of the labels of the fourth and all that \
         follow, joined by the third.",
        Body::Whole(label_join),
    )
    .repeating(None),
];

fn label_replace(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let (target, template) = (call.text(1)?, call.text(2)?);
    let (source, pattern) = (call.text(3)?, call.text(4)?);
    let groups = Groups::new(pattern).map_err(|_| {
        let pattern = pattern.to_str_lossy();
        let message = format!("invalid regular expression in label_replace(): {pattern}");
        EvalError::expression(message, call.arg_span(4))
    })?;
    let target = label_name(call, target, "destination", 1)?;
    let template = template.to_str_lossy();
    let template = Replacement::parse(&template, &groups);
    let source = source.as_str().unwrap_or_default();

    let mut grid = call.grid(0)?;
    let mut value = String::new();
    for row in &mut grid.rows {
        let from = row.labels.get(source).unwrap_or_default();
        let Some(found) = groups.captures(from) else { continue };
        value.clear();
        template.expand(&found, &mut value);
        drop(found);
        row.labels = row.labels.with(target, &value);
        row.drop_name &= target != METRIC_NAME;
    }
    merge_same(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

fn label_join(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let separator = call.text(2)?.to_str_lossy();
    let sources = (3..call.args.len())
        .map(|number| label_name(call, call.text(number)?, "source", number))
        .collect::<Result<Vec<_>, _>>()?;
    let target = label_name(call, call.text(1)?, "destination", 1)?;

    let mut grid = call.grid(0)?;
    let mut value = String::new();
    for row in &mut grid.rows {
        value.clear();
        for (number, source) in sources.iter().enumerate() {
            if number > 0 {
                value.push_str(&separator);
            }
            value.push_str(row.labels.get(source).unwrap_or_default());
        }
        row.labels = row.labels.with(target, &value);
        row.drop_name &= target != METRIC_NAME;
    }
    merge_same(&mut grid, call.span)?;
    Ok(Evaluated::Grid(grid))
}

/// The text, if a label may be called so: whatever is UTF-8 and not empty.
fn label_name<'q>(
    call: &Call<'_, 'q>,
    text: &'q Text,
    what: &str,
    number: usize,
) -> Result<&'q str, EvalError> {
    text.as_str().filter(|name| !name.is_empty()).ok_or_else(|| {
        let (function, name) = (call.function.name, text.to_str_lossy());
        let message = format!("invalid {what} label name in {function}(): {name}");
        EvalError::expression(message, call.arg_span(number))
    })
}
