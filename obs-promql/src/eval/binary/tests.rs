//! Operators, from text to values.

use super::super::script_tests::{both_modes, one_mode};
use crate::script::Mode;
use crate::{Options, Sample, Series, Syntax, Value};

const REQUESTS: &str = r#"
load 1m
  requests{route="/", code="200"} 10 20 30
  requests{route="/", code="500"} 1 2 3
  requests{route="/a", code="200"} 4 stale 6
  limit{route="/", team="red"} 100 100 100
  limit{route="/b", team="blue"} 50 50 50
"#;

fn with_requests(evals: &str) -> String {
    format!("{REQUESTS}\n{evals}")
}

#[test]
fn arithmetic_takes_the_name_and_comparisons_leave_it() {
    both_modes(&with_requests(
        r#"
eval instant at 0 limit - 1
  {route="/", team="red"} 99
  {route="/b", team="blue"} 49

eval instant at 0 1000 / limit
  {route="/", team="red"} 10
  {route="/b", team="blue"} 20

eval instant at 0 60 < limit
  limit{route="/", team="red"} 100

eval instant at 0 limit < bool 60
  {route="/", team="red"} 0
  {route="/b", team="blue"} 1

eval range from 0 to 2m step 1m requests{code="200"} > 5
  requests{route="/", code="200"} 10 20 30
  requests{route="/a", code="200"} _ _ 6

eval instant at 0 2 ^ 3 ^ 2 % 7 + 1 > bool -1
  1
"#,
    ));
}

#[test]
fn what_is_no_number_is_unequal_to_all() {
    both_modes(
        "
load 1m
  x NaN Inf -Inf 0

eval range from 0 to 3m step 1m x == x
  x _ Inf -Inf 0

eval range from 0 to 3m step 1m x != x
  x NaN

eval range from 0 to 3m step 1m x / 0
  {} NaN Inf -Inf NaN

eval range from 0 to 3m step 1m 5 % x
  {} NaN 5 5 NaN

eval range from 0 to 3m step 1m x > bool 0
  {} 0 1 0 0
",
    );
}

#[test]
fn elements_with_the_same_labels_meet() {
    both_modes(&with_requests(
        r#"
eval range from 0 to 2m step 1m requests + requests
  {route="/", code="200"} 20 40 60
  {route="/", code="500"} 2 4 6
  {route="/a", code="200"} 8 _ 12

eval instant at 0 requests{code="500"} / ignoring(code) requests{code="200"}
  {route="/"} 0.1

eval instant at 0 requests{code="200"} > on(route) requests{code="500"}
  {route="/"} 10

eval instant at 0 requests + limit
"#,
    ));
}

#[test]
fn many_meet_one_and_take_its_labels() {
    both_modes(&with_requests(
        r#"
eval range from 0 to 2m step 1m requests / on(route) group_left(team) limit
  {route="/", code="200", team="red"} 0.1 0.2 0.3
  {route="/", code="500", team="red"} 0.01 0.02 0.03

eval instant at 0 limit - on(route) group_right requests
  {route="/", code="200"} 90
  {route="/", code="500"} 99

# what stands on the left is kept
eval instant at 0 limit > on(route) group_right(team) requests
  requests{route="/", code="200", team="red"} 100
  requests{route="/", code="500", team="red"} 100

# a label that the one side lacks is taken away
eval instant at 0 requests{code="500"} * on(route) group_left(code) limit
  {route="/"} 100
"#,
    ));
}

#[test]
fn elements_that_are_not_unique_are_refused() {
    both_modes(&with_requests(
        r#"
eval instant at 0 limit * on(route) requests
  expect fail msg: found duplicate series for the match group {route="/"} on the right hand-side of the operation: [{__name__="requests", code="200", route="/"}, {__name__="requests", code="500", route="/"}];many-to-many matching not allowed: matching labels must be unique on one side

eval instant at 0 requests * on(route) group_right limit
  expect fail msg: found duplicate series for the match group {route="/"} on the left hand-side of the operation: [{__name__="requests", code="200", route="/"}, {__name__="requests", code="500", route="/"}];many-to-many matching not allowed: matching labels must be unique on one side

eval instant at 0 requests * on(route) limit
  expect fail msg: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)

# it does not depend on what the numbers are
eval instant at 0 requests > on(route) limit
  expect fail msg: multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)

eval instant at 0 requests * on(route) group_left(code) limit
  expect fail msg: multiple matches for labels: grouping labels must ensure unique matches
"#,
    ));
}

