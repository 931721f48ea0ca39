//! What templates compute with: the Go values that Prometheus hands them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use obs_promql::{Histogram, Labels, Sample, VectorElement};

use super::time::Time;

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// No value at all, as a field of no value.
    Nil,
    /// A value of any type that holds none, as what a map does not have.
    NoInterface,
    /// What a field or a map holds that may hold any type. Only messages tell it from what it holds.
    Interface(Rc<Self>),
    Bool(bool),
    Int(i64),
    Int64(i64),
    Byte(u8),
    Float(f64),
    Complex(f64, f64),
    String(Rc<str>),
    Html(Rc<str>),
    Labels(Labels),
    Map(Rc<Map>),
    Samples(Samples),
    Sample(Option<Rc<SampleValue>>),
    Histogram(Arc<Histogram>),
    Root(Rc<Root>),
    Time(Time, Pointer),
    Duration(i64, Pointer),
    /// From zero.
    Month(u8),
    /// From Sunday, zero.
    Weekday(u8),
}

/// Whether Go has the value itself or a pointer to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pointer {
    Value,
    Pointer,
}

/// What `args` makes.
#[derive(Debug)]
pub(super) struct Map {
    pub(super) entries: BTreeMap<String, Value>,
    /// How many maps stand within each other.
    pub(super) depth: usize,
}

/// What `query` makes: a part of a list that is sorted in place.
#[derive(Clone, Debug)]
pub(super) struct Samples {
    all: Rc<RefCell<Vec<Rc<SampleValue>>>>,
    start: usize,
    end: usize,
}

#[derive(Debug)]
pub(super) struct SampleValue {
    pub(super) labels: Labels,
    pub(super) value: Value,
}

/// What `.` is to begin with.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) labels: Labels,
    pub(super) external_labels: Labels,
    pub(super) external_url: Rc<str>,
    pub(super) value: Value,
}

impl Samples {
    pub(super) fn new(elements: Vec<VectorElement>) -> Self {
        let all: Vec<_> = elements
            .into_iter()
            .map(|VectorElement { labels, value }| {
                Rc::new(SampleValue { labels, value: Value::from(&value) })
            })
            .collect();
        Self { start: 0, end: all.len(), all: Rc::new(RefCell::new(all)) }
    }

    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    /// How many there are from the first of these on.
    pub(super) fn capacity(&self) -> usize {
        self.all.borrow().len() - self.start
    }

    pub(super) fn get(&self, index: usize) -> Option<Rc<SampleValue>> {
        (index < self.len()).then(|| Rc::clone(&self.all.borrow()[self.start + index]))
    }

    /// The part from `start` up to `end`, which may be beyond these, within the capacity.
    pub(super) fn part(&self, start: usize, end: usize) -> Self {
        let all = Rc::clone(&self.all);
        Self { all, start: self.start + start, end: self.start + end }
    }

    pub(super) fn sort_by_label(&self, label: &str) {
        self.all.borrow_mut()[self.start..self.end]
            .sort_by(|a, b| a.label(label).cmp(b.label(label)));
    }
}

impl SampleValue {
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.get(name).unwrap_or_default()
    }
}

impl From<&Sample> for Value {
    fn from(sample: &Sample) -> Self {
        match sample {
            Sample::Float(value) => Self::Float(*value),
            Sample::Histogram(histogram) => Self::Histogram(Arc::clone(histogram)),
        }
    }
}

impl Value {
    pub(super) fn string(text: impl Into<Rc<str>>) -> Self {
        Self::String(text.into())
    }

    pub(super) fn int(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }

    /// What the value holds, if it holds any type.
    pub(super) fn inner(&self) -> &Self {
        match self {
            Self::Interface(value) => value,
            Self::NoInterface => &Self::Nil,
            value => value,
        }
    }

    pub(super) fn into_inner(self) -> Self {
        match self {
            Self::Interface(_) | Self::NoInterface => self.inner().clone(),
            value => value,
        }
    }

    /// Go's name of its type.
    pub(super) const fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "<nil>",
            Self::NoInterface | Self::Interface(_) => "interface {}",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Int64(_) => "int64",
            Self::Byte(_) => "uint8",
            Self::Float(_) => "float64",
            Self::Complex(..) => "complex128",
            Self::String(_) => "string",
            Self::Html(_) => "template.HTML",
            Self::Labels(_) => "map[string]string",
            Self::Map(_) => "map[string]interface {}",
            Self::Samples(_) => "template.queryResult",
            Self::Sample(_) => "*template.sample",
            Self::Histogram(_) => "*histogram.FloatHistogram",
            Self::Root(_) => {
                "struct { Labels map[string]string; ExternalLabels map[string]string; \
                 ExternalURL string; Value interface {} }"
            }
            Self::Time(_, Pointer::Value) => "time.Time",
            Self::Time(_, Pointer::Pointer) => "*time.Time",
            Self::Duration(_, Pointer::Value) => "time.Duration",
            Self::Duration(_, Pointer::Pointer) => "*time.Duration",
            Self::Month(_) => "time.Month",
            Self::Weekday(_) => "time.Weekday",
        }
    }

    /// Whether an `if` takes it for true: whether it is neither zero nor empty.
    pub(super) fn is_true(&self) -> bool {
        match self.inner() {
            Self::Nil | Self::NoInterface | Self::Interface(_) => false,
            Self::Bool(value) => *value,
            Self::Int(value) | Self::Int64(value) | Self::Duration(value, Pointer::Value) => {
                *value != 0
            }
            Self::Byte(value) | Self::Weekday(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::String(text) | Self::Html(text) => !text.is_empty(),
            Self::Labels(labels) => !labels.is_empty(),
            Self::Map(map) => !map.entries.is_empty(),
            Self::Samples(samples) => samples.len() > 0,
            Self::Sample(sample) => sample.is_some(),
            Self::Histogram(_)
            | Self::Root(_)
            | Self::Time(..)
            | Self::Duration(_, Pointer::Pointer)
            | Self::Month(_) => true,
        }
    }
}
