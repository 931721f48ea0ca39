//! Hyperbolic functions and their inverses.

use std::f64::consts::{LN_2, SQRT_2};

use super::power::{EVEN, LN_2_HIGH, LN_2_LOW, ODD, exp, ln};
use super::{biased_exponent, polynomial};

/// 2 to the power of 28: where one more or less is lost.
const LARGE: f64 = 268_435_456.0;

pub(crate) fn sinh(x: f64) -> f64 {
    const ABOVE: [f64; 4] = [
        -0.263_056_321_339_749_7e2,
        -0.289_421_135_598_956_4e4,
        -0.899_127_202_203_950_9e5,
        -0.630_767_364_049_771_7e6,
    ];
    const BELOW: [f64; 4] =
        [1.0, -0.173_678_953_558_233_7e3, 0.152_151_737_879_001_9e5, -0.630_767_364_049_771_7e6];
    let size = x.abs();
    let value = if size > 21.0 {
        exp(size) * 0.5
    } else if size > 0.5 {
        let power = exp(size);
        (power - 1.0 / power) * 0.5
    } else {
        let square = size * size;
        polynomial(square, &ABOVE) * size / polynomial(square, &BELOW)
    };
    value.copysign(x)
}

pub(crate) fn cosh(x: f64) -> f64 {
    let size = x.abs();
    let power = exp(size);
    if size > 21.0 { power * 0.5 } else { (power + 1.0 / power) * 0.5 }
}

pub(crate) fn tanh(x: f64) -> f64 {
    const ABOVE: [f64; 3] =
        [-0.9643991794250523, -9.928_772_310_019_185e1, -1.614_687_684_417_084_5e3];
    const BELOW: [f64; 4] =
        [1.0, 1.128_116_784_916_329_3e2, 2.235_488_390_601_004_5e3, 4.844_063_053_251_255e3];
    let size = x.abs();
    if size > 0.5 * 88.029_691_931_113_05 {
        1.0_f64.copysign(x)
    } else if size >= 0.625 {
        (1.0 - 2.0 / (exp(2.0 * size) + 1.0)).copysign(x)
    } else if x == 0.0 {
        x
    } else {
        let square = x * x;
        x + x * square * polynomial(square, &ABOVE) / polynomial(square, &BELOW)
    }
}

pub(crate) fn asinh(x: f64) -> f64 {
    if !x.is_finite() {
        return x;
    }
    let size = x.abs();
    let value = if size > LARGE {
        ln(size) + LN_2
    } else if size > 2.0 {
        ln(2.0 * size + 1.0 / ((size * size + 1.0).sqrt() + size))
    } else if size < 1.0 / LARGE {
        size
    } else {
        ln_1p(size + size * size / (1.0 + (1.0 + size * size).sqrt()))
    };
    value.copysign(x)
}

pub(crate) fn acosh(x: f64) -> f64 {
    if x < 1.0 || x.is_nan() {
        f64::NAN
    } else if x == 1.0 {
        0.0
    } else if x >= LARGE {
        ln(x) + LN_2
    } else if x > 2.0 {
        ln(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()))
    } else {
        let more = x - 1.0;
        ln_1p(more + (2.0 * more + more * more).sqrt())
    }
}

pub(crate) fn atanh(x: f64) -> f64 {
    let size = x.abs();
    if size > 1.0 || x.is_nan() {
        return f64::NAN;
    }
    let value = if size == 1.0 {
        f64::INFINITY
    } else if size < 1.0 / LARGE {
        size
    } else if size < 0.5 {
        let twice = size + size;
        0.5 * ln_1p(twice + twice * size / (1.0 - size))
    } else {
        0.5 * ln_1p((size + size) / (1.0 - size))
    };
    value.copysign(x)
}

/// The logarithm of 1 + x, for x above zero.
fn ln_1p(x: f64) -> f64 {
    /// The fraction's bits of the square root of 2.
    const SQRT_2_BITS: u64 = 0x0006_a09e_667f_3bcd;
    let tiny = 1.0 / 18_014_398_509_481_984.0;
    if x < 1.0 / 536_870_912.0 {
        return if x < tiny { x } else { x - x * x * 0.5 };
    }
    // 1 + x is 2 to the power of `exponent` by 1 + f, but for what `lost` is of the sum.
    let (mut f, mut exponent, mut lost, mut near_one) = (x, 0, 0.0, false);
    if x >= SQRT_2 - 1.0 {
        let sum = if x < 9_007_199_254_740_992.0 { 1.0 + x } else { x };
        exponent = biased_exponent(sum.to_bits()) - 1023;
        if x < 9_007_199_254_740_992.0 {
            lost = if exponent > 0 { 1.0 - (sum - x) } else { x - (sum - 1.0) };
            lost /= sum;
        }
        let bits = sum.to_bits() & 0x000f_ffff_ffff_ffff;
        let (fraction, distance) = if bits < SQRT_2_BITS {
            (f64::from_bits(bits | 0x3ff << 52), bits)
        } else {
            exponent += 1;
            (f64::from_bits(bits | 0x3fe << 52), ((1 << 52) - bits) >> 2)
        };
        f = fraction - 1.0;
        near_one = distance == 0;
    }
    let exponent = f64::from(exponent);
    let half = 0.5 * f * f;
    if near_one {
        if f == 0.0 {
            return exponent * LN_2_HIGH + (lost + exponent * LN_2_LOW);
        }
        let rest = half * (1.0 - 0.666_666_666_666_666_6 * f);
        return exponent * LN_2_HIGH - ((rest - (exponent * LN_2_LOW + lost)) - f);
    }
    let s = f / (2.0 + f);
    let [l7, l5, l3, l1] = ODD;
    let [l6, l4, l2] = EVEN;
    let square = s * s;
    let rest = square * polynomial(square, &[l7, l6, l5, l4, l3, l2, l1]);
    if exponent == 0.0 {
        return f - (half - s * (half + rest));
    }
    exponent * LN_2_HIGH - ((half - (s * (half + rest) + (exponent * LN_2_LOW + lost))) - f)
}
