//! Values: of samples, and of whole expressions.

use std::sync::Arc;

use crate::histogram::Histogram;
use crate::labels::Labels;

/// The value that marks the end of a series: one NaN among all.
///
/// A scrape that finds a series gone writes it; see Prometheus' `model/value`. Every other NaN is a
/// value like any other.
pub const STALE: f64 = f64::from_bits(0x7ff0_0000_0000_0002);

/// Whether `value` is [the stale marker](STALE).
#[must_use]
pub const fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE.to_bits()
}

/// The value of a series at one time.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

/// What an expression has for a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A number.
    Scalar(f64),
    /// Text.
    String(String),
    /// One sample of each of some series, at the time of the query. In the order of the expression
    /// where it sorts them, else in any.
    Vector(Vec<VectorElement>),
    /// Samples of each of some series, sorted by labels.
    Matrix(Vec<MatrixSeries>),
}

/// A series in a [`Value::Vector`].
#[derive(Clone, Debug, PartialEq)]
pub struct VectorElement {
    /// Its labels.
    pub labels: Labels,
    /// Its value.
    pub value: Sample,
}

/// A series in a [`Value::Matrix`].
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixSeries {
    /// Its labels.
    pub labels: Labels,
    /// Its samples: milliseconds since 1970 and value, in the order of time.
    pub samples: Vec<(i64, Sample)>,
}

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// A number.
    Scalar,
    /// Text.
    String,
    /// A sample for each series: an instant vector.
    Vector,
    /// Samples for each series: a range vector.
    Matrix,
}

impl Type {
    /// As messages of Prometheus call it.
    #[must_use]
    pub const fn document_name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
        }
    }

    /// As the HTTP API calls it.
    #[must_use]
    pub const fn api_name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::String => "string",
            Self::Vector => "vector",
            Self::Matrix => "matrix",
        }
    }
}
