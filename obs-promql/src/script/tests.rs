//! What scripts are taken, and what is said of their evals.

use super::{Later, Mode, Script, Verdict};

fn verdicts_in(mode: Mode, text: &str) -> Vec<Verdict> {
    let script = Script::parse("a.test", text).unwrap_or_else(|error| panic!("{error}"));
    script.run(mode).evals.into_iter().map(|eval| eval.verdict).collect()
}

fn verdict(text: &str) -> Verdict {
    let mut verdicts = verdicts_in(Mode::TestEngine, text);
    assert_eq!(verdicts.len(), 1, "{text}");
    verdicts.remove(0)
}

#[track_caller]
fn passes(text: &str) {
    assert_eq!(verdict(text), Verdict::Passed, "{text}");
}

/// The eval fails, and what came contains `came`.
#[track_caller]
fn fails(text: &str, came: &str) {
    match verdict(text) {
        Verdict::Failed(failure) => assert!(failure.came.contains(came), "{text}: {failure:?}"),
        other => panic!("{text}: {other:?}"),
    }
}

const LOAD: &str = "load 1m\n  hits{route=\"/\"} 0+60x10\n  hits{route=\"/a\"} 1 2 _ 4\n\n";

fn loaded(eval: &str) -> String {
    format!("{LOAD}{eval}")
}

#[test]
fn values_are_compared() {
    passes(&loaded("eval instant at 3m hits\n  hits{route=\"/\"} 180\n  hits{route=\"/a\"} 4"));
    passes(&loaded("eval instant at 3m sum(hits)\n  {} 184.0001"));
    fails(&loaded("eval instant at 3m sum(hits)\n  {} 184.01"), "{} 184");
    fails(&loaded("eval instant at 3m sum(hits)"), "{} 184");
    fails(&loaded("eval instant at 3m nothing\n  {} 1"), "an empty vector");
    fails(&loaded("eval instant at 3m hits{route=\"/\"}\n  180"), "hits{route=\"/\"} 180");
    passes("eval instant at 0 1 + 2\n  3");
    passes("eval instant at 0 1 / 0\n  +Inf");
    fails("eval instant at 0 1 + 2\n  {} 3", "scalar 3");
    fails("eval instant at 0 1 + 2\n  4", "scalar 3");
}

#[test]
fn ranges_are_compared_step_by_step() {
    let eval = "eval range from 0 to 3m step 1m hits{route=\"/a\"} offset 1m\n  ";
    passes(&loaded(&format!("{eval}hits{{route=\"/a\"}} _ 1 2 2")));
    fails(&loaded(&format!("{eval}hits{{route=\"/a\"}} _ 1 2 3")), "1@60s 2@120s 2@180s");
    fails(&loaded(&format!("{eval}hits{{route=\"/a\"}} 1 2 2")), "1@60s");
    fails(&loaded(&format!("{eval}hits{{route=\"/a\"}} _ 1 2 2 2")), "2@180s");
    fails(&loaded(&format!("{eval}hits 1")), "hits{route=\"/a\"}");
    let window =
        "eval instant at 3m hits{route=\"/a\"}[3m]\n  expect range vector from 1m to 3m step 1m\n";
    passes(&loaded(&format!("{window}  hits{{route=\"/a\"}} 2 _ 4")));
    fails(&loaded(&format!("{window}  hits{{route=\"/a\"}} 2 4")), "2@60s 4@180s");
}

#[test]
fn strings_are_compared() {
    passes("eval instant at 0 \"a\\tb\"\n  expect string \"a\\tb\"");
    passes("eval instant at 0 ('a')\n  expect string `a`");
    fails("eval instant at 0 \"a\"\n  expect string \"b\"", "string \"a\"");
}

#[test]
fn failures_are_expected_by_message() {
    let eval = "eval instant at 1m hits * on () hits\n  ";
    let message = "found duplicate series for the match group {} on the right hand-side";
    passes(&loaded(&format!("{eval}expect fail")));
    passes(&loaded(&format!("{eval}expect fail regex: ^found dup.*;many-to-many")));
    fails(&loaded(&format!("{eval}expect fail msg: {message}")), message);
    fails(&loaded(eval), "error: found duplicate series");
    fails(&loaded("eval instant at 1m hits\n  expect fail"), "a value");
    let old = "eval_fail instant at 1m hits * on () hits";
    passes(&loaded(old));
    passes(&loaded(&format!("{old}\n  expected_fail_regexp found dup.*")));
    fails(&loaded(&format!("{old}\n  expected_fail_message found")), message);
}

