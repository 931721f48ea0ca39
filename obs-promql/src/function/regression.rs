//! Lines and curves through samples: `deriv`, `predict_linear`, `double_exponential_smoothing`.

use super::window::{Points, Window, WindowBody, Windows, millis};
use super::{Body, Function};
use crate::error::EvalError;
use crate::float::Fixed;
use crate::kahan::Kahan;
use crate::value::{Sample, Type};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "deriv",
        args: &[Type::Matrix],
        min_args: 1,
        max_args: Some(1),
        returns: Type::Vector,
        experimental: false,
        doc: "How much a gauge changes in a second: the slope of a line through all samples of the \
              range.",
        body: body(|window, windows| {
            on_floats(window, windows, |window, _| {
                let origin = window.floats.times.first().copied().unwrap_or_default();
                Ok(line(&window.floats, origin).slope)
            })
        }),
    },
    Function {
        name: "predict_linear",
        args: &[Type::Matrix, Type::Scalar],
        min_args: 2,
        max_args: Some(2),
        returns: Type::Vector,
        experimental: false,
        doc: "The value so many seconds after the time of evaluation, on a line through all samples \
              of the range.",
        body: body(|window, windows| {
            on_floats(window, windows, |window, scalars| {
                let seconds = scalars.first().copied().unwrap_or(f64::NAN);
                let Line { slope, intercept } = line(&window.floats, window.time);
                Ok(slope * seconds + intercept)
            })
        }),
    },
    Function {
        name: "double_exponential_smoothing",
        args: &[Type::Matrix, Type::Scalar, Type::Scalar],
        min_args: 3,
        max_args: Some(3),
        returns: Type::Vector,
        experimental: true,
        doc: "The last value of the range, smoothed by those before it. The two factors, both \
              between 0 and 1, say how much the newest values count, and how much the trend.",
        body: body(smoothing),
    },
];

const fn body(body: WindowBody) -> Body {
    Body::Window { body, keeps_name: false }
}

/// Computes with the floats, if there are two at least.
fn on_floats(
    window: &Window<'_>,
    windows: &mut Windows<'_>,
    compute: impl Fn(&Window<'_>, &[f64]) -> Result<f64, EvalError>,
) -> Result<Option<Sample>, EvalError> {
    if window.is_mixed() {
        windows.note_ignored();
    }
    if window.floats.len() < 2 {
        return Ok(None);
    }
    compute(window, windows.scalars).map(|value| Some(Sample::Float(value)))
}

struct Line {
    /// By the second.
    slope: f64,
    /// The value at the origin.
    intercept: f64,
}

/// The line nearest to all samples, by the squares of their distances.
fn line(floats: &Points<'_, f64>, origin: i64) -> Line {
    let first = floats.values.first().copied().unwrap_or(f64::NAN);
    if floats.values.iter().all(|value| *value == first) {
        return if first.is_infinite() {
            Line { slope: f64::NAN, intercept: f64::NAN }
        } else {
            Line { slope: 0.0, intercept: first }
        };
    }
    let mut n = 0.0;
    let [mut sum_x, mut sum_y, mut sum_xy, mut sum_xx] = [Kahan::default(); 4];
    for (&time, &y) in floats.times.iter().zip(floats.values) {
        n += 1.0;
        let x = millis(origin, time) / 1e3;
        sum_x = sum_x.plus(x);
        sum_y = sum_y.plus(y);
        sum_xy = sum_xy.plus(x * y);
        sum_xx = sum_xx.plus(x * x);
    }
    let [x, y, xy, xx] = [sum_x, sum_y, sum_xy, sum_xx].map(Kahan::total);
    let covariance = xy - x * y / n;
    let variance = xx - x * x / n;
    let slope = covariance / variance;
    Line { slope, intercept: y / n - slope * x / n }
}

/// Double exponential smoothing: each value is smoothed by the values before it and by their trend.
fn smoothing(window: &Window<'_>, windows: &mut Windows<'_>) -> Result<Option<Sample>, EvalError> {
    let &[smoothing, trend, ..] = windows.scalars else { return Ok(None) };
    for (name, short, factor) in [("smoothing", "sf", smoothing), ("trend", "tf", trend)] {
        if factor <= 0.0 || factor >= 1.0 {
            let got =
                if factor.is_finite() { format!("{factor:.6}") } else { Fixed(factor).to_string() };
            return Err(EvalError::expression(
                format!("invalid {name} factor. Expected: 0 < {short} < 1, got: {got}"),
                windows.span,
            ));
        }
    }
    on_floats(window, windows, |window, _| {
        let values = window.floats.values;
        let &[first, second, ..] = values else { return Ok(f64::NAN) };
        let (mut before, mut smooth, mut slope) = (0.0, first, second - first);
        for (number, value) in values[1..].iter().enumerate() {
            let scaled = smoothing * value;
            if number > 0 {
                let steep = trend * (smooth - before);
                slope = steep + (1.0 - trend) * slope;
            }
            let carried = (1.0 - smoothing) * (smooth + slope);
            (before, smooth) = (smooth, scaled + carried);
        }
        Ok(smooth)
    })
}
