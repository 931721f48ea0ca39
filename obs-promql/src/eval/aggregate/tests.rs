//! Aggregations, from text to values.

use super::super::script_tests::{both_modes, one_mode};
use crate::script::Mode;

const HITS: &str = r#"
load 1m
  hits{job="a", i="1"} 1 2 3
  hits{job="a", i="2"} 5 stale 1
  hits{job="b", i="1"} 4 NaN 7
"#;

fn with_hits(evals: &str) -> String {
    format!("{HITS}\n{evals}")
}

#[test]
fn groups_are_by_labels() {
    both_modes(&with_hits(
        r#"
eval range from 0 to 2m step 1m sum by (job) (hits)
  {job="a"} 6 2 4
  {job="b"} 4 NaN 7

eval instant at 0 sum without (i) (hits)
  {job="a"} 6
  {job="b"} 4

eval instant at 0 sum(hits)
  {} 10

eval instant at 0 sum by (none) (hits)
  {} 10

eval instant at 0 count by (__name__) (hits)
  hits 3

eval instant at 0 sum(nothing)
"#,
    ));
}

#[test]
fn each_aggregation_at_each_step() {
    both_modes(&with_hits(
        "
eval range from 0 to 2m step 1m count(hits)
  {} 3 2 3

eval range from 0 to 2m step 1m group(hits)
  {} 1 1 1

eval range from 0 to 2m step 1m min(hits)
  {} 1 2 1

eval range from 0 to 2m step 1m max(hits)
  {} 5 2 7

eval range from 0 to 2m step 1m avg(hits)
  {} 3.3333333333333335 NaN 3.6666666666666665

eval range from 0 to 2m step 1m stdvar(hits)
  {} 2.888888888888889 NaN 6.222222222222222

eval range from 0 to 2m step 1m stddev(hits)
  {} 1.699673171197595 NaN 2.494438257849294

eval range from 0 to 2m step 1m quantile(0.75, hits)
  {} 4.5 NaN 5
",
    ));
}

#[test]
fn sums_keep_what_rounding_takes() {
    both_modes(
        r#"
load 1m
  x{i="1"} 1 1.7e308
  x{i="2"} 1e100 1.7e308
  x{i="3"} 1 -1.7e308
  x{i="4"} -1e100 1.7e308

eval instant at 0 sum(x)
  {} 2

eval instant at 1m avg(x)
  {} 8.5e307

eval instant at 1m sum(x)
  {} Inf
"#,
    );
}

#[test]
fn quantiles_lie_between_values() {
    both_modes(&with_hits(
        r#"
eval instant at 0 quantile by (job) (0.25, hits)
  {job="a"} 2
  {job="b"} 4

# what is no number is below all
eval instant at 1m quantile(0, hits)
  {} NaN

eval instant at 0 quantile(1.5, hits)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:10)
  {} Inf

eval instant at 0 quantile(-1, hits)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got -1 (1:10)
  {} -Inf

eval instant at 0 quantile(NaN, hits)
  expect warn msg: PromQL warning: quantile value should be between 0 and 1, got NaN (1:10)
  {} NaN
"#,
    ));
}

#[test]
fn the_greatest_and_least_are_sorted_at_one_time() {
    both_modes(&with_hits(
        r#"
eval instant at 0 topk(2, hits)
  expect ordered
  hits{job="a", i="2"} 5
  hits{job="b", i="1"} 4

eval instant at 0 bottomk(2, hits)
  expect ordered
  hits{job="a", i="1"} 1
  hits{job="b", i="1"} 4

eval instant at 0 topk by (job) (1, hits)
  hits{job="a", i="2"} 5
  hits{job="b", i="1"} 4

# what is no number is taken last
eval range from 0 to 2m step 1m bottomk(1, hits)
  hits{job="a", i="1"} 1 2
  hits{job="a", i="2"} _ _ 1

eval range from 0 to 2m step 1m topk(2, hits)
  hits{job="a", i="1"} _ 2 3
  hits{job="a", i="2"} 5
  hits{job="b", i="1"} 4 NaN 7

eval instant at 0 topk(0, hits)

eval instant at 0 topk(0.9, hits)

eval instant at 0 topk(NaN, hits)
  expect fail msg: Parameter value is NaN

eval instant at 0 topk(1e30, hits)
  expect fail msg: Scalar value 1e+30 overflows int64
"#,
    ));
}

#[test]
fn limits_take_some() {
    one_mode(
        Mode::TestEngine,
        &with_hits(
            r#"
eval range from 0 to 2m step 1m count by (job) (limitk by (job) (1, hits))
  {job="a"} 1 1 1
  {job="b"} 1 1 1

eval instant at 0 count(limit_ratio(0.4, hits) or limit_ratio(-0.6, hits))
  {} 3

eval instant at 0 limit_ratio(0.4, hits) and limit_ratio(-0.6, hits)

eval instant at 0 count(limit_ratio(-3, hits))
  expect warn msg: PromQL warning: ratio value should be between -1 and 1, got -3, capping to -1 (1:19)
  {} 3

eval instant at 0 limit_ratio(NaN, hits)
  expect fail msg: Ratio value is NaN
"#,
        ),
    );
}

#[test]
fn values_are_counted() {
    both_modes(
        r#"
load 1m
  x{i="1", v="old"} 1 NaN 1e21
  x{i="2"} 1 -0 Inf
  x{i="3"} 0.5 0 -Inf

eval instant at 0 count_values("v", x)
  {v="1"} 2
  {v="0.5"} 1

eval instant at 1m count_values("v", x)
  {v="NaN"} 1
  {v="0"} 1
  {v="-0"} 1

eval instant at 2m count_values by (i) ("v", x)
  {i="1", v="1000000000000000000000"} 1
  {i="2", v="+Inf"} 1
  {i="3", v="-Inf"} 1

eval range from 0 to 1m step 1m count_values without (i) ("v", x)
  {v="1"} 2
  {v="0.5"} 1
  {v="NaN"} _ 1
  {v="0"} _ 1
  {v="-0"} _ 1

# the label of the value is left out itself
eval instant at 0 count_values without (i, v) ("v", x)
  {} 3

eval instant at 0 count_values("", x)
  expect fail msg: invalid label name ""
"#,
    );
}
