//! The samples of one series, by their kind and without those that mark an end.

use std::sync::Arc;

use crate::function::Points;
use crate::histogram::Histogram;
use crate::options::Options;
use crate::source::Samples;
use crate::value::is_stale;

/// The samples of one series by their kind, without those that mark an end.
pub(super) struct Columns<'a> {
    pub(super) floats: Points<'a, f64>,
    pub(super) histograms: Points<'a, Arc<Histogram>>,
}

impl Columns<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.floats.is_empty() && self.histograms.is_empty()
    }
}

/// Room for the samples of series that are not lent as they are: those with histograms or with markers.
#[derive(Default)]
pub(super) struct Buffers {
    times: Vec<i64>,
    values: Vec<f64>,
    starts: Vec<i64>,
    histogram_times: Vec<i64>,
    histogram_starts: Vec<i64>,
    histograms: Vec<Arc<Histogram>>,
}

/// From where to where times are after `after` and up to `until`.
fn between(times: &[i64], after: i64, until: i64) -> (usize, usize) {
    let to = up_to(times, until);
    if times.first().is_none_or(|first| *first > after) {
        return (0, to);
    }
    (up_to(&times[..to], after), to)
}

/// How many times are up to `time`.
///
/// A long series is not brought into the cache for it: most samples are as far from each other as the
/// last two, which tells where to look; and else the newest are most often asked for.
pub(super) fn up_to(times: &[i64], time: i64) -> usize {
    let &[.., before, last] = times else {
        return times.iter().filter(|one| **one <= time).count();
    };
    if last <= time {
        return times.len();
    }
    let step = last.saturating_sub(before).max(1);
    let newer = usize::try_from(last.saturating_sub(time).saturating_sub(1) / step + 1);
    let guess = times.len().saturating_sub(newer.unwrap_or(usize::MAX));
    if times[guess] > time && guess.checked_sub(1).is_none_or(|number| times[number] <= time) {
        return guess;
    }
    let mut back = 4;
    while back < times.len() && times[times.len() - back] > time {
        back *= 4;
    }
    let start = times.len().saturating_sub(back);
    start + times[start..].partition_point(|one| *one <= time)
}

impl Buffers {
    /// The samples after `after` and up to `until`.
    pub(super) fn columns<'s>(
        &'s mut self,
        samples: &'s Samples<'_>,
        (after, until): (i64, i64),
        options: &Options,
    ) -> Columns<'s> {
        let (from, to) = between(&samples.times, after, until);
        fn part<T>(column: &[T], from: usize, to: usize) -> &[T] {
            column.get(from..to).unwrap_or_default()
        }
        let (times, values) = (part(&samples.times, from, to), part(&samples.values, from, to));
        let histograms = part(&samples.histograms, from, to);
        let starts = if options.start_timestamps { part(&samples.starts, from, to) } else { &[] };
        let none = Points { times: &[], values: &[], starts: &[] };
        // Every value is looked at, which is faster than to ask at each whether to go on.
        let has_stale = values.iter().fold(false, |any, value| any | is_stale(*value));
        if !has_stale && histograms.iter().all(Option::is_none) {
            return Columns { floats: Points { times, values, starts }, histograms: none };
        }
        self.clear();
        for (number, (&time, &value)) in times.iter().zip(values).enumerate() {
            let start = starts.get(number).copied();
            match histograms.get(number) {
                Some(Some(histogram)) if is_stale(histogram.sum) => {}
                Some(Some(histogram)) => {
                    self.histogram_times.push(time);
                    self.histograms.push(Arc::clone(histogram));
                    self.histogram_starts.extend(start);
                }
                _ if is_stale(value) => {}
                _ => {
                    self.times.push(time);
                    self.values.push(value);
                    self.starts.extend(start);
                }
            }
        }
        Columns {
            floats: Points { times: &self.times, values: &self.values, starts: &self.starts },
            histograms: Points {
                times: &self.histogram_times,
                values: &self.histograms,
                starts: &self.histogram_starts,
            },
        }
    }

    fn clear(&mut self) {
        self.times.clear();
        self.values.clear();
        self.starts.clear();
        self.histogram_times.clear();
        self.histogram_starts.clear();
        self.histograms.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::up_to;

    #[test]
    fn times_up_to_one_are_found_wherever_it_lies() {
        let even: Vec<i64> = (0..100).map(|number| number * 15).collect();
        let uneven: Vec<i64> = (0..100).map(|number| number * number + number % 3).collect();
        for times in [&[][..], &[7], &[7, 9], &even, &uneven, &[i64::MIN, 0, i64::MAX]] {
            for time in (-20..10_000).chain([i64::MIN, i64::MAX]) {
                let expected = times.iter().filter(|one| **one <= time).count();
                assert_eq!(up_to(times, time), expected, "{time} among {times:?}");
            }
        }
    }
}
