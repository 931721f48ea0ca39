//! Functions that take no range, where they do what one might not think of.

use crate::script::{Mode, Script};

fn check(name: &str, script: &str) {
    let report = Script::parse(name, script).unwrap_or_else(|error| panic!("{error}")).run(
        // Texts of notes name the metric in this mode.
        Mode::TestEngine,
    );
    let failures: Vec<String> = report.failures().map(|failure| failure.to_string()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(report.passed(), report.evals.len(), "{name}");
}

#[test]
fn groups_of_a_pattern_go_into_labels() {
    check(
        "label_replace",
        r#"
load 1m
  m{src="ab-12", other="x"} 1

eval instant at 0 label_replace(m, "to", "$2$1", "src", "(.*)-(.*)")
  m{src="ab-12", other="x", to="12ab"} 1
eval instant at 0 label_replace(m, "to", "${b}_${1}x$1x", "src", "(?P<a>.*)-(?P<b>.*)")
  m{src="ab-12", other="x", to="12_abx"} 1
eval instant at 0 label_replace(m, "to", "$$1 $ ${ ${1 $7 ${a b}", "src", "(.*)")
  m{src="ab-12", other="x", to="$1 $ ${ ${1  ${a b}"} 1
eval instant at 0 label_replace(m, "other", "", "src", ".*")
  m{src="ab-12"} 1
eval instant at 0 label_replace(m, "other", "y", "src", "ab")
  m{src="ab-12", other="x"} 1
eval instant at 0 label_replace(abs(m), "__name__", "n", "src", ".*")
  n{src="ab-12", other="x"} 1
eval instant at 0 label_replace(m, "", "y", "src", ".*")
  expect fail regex: ^invalid destination label name in label_replace\(\): $
eval instant at 0 label_replace(m, "to", "y", "src", "(")
  expect fail msg: invalid regular expression in label_replace(): (
eval instant at 0 label_join(m, "to", "-", "src", "")
  expect fail regex: ^invalid source label name in label_join\(\): $
"#,
    );
}

#[test]
fn labels_that_become_the_same_are_refused() {
    check(
        "same labels",
        r#"
load 1m
  m{a="1"} 1
  m{a="2"} 2

eval instant at 0 label_replace(m, "a", "x", "", "")
  expect fail msg: vector cannot contain metrics with the same labelset
"#,
    );
}

#[test]
fn values_are_clamped_and_rounded_as_go_does() {
    check(
        "clamp",
        r#"
load 1m
  x -2.5
  n NaN
  i Inf

eval instant at 0 clamp(x, 2, 1)
eval instant at 0 clamp(x, NaN, 1)
  {} NaN
eval instant at 0 clamp_min(n, Inf)
  {} Inf
eval instant at 0 clamp_max(n, -Inf)
  {} -Inf
eval instant at 0 clamp_max(i, 3)
  {} 3
eval instant at 0 round(x)
  {} -2
eval instant at 0 round(x, 0)
  {} NaN
eval instant at 0 sgn(n)
  {} NaN
"#,
    );
}

#[test]
fn the_calendar_goes_on_for_ever() {
    check(
        "dates",
        r#"
load 1m
  t{is="before 1970"} -1
  t{is="leap day"} 951782400
  t{is="no leap year"} 4107542399
  t{is="year 10000"} 253402300800
  t{is="not a number"} NaN

eval instant at 0 year(t)
  {is="before 1970"} 1969
  {is="leap day"} 2000
  {is="no leap year"} 2100
  {is="year 10000"} 10000
  {is="not a number"} 292277026596
eval instant at 0 day_of_year(t{is!="not a number"})
  {is="before 1970"} 365
  {is="leap day"} 60
  {is="no leap year"} 59
  {is="year 10000"} 1
eval instant at 0 days_in_month(t{is!="not a number"})
  {is="before 1970"} 31
  {is="leap day"} 29
  {is="no leap year"} 28
  {is="year 10000"} 31
eval instant at 0 hour(t{is="before 1970"}) * 100 + minute(t{is="before 1970"})
  {is="before 1970"} 2359
"#,
    );
}

#[test]
fn what_is_no_number_is_sorted_last() {
    check(
        "sort",
        r#"
load 1m
  m{a="1"} NaN
  m{a="2"} -Inf
  m{a="3"} 5

eval instant at 0 sort(m)
  expect ordered
  m{a="2"} -Inf
  m{a="3"} 5
  m{a="1"} NaN
eval instant at 0 sort_desc(m)
  expect ordered
  m{a="3"} 5
  m{a="2"} -Inf
  m{a="1"} NaN
eval range from 0 to 2m step 1m sort(m{a="3"})
  expect warn msg: PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)
  m{a="3"} 5 5 5
"#,
    );
}

#[test]
fn odd_histograms_are_put_right_or_told_of() {
    check(
        "histograms",
        r#"
load 1m
  falls_bucket{le="1"} 4
  falls_bucket{le="2"} 2
  falls_bucket{le="+Inf"} 8
  open_bucket{le="1"} 4
  twice_bucket{le="1"} 4
  twice_bucket{le="1.0"} 2
  twice_bucket{le="+Inf"} 8
  below_bucket{le="-1"} 4
  below_bucket{le="+Inf"} 8
  bad_bucket{le="x"} 1
  none 1

eval instant at 0 histogram_quantile(0.5, falls_bucket)
  expect info regex: for metric name "falls_bucket", from buckets 2 to 2, with a max diff of 2, over 1 samples from \d+-\d\d-\d\dT\d\d:\d\d:\d\dZ to .*Z \(1:25\)$
  {} 1
eval instant at 0 histogram_quantile(0.5, open_bucket)
  {} NaN
eval instant at 0 histogram_quantile(0.5, twice_bucket)
  {} 0.6666666666666666
eval instant at 0 histogram_quantile(0.2, below_bucket)
  {} -1
eval instant at 0 histogram_quantile(0.9, below_bucket)
  {} -1
eval instant at 0 histogram_quantile(1.5, open_bucket)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:20)
  {} Inf
eval instant at 0 histogram_quantile(0.5, bad_bucket)
  expect warn msg: PromQL warning: bucket label "le" is missing or has a malformed value of "x" for metric name "bad_bucket" (1:25)
eval instant at 0 histogram_fraction(0, 1, none)
  expect warn msg: PromQL warning: bucket label "le" is missing or has a malformed value of "" for metric name "none" (1:26)
eval instant at 0 histogram_fraction(-Inf, Inf, below_bucket)
  {} 1
eval instant at 0 histogram_fraction(0, 0.5, twice_bucket)
  {} 0.375
eval instant at 0 histogram_quantiles(twice_bucket, "q", 1, 1e-7)
  {q="1.0"} 1
  {q="1e-07"} 0.00000013333333333333334
eval instant at 0 histogram_quantiles(twice_bucket, "q", 0.5, 0.5)
  expect fail msg: vector cannot contain metrics with the same labelset
"#,
    );
}

#[test]
fn info_metrics_that_disagree_are_refused() {
    check(
        "info",
        r#"
load 1m
  m{instance="a", job="b"} 1
  alone{instance="c"} 1
  target_info{instance="a", job="b", v="1"} 1
  target_info{instance="a", job="b", v="2"} 1

eval instant at 0 info(m)
  expect fail msg: found duplicate series for info metric: existing target_info{instance="a", job="b", v="1"} @ 0, new target_info{instance="a", job="b", v="2"} @ 0
eval instant at 0 info(alone)
  alone{instance="c"} 1
eval instant at 0 info(alone, {v=~".+"})
"#,
    );
}
