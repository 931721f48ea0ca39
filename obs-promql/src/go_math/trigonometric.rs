//! Trigonometric functions and their inverses.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, PI};

use super::{biased_exponent, polynomial};

/// x + x³ P(x²), to a quarter of π.
const SINE: [f64; 6] = [
    1.589_623_015_765_465_7e-10,
    -2.505_074_776_285_780_7e-8,
    2.7557313621385722e-06,
    -1.984_126_982_958_954e-4,
    8.333_333_333_322_118e-3,
    -1.666_666_666_666_663e-1,
];
/// 1 - x² / 2 + x⁴ P(x²), to a quarter of π.
const COSINE: [f64; 6] = [
    -1.135_853_652_138_768_2e-11,
    2.087_570_084_197_473e-9,
    -2.755_731_417_929_674e-7,
    2.480_158_728_885_170_5e-5,
    -1.388_888_888_887_305_6e-3,
    0.041666666666666595,
];
/// x + x³ P(x²) / Q(x²), to a quarter of π.
const TANGENT: [f64; 3] =
    [-13093.693918138379, 1.153_516_648_385_874_2e6, -1.795_652_519_764_848_8e7];
const TANGENT_BELOW: [f64; 5] = [
    1.0,
    1.368_129_634_706_929_5e4,
    -1.320_892_344_402_109_7e6,
    2.500_838_018_233_579e7,
    -53869575.592945464,
];

pub(crate) fn sin(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    let Some((octant, rest)) = reduced(x.abs()) else { return f64::NAN };
    let value = if matches!(octant & 3, 1 | 2) { cosine(rest) } else { sine(rest) };
    if (octant > 3) == (x < 0.0) { value } else { -value }
}

pub(crate) fn cos(x: f64) -> f64 {
    let Some((octant, rest)) = reduced(x.abs()) else { return f64::NAN };
    let value = if matches!(octant & 3, 1 | 2) { sine(rest) } else { cosine(rest) };
    if (octant > 3) == (octant & 3 > 1) { value } else { -value }
}

pub(crate) fn tan(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    let Some((octant, rest)) = reduced(x.abs()) else { return f64::NAN };
    let square = rest * rest;
    let value = if square > 1e-14 {
        rest + rest * (square * polynomial(square, &TANGENT) / polynomial(square, &TANGENT_BELOW))
    } else {
        rest
    };
    let value = if octant & 2 == 2 { -1.0 / value } else { value };
    if x < 0.0 { -value } else { value }
}

fn sine(x: f64) -> f64 {
    let square = x * x;
    x + x * square * polynomial(square, &SINE)
}

fn cosine(x: f64) -> f64 {
    let square = x * x;
    1.0 - 0.5 * square + square * square * polynomial(square, &COSINE)
}

/// In which eighth of the circle an angle above zero is, made even, and how far from its beginning.
fn reduced(x: f64) -> Option<(u64, f64)> {
    /// A quarter of π in three parts.
    const PARTS: [f64; 3] =
        [7.853_981_256_484_985e-1, 3.774_894_707_930_798e-8, 2.695_151_429_079_059_5e-15];
    if !x.is_finite() {
        return None;
    }
    if x >= 536_870_912.0 {
        return Some(reduced_far(x));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and 2^30"
    )]
    let octant = (x * (2.0 * FRAC_2_PI)) as u32;
    let octant = octant + octant % 2;
    let [high, middle, low] = PARTS;
    let turns = f64::from(octant);
    let rest = ((x - turns * high) - turns * middle) - turns * low;
    Some((u64::from(octant & 7), rest))
}

