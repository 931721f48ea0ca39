//! Values on their way through an evaluation: series by steps.

use std::sync::Arc;

use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::value::Sample;

/// The times at which an expression is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The first, in milliseconds since 1970.
    pub(crate) start: i64,
    /// Milliseconds from one to the next; above zero.
    pub(crate) step: i64,
    /// How many there are.
    pub(crate) count: usize,
}

impl Steps {
    pub(crate) const fn one(time: i64) -> Self {
        Self { start: time, step: 1, count: 1 }
    }

    /// From `start` to `end` at most.
    pub(crate) fn range(start: i64, end: i64, step: i64) -> Self {
        let steps = if end < start { 0 } else { end.saturating_sub(start) / step.max(1) + 1 };
        Self { start, step, count: usize::try_from(steps).unwrap_or(usize::MAX) }
    }

    /// The time of the step of this number.
    pub(crate) fn time(&self, number: usize) -> i64 {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        self.start.saturating_add(self.step.saturating_mul(number))
    }

    /// The times of all steps.
    pub(crate) fn times(self) -> impl ExactSizeIterator<Item = i64> {
        (0..self.count).map(move |number| self.time(number))
    }

    /// The time of the last.
    pub(crate) fn end(&self) -> i64 {
        self.time(self.count.saturating_sub(1))
    }
}

/// What a part of an expression has for a value at all steps.
#[derive(Clone, Debug)]
pub(crate) enum Evaluated {
    /// A number for each step.
    Scalar(Vec<f64>),
    String(crate::text::Text),
    /// An instant vector for each step.
    Grid(Grid),
}

/// An instant vector for each step: one row for each series, one cell for each step.
///
/// Cells lie side by side, those of a row together. Of a query for one instant a row is a cell, and the
/// order of rows is the order of the vector.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grid {
    pub(crate) rows: Vec<Row>,
    pub(crate) steps: usize,
    kinds: Vec<Cell>,
    values: Vec<f64>,
    /// As many, or none where no cell has a histogram.
    histograms: Vec<Option<Arc<Histogram>>>,
}

/// A series of a [`Grid`].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) labels: Labels,
    /// Whether the metric's name goes at the end of the query; see
    /// [`Options::delayed_name_removal`](crate::Options::delayed_name_removal).
    pub(crate) drop_name: bool,
}

/// What a cell has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cell {
    #[default]
    Absent,
    Float,
    Histogram,
}

impl Grid {
    pub(crate) fn new(steps: usize) -> Self {
        Self { steps, ..Self::default() }
    }

    pub(crate) fn with_capacity(steps: usize, rows: usize) -> Self {
        // Series without samples take no cells: room for all of them may be far too much.
        let cells = rows.saturating_mul(steps).min(1 << 22);
        Self {
            rows: Vec::with_capacity(rows),
            steps,
            kinds: Vec::with_capacity(cells),
            values: Vec::with_capacity(cells),
            histograms: Vec::new(),
        }
    }

    /// Appends a row without samples; its number.
    pub(crate) fn push_row(&mut self, row: Row) -> usize {
        self.rows.push(row);
        let cells = self.rows.len() * self.steps;
        self.kinds.resize(cells, Cell::Absent);
        self.values.resize(cells, 0.0);
        if !self.histograms.is_empty() {
            self.histograms.resize(cells, None);
        }
        self.rows.len() - 1
    }

    /// Takes the last row away.
    pub(crate) fn pop_row(&mut self) {
        self.rows.pop();
        let cells = self.rows.len() * self.steps;
        self.kinds.truncate(cells);
        self.values.truncate(cells);
        self.histograms.truncate(cells);
    }

    /// Takes the last row away if it has no sample.
    pub(crate) fn pop_if_empty(&mut self) {
        if let Some(last) = self.rows.len().checked_sub(1)
            && self.kinds(last).iter().all(|kind| *kind == Cell::Absent)
        {
            self.pop_row();
        }
    }

    pub(crate) fn kinds(&self, row: usize) -> &[Cell] {
        &self.kinds[row * self.steps..][..self.steps]
    }

    /// The floats of a row; any number where the cell has none.
    pub(crate) fn values(&self, row: usize) -> &[f64] {
        &self.values[row * self.steps..][..self.steps]
    }

