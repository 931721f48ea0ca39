//! Functions over ranges, from text to values.

use crate::{EvalError, Labels, Options, Outcome, Range, Sample, Series, Syntax, Value};

/// A series with a sample every 15 seconds; `None` leaves one out.
fn series(name: &str, values: &[Option<f64>]) -> Series {
    let mut series = Series::new([("__name__", name)].into_iter().collect());
    for (time, value) in (0..).step_by(15_000).zip(values) {
        if let Some(value) = value {
            assert!(series.push(time, *value));
        }
    }
    series
}

fn every(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

fn try_instant(data: &Vec<Series>, text: &str, seconds: i64) -> Result<Outcome, EvalError> {
    let query = Syntax::everything().parse(text).expect(text);
    query.instant(data, seconds * 1000, &Options::default())
}

/// The one value of a query; `None` if there is none.
fn instant(data: &Vec<Series>, text: &str, seconds: i64) -> Option<f64> {
    match try_instant(data, text, seconds).expect(text).value {
        Value::Vector(elements) => match elements.as_slice() {
            [] => None,
            [one] => match one.value {
                Sample::Float(value) => Some(value),
                Sample::Histogram(_) => panic!("{text}: a histogram"),
            },
            more => panic!("{text}: {more:?}"),
        },
        other => panic!("{text}: {other:?}"),
    }
}

fn is_near(found: Option<f64>, expected: Option<f64>) -> bool {
    match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
        (found, expected) => found == expected,
    }
}

fn notes(data: &Vec<Series>, text: &str, seconds: i64) -> Vec<String> {
    let outcome = try_instant(data, text, seconds).expect(text);
    outcome.notes.iter().map(|note| note.render(text)).collect()
}

#[test]
fn rates_reach_to_the_ends_of_the_range() {
    let steady = series("steady_total", &every(&[0.0, 10.0, 20.0, 30.0, 40.0, 50.0]));
    let reset = series("reset_total", &every(&[100.0, 110.0, 5.0, 15.0]));
    let short = series("short_total", &[None, None, Some(30.0), Some(45.0), None, None, None]);
    let data = vec![steady, reset, short];
    for (text, at, expected) in [
        ("increase(steady_total[1m])", 75, Some(40.0)),
        ("rate(steady_total[1m])", 75, Some(40.0 / 60.0)),
        // The series begins within the range, and above zero: it is drawn out by half a step.
        ("increase(short_total[1m15s])", 75, Some(30.0)),
        ("increase(reset_total[1m])", 45, Some(25.0 * 60.0 / 45.0)),
        ("delta(reset_total[1m])", 45, Some(-85.0 * 60.0 / 45.0)),
        ("irate(steady_total[1m])", 75, Some(10.0 / 15.0)),
        ("irate(reset_total[1m])", 30, Some(5.0 / 15.0)),
        ("idelta(reset_total[1m])", 30, Some(-105.0)),
        ("rate(steady_total[15s])", 75, None),
        ("rate(absent_total[1m])", 75, None),
    ] {
        let found = instant(&data, text, at);
        assert!(is_near(found, expected), "{text}: {found:?}, not {expected:?}");
    }
}

#[test]
fn ranges_leave_out_their_beginning() {
    let data = vec![series("x", &every(&[1.0, 2.0, 3.0, 4.0]))];
    for (text, at, expected) in [
        ("count_over_time(x[30s])", 30, Some(2.0)),
        ("count_over_time(x[30001ms])", 30, Some(3.0)),
        ("count_over_time(x[30s] offset 15s)", 45, Some(2.0)),
        ("count_over_time(x[30s] @ 15)", 45, Some(2.0)),
        ("count_over_time(x[15s])", 0, Some(1.0)),
        ("count_over_time(x[15s])", 60, None),
        ("count_over_time(x[30s:10s])", 30, Some(3.0)),
        ("count_over_time(x[30s:10s] offset 5s)", 30, Some(3.0)),
        ("sum_over_time(x[30s:15s] @ 30)", 0, Some(5.0)),
    ] {
        assert_eq!(instant(&data, text, at), expected, "{text}");
    }
}