/// The same for large angles, after M. Payne and R. Hanek: by as many digits of 4/π as the angle's size
/// asks for.
fn reduced_far(x: f64) -> (u64, f64) {
    let bits = x.to_bits();
    let mantissa = bits & 0x000f_ffff_ffff_ffff | 1 << 52;
    let first = usize::try_from(biased_exponent(bits) - 1023 - 52 + 61).unwrap_or_default();
    let (word, shift) = (first / 64, first % 64);
    let digits = |number: usize| {
        let pair = |at: usize| FOUR_OVER_PI.get(at).copied().map_or(0, u128::from);
        let pair = pair(word + number) << 64 | pair(word + number + 1);
        low_half(pair << shift >> 64)
    };
    let by_mantissa = |digits: u64| u128::from(digits) * u128::from(mantissa);
    let low = by_mantissa(digits(2)) >> 64;
    let product =
        (by_mantissa(digits(0)) << 64).wrapping_add(by_mantissa(digits(1))).wrapping_add(low);
    // The top three bits are the eighth, what follows is the way into it.
    let octant = low_half(product >> 125);
    let rest = low_half(product << 3 >> 64);
    // Go leaves out the three bits between these and those above, and so does what it gives.
    let beyond = low_half(product);
    let zeros = rest.leading_zeros();
    let fraction = low_half((u128::from(rest) << 64 | u128::from(beyond)) << (zeros + 1) >> 64);
    let exponent = u64::from(1023 - (zeros + 1));
    let rest = f64::from_bits(fraction >> 12 | exponent << 52);
    if octant % 2 == 1 {
        ((octant + 1) & 7, (rest - 1.0) * FRAC_PI_4)
    } else {
        (octant, rest * FRAC_PI_4)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "what is above is not asked for")]
const fn low_half(wide: u128) -> u64 {
    wide as u64
}

/// The binary digits of 4/π, those before the point first.
const FOUR_OVER_PI: [u64; 20] = [
    0x0000_0000_0000_0001,
    0x45f3_06dc_9c88_2a53,
    0xf84e_afa3_ea69_bb81,
    0xb6c5_2b32_7887_2083,
    0xfca2_c757_bd77_8ac3,
    0x6e48_dc74_849b_a5c0,
    0x0c92_5dd4_13a3_2439,
    0xfc3b_d639_6253_4e7d,
    0xd104_6bea_5d76_8909,
    0xd338_e04d_68be_fc82,
    0x7323_ac73_06a6_73e9,
    0x3908_bf17_7bf2_5076,
    0x3ff1_2fff_bc0b_301f,
    0xde5e_2316_b414_da3e,
    0xda6c_fd9e_4f96_136e,
    0x9e8c_7ecd_3cbf_d45a,
    0xea4f_758f_d7cb_e2f6,
    0x7a0e_73ef_14a5_25d4,
    0xd7f6_bf62_3f1a_ba10,
    0xac06_608d_f8f6_d757,
];

pub(crate) fn asin(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    let size = x.abs();
    if size > 1.0 {
        return f64::NAN;
    }
    let other = (1.0 - size * size).sqrt();
    let angle = if size > 0.7 {
        FRAC_PI_2 - atan_above_zero(other / size)
    } else {
        atan_above_zero(size / other)
    };
    if x < 0.0 { -angle } else { angle }
}

pub(crate) fn acos(x: f64) -> f64 {
    FRAC_PI_2 - asin(x)
}

pub(crate) fn atan(x: f64) -> f64 {
    if x == 0.0 {
        x
    } else if x > 0.0 {
        atan_above_zero(x)
    } else {
        -atan_above_zero(-x)
    }
}

fn atan_above_zero(x: f64) -> f64 {
    /// What half of π is more than the float.
    const BEYOND: f64 = 6.123_233_995_736_766e-17;
    if x <= 0.66 {
        atan_near_zero(x)
    } else if x > 2.414_213_562_373_095 {
        FRAC_PI_2 - atan_near_zero(1.0 / x) + BEYOND
    } else {
        FRAC_PI_4 + atan_near_zero((x - 1.0) / (x + 1.0)) + 0.5 * BEYOND
    }
}

fn atan_near_zero(x: f64) -> f64 {
    const ABOVE: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -16.157537187333652,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_1e2,
        -6.485_021_904_942_025e1,
    ];
    const BELOW: [f64; 6] = [
        1.0,
        24.858464901423062,
        1.650_270_098_316_988_4e2,
        4.328_810_604_912_902_7e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let square = x * x;
    let part = square * polynomial(square, &ABOVE) / polynomial(square, &BELOW);
    x * part + x
}

pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    // Where one is zero or infinite there is nothing to round.
    if x == 0.0 || y == 0.0 || !x.is_finite() || !y.is_finite() {
        return y.atan2(x);
    }
    let angle = atan(y / x);
    if x > 0.0 {
        angle
    } else if angle <= 0.0 {
        angle + PI
    } else {
        angle - PI
    }
}
