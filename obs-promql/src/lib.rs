//! PromQL: text in, values out.
//!
//! ```
//! use obs_promql::{Options, Series, Value};
//!
//! // Six hits a minute, a sample each minute.
//! let mut hits = Series::new([("__name__", "hits_total"), ("route", "/")].into_iter().collect());
//! for minute in 0..=10 {
//!     hits.push(minute * 60_000, 6.0 * minute as f64); // milliseconds since 1970, value
//! }
//!
//! let query = obs_promql::parse("sum by (route) (rate(hits_total[5m])) > 0.05")?;
//! let outcome = query.instant(&vec![hits], 600_000, &Options::default())?;
//!
//! let Value::Vector(elements) = outcome.value else { panic!("a comparison of a vector is one") };
//! assert_eq!(elements[0].labels.to_string(), r#"{route="/"}"#);
//! assert_eq!(elements[0].value, 0.1.into());
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`parse`] makes a [`Query`] of a text, or a [`ParseError`] with the place, the line and a caret.
//!   [`Syntax`] says which parts of the language are taken.
//! * [`Query::instant`] and [`Query::range`] evaluate it over a [`Source`] of series. A `Vec` of
//!   [`Series`] is one; whoever has a store of its own lends what is selected, and nothing is copied.
//! * [`Options`] are Prometheus' switches, and limits of what a query may cost.
//! * An [`Outcome`] is the [`Value`] and [`Notes`]: warnings and infos in Prometheus' words.
//! * A [`Query`] prints itself as Prometheus does, on one line or [pretty](Query::pretty), and can be
//!   walked part by part: see [`syntax`].
//! * [`mod@function`] is a page of all functions, each with an example.
//! * [`script`] runs the `.test` language of Prometheus' own tests.
//!
//! # How much like Prometheus
//!
//! The measure is Prometheus 3.14: its own test files, of which the crate's README shows a table, and
//! answers compared with those of a real Prometheus, to the bit wherever that one is the same each time.
//! Where two answers of its own differ in the last digit, because it sums in the order of a map, so may
//! ours. Ties of `topk` and what `limitk` takes go by the order of the source.
//!
//! [`Options::default`] and [`Syntax::default`] are what Prometheus does in production;
//! [`Options::test_engine`] and [`Syntax::everything`] what its tests are run with.
//!
//! # What it costs
//!
//! No sample is copied or allocated for on the way from source to value. A query's result is held as one
//! block of numbers, series by steps. Expressions are parsed in time that grows with their length, and
//! what nests deeper than 128 levels is refused; chains of operators do not nest.
//!
//! # What it does not do
//!
//! Nothing here reads a clock, a file or a socket, spawns or waits: times are arguments. Native histograms
//! are selected, counted and passed on; computing with them is
//! [refused](EvalError::Unsupported), never guessed.

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
