//! Powers of e, and logarithms.

use std::f64::consts::{FRAC_1_SQRT_2, LN_2, LOG2_E, LOG10_E};

use super::{biased_exponent, fraction_and_exponent, polynomial, power_of_two};

/// The logarithm of 2 in two parts; a whole number by the first is exact.
pub(super) const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(super) const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// How the logarithm of (1 + s) / (1 - s) goes on after 2s, by odd and even powers of s², the highest
/// first.
pub(super) const ODD: [f64; 4] = [
    1.479_819_860_511_658_6e-1,
    1.818_357_216_161_805e-1,
    2.857_142_874_366_239e-1,
    6.666_666_666_666_735e-1,
];
pub(super) const EVEN: [f64; 3] =
    [1.531_383_769_920_937_3e-1, 2.222_219_843_214_978_4e-1, 3.999_999_999_940_942e-1];

pub(crate) fn ln(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x < 0.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return x;
    }
    // Numbers too small for a full fraction have a wrong logarithm in Prometheus, and here.
    let bits = x.to_bits();
    let mut fraction = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3fe << 52);
    let mut exponent = f64::from(biased_exponent(bits) - 0x3fe);
    if fraction <= FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1.0;
    }
    let f = fraction - 1.0;
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let rest = s2 * polynomial(s4, &ODD) + s4 * polynomial(s4, &EVEN);
    let half = 0.5 * f * f;
    exponent * LN_2_HIGH - ((half - (s * (half + rest) + exponent * LN_2_LOW)) - f)
}

pub(crate) fn log2(x: f64) -> f64 {
    let (fraction, exponent) = fraction_and_exponent(x);
    if fraction == 0.5 {
        return f64::from(exponent - 1);
    }
    ln(fraction) * LOG2_E + f64::from(exponent)
}

pub(crate) fn log10(x: f64) -> f64 {
    ln(x) * LOG10_E
}

pub(crate) fn exp(x: f64) -> f64 {
    const LN_2_UPPER: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN_2_LOWER: f64 = 0.282_352_905_630_315_77e-12;
    /// 1 / 8!, 1 / 7! and so on to 1 / 1!.
    const INVERSE_FACTORIALS: [f64; 8] = [
        2.480_158_730_158_73e-5,
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
        1.0,
    ];
    debug_assert!((LN_2_UPPER + LN_2_LOWER - LN_2).abs() < 1e-15, "two parts of one number");
    if x.is_nan() || x > 709.782_712_893_384 {
        return if x.is_nan() { x } else { f64::INFINITY };
    }
    if x < -745.2 {
        return 0.0;
    }
    let exponent = (x * LOG2_E).round_ties_even();
    let rest = (-exponent).mul_add(LN_2_UPPER, x);
    let rest = (-exponent).mul_add(LN_2_LOWER, rest) * 0.0625;
    let [first, others @ ..] = INVERSE_FACTORIALS;
    let series = others.iter().fold(first, |sum, one| sum.mul_add(rest, *one));
    // What is here is less by 1, four times squared.
    let mut less = rest * series;
    for _ in 0..3 {
        less *= less + 2.0;
    }
    let power = less.mul_add(less + 2.0, 1.0);
    #[expect(clippy::cast_possible_truncation, reason = "x is bounded")]
    let exponent = exponent as i32;
    // Go gives up a little early.
    if exponent > 1023 {
        return f64::INFINITY;
    }
    // In two steps, of which the first is exact: the power of two may be too small for a float.
    let step = if exponent < -1000 { -64 } else { 0 };
    power * power_of_two(exponent - step) * power_of_two(step)
}
