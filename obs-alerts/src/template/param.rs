//! What functions want for arguments.

use super::value::{Samples, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Param {
    /// Anything, and what it holds is handed on.
    Any,
    /// Anything, handed on as it is: Go's `reflect.Value`.
    Reflect,
    String,
    Int,
    Samples,
    Sample,
    Time,
    Duration,
}

impl Param {
    pub(super) const fn type_name(self) -> &'static str {
        match self {
            Self::Any => "interface {}",
            Self::Reflect => "reflect.Value",
            Self::String => "string",
            Self::Int => "int",
            Self::Samples => "template.queryResult",
            Self::Sample => "*template.sample",
            Self::Time => "time.Time",
            Self::Duration => "time.Duration",
        }
    }

    pub(super) const fn can_be_nil(self) -> bool {
        matches!(self, Self::Any | Self::Reflect | Self::Samples | Self::Sample)
    }

    /// What `nil` is for it.
    pub(super) fn nil(self) -> Value {
        match self {
            Self::Samples => Value::Samples(Samples::new(Vec::new())),
            Self::Sample => Value::Sample(None),
            _ => Value::Nil,
        }
    }
}