#[test]
fn elements_need_to_be_unique_at_each_step_only() {
    both_modes(
        r#"
load 1m
  version{pod="a", number="1"} 1 1 stale
  version{pod="a", number="2"} _ _ 1
  up{pod="a"} 7 8 9

eval range from 0 to 2m step 1m up * on(pod) group_left(number) version
  {pod="a", number="1"} 7 8
  {pod="a", number="2"} _ _ 9

eval range from 0 to 2m step 1m version + on(pod) up
  {pod="a"} 8 9 10
"#,
    );
}

#[test]
fn sets_are_by_labels_at_each_step() {
    both_modes(
        r#"
load 1m
  a{i="1"} 1 2 3
  a{i="2"} 4 stale 6
  b{i="1", j="x"} _ 7 stale
  b{i="2", j="y"} 8 8 8

eval range from 0 to 2m step 1m a and on(i) b
  a{i="1"} _ 2
  a{i="2"} 4 _ 6

eval range from 0 to 2m step 1m a unless ignoring(j) b
  a{i="1"} 1 _ 3

eval range from 0 to 2m step 1m b or on(i) a
  b{i="1", j="x"} _ 7
  b{i="2", j="y"} 8 8 8
  a{i="1"} 1 _ 3

eval instant at 0 a and on() nothing

eval instant at 0 a unless on() b

eval instant at 0 nothing or a{i="1"}
  a{i="1"} 1
"#,
    );
}

#[test]
fn values_are_filled_in() {
    one_mode(
        Mode::TestEngine,
        &with_requests(
            r#"
eval instant at 0 limit - ignoring(team) fill(1) sum by (route) (requests)
  {route="/"} 89
  {route="/a"} -3
  {route="/b"} 49

eval range from 0 to 2m step 1m requests * on(route) group_left(team) fill_right(2) limit
  {route="/", code="200", team="red"} 1000 2000 3000
  {route="/", code="500", team="red"} 100 200 300
  {route="/a", code="200"} 8 _ 12

eval instant at 0 requests * on(route) group_left fill_left(3) limit
  {route="/", code="200"} 1000
  {route="/", code="500"} 100
  {route="/b"} 150
"#,
        ),
    );
}

#[test]
fn names_go_at_once_or_at_the_end() {
    let data = "
load 1m
  a 1 2
  b 3 4
";
    one_mode(
        Mode::Production,
        &format!(
            "{data}
eval instant at 0 {{__name__=~\"a|b\"}} * 2
  expect fail msg: vector cannot contain metrics with the same labelset
"
        ),
    );
    one_mode(
        Mode::TestEngine,
        &format!(
            "{data}
eval instant at 0 count({{__name__=~\"a|b\"}} * 2)
  {{}} 2

eval instant at 0 sum by (__name__) ({{__name__=~\"a|b\"}} * 2) > 5
  {{}} 6

eval instant at 0 {{__name__=~\"a|b\"}} * 2
  expect fail msg: vector cannot contain metrics with the same labelset
"
        ),
    );
}

#[test]
fn long_chains_take_no_stack() {
    let mut series = Series::new([("__name__", "x")].into_iter().collect());
    series.push(0, 5.0);
    let data = vec![series];
    for (term, operator, length, want) in
        [("1", " + ", 100_000, 100_000.0), ("x", " or ", 10_000, 5.0)]
    {
        let chain = vec![term; length].join(operator);
        let query = Syntax::default().parse(&chain).unwrap();
        let value = query.instant(&data, 0, &Options::default()).unwrap().value;
        let found = match &value {
            Value::Vector(elements) => elements.iter().map(|one| one.value.clone()).collect(),
            Value::Scalar(value) => vec![Sample::Float(*value)],
            _ => Vec::new(),
        };
        assert_eq!(found, [Sample::Float(want)], "of {operator}");
    }
}
