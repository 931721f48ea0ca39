#![doc = include_str!("examples.md")]

mod absence;
mod change;
mod date;
mod extended;
mod histogram;
mod info;
mod label;
mod math;
mod over_time;
mod quantile;
#[cfg(test)]
mod range_tests;
mod rate;
mod regression;
mod scalar;
mod sort;
mod window;

use crate::error::EvalError;
use crate::eval::{Call, Evaluated};
use crate::value::Type;
pub(crate) use extended::{Bounds, between};
pub(crate) use window::{Falls, Points, Window, WindowBody, Windows};

/// A function of the language.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The types of its arguments.
    pub args: &'static [Type],
    /// How many of them have to be there.
    pub min_args: usize,
    /// How many there may be, those beyond `args` being like its last; `None` for any number.
    pub max_args: Option<usize>,
    /// What it returns.
    pub returns: Type,
    /// Whether Prometheus calls it experimental.
    pub experimental: bool,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    pub(crate) body: Body,
}

/// What a function does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// Of each float of its first argument, and the scalars that follow, makes another. Histograms are
    /// left out. The metric's name goes.
    Map(fn(f64, &[f64]) -> f64),
    /// Of each window of samples of its one range vector, and its scalars, makes a sample.
    Window {
        body: WindowBody,
        /// Whether the metric's name stays.
        keeps_name: bool,
    },
    /// Sees all of its arguments, not yet evaluated.
    Whole(WholeBody),
}

pub(crate) type WholeBody = fn(&mut Call<'_, '_>) -> Result<Evaluated, EvalError>;

impl Function {
    /// A function with just these arguments.
    const fn new(
        name: &'static str,
        args: &'static [Type],
        returns: Type,
        doc: &'static str,
        body: Body,
    ) -> Self {
        let count = args.len();
        Self {
            name,
            args,
            min_args: count,
            max_args: Some(count),
            returns,
            experimental: false,
            doc,
            body,
        }
    }

    /// A function of one range vector, which takes the metric's name away.
    const fn of_range(name: &'static str, doc: &'static str, body: WindowBody) -> Self {
        let body = Body::Window { body, keeps_name: false };
        Self::new(name, &[Type::Matrix], Type::Vector, doc, body)
    }

    /// The same, its last argument there any number of times up to `times`, or not at all.
    const fn repeating(mut self, times: Option<usize>) -> Self {
        self.min_args = self.args.len() - 1;
        self.max_args = match times {
            Some(times) => Some(self.min_args + times),
            None => None,
        };
        self
    }

    /// The same, its last argument there or not.
    const fn optional(self) -> Self {
        self.repeating(Some(1))
    }

    const fn experimental(mut self) -> Self {
        self.experimental = true;
        self
    }

    /// The function called `name`.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|one| one.name == name)
    }

    /// All functions, by family.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        FAMILIES.iter().copied().flatten()
    }
}

/// One array a file.
static FAMILIES: &[&[Function]] = &[
    math::FUNCTIONS,
    scalar::FUNCTIONS,
    date::FUNCTIONS,
    label::FUNCTIONS,
    sort::FUNCTIONS,
    histogram::FUNCTIONS,
    info::FUNCTIONS,
    absence::FUNCTIONS,
    change::FUNCTIONS,
    over_time::FUNCTIONS,
    quantile::FUNCTIONS,
    rate::FUNCTIONS,
    regression::FUNCTIONS,
];

#[cfg(test)]
mod instant_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_function_has_an_example_and_a_sentence() {
        let examples = include_str!("examples.md");
        let mut names = Vec::new();
        for function in Function::all() {
            let Function { name, doc, .. } = function;
            assert!(examples.contains(&format!("{name}(")), "{name} has no example");
            assert!(doc.ends_with('.'), "{name}: {doc}");
            names.push(*name);
        }
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "a name is there twice");
    }

    #[test]
    fn functions_take_as_many_arguments_as_in_prometheus() {
        for (name, min, max) in [
            ("abs", 1, Some(1)),
            ("pi", 0, Some(0)),
            ("round", 1, Some(2)),
            ("hour", 0, Some(1)),
            ("info", 1, Some(2)),
            ("label_replace", 5, Some(5)),
            ("label_join", 3, None),
            ("sort_by_label", 1, None),
            ("histogram_quantiles", 3, Some(12)),
        ] {
            let function = Function::find(name).unwrap();
            assert_eq!((function.min_args, function.max_args), (min, max), "{name}");
        }
    }
}
