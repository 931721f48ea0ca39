//! Functions of one number.

use super::{Body, Function};
use crate::error::EvalError;
use crate::eval::{Call, Evaluated};
use crate::go_math;
use crate::value::Type;

pub(super) const FUNCTIONS: &[Function] = &[
    map("abs", "The absolute value of each element.", |v, _| v.abs()),
    map("ceil", "Each element rounded up to a whole number.", |v, _| v.ceil()),
    map("floor", "Each element rounded down to a whole number.", |v, _| v.floor()),
    map("exp", "e to the power of each element.", |v, _| go_math::exp(v)),
    map("sqrt", "The square root of each element.", |v, _| v.sqrt()),
    map("ln", "The natural logarithm of each element.", |v, _| go_math::ln(v)),
    map("log2", "The logarithm of each element to base 2.", |v, _| go_math::log2(v)),
    map("log10", "The logarithm of each element to base 10.", |v, _| go_math::log10(v)),
    map("sgn", "1 for each element above zero, -1 for each below, else the element.", |v, _| {
        if v < 0.0 {
            -1.0
        } else if v > 0.0 {
            1.0
        } else {
            v
        }
    }),
    map("sin", "The sine of each element, in radians.", |v, _| go_math::sin(v)),
    map("cos", "The cosine of each element, in radians.", |v, _| go_math::cos(v)),
    map("tan", "The tangent of each element, in radians.", |v, _| go_math::tan(v)),
    map("asin", "The arc sine of each element, in radians.", |v, _| go_math::asin(v)),
    map("acos", "The arc cosine of each element, in radians.", |v, _| go_math::acos(v)),
    map("atan", "The arc tangent of each element, in radians.", |v, _| go_math::atan(v)),
    map("sinh", "The hyperbolic sine of each element.", |v, _| go_math::sinh(v)),
    map("cosh", "The hyperbolic cosine of each element.", |v, _| go_math::cosh(v)),
    map("tanh", "The hyperbolic tangent of each element.", |v, _| go_math::tanh(v)),
    map("asinh", "The inverse hyperbolic sine of each element.", |v, _| go_math::asinh(v)),
    map("acosh", "The inverse hyperbolic cosine of each element.", |v, _| go_math::acosh(v)),
    map("atanh", "The inverse hyperbolic tangent of each element.", |v, _| go_math::atanh(v)),
    map("deg", "Each element, in radians, in degrees.", |v, _| v * 180.0 / std::f64::consts::PI),
    map("rad", "Each element, in degrees, in radians.", |v, _| v * std::f64::consts::PI / 180.0),
    Function::new(
        "round",
        &[Type::Vector, Type::Scalar],
        Type::Vector,
        "Each element rounded to the nearest multiple of the second argument, which is 1 if it is \
         not there; what lies halfway is rounded up.",
        Body::Map(round),
    )
    .optional(),
    Function::new(
        "clamp",
        &[Type::Vector, Type::Scalar, Type::Scalar],
        Type::Vector,
        "Each element, or the second argument where that is above it, or the third where that is \
         below it. No element if the third is below the second.",
        Body::Whole(clamp),
    ),
    Function::new(
        "clamp_max",
        &[Type::Vector, Type::Scalar],
        Type::Vector,
        "Each element, or the second argument where that is below it.",
        Body::Map(|v, scalars| {
            scalars.first().map_or(v, |max| clamped(v, f64::NEG_INFINITY, *max))
        }),
    ),
    Function::new(
        "clamp_min",
        &[Type::Vector, Type::Scalar],
        Type::Vector,
        "Each element, or the second argument where that is above it.",
        Body::Map(|v, scalars| scalars.first().map_or(v, |min| clamped(v, *min, f64::INFINITY))),
    ),
];

const fn map(name: &'static str, doc: &'static str, map: fn(f64, &[f64]) -> f64) -> Function {
    Function::new(name, &[Type::Vector], Type::Vector, doc, Body::Map(map))
}

fn round(value: f64, scalars: &[f64]) -> f64 {
    // Prometheus multiplies by the inverse, and so do its results' last bits.
    let inverse = 1.0 / scalars.first().copied().unwrap_or(1.0);
    (value * inverse + 0.5).floor() / inverse
}

fn clamp(call: &mut Call<'_, '_>) -> Result<Evaluated, EvalError> {
    let (min, max) = (call.scalar(1)?, call.scalar(2)?);
    call.map_floats(0, |value, step| {
        let (min, max) = (min[step], max[step]);
        (max >= min || max.is_nan() || min.is_nan()).then(|| clamped(value, min, max))
    })
}

fn clamped(value: f64, min: f64, max: f64) -> f64 {
    go_max(min, go_min(max, value))
}

/// `math.Max` of Go: not a number where either is none, unless the other is infinite.
pub(super) fn go_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if a == 0.0 && b == 0.0 {
        if a.is_sign_negative() { b } else { a }
    } else if a > b {
        a
    } else {
        b
    }
}

/// `math.Min` of Go.
pub(super) fn go_min(a: f64, b: f64) -> f64 {
    -go_max(-a, -b)
}
