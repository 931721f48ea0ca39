//! The language: from text to an expression and back.

mod ast;
mod names;
mod pretty;
mod print;

pub use ast::{
    Aggregator, At, BinaryOp, Cardinality, DurationArg, DurationExpr, DurationKind, Extension,
    Grouping, Kind, Matching, Node, NodeId, Query, Selector, Span, TimeModifiers,
};

pub(crate) use print::{Name, write_labels};

/// Which parts of the language are taken. The default is what Prometheus 3.14 takes in production.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "Prometheus' switches, each by its own")]
pub struct Syntax {
    /// Functions and aggregations that Prometheus calls experimental.
    pub experimental_functions: bool,
    /// Computed durations, such as `[5m * 2]`.
    pub duration_expressions: bool,
    /// `anchored` and `smoothed`.
    pub extended_selectors: bool,
    /// `fill`, `fill_left` and `fill_right`.
    pub fill_modifiers: bool,
}

impl Default for Syntax {
    fn default() -> Self {
        Self {
            experimental_functions: false,
            duration_expressions: true,
            extended_selectors: false,
            fill_modifiers: false,
        }
    }
}

impl Syntax {
    /// Everything: what Prometheus' own test files are read with.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            experimental_functions: true,
            duration_expressions: true,
            extended_selectors: true,
            fill_modifiers: true,
        }
    }
}
