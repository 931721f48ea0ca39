//! Quantiles of the samples of a range: `quantile_over_time`, `mad_over_time`.

use std::cmp::Ordering;

use super::window::{Window, Windows};
use super::{Body, Function};
use crate::error::EvalError;
use crate::float::General;
use crate::value::{Sample, Type};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "quantile_over_time",
        args: &[Type::Scalar, Type::Matrix],
        min_args: 2,
        max_args: Some(2),
        returns: Type::Vector,
        experimental: false,
        doc: "The value that this part of the range's values, from 0 to 1, is not above.",
        body: Body::Window { body: quantile_over_time, keeps_name: false },
    },
    Function {
        name: "mad_over_time",
        args: &[Type::Matrix],
        min_args: 1,
        max_args: Some(1),
        returns: Type::Vector,
        experimental: true,
        doc: "The median of how far the range's values are from their median.",
        body: Body::Window { body: mad_over_time, keeps_name: false },
    },
];

fn quantile_over_time(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
) -> Result<Option<Sample>, EvalError> {
    if window.floats.is_empty() {
        return Ok(None);
    }
    let q = windows.scalars.first().copied().unwrap_or(f64::NAN);
    if !(0.0..=1.0).contains(&q) {
        let message = format!("quantile value should be between 0 and 1, got {}", General(q));
        windows.notes.warn(windows.first_arg, message);
    }
    if window.is_mixed() {
        windows.note_ignored();
    }
    windows.scratch.clear();
    windows.scratch.extend_from_slice(window.floats.values);
    Ok(Some(Sample::Float(quantile(q, windows.scratch))))
}

fn mad_over_time(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
) -> Result<Option<Sample>, EvalError> {
    if window.floats.is_empty() {
        return Ok(None);
    }
    if window.is_mixed() {
        windows.note_ignored();
    }
    if window.floats.values.iter().any(|value| value.is_nan()) {
        return Ok(Some(Sample::Float(f64::NAN)));
    }
    let values = &mut *windows.scratch;
    values.clear();
    values.extend_from_slice(window.floats.values);
    let median = quantile(0.5, values);
    values.iter_mut().for_each(|value| *value = (*value - median).abs());
    Ok(Some(Sample::Float(quantile(0.5, values))))
}

/// The value at the part `q` of `values` in their order, between two of them where it has to be. Puts
/// `values` in another order. Every NaN is below all others.
pub(crate) fn quantile(q: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
    let rank = q * (values.len() - 1) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 0 to the number of samples"
    )]
    let at = (rank.floor() as usize).min(values.len() - 1);
    let (lower, upper) = if values.len() <= STABLE {
        values.sort_by(compare);
        (values[at], values[(at + 1).min(values.len() - 1)])
    } else {
        let (_, &mut lower, above) = values.select_nth_unstable_by(at, compare);
        (lower, above.iter().copied().min_by(compare).unwrap_or(lower))
    };
    let weight = rank - rank.floor();
    lower * (1.0 - weight) + upper * weight
}

/// Up to so many values Go sorts by insertion, which leaves 0 and -0 in their order.
const STABLE: usize = 12;

fn compare(a: &f64, b: &f64) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_lie_between_values() {
        for (q, values, expected) in [
            (0.0, &[3.0, 1.0, 2.0][..], 1.0),
            (0.5, &[3.0, 1.0, 2.0], 2.0),
            (0.75, &[3.0, 1.0, 2.0], 2.5),
            (1.0, &[3.0, 1.0, 2.0], 3.0),
            (0.3, &[7.0], 7.0),
            (-0.1, &[7.0], f64::NEG_INFINITY),
            (1.1, &[7.0], f64::INFINITY),
            (1.0, &[f64::NAN, 1.0, 2.0], 2.0),
            (0.5, &[1.0, f64::NAN, 2.0], 1.0),
        ] {
            assert_eq!(quantile(q, &mut values.to_vec()), expected, "{q} of {values:?}");
        }
        for (q, values) in [(f64::NAN, &[1.0][..]), (0.5, &[]), (0.0, &[1.0, f64::NAN])] {
            assert!(quantile(q, &mut values.to_vec()).is_nan(), "{q} of {values:?}");
        }
    }
}
