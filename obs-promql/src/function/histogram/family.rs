//! Which rows are buckets of the same histogram.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::classic::{self, Bucket, Fixed};
use super::{metric_name, of_metric};
use crate::error::EvalError;
use crate::eval::{Call, Cell, Grid, histograms_later};
use crate::labels::Labels;

const BUCKET: &str = "le";

/// The classic histograms of a grid.
pub(super) struct Families {
    grid: Grid,
    all: Vec<Family>,
}

struct Family {
    /// What its buckets have in common.
    labels: Labels,
    /// The metric's name, where notes have it.
    metric: String,
    /// Upper bounds, rising, and the rows of the buckets.
    buckets: Vec<(f64, usize)>,
    /// Where a native histogram of the same labels stands in the way.
    hidden: Vec<bool>,
    /// Another family whose labels have the same hash.
    next: Option<usize>,
}

impl Families {
    /// Those of the argument of this number. Notes what is no bucket.
    pub(super) fn gather(call: &mut Call<'_, '_>, number: usize) -> Result<Self, EvalError> {
        let grid = call.grid(number)?;
        let span = call.arg_span(number);
        let mut families = Self { grid, all: Vec::new() };
        let mut found: HashMap<u64, usize> = HashMap::new();
        let mut native = Vec::new();
        for row in 0..families.grid.rows.len() {
            let kinds = families.grid.kinds(row);
            if families.grid.has_histograms() && kinds.contains(&Cell::Histogram) {
                native.push(row);
            }
            if !kinds.contains(&Cell::Float) {
                continue;
            }
            let labels = &families.grid.rows[row].labels;
            let bound = labels.get(BUCKET).unwrap_or_default();
            let Some(bound) = parse_bound(bound) else {
                let bound = crate::text::Text::from(bound);
                let message =
                    format!("bucket label \"le\" is missing or has a malformed value of {bound}");
                let message = of_metric(&message, metric_name(call, labels));
                call.evaluator.notes.warn(span, message);
                continue;
            };
            let family = families.family(call, row, &mut found);
            families.all[family].buckets.push((bound, row));
        }
        for family in &mut families.all {
            // What is no number would be nowhere among the others: Prometheus has it last.
            family.buckets.sort_by(|(a, _), (b, _)| {
                a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
            });
        }
        for row in native {
            families.hide(call, row, number, &found)?;
        }
        Ok(families)
    }

    /// The family of a row that is a bucket.
    fn family(
        &mut self,
        call: &Call<'_, '_>,
        row: usize,
        found: &mut HashMap<u64, usize>,
    ) -> usize {
        let labels = &self.grid.rows[row].labels;
        let hash = hash(labels);
        let first = found.get(&hash).copied();
        if let Some(family) = self.lookup(labels, first) {
            return family;
        }
        let labels = labels.with(BUCKET, "");
        let metric = metric_name(call, &labels).to_owned();
        let (buckets, hidden) = (Vec::new(), Vec::new());
        self.all.push(Family { labels, metric, buckets, hidden, next: first });
        found.insert(hash, self.all.len() - 1);
        self.all.len() - 1
    }

    fn lookup(&self, labels: &Labels, mut family: Option<usize>) -> Option<usize> {
        while let Some(number) = family {
            let one = &self.all[number];
            if without_bound(labels).eq(one.labels.iter()) {
                return Some(number);
            }
            family = one.next;
        }
        None
    }

    /// Looks at the native histograms of a row: beside a classic one neither has a value.
    fn hide(
        &mut self,
        call: &mut Call<'_, '_>,
        row: usize,
        number: usize,
        found: &HashMap<u64, usize>,
    ) -> Result<(), EvalError> {
        let span = call.arg_span(number);
        let labels = self.grid.rows[row].labels.clone();
        let same = labels.get(BUCKET).is_none();
        let first = found.get(&hash(&labels)).copied();
        let family = self.lookup(&labels, first).filter(|_| same);
        for step in 0..self.grid.steps {
            if self.grid.kind(row, step) != Cell::Histogram {
                continue;
            }
            let beside = family.filter(|family| {
                let mut buckets = self.all[*family].buckets.iter();
                buckets.any(|(_, row)| self.grid.kind(*row, step) == Cell::Float)
            });
            let Some(family) = beside else { return Err(histograms_later(call.span)) };
            let hidden = &mut self.all[family].hidden;
            hidden.resize(self.grid.steps, false);
            hidden[step] = true;
            let message = "vector contains a mix of classic and native histograms";
            let message = of_metric(message, metric_name(call, &labels));
            call.evaluator.notes.warn(span, message);
        }
        Ok(())
    }

    pub(super) const fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn labels(&self, family: usize) -> &Labels {
        &self.all[family].labels
    }

    pub(super) fn metric(&self, family: usize) -> &str {
        &self.all[family].metric
    }

    /// The buckets of a histogram at a step.
    pub(super) fn buckets(&self, family: usize, step: usize, buckets: &mut Vec<Bucket>) {
        buckets.clear();
        let Family { buckets: rows, hidden, .. } = &self.all[family];
        if hidden.get(step) == Some(&true) {
            return;
        }
        let present = rows
            .iter()
            .filter_map(|&(bound, row)| Some(Bucket { bound, count: self.grid.float(row, step)? }));
        buckets.extend(present);
    }

    pub(super) fn quantile(
        &self,
        quantile: f64,
        family: usize,
        step: usize,
        buckets: &mut Vec<Bucket>,
    ) -> Option<(f64, Option<Fixed>)> {
        self.buckets(family, step, buckets);
        classic::quantile(quantile, buckets)
    }
}

fn without_bound(labels: &Labels) -> impl Iterator<Item = (&str, &str)> {
    labels.iter().filter(|(name, _)| *name != BUCKET)
}

fn hash(labels: &Labels) -> u64 {
    let mut hasher = DefaultHasher::new();
    without_bound(labels).for_each(|pair| pair.hash(&mut hasher));
    hasher.finish()
}

/// A bound as `strconv.ParseFloat` of Go reads it, which refuses what is too large for a float, and
/// a sign before `nan`.
fn parse_bound(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    let signed = text.starts_with(['+', '-']);
    (!(value.is_infinite() && digits || value.is_nan() && signed)).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_go_reads_them() {
        for (text, bound) in [
            ("0.5", Some(0.5)),
            ("+Inf", Some(f64::INFINITY)),
            ("inf", Some(f64::INFINITY)),
            ("-infinity", Some(f64::NEG_INFINITY)),
            ("1e3", Some(1e3)),
            ("", None),
            ("x", None),
            ("1e400", None),
            ("+nan", None),
        ] {
            assert_eq!(parse_bound(text), bound, "{text:?}");
        }
        assert!(parse_bound("NaN").is_some_and(f64::is_nan));
    }
}