#[test]
fn values_of_a_range_come_to_one() {
    let nan = f64::NAN;
    let data = vec![
        series("x", &every(&[4.0, 1.0, 1.0, 3.0, 9.0])),
        series("holes", &every(&[nan, 2.0, nan, 1.0, 2.0])),
        series("large", &every(&[1.0, 1e100, 1.0, -1e100, 0.0])),
    ];
    for (text, expected) in [
        ("sum_over_time(x[5m])", 18.0),
        ("avg_over_time(x[5m])", 3.6),
        ("min_over_time(x[5m])", 1.0),
        ("max_over_time(x[5m])", 9.0),
        ("min_over_time(holes[5m])", 1.0),
        ("max_over_time(holes[5m])", 2.0),
        ("ts_of_min_over_time(x[5m])", 30.0),
        ("ts_of_max_over_time(holes[5m])", 60.0),
        ("ts_of_first_over_time(x[5m])", 0.0),
        ("ts_of_last_over_time(x[5m])", 60.0),
        ("first_over_time(x[5m])", 4.0),
        ("last_over_time(x[5m])", 9.0),
        ("present_over_time(x[5m])", 1.0),
        ("absent_over_time(y[5m])", 1.0),
        ("quantile_over_time(0.5, x[5m])", 3.0),
        ("mad_over_time(x[5m])", 2.0),
        ("changes(x[5m])", 3.0),
        ("resets(x[5m])", 1.0),
        ("changes(holes[5m])", 4.0),
        ("stdvar_over_time(x[5m])", 8.64),
        ("sum_over_time(large[5m])", 2.0),
        ("deriv(x[15001ms] @ 60)", 0.4),
        ("predict_linear(x[15001ms] @ 60, 10)", 13.0),
        ("double_exponential_smoothing(x[5m], 0.5, 0.5)", 4.15625),
    ] {
        let found = instant(&data, text, 60).expect(text);
        assert!((found - expected).abs() < 1e-12, "{text}: {found}, not {expected}");
    }
    assert_eq!(instant(&data, "absent_over_time(x[5m])", 60), None);
    assert!(instant(&data, "mad_over_time(holes[5m])", 60).is_some_and(f64::is_nan));
}

#[test]
fn stale_markers_are_no_samples() {
    let mut one = series("x", &every(&[1.0, 2.0]));
    assert!(one.push_stale(30_000));
    assert!(one.push(45_000, 4.0));
    let data = vec![one];
    assert_eq!(instant(&data, "count_over_time(x[1m])", 45), Some(3.0));
    assert_eq!(instant(&data, "last_over_time(x[1m])", 30), Some(2.0));
    assert_eq!(instant(&data, "count_over_time(x[10s])", 30), None);
}

#[test]
fn names_go_unless_the_sample_stays() {
    let data = vec![series("x", &every(&[1.0])), series("y", &every(&[1.0]))];
    let same = "vector cannot contain metrics with the same labelset";
    for text in ["sum_over_time({__name__=~\".+\"}[1m])", "rate({__name__=~\"x|y\"}[1m:1s] @ 30)"] {
        let error = try_instant(&data, text, 0).expect_err(text);
        assert_eq!(error.to_string(), same, "{text}");
    }
    for text in ["last_over_time", "first_over_time"] {
        let text = format!("{text}({{__name__=~\".+\"}}[1m])");
        let Value::Vector(found) = try_instant(&data, &text, 0).expect(&text).value else {
            panic!("{text}")
        };
        let names: Vec<_> = found.iter().map(|one| one.labels.metric_name()).collect();
        assert_eq!(names, [Some("x"), Some("y")], "{text}");
    }
}

#[test]
fn notes_name_the_metric_and_the_place() {
    let mut mixed = series("mixed", &every(&[1.0, 2.0]));
    assert!(mixed.push(30_000, crate::Histogram::default()));
    let data = vec![series("gauge", &every(&[1.0, 2.0, 3.0])), mixed];
    let not_a_counter = "PromQL info: metric might not be a counter, name does not end in \
                         _total/_sum/_count/_bucket: \"gauge\"";
    let is_mixed = "PromQL warning: encountered a mix of histograms and floats for metric name \
                    \"mixed\" (1:6)";
    let ignored = "PromQL info: ignored histograms in a range containing both floats and histograms \
                   for metric name \"mixed\" (1:15)";
    for (text, expected) in [
        ("rate(gauge[1m])", &[&*format!("{not_a_counter} (1:6)")][..]),
        ("rate(gauge[1m:1s])", &[&*format!("{not_a_counter} (1:1)")]),
        ("delta(gauge[1m])", &[]),
        ("rate(mixed[1m])", &[is_mixed]),
        ("max_over_time(mixed[1m])", &[ignored]),
        ("count_over_time(mixed[1m])", &[]),
        (
            "quantile_over_time(2, gauge[1m])",
            &["PromQL warning: quantile value should be between 0 and 1, got 2 (1:20)"],
        ),
    ] {
        assert_eq!(notes(&data, text, 30), expected, "{text}");
    }
}