    /// The same, to change them where they are.
    pub(crate) fn values_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.steps..][..self.steps]
    }

    /// What the cells of a row have, and their floats, to change them where they are.
    pub(crate) fn cells_mut(&mut self, row: usize) -> (&mut [Cell], &mut [f64]) {
        let start = row * self.steps;
        (&mut self.kinds[start..][..self.steps], &mut self.values[start..][..self.steps])
    }

    pub(crate) fn kind(&self, row: usize, step: usize) -> Cell {
        self.kinds[row * self.steps + step]
    }

    pub(crate) fn float(&self, row: usize, step: usize) -> Option<f64> {
        let cell = row * self.steps + step;
        (self.kinds[cell] == Cell::Float).then(|| self.values[cell])
    }

    pub(crate) fn histogram(&self, row: usize, step: usize) -> Option<&Arc<Histogram>> {
        self.histograms.get(row * self.steps + step)?.as_ref()
    }

    pub(crate) fn get(&self, row: usize, step: usize) -> Option<Sample> {
        match self.kind(row, step) {
            Cell::Absent => None,
            Cell::Float => self.float(row, step).map(Sample::Float),
            Cell::Histogram => self.histogram(row, step).cloned().map(Sample::Histogram),
        }
    }

    pub(crate) fn set_float(&mut self, row: usize, step: usize, value: f64) {
        let cell = row * self.steps + step;
        self.kinds[cell] = Cell::Float;
        self.values[cell] = value;
    }

    pub(crate) fn set(&mut self, row: usize, step: usize, sample: Sample) {
        match sample {
            Sample::Float(value) => self.set_float(row, step, value),
            Sample::Histogram(histogram) => {
                let cell = row * self.steps + step;
                if self.histograms.is_empty() {
                    self.histograms.resize(self.kinds.len(), None);
                }
                self.kinds[cell] = Cell::Histogram;
                self.histograms[cell] = Some(histogram);
            }
        }
    }

    pub(crate) fn clear(&mut self, row: usize, step: usize) {
        self.kinds[row * self.steps + step] = Cell::Absent;
    }

    /// Whether any cell has a histogram.
    pub(crate) fn has_histograms(&self) -> bool {
        !self.histograms.is_empty()
    }

    /// Samples in all cells.
    pub(crate) fn samples(&self) -> usize {
        self.kinds.iter().filter(|kind| **kind != Cell::Absent).count()
    }

    /// Takes away all histograms.
    pub(crate) fn clear_histograms(&mut self) {
        if self.has_histograms() {
            let histograms = self.kinds.iter_mut().filter(|kind| **kind == Cell::Histogram);
            histograms.for_each(|kind| *kind = Cell::Absent);
            self.histograms.clear();
        }
    }

    /// Takes away the rows that have no sample.
    pub(crate) fn drop_empty_rows(&mut self) {
        let mut to = 0;
        for from in 0..self.rows.len() {
            if self.kinds(from).iter().all(|kind| *kind == Cell::Absent) {
                continue;
            }
            if to < from {
                self.rows.swap(to, from);
                let cells = from * self.steps..(from + 1) * self.steps;
                let place = to * self.steps;
                self.kinds.copy_within(cells.clone(), place);
                self.values.copy_within(cells.clone(), place);
                if !self.histograms.is_empty() {
                    for (offset, cell) in cells.enumerate() {
                        self.histograms.swap(place + offset, cell);
                    }
                }
            }
            to += 1;
        }
        self.rows.truncate(to);
        self.kinds.truncate(to * self.steps);
        self.values.truncate(to * self.steps);
        self.histograms.truncate(to * self.steps);
    }

    /// Appends the rows of `other`, which has as many steps.
    pub(crate) fn append(&mut self, other: &mut Self) {
        let (before, cells) = (self.kinds.len(), self.kinds.len() + other.kinds.len());
        self.rows.append(&mut other.rows);
        self.kinds.append(&mut other.kinds);
        self.values.append(&mut other.values);
        if self.has_histograms() || other.has_histograms() {
            self.histograms.resize(before, None);
            self.histograms.append(&mut other.histograms);
            self.histograms.resize(cells, None);
        }
    }

    /// The rows of these numbers, in this order.
    pub(crate) fn reordered(&self, order: &[usize]) -> Self {
        let mut grid = Self::with_capacity(self.steps, order.len());
        for &from in order {
            grid.rows.push(self.rows[from].clone());
            grid.kinds.extend_from_slice(self.kinds(from));
            grid.values.extend_from_slice(self.values(from));
            if !self.histograms.is_empty() {
                grid.histograms
                    .extend_from_slice(&self.histograms[from * self.steps..][..self.steps]);
            }
        }
        grid
    }

    /// The one step of this grid at each of `steps` steps.
    pub(crate) fn repeated(self, steps: usize) -> Self {
        let mut grid = Self::with_capacity(steps, self.rows.len());
        for row in 0..self.rows.len() {
            let to = grid.push_row(self.rows[row].clone());
            let Some(sample) = self.get(row, 0) else { continue };
            for step in 0..steps {
                grid.set(to, step, sample.clone());
            }
        }
        grid
    }
}
