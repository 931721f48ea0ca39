//! Powers, equal to the bit with those of Go.

use crate::go_math;

/// `base` to the power of `exponent`.
///
/// Go multiplies squares where the C library takes a detour over logarithms: both round, each
/// elsewhere. The whole part of the exponent is done as Go does it.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    /// Above it every float is an even number, and the power is 0, 1 or infinite.
    const WHOLE: f64 = 9_223_372_036_854_775_808.0;
    let magnitude = exponent.abs();
    if exponent == 0.5 && base.is_finite() && base != 0.0 {
        return base.sqrt();
    }
    if exponent == -0.5 && base.is_finite() && base != 0.0 {
        return 1.0 / base.sqrt();
    }
    // What IEEE 754 settles needs no rounding.
    let settled = exponent == 0.0
        || base == 1.0
        || base == 0.0
        || !base.is_finite()
        || !exponent.is_finite()
        || magnitude >= WHOLE
        || (base < 0.0 && exponent.fract() != 0.0);
    if settled {
        return base.powf(exponent);
    }
    if exponent == 1.0 {
        return base;
    }
    let (mut whole, mut fraction) = (magnitude.trunc(), magnitude.fract());
    let mut result = Scaled { digits: 1.0, exponent: 0 };
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result.digits = go_math::exp(fraction * go_math::ln(base));
    }
    let mut square = Scaled::of(base);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^63")]
    let mut bits = whole as u64;
    while bits != 0 {
        // Beyond the exponents of all floats, with or without what follows.
        if square.exponent.abs() > 1 << 12 {
            result.exponent = result.exponent.saturating_add(square.exponent);
            break;
        }
        if bits & 1 == 1 {
            result.digits *= square.digits;
            result.exponent += square.exponent;
        }
        square.digits *= square.digits;
        square.exponent *= 2;
        if square.digits < 0.5 {
            square.digits += square.digits;
            square.exponent -= 1;
        }
        bits >>= 1;
    }
    if exponent < 0.0 {
        result = Scaled { digits: 1.0 / result.digits, exponent: -result.exponent };
    }
    result.value()
}

/// A number as digits from a half to one, times a power of two.
#[derive(Clone, Copy)]
struct Scaled {
    digits: f64,
    exponent: i32,
}

impl Scaled {
    /// `value` is finite and not zero.
    fn of(value: f64) -> Self {
        const BIAS: i32 = 1022;
        let normal = value.is_normal();
        // Numbers below the normal ones have fewer digits: they are lifted first.
        let (value, lifted) = if normal { (value, 0) } else { (value * two_to(52), 52) };
        let bits = value.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i32 - BIAS - lifted;
        let digits = f64::from_bits(bits & !(0x7ff << 52) | (1022 << 52));
        Self { digits, exponent }
    }

    fn value(self) -> f64 {
        let Self { mut digits, exponent } = self;
        if digits == 0.0 || !digits.is_finite() {
            return digits;
        }
        let own = Self::of(digits);
        digits = own.digits;
        let exponent = own.exponent.saturating_add(exponent);
        // In two steps, of which the first is exact, so that it is rounded once.
        match exponent {
            1025.. => digits * f64::INFINITY,
            -1021..=1024 => digits * 2.0 * two_to(exponent - 1),
            -1080..=-1022 => digits * two_to(-1000) * two_to(exponent + 1000),
            _ => digits * 0.0,
        }
    }
}

/// Two to the power of `exponent`, which is from -1022 to 1023.
const fn two_to(exponent: i32) -> f64 {
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::power;

    #[test]
    fn whole_powers_are_products() {
        assert_eq!(power(1.1, 3.0), 1.1 * 1.1 * 1.1);
        assert_eq!(power(-3.0, 3.0), -27.0);
        assert_eq!(power(2.0, -2.0), 0.25);
        assert_eq!(power(10.0, 22.0), 1e22);
        assert_eq!(power(2.0, 0.5), 2f64.sqrt());
        assert!((power(5.0, 2.7) - 77.129_f64).abs() < 1e-3);
        assert!((power(5.0, -1.2) - 0.144_956).abs() < 1e-6);
    }

    #[test]
    fn the_ends_of_what_a_float_can_hold() {
        assert_eq!(power(2.0, 1023.0), f64::MAX / 2.0 + 2f64.powi(970));
        assert_eq!(power(2.0, 1024.0), f64::INFINITY);
        assert_eq!(power(-2.0, 1025.0), f64::NEG_INFINITY);
        assert_eq!(power(2.0, -1074.0), f64::from_bits(1));
        assert_eq!(power(2.0, -1200.0), 0.0);
        assert_eq!(power(f64::from_bits(1), 2.0), 0.0);
        assert_eq!(power(f64::from_bits(1), -1.0), f64::INFINITY);
        assert_eq!(power(1.5, 1e18), f64::INFINITY);
        assert_eq!(power(0.5, 1e300), 0.0);
    }

    #[test]
    fn what_is_settled_by_the_standard() {
        assert_eq!(power(f64::NAN, 0.0), 1.0);
        assert_eq!(power(1.0, f64::NAN), 1.0);
        assert_eq!(power(-1.0, f64::INFINITY), 1.0);
        assert_eq!(power(0.0, -1.0), f64::INFINITY);
        assert_eq!(power(-0.0, -3.0), f64::NEG_INFINITY);
        assert_eq!(power(f64::NEG_INFINITY, 3.0), f64::NEG_INFINITY);
        assert_eq!(power(f64::NEG_INFINITY, 0.5), f64::INFINITY);
        assert!(power(-8.0, 1.0 / 3.0).is_nan());
        assert!(power(f64::NAN, 1.0).is_nan());
    }
}
