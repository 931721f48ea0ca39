//! Angles to the bit as Go computes them.
//!
//! The C library's are nearer to the truth, and differ in the last digit. The method is the one that
//! Go's `math` names: the rational functions of Cephes.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

/// The angle of the point (`x`, `y`).
pub(crate) fn atan2(y: f64, x: f64) -> f64 {
    if y.is_nan() || x.is_nan() || y == 0.0 || x == 0.0 || y.is_infinite() || x.is_infinite() {
        return y.atan2(x);
    }
    let angle = atan(y / x);
    match (x < 0.0, angle <= 0.0) {
        (false, _) => angle,
        (true, true) => angle + PI,
        (true, false) => angle - PI,
    }
}

/// The angle whose tangent is `x`.
pub(crate) fn atan(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    if x > 0.0 { atan_above_zero(x) } else { -atan_above_zero(-x) }
}

fn atan_above_zero(x: f64) -> f64 {
    /// What `FRAC_PI_2` leaves out of the half of pi.
    const REST: f64 = 6.123_233_995_736_766e-17;
    /// The tangent of three eighths of pi.
    const STEEP: f64 = 2.414_213_562_373_095;
    if x <= 0.66 {
        atan_near_zero(x)
    } else if x > STEEP {
        FRAC_PI_2 - atan_near_zero(1.0 / x) + REST
    } else {
        FRAC_PI_4 + atan_near_zero((x - 1.0) / (x + 1.0)) + 0.5 * REST
    }
}

fn atan_near_zero(x: f64) -> f64 {
    const P: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_2e2,
        -6.485_021_904_942_025e1,
    ];
    const Q: [f64; 5] = [
        2.485_846_490_142_306_3e1,
        1.650_270_098_316_988_5e2,
        4.328_810_604_912_903e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let z = x * x;
    let above = P[1..].iter().fold(P[0], |sum, p| sum * z + p);
    let below = Q.iter().fold(1.0, |sum, q| sum * z + q);
    x * (z * above / below) + x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        a.to_bits() == b.to_bits() || (a - b).abs() <= 4.0 * f64::EPSILON * b.abs()
    }

    #[test]
    fn angles_are_angles() {
        for y in [-1e300, -2.5, -1.0, -0.3, -0.0, 0.0, 1e-300, 0.65, 0.67, 1.0, 2.4, 2.5, 7.0] {
            assert!(near(atan(y), y.atan()), "{y}");
            for x in [-3.0, -1.0, -0.0, 0.0, 0.1, 1.0, 1e300, f64::INFINITY] {
                assert!(near(atan2(y, x), y.atan2(x)), "{y} {x}");
            }
        }
        assert!(atan(f64::NAN).is_nan() && atan2(f64::NAN, 1.0).is_nan());
    }
}
