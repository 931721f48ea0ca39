//! The upper bounds of a histogram's buckets, shared by the series of a family.

use super::number::write_le;

/// Buckets of a histogram that was never declared: those of the OpenTelemetry HTTP conventions, in
/// seconds.
pub(super) const DEFAULT_BOUNDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// Bounds, and how they are exposed.
#[derive(Debug)]
pub(super) struct Bounds {
    values: Box<[f64]>,
    /// `le="0.5"` for each bound, the last one `+Inf`.
    le: Box<[Box<str>]>,
}

impl Bounds {
    /// `values` must be finite and strictly increasing.
    pub(super) fn new(values: &[f64]) -> Self {
        let le = values
            .iter()
            .chain(&[f64::INFINITY])
            .map(|&bound| {
                let mut text = String::from("le=\"");
                write_le(&mut text, bound);
                text.push('"');
                text.into()
            })
            .collect();
        Self { values: values.into(), le }
    }

    /// How many there are, without `+Inf`.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn le(&self) -> &[Box<str>] {
        &self.le
    }

    /// The index of the bucket that counts `value`: the first whose bound is not below it. NaN is in
    /// no bucket but `+Inf`, as in the Go client.
    #[inline]
    pub(super) fn bucket(&self, value: f64) -> usize {
        self.values.partition_point(|&bound| value > bound || value.is_nan())
    }
}
