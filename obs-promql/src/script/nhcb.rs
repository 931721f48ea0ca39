//! Native histograms with custom buckets, made of the series of classic ones: `load_with_nhcb`.

use std::collections::BTreeMap;

use super::scan;
use super::store::Loaded;
use crate::histogram::{BucketSpan, Buckets, CUSTOM_BUCKETS, Histogram};
use crate::labels::{Labels, METRIC_NAME};
use crate::value::Sample;

/// What the series of a classic histogram say at one time.
#[derive(Debug, Default)]
struct Classic {
    /// Bound and count of observations up to it, by bound.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
}

enum Part {
    Bucket(f64),
    Count,
    Sum,
}

/// The native histograms of all classic ones among `series`.
pub(super) fn convert(
    series: &[(Labels, Vec<Loaded>)],
) -> Result<Vec<(Labels, Vec<Loaded>)>, String> {
    let mut found: BTreeMap<Labels, BTreeMap<i64, Classic>> = BTreeMap::new();
    for (labels, samples) in series {
        let Some((name, part)) = part_of(labels)? else { continue };
        let labels = labels.with("le", "").with(METRIC_NAME, name);
        let by_time = found.entry(labels).or_default();
        for Loaded { time, sample, .. } in samples {
            let Sample::Float(value) = *sample else { continue };
            let classic = by_time.entry(*time).or_default();
            match part {
                Part::Bucket(bound) => classic.buckets.push((bound, value)),
                Part::Count => classic.count = Some(value),
                Part::Sum => classic.sum = value,
            }
        }
    }
    found
        .into_iter()
        .map(|(labels, by_time)| {
            let samples = by_time.into_iter().map(|(time, classic)| {
                let histogram = classic.native().map_err(|why| format!("{labels}: {why}"))?;
                Ok(Loaded { time, sample: histogram.into(), start: 0 })
            });
            let samples = samples.collect::<Result<_, String>>()?;
            Ok((labels, samples))
        })
        .collect()
}

/// The histogram's name and what `labels` are of it.
fn part_of(labels: &Labels) -> Result<Option<(&str, Part)>, String> {
    let name = labels.metric_name().unwrap_or_default();
    if let Some(name) = name.strip_suffix("_bucket") {
        let bound = labels.get("le").ok_or_else(|| format!("{labels} has no label le"))?;
        let bound = scan::number(bound).filter(|bound| !bound.is_nan());
        return Ok(bound.map(|bound| (name, Part::Bucket(bound))));
    }
    let count = name.strip_suffix("_count").map(|name| (name, Part::Count));
    Ok(count.or_else(|| name.strip_suffix("_sum").map(|name| (name, Part::Sum))))
}

impl Classic {
    fn native(mut self) -> Result<Histogram, String> {
        self.buckets.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        // Of bounds that are written in two ways, such as 1 and 1.0, the first counts.
        self.buckets.dedup_by(|(b, _), (a, _)| a == b);
        let count = self.count.or(self.buckets.last().map(|(_, count)| *count)).unwrap_or_default();
        if self.buckets.last().is_none_or(|(bound, _)| *bound != f64::INFINITY) {
            self.buckets.push((f64::INFINITY, count));
        }
        let mut counts = Vec::with_capacity(self.buckets.len());
        let mut before = 0.0;
        for (bound, count) in &self.buckets {
            if *count < before {
                return Err(format!("count is not cumulative: {count} < {before} at le={bound}"));
            }
            counts.push(count - before);
            before = *count;
        }
        if before != count {
            return Err(format!("count mismatch: count={count} != le=+Inf count={before}"));
        }
        let bounds = self.buckets.iter().map(|(bound, _)| *bound);
        Ok(Histogram {
            schema: CUSTOM_BUCKETS,
            count,
            sum: self.sum,
            custom_bounds: bounds.filter(|bound| *bound != f64::INFINITY).collect(),
            positive: Buckets {
                spans: vec![BucketSpan {
                    offset: 0,
                    length: u32::try_from(counts.len()).unwrap_or(u32::MAX),
                }],
                counts,
            },
            ..Histogram::default()
        })
    }
}
