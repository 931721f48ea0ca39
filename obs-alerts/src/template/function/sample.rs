//! What queries answer.

use super::{Function, nil_pointer, string};
use crate::template::budget::STEPS_OF_QUERY;
use crate::template::param::Param;
use crate::template::value::{SampleValue, Samples, Value};

/// Samples that take as long to hand on as a step.
const SAMPLES_OF_STEP: usize = 4;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("query", &[Param::String], |env, args| {
        env.budget.spend(STEPS_OF_QUERY)?;
        let samples = Samples::new((env.query)(string(args, 0))?);
        env.budget.spend(samples.len() / SAMPLES_OF_STEP)?;
        Ok(Value::Samples(samples))
    }),
    Function::new("first", &[Param::Samples], |_, args| {
        let first = samples(&args[0]).and_then(|samples| samples.get(0));
        first
            .map(|sample| Value::Sample(Some(sample)))
            .ok_or_else(|| "first() called on vector with no elements".to_owned())
    }),
    Function::new("label", &[Param::String, Param::Sample], |_, args| {
        Ok(Value::string(sample(&args[1])?.label(string(args, 0))))
    }),
    Function::new("value", &[Param::Sample], |_, args| Ok(sample(&args[0])?.value.clone())),
    Function::new("strvalue", &[Param::Sample], |_, args| {
        Ok(Value::string(sample(&args[0])?.label("__value__")))
    }),
    Function::new("sortByLabel", &[Param::String, Param::Samples], |env, args| {
        if let Some(samples) = samples(&args[1]) {
            env.budget.spend(samples.len())?;
            samples.sort_by_label(string(args, 0));
        }
        Ok(args[1].clone())
    }),
];

fn samples(value: &Value) -> Option<&Samples> {
    if let Value::Samples(samples) = value { Some(samples) } else { None }
}

fn sample(value: &Value) -> Result<&SampleValue, String> {
    match value {
        Value::Sample(Some(sample)) => Ok(sample),
        _ => Err(nil_pointer()),
    }
}
