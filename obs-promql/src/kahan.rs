//! Sums and means of many floats, with what rounding takes kept beside them.
//!
//! The order of all operations is that of Prometheus' `util/kahansum` and of its `avg`: results are
//! equal to the bit.

/// A sum after Kahan and Neumaier.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Kahan {
    sum: f64,
    /// What the sum lost by rounding.
    lost: f64,
}

impl Kahan {
    pub(crate) const fn new(sum: f64) -> Self {
        Self { sum, lost: 0.0 }
    }

    /// The sum with one value more.
    #[inline]
    #[must_use]
    pub(crate) fn plus(self, value: f64) -> Self {
        let Self { sum, mut lost } = self;
        let total = sum + value;
        if total.is_infinite() {
            lost = 0.0;
        } else if sum.abs() >= value.abs() {
            lost += (sum - total) + value;
        } else {
            lost += (value - total) + sum;
        }
        Self { sum: total, lost }
    }

    #[must_use]
    fn times(self, factor: f64) -> Self {
        Self { sum: self.sum * factor, lost: self.lost * factor }
    }

    /// The sum, corrected.
    pub(crate) fn total(self) -> f64 {
        self.sum + self.lost
    }
}

/// A mean of values that come one by one.
///
/// It is the sum by the number of values, until the sum is beyond what a float can hold. From there on
/// it is the mean itself that is moved by each value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mean {
    /// Of all values; or the mean, once `moved` is set.
    sum: Kahan,
    count: f64,
    moved: bool,
}

impl Mean {
    pub(crate) const fn new(first: f64) -> Self {
        Self { sum: Kahan::new(first), count: 1.0, moved: false }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) {
        self.count += 1.0;
        if !self.moved {
            let sum = self.sum.plus(value);
            if !sum.sum.is_infinite() {
                self.sum = sum;
                return;
            }
            self.moved = true;
            let before = self.count - 1.0;
            self.sum = Kahan { sum: self.sum.sum / before, lost: self.sum.lost / before };
        }
        let weight = (self.count - 1.0) / self.count;
        self.sum = self.sum.times(weight).plus(value / self.count);
    }

    pub(crate) fn value(self) -> f64 {
        if self.moved {
            self.sum.total()
        } else {
            self.sum.sum / self.count + self.sum.lost / self.count
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kahan, Mean};

    fn sum(values: &[f64]) -> f64 {
        values.iter().fold(Kahan::default(), |sum, value| sum.plus(*value)).total()
    }

    fn mean(values: &[f64]) -> f64 {
        let mut mean = Mean::new(values[0]);
        values[1..].iter().for_each(|value| mean.push(*value));
        mean.value()
    }

    #[test]
    fn small_values_survive_beside_large_ones() {
        assert_eq!(sum(&[1.0, 1e100, 1.0, -1e100]), 2.0);
        assert_eq!(mean(&[1.0, 1e100, 1.0, -1e100]), 0.5);
        assert_eq!(sum(&[0.1; 10]), 1.0);
    }

    #[test]
    fn infinities_stay_what_they_are() {
        assert_eq!(sum(&[1.0, f64::INFINITY, 5.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(mean(&[1.0, f64::NEG_INFINITY, 3.0]), f64::NEG_INFINITY);
    }

    #[test]
    fn a_mean_holds_where_the_sum_does_not() {
        assert_eq!(mean(&[f64::MAX, f64::MAX]), f64::MAX);
        assert!((mean(&[f64::MAX, f64::MAX, -f64::MAX]) / f64::MAX - 1.0 / 3.0).abs() < 1e-15);
    }
}
