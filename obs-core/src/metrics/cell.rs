//! The values behind a series: what a handle records into.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A counter: increments only, wraps around at 2^64.
#[derive(Debug, Default)]
pub(super) struct CounterCell(AtomicU64);

impl CounterCell {
    pub(super) fn increment(&self, value: u64) {
        self.0.fetch_add(value, Relaxed);
    }

    /// Raises the counter to `value`; a lower value is an old reading and changes nothing.
    pub(super) fn absolute(&self, value: u64) {
        self.0.fetch_max(value, Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A gauge, as the bits of an `f64`.
#[derive(Debug)]
pub(super) struct GaugeCell(AtomicU64);

impl Default for GaugeCell {
    fn default() -> Self {
        Self(AtomicU64::new(0.0_f64.to_bits()))
    }
}

impl GaugeCell {
    pub(super) fn add(&self, value: f64) {
        add_f64(&self.0, value);
    }

    pub(super) fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }

    pub(super) fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// Adds to an `f64` kept as bits. Returns how often another thread came in between.
pub(super) fn add_f64(cell: &AtomicU64, value: f64) -> u64 {
    let mut lost = 0;
    let mut bits = cell.load(Relaxed);
    loop {
        let sum = (f64::from_bits(bits) + value).to_bits();
        match cell.compare_exchange(bits, sum, Relaxed, Relaxed) {
            Ok(_) => return lost,
            Err(present) => {
                bits = present;
                lost += 1;
            }
        }
    }
}