#[test]
fn notes_are_expected_with_their_place() {
    let eval = "eval instant at 1m quantile(2, hits)\n  {} +Inf\n";
    let with = |expect: &str| eval.replacen('\n', &format!("\n  {expect}\n"), 1);
    let message = "PromQL warning: quantile value should be between 0 and 1, got 2";
    passes(&loaded(eval));
    passes(&loaded(&with("expect warn")));
    passes(&loaded(&with("expect no_info")));
    passes(&loaded(&with(&format!("expect warn msg: {message} (1:10)"))));
    passes(&loaded(&with("expect warn regex: got 2 \\(1:10\\)$")));
    fails(&loaded(&with("expect no_warn")), message);
    fails(&loaded(&with(&format!("expect warn msg: {message}"))), "(1:10)");
    fails(&loaded(&with("expect info")), "no info");
    fails(&loaded("eval_warn instant at 1m sum(hits)\n  {} 62"), "no warning");
}

#[test]
fn order_counts_where_it_is_expected() {
    let eval = |lines: &str| loaded(&format!("eval instant at 3m topk(2, hits)\n{lines}"));
    let (first, second) = ("hits{route=\"/\"} 180\n", "hits{route=\"/a\"} 4\n");
    passes(&eval(&format!("expect ordered\n{first}{second}")));
    fails(&eval(&format!("expect ordered\n{second}{first}")), "as number 1");
    passes(&eval(&format!("{second}{first}")));
}

#[test]
fn an_instant_is_the_middle_of_a_range_too() {
    // A range has another step than an instant; Prometheus looks for `step()` to know, and so do we.
    let eval = "eval instant at 1m hits{route=\"/\"} offset (step() * 1)\n  hits{route=\"/\"} 60";
    passes(&loaded(eval));
    let Verdict::Failed(failure) = verdict(&loaded(&eval.replace("step()", "step( )"))) else {
        panic!("the range has another value")
    };
    assert_eq!(failure.how, "at 60s, as the middle of a range");
}

#[test]
fn what_is_loaded() {
    let text = "load 30s\n  a 1-2x2 _x2 stale 5x1\n  b{l=\"{x}\"} -1 +2 1e3 Inf -Inf NaN .5\n";
    let store = Script::parse("a.test", text).expect("a script").store();
    let series: Vec<_> = store.iter().map(|one| (one.labels().to_string(), one.len())).collect();
    assert_eq!(series, [("a".to_owned(), 6), ("b{l=\"{x}\"}".to_owned(), 7)]);
    let a = store.iter().next().expect("a series").selected().samples;
    assert_eq!(*a.times, [0, 30_000, 60_000, 150_000, 180_000, 210_000]);
    assert_eq!(a.values[..3], [1.0, -1.0, -3.0]);
    assert!(crate::is_stale(a.values[3]));
    assert_eq!(a.values[4..], [5.0, 5.0]);
    assert!(a.starts.is_empty());

    let text = "load 1m\n  a@st _ -30s -1s+1sx1\n  a 1 2 3 4\n";
    let store = Script::parse("a.test", text).expect("a script").store();
    let a = store.iter().next().expect("a series").selected().samples;
    assert_eq!(*a.starts, [0, 30_000, 119_000, 180_000]);

    let cleared = format!("{text}\nclear\nload 1m\n  c 1\n");
    let store = Script::parse("a.test", &cleared).expect("a script").store();
    assert_eq!(store.iter().map(|one| one.labels().to_string()).collect::<Vec<_>>(), ["c"]);
}

#[test]
fn histograms_are_loaded_and_added_up() {
    let text = "load 1m
  h {{schema:1 count:3 sum:4.5 z_bucket:1 z_bucket_w:0.001 buckets:[1 1] offset:2}}x1
  s {{count:1 sum:1 buckets:[1]}}+{{count:2 sum:3 buckets:[1 1]}}x2
  n {{schema:-53 custom_values:[5 10] n_buckets:[1 2] counter_reset_hint:gauge}}
  low {{schema:0 buckets:[1]}}+{{schema:1 buckets:[1 1 1]}}x1
";
    let store = Script::parse("a.test", text).expect("a script").store();
    let histograms = |name: &str| -> Vec<_> {
        let one = store.iter().find(|one| one.labels().metric_name() == Some(name));
        let samples = one.expect("a series").selected().samples;
        samples.histograms.iter().flatten().cloned().collect()
    };
    let h = histograms("h");
    assert_eq!((h.len(), h[1].schema, h[1].positive.spans[0].offset), (2, 1, 2));
    assert_eq!((h[0].zero_count, h[0].zero_threshold), (1.0, 0.001));
    let last = histograms("s").pop().expect("a histogram");
    assert_eq!((last.count, last.sum), (5.0, 7.0));
    assert_eq!(last.positive.counts, [3.0, 2.0]);
    assert_eq!(histograms("n")[0].negative.counts, [1.0, 2.0]);
    // Of buckets 0, 1 and 2 the last two become bucket 1.
    assert_eq!(histograms("low")[1].positive.counts, [2.0, 2.0]);
}

