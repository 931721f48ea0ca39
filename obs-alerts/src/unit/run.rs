//! Runs the tests of a file.

use std::collections::BTreeSet;

use obs_promql::float::Millis;
use obs_promql::script::Script;
use obs_promql::{Options, Sample, Series};

use super::file::{Test, TestFile};
use super::report::{Failure, Report};
use super::{alerts, exprs};
use crate::rule::{Group, GroupState, Place, Settings};
use crate::store::{Memory, Storage};

impl TestFile {
    /// Runs those tests of whose names `wanted` says so, on the groups of the file's rule files. A test
    /// without a name has an empty one.
    #[must_use]
    pub fn run(&self, groups: &[Group], wanted: &dyn Fn(&str) -> bool) -> Report {
        let mut report = Report::default();
        for test in self.tests.iter().filter(|test| wanted(&test.name)) {
            report.tests += 1;
            let run = Run { file: self, test, settings: self.settings(test) };
            match run.series() {
                Ok(input) => run.run(groups, input, &mut report.failures),
                Err(failure) => report.failures.push(failure),
            }
        }
        report
    }

    /// The groups in the order of evaluation. Prometheus evaluates those that are not named together
    /// with the first that is, in any order; here they come before it.
    fn ordered(&self, groups: &[Group]) -> Vec<Group> {
        let place = |group: &Group| {
            self.group_eval_order.iter().position(|name| *name == group.name).map_or(0, |at| at + 1)
        };
        let mut ordered = groups.to_vec();
        ordered.sort_by_key(place);
        ordered
    }

    fn settings(&self, test: &Test) -> Settings {
        let labels = test.external_labels.iter().map(|(name, value)| (&**name, &**value));
        Settings {
            options: Options {
                subquery_step: self.evaluation_interval,
                max_samples: 10_000,
                ..Options::default()
            },
            interval: test.interval,
            external_labels: labels.collect(),
            external_url: test.external_url.clone(),
            ..Settings::default()
        }
    }
}

/// One test.
struct Run<'a> {
    file: &'a TestFile,
    test: &'a Test,
    settings: Settings,
}

/// Series of which some samples are in the store.
struct Pending {
    series: Series,
    next: usize,
}

impl Run<'_> {
    fn run(&self, groups: &[Group], mut input: Vec<Pending>, failures: &mut Vec<Failure>) {
        let groups = self.file.ordered(groups).into_iter();
        let mut groups: Vec<_> =
            groups.map(|group| GroupState::new(group, &self.settings).without_restore()).collect();
        let mut store = Memory::default();
        let times: BTreeSet<_> = self.test.alerts.iter().map(|case| case.eval_time).collect();
        let last = self.test.exprs.iter().map(|case| case.eval_time).chain(times.iter().copied());
        let last = last.max().unwrap_or_default();
        let step = self.file.evaluation_interval.max(1);
        let mut now = 0_i64;
        while now <= last {
            let at = self.test.start.saturating_add(now);
            self.load(&mut input, at, &mut store, failures);
            let failed = self.evaluate(&mut groups, now, &mut store);
            if !failed.is_empty() {
                failures.extend(failed);
                return;
            }
            let next = now.saturating_add(step);
            for time in times.range(now..next) {
                let cases = self.test.alerts.iter().filter(|case| case.eval_time == *time);
                failures.extend(
                    cases.filter_map(|case| alerts::check(&self.test.title, case, &groups)),
                );
            }
            if next == now {
                break;
            }
            now = next;
        }
        let fuzzy = self.file.fuzzy_compare;
        let cases = self.test.exprs.iter().filter_map(|case| {
            exprs::check(&self.test.title, case, self.test.start, &store, &self.settings, fuzzy)
        });
        failures.extend(cases);
    }

    fn evaluate(&self, groups: &mut [GroupState], now: i64, store: &mut Memory) -> Vec<Failure> {
        let at = self.test.start.saturating_add(now);
        let mut failures = Vec::new();
        for group in groups {
            group.evaluate(at, store, &self.settings);
            for (rule, state) in group.rules() {
                let Some(error) = state.error() else { continue };
                let message = format!("rule {:?} fails at {}: {error}", rule.name(), Millis(now));
                failures.push(self.failure(rule.place.clone(), message));
            }
        }
        failures
    }

    /// Gives the store all samples up to `now`: a query must not see what is to come.
    fn load(
        &self,
        input: &mut [Pending],
        now: i64,
        store: &mut Memory,
        failures: &mut Vec<Failure>,
    ) {
        for pending in input {
            let selected = pending.series.selected();
            let samples = &selected.samples;
            while let Some(time) = samples.times.get(pending.next) {
                let at = self.test.start.saturating_add(*time);
                if at > now {
                    break;
                }
                let sample = match samples.histograms.get(pending.next) {
                    Some(Some(histogram)) => Sample::Histogram(histogram.clone()),
                    _ => {
                        Sample::Float(samples.values.get(pending.next).copied().unwrap_or_default())
                    }
                };
                pending.next += 1;
                if let Err(error) = store.append(selected.labels, at, sample) {
                    let message = format!("series {}: {error}", selected.labels);
                    failures.push(self.failure(self.test.place.clone(), message));
                    return;
                }
            }
        }
    }

    /// The input series, read as promtool reads them: as lines below `load`, of which the first blank
    /// one is the last.
    fn series(&self) -> Result<Vec<Pending>, Failure> {
        let mut text = format!("load {}\n", Millis(self.test.interval));
        // Of each line below `load` the input that it is of.
        let mut places = Vec::new();
        'lines: for input in &self.test.input {
            let lines = format!("{} {}", input.series, input.values);
            for line in lines.split('\n').map(str::trim) {
                if line.is_empty() || line.starts_with('#') {
                    break 'lines;
                }
                text.push_str(line);
                text.push('\n');
                places.push(&input.place);
            }
        }
        let script = Script::parse("input_series", &text).map_err(|error| {
            let place = error.line.checked_sub(2).and_then(|line| places.get(line).copied());
            let mut failure = self.failure(
                place.unwrap_or(&self.test.place).clone(),
                format!("the series cannot be read: {}", error.message),
            );
            failure.details.push(error.text.clone());
            failure.details.push(format!("{:>1$}", '^', error.column));
            failure
        })?;
        let store = script.store();
        let series = store.iter().map(|series| Pending { series: series.clone(), next: 0 });
        Ok(series.collect())
    }

    fn failure(&self, place: Place, message: String) -> Failure {
        Failure { place, test: self.test.title.clone(), message, details: Vec::new() }
    }
}