#[test]
fn what_cannot_be_is_an_error() {
    let data = vec![series("x", &every(&[1.0, 2.0]))];
    for (text, expected) in [
        (
            "double_exponential_smoothing(x[1m], 1, 0.5)",
            "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000",
        ),
        (
            "double_exponential_smoothing(x[1m], 0.5, -Inf)",
            "invalid trend factor. Expected: 0 < tf < 1, got: -Inf",
        ),
        ("rate(x[step()])", "7:13: duration must be greater than 0"),
        (
            "deriv(x[1m] smoothed)",
            "smoothed modifier can only be used with: delta, increase, rate - not with deriv",
        ),
    ] {
        assert_eq!(try_instant(&data, text, 15).expect_err(text).to_string(), expected, "{text}");
    }
}

#[test]
fn a_few_series_by_too_many_steps_are_refused() {
    let data = vec![series("x", &every(&[1.0, 2.0]))];
    for text in ["count_over_time(x[10y:1ms])", "count_over_time(abs(x)[290y:1ms])"] {
        let Err(EvalError::Limit(message)) = try_instant(&data, text, 15) else {
            panic!("{text}: no limit")
        };
        assert!(message.contains("too many samples"), "{text}: {message}");
    }
}

#[test]
fn windows_move_as_if_each_were_looked_at_alone() {
    let values: Vec<_> = (0_i32..40).map(|n| (n % 7 != 3).then(|| f64::from(n * n % 11))).collect();
    let data = vec![series("x_total", &values)];
    let options = Options::default();
    for text in [
        "rate(x_total[1m])",
        "sum_over_time(x_total[50s])",
        "quantile_over_time(0.3, x_total[2m] offset 20s)",
        "resets(x_total[3m:7s])",
        "increase(x_total[1m] anchored)",
        "increase(x_total[1m] smoothed)",
        "x_total smoothed",
    ] {
        let query = Syntax::everything().parse(text).expect(text);
        for step in [1000, 13_000, 15_000, 200_000] {
            let range = Range { start: 0, end: 700_000, step };
            let Value::Matrix(series) = query.range(&data, range, &options).expect(text).value
            else {
                panic!("{text}")
            };
            let mut found = series.first().into_iter().flat_map(|one| &one.samples).peekable();
            for time in (0..=700_000).step_by(13_000) {
                let Value::Vector(alone) = query.instant(&data, time, &options).expect(text).value
                else {
                    panic!("{text}")
                };
                while found.next_if(|(at, _)| *at < time).is_some() {}
                if time % step == 0 {
                    let together = found.next_if(|(at, _)| *at == time).map(|(_, value)| value);
                    assert_eq!(together, alone.first().map(|one| &one.value), "{text} at {time}");
                }
            }
        }
    }
}

#[test]
fn extended_ranges_take_what_is_around_them() {
    let data = vec![series("x", &every(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0, 10.0]))];
    for (text, at, expected) in [
        ("increase(x[1m] anchored)", 50, Some(3.0)),
        ("increase(x[1m] smoothed)", 50, Some(3.0 + 1.0 / 3.0)),
        ("rate(x[1m] anchored)", 80, Some(7.0 / 60.0)),
        ("increase(x[1m] anchored)", 5, Some(0.0)),
        ("increase(x[15s] anchored)", 600, None),
        ("x smoothed", 20, Some(2.0 + 5.0 / 15.0)),
        ("x smoothed", 100, Some(10.0)),
        ("x smoothed", 1000, None),
    ] {
        let found = instant(&data, text, at);
        assert!(is_near(found, expected), "{text}: {found:?}, not {expected:?}");
    }
}

#[test]
fn a_range_vector_is_a_value() {
    let data = vec![series("x", &every(&[1.0, 2.0, 3.0]))];
    for (text, expected) in [
        ("x[20s]", &[(15_000, 2.0), (30_000, 3.0)][..]),
        ("x[20s:10s]", &[(20_000, 2.0), (30_000, 3.0)]),
        ("x[20s] smoothed @ 20", &[(0, 1.0), (15_000, 2.0), (20_000, 2.0 + 5.0 / 15.0)]),
    ] {
        let Value::Matrix(found) = try_instant(&data, text, 30).expect(text).value else {
            panic!("{text}")
        };
        let labels: Labels = [("__name__", "x")].into_iter().collect();
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].labels, labels, "{text}");
        let samples: Vec<_> =
            expected.iter().map(|(time, value)| (*time, Sample::Float(*value))).collect();
        assert_eq!(found[0].samples, samples, "{text}");
    }
}
