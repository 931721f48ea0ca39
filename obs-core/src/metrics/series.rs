//! One series: its identity and its value, which handles share.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use metrics::{CounterFn, GaugeFn, HistogramFn};

use super::bounds::Bounds;
use super::cell::{CounterCell, GaugeCell};
use super::histogram::HistogramCell;

/// A series of one family.
#[derive(Debug)]
pub(super) struct Series<C> {
    /// Never used again for another series of the same registry.
    pub(super) id: u64,
    /// Canonical label text; see [`labels`](super::labels).
    pub(super) labels: Box<str>,
    /// When the series was made, in milliseconds since the epoch.
    pub(super) created: u64,
    /// Whether somebody asked for the series since this was last cleared: a gauge that is set to
    /// what it was does not look recorded into.
    pub(super) asked: AtomicBool,
    pub(super) cell: C,
}

/// What a family needs of its cells.
pub(super) trait Cell: Send + Sync + 'static {
    /// An empty cell. `bounds` is empty unless the family is one of histograms.
    fn empty(bounds: &Arc<Bounds>) -> Self;

    /// A number that changes when the cell is recorded into.
    fn fingerprint(&self) -> u64;
}

impl Cell for CounterCell {
    fn empty(_: &Arc<Bounds>) -> Self {
        Self::default()
    }

    fn fingerprint(&self) -> u64 {
        self.get()
    }
}

impl Cell for GaugeCell {
    fn empty(_: &Arc<Bounds>) -> Self {
        Self::default()
    }

    fn fingerprint(&self) -> u64 {
        self.get().to_bits()
    }
}

impl Cell for HistogramCell {
    fn empty(bounds: &Arc<Bounds>) -> Self {
        Self::new(Arc::clone(bounds))
    }

    fn fingerprint(&self) -> u64 {
        Self::fingerprint(self)
    }
}

impl CounterFn for Series<CounterCell> {
    fn increment(&self, value: u64) {
        self.cell.increment(value);
    }

    fn absolute(&self, value: u64) {
        self.cell.absolute(value);
    }
}

impl GaugeFn for Series<GaugeCell> {
    fn increment(&self, value: f64) {
        self.cell.add(value);
    }

    fn decrement(&self, value: f64) {
        self.cell.add(-value);
    }

    fn set(&self, value: f64) {
        self.cell.set(value);
    }
}

impl HistogramFn for Series<HistogramCell> {
    fn record(&self, value: f64) {
        self.cell.record(value);
    }

    fn record_many(&self, value: f64, count: usize) {
        self.cell.record_many(value, count);
    }
}
