//! Elementary functions that give the bits that Prometheus gives.
//!
//! No two libraries agree in the last digit of a logarithm or a sine, and that digit shows: in results,
//! in `count_values`, in what `topk` keeps. Prometheus has Go's, so these follow the same methods with
//! the same constants and the same order of operations, as compiled for x86-64: logarithms and inverse
//! hyperbolic functions by those of FreeBSD's msun (Copyright 1993 by Sun Microsystems, Inc.; developed
//! at SunPro; permission to use, copy, modify, and distribute that software is freely granted, provided
//! that this notice is preserved), trigonometric functions by those of the Cephes library (Copyright
//! 1984-2000 by Stephen L. Moshier), `exp` by Naoki Shibata's SLEEF (public domain), `sinh` by Hart and
//! Cheney's approximation 2029.

mod hyperbolic;
mod power;
mod trigonometric;

pub(crate) use hyperbolic::{acosh, asinh, atanh, cosh, sinh, tanh};
pub(crate) use power::{exp, ln, log2, log10};
pub(crate) use trigonometric::{acos, asin, atan, atan2, cos, sin, tan};

/// The polynomial of these coefficients, the highest power's first.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// `value`'s fraction from 0.5 up to 1, and the power of two that makes it `value` again.
fn fraction_and_exponent(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let (value, shift) =
        if value.abs() < f64::MIN_POSITIVE { (value * power_of_two(52), 52) } else { (value, 0) };
    let bits = value.to_bits();
    let fraction = f64::from_bits(bits & !(0x7ff << 52) | 0x3fe << 52);
    (fraction, biased_exponent(bits) - 0x3fe - shift)
}

/// The bits between sign and fraction.
fn biased_exponent(bits: u64) -> i32 {
    i32::try_from(bits >> 52 & 0x7ff).unwrap_or_default()
}

/// `exponent` is one of a normal number.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(u64::try_from(exponent + 1023).unwrap_or_default() << 52)
}

#[cfg(test)]
mod tests;
