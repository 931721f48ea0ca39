//! PromQL: text in, values out.

mod check;
mod engine;
mod error;
mod eval;
pub mod float;
pub mod function;
mod go_math;
pub mod histogram;
mod kahan;
mod labels;
mod matcher;
mod notes;
mod options;
mod regex;
pub mod script;
pub mod source;
pub mod syntax;
mod text;
mod value;

pub use engine::{Outcome, Range};
pub use error::{EvalError, ParseError};
pub use function::Function;
pub use histogram::Histogram;
pub use labels::{Iter as LabelsIter, Labels, METRIC_NAME};
pub use matcher::{MatchOp, Matcher, RegexError, matches_all};
pub use notes::{Note, NoteLevel, Notes};
pub use options::Options;
pub use regex::Regex;
pub use source::{Series, Source};
pub use syntax::{Query, Syntax, parse, parse_metric, parse_selector};
pub use text::Text;
pub use value::{MatrixSeries, STALE, Sample, Type, Value, VectorElement, is_stale};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