#[test]
fn classic_histograms_become_native_ones() {
    let text = "load_with_nhcb 1m
  h_bucket{le=\"1\"} 2
  h_bucket{le=\"+Inf\"} 5
  h_count 5
  h_sum 7
";
    let store = Script::parse("a.test", text).expect("a script").store();
    let made = store.iter().find(|one| one.labels().metric_name() == Some("h"));
    let samples = made.expect("a histogram").selected().samples;
    let histogram = samples.histograms[0].as_ref().expect("a histogram");
    assert_eq!((histogram.schema, histogram.count, histogram.sum), (-53, 5.0, 7.0));
    assert_eq!(histogram.custom_bounds, [1.0]);
    assert_eq!(histogram.positive.counts, [2.0, 3.0]);
    let broken = Script::parse("a.test", &text.replace("h_count 5", "h_count 6"));
    assert!(broken.expect_err("no histogram").message.contains("count mismatch"));
}

#[test]
fn what_the_evaluator_refuses_for_histograms_is_later_and_a_wrong_value_never() {
    let text = "load 1m
  h {{count:1 sum:1}}
  f 1 2 3

eval instant at 1m histogram_quantile(0.5, h)
  {} {{count:1 sum:1}}

eval instant at 1m histogram_quantile(0.5, h)
  expect fail

eval instant at 1m count({__name__=~\"f|h\"})
  {} 2

eval instant at 1m h
  h {{count:1 sum:1}}

eval instant at 1m h
  h {{count:2 sum:1}}

eval instant at 1m f
  f {{count:2 sum:1}}
";
    let verdicts = verdicts_in(Mode::TestEngine, text);
    let (judged, wrong) = verdicts.split_at(4);
    let later = Verdict::Later(Later::NativeHistograms);
    assert_eq!(judged, [later.clone(), later, Verdict::Passed, Verdict::Passed]);
    assert!(wrong.iter().all(|one| matches!(one, Verdict::Failed(_))), "{wrong:?}");
}

#[test]
fn histograms_say_whether_they_were_reset_as_after_prometheus_store() {
    let text = "load 1m
  h {{count:2 buckets:[1 1]}} {{count:3 buckets:[2 1]}} {{count:3 buckets:[0 3]}}
  g {{count:2 counter_reset_hint:gauge}} {{count:3 counter_reset_hint:gauge}}

eval instant at 2m h[3m]
  expect range vector from 0 to 2m step 1m
  h {{count:2 buckets:[1 1] counter_reset_hint:unknown}} {{count:3 buckets:[2 1] counter_reset_hint:not_reset}} {{count:3 buckets:[0 3] counter_reset_hint:unknown}}

eval instant at 1m g
  g {{count:3 counter_reset_hint:gauge}}
";
    assert_eq!(verdicts_in(Mode::TestEngine, text), [Verdict::Passed, Verdict::Passed]);
}

#[test]
fn the_production_mode_has_less_of_the_language() {
    let text = loaded("eval instant at 3m limitk(0, hits)\n");
    assert_eq!(verdicts_in(Mode::TestEngine, &text), [Verdict::Passed]);
    let Verdict::Failed(failure) = verdicts_in(Mode::Production, &text).remove(0) else {
        panic!("limitk is experimental")
    };
    assert!(failure.came.contains("parse error"), "{failure:?}");
}

#[test]
fn failures_name_place_expression_and_both_values() {
    let text = "\n\n  eval instant at 5s  1 + 1\n    3\n";
    let report = Script::parse("a.test", text).expect("a script").run(Mode::TestEngine);
    let told: Vec<_> = report.failures().map(|failure| failure.to_string()).collect();
    assert_eq!(told, ["a.test:3:23: 1 + 1\n  at 5s\n  expected: scalar 3\n  came:     scalar 2"]);
}

#[test]
fn comments_and_blank_lines_end_a_command() {
    let text =
        "# first\nload 1m\n  a 1\n  # second\n\neval instant at 0 a\n  a 1\n# third\nclear\n";
    assert_eq!(verdicts_in(Mode::TestEngine, text), [Verdict::Passed]);
    let error = Script::parse("a.test", "load 1m\n  # a comment\n  a 1\n").expect_err("no command");
    assert_eq!((error.line, error.column), (3, 3));
}

#[test]
fn errors_name_line_and_column() {
    for (text, line, column) in [
        ("hits 1", 1, 1),
        ("\nload soon\n a 1", 2, 6),
        ("load 1m\n  hits 1 2 three", 2, 12),
        ("load 1m\n  hits{route=1} 1", 2, 14),
        ("load 1m\n  hits 1+2", 2, 11),
        ("load 1m\n  hits 1x", 2, 10),
        ("load 1m\n  hits 0x99999999999999999999", 2, 10),
        ("load 1m\n  hits 0x9999999999", 2, 10),
        ("load 1m\n  hits {{schema:x}}", 2, 17),
        ("load 1m\n  hits {{count:1 count:2}}", 2, 18),
        ("load 1m\n  hits {{z_bucket_w:1}}+{{count:2}}x2", 2, 24),
        ("load 1m\n  hits@st 0s 0s\n  hits 1", 2, 3),
        ("load 1m\n  hits@st 0s\n", 2, 3),
        ("load 1m\n  a 1 2\n\nload 1m\n  a 1 2 3", 4, 1),
        ("eval instant x", 1, 14),
        ("eval instant at 5 x", 1, 17),
        ("eval instant at 5m", 1, 19),
        ("eval_soon instant at 5m x", 1, 1),
        ("eval range from 5m to 1m step 1m x", 1, 19),
        ("eval instant at 5m x\n  x 1 2", 2, 3),
        ("eval instant at 5m x\n  expect luck", 2, 10),
        ("eval instant at 5m x\n  expect warn that: it rains", 2, 15),
        ("eval instant at 5m x\n  expect warn regex: (", 2, 22),
        ("eval instant at 5m x\n  expect warn\n  expect no_warn", 3, 10),
        ("eval instant at 5m x\n  expect string x", 2, 17),
    ] {
        let error = Script::parse("a.test", text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
    }
    let error = Script::parse("a.test", "load 1m\n\thits 1 2 three").expect_err("no number");
    let shown = error.to_string();
    assert!(shown.starts_with("a.test:2:11: expected a number"), "{shown}");
    assert!(shown.ends_with("\n  \thits 1 2 three\n  \t         ^"), "{shown}");
}

mod any_text {
    use proptest::prelude::*;

    use crate::script::{Mode, Script};

    /// Lines as scripts have them, and parts of them in any order.
    fn lines() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "load 1m",
            "load_with_nhcb 30s",
            "clear",
            "eval instant at 1m",
            "eval range from 0 to 3m",
            "step 1m",
            "eval_fail",
            "expect",
            "warn",
            "msg:",
            "regex:",
            "range vector from",
            "string",
            "x",
            "x_bucket{le=\"1\"}",
            "x@st",
            "{}",
            "sum(x)",
            "x[2m]",
            "rate(x[2m:1m])",
            "\n",
            "\n  ",
            "\n\n",
            "1",
            "-2",
            "1+2x3",
            "_x2",
            "stale",
            "x3",
            "NaN",
            "+Inf",
            "\"",
            "{{",
            "}}",
            "{{count:1 sum:2 buckets:[1 2]}}",
            "buckets:[",
            "schema:9",
            "-1m",
            "0s+30sx2",
            "é",
            "#",
            ":",
        ]);
        let gap = prop::sample::select(vec![" ", "", "\n  ", "\n\n"]);
        prop::collection::vec((part, gap), 0..24)
            .prop_map(|parts| parts.into_iter().map(|(part, gap)| format!("{part}{gap}")).collect())
    }

    proptest! {
        #[test]
        fn is_taken_or_refused(text in prop_oneof![lines(), any::<String>()]) {
            match Script::parse("a.test", &text) {
                Ok(script) => {
                    let report = script.run(Mode::TestEngine);
                    prop_assert_eq!(report.evals.len(), script.expressions().count());
                }
                Err(error) => {
                    let line = text.split('\n').nth(error.line - 1).expect("the line that is named");
                    prop_assert!(error.column <= line.chars().count() + 1, "{}", error);
                }
            }
        }
    }
}
