//! `obs promql`, run as people run it.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const DATA: &str = "\
load 1m
  hits_total{route=\"/\"} 0+6x10
  hits_total{route=\"/a\"} 0+12x10
  odd NaN +Inf -Inf 0.1 1e21
";

struct Outcome {
    status: Option<i32>,
    out: String,
    err: String,
}

struct Folder(TempDir);

impl Folder {
    /// A folder with these files.
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        Self(folder)
    }

    fn obs(&self, args: &[&str]) -> Outcome {
        self.obs_with(args, "")
    }

    fn obs_with(&self, args: &[&str], input: &str) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_obs"))
            .arg("promql")
            .args(args)
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        child.stdin.take().expect("an input").write_all(input.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("an end");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        Outcome { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What a query is answered.
    fn query(&self, args: &[&str]) -> Value {
        let outcome = self.obs(&[&["query", "--data", "data.test"], args].concat());
        assert_eq!(outcome.status, Some(0), "{}", outcome.err);
        assert_eq!(outcome.out.lines().count(), 1, "{}", outcome.out);
        serde_json::from_str(&outcome.out).expect("JSON")
    }
}

fn data() -> Folder {
    Folder::new(&[("data.test", DATA)])
}

#[test]
fn files_get_a_row_and_the_last_line_the_sum() {
    let folder = Folder::new(&[
        ("tests/good.test", "eval instant at 0 1 + 1\n  2\n\neval instant at 0 2\n  2\n"),
        (
            "tests/more/later.test",
            "load 1m\n  h {{count:1}}\n\neval instant at 0 histogram_quantile(0.5, h)\n  {} 1\n",
        ),
        ("tests/notes.txt", "no script"),
    ]);
    let outcome = folder.obs(&["test", "tests"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.err);
    let rows: Vec<Vec<_>> =
        outcome.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["tests/good.test", "2", "passed", "0", "failed"]);
    assert_eq!(rows[1][..5], ["tests/more/later.test", "0", "passed", "0", "failed"]);
    assert_eq!(rows[1][5..], ["1", "later", "(native", "histograms)"]);
    assert!(outcome.out.ends_with("\n2 passed, 0 failed\n"), "{}", outcome.out);
    assert_eq!(outcome.err, "");
}

#[test]
fn a_failed_eval_is_told_and_ends_with_status_1() {
    let folder = Folder::new(&[(
        "a.test",
        &format!("{DATA}\neval instant at 1m sum(hits_total)\n  {{}} 17\n"),
    )]);
    let outcome = folder.obs(&["test", "a.test"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.out.ends_with("\n0 passed, 1 failed\n"), "{}", outcome.out);
    let told = "a.test:6:20: sum(hits_total)\n  at 60s\n  expected: {} 17\n  came:     {} 18\n";
    assert_eq!(outcome.err, format!("{told}\n"));
}

#[test]
fn what_is_no_script_is_no_pass() {
    let folder = Folder::new(&[
        ("a.test", "load 1m\n  x 1 two\n"),
        ("b.test", "eval instant at 0 1\n  1\n"),
    ]);
    let outcome = folder.obs(&["test", "a.test", "b.test"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.err.starts_with("a.test:2:7: expected a number"), "{}", outcome.err);
    assert!(outcome.out.ends_with("\n1 passed, 1 failed\n"), "{}", outcome.out);

    let outcome = folder.obs(&["test", "nothing.test"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.err.contains("cannot read nothing.test"), "{}", outcome.err);
    let empty = Folder::new(&[("empty/notes.txt", "")]);
    let outcome = empty.obs(&["test", "empty"]);
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.err.contains("no .test file in empty"), "{}", outcome.err);
}

#[test]
fn the_production_mode_is_stricter() {
    let script = format!("{DATA}\neval instant at 1m limitk(0, hits_total)\n");
    let folder = Folder::new(&[("data.test", &script)]);
    assert_eq!(folder.obs(&["test", "data.test"]).status, Some(0));
    assert_eq!(folder.obs(&["test", "--production", "data.test"]).status, Some(1));
    let args = ["--at", "60", "--", "limitk(0, hits_total)"];
    assert_eq!(folder.query(&args)["status"], "success");
    let answer = folder.query(&[&["--production"], &args[..]].concat());
    assert_eq!((&answer["status"], &answer["errorType"]), (&json!("error"), &json!("bad_data")));
}

#[test]
fn values_are_told_as_the_api_tells_them() {
    let folder = data();
    let vector = |value: &str, at: Value| {
        json!({"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": {"__name__": "odd"}, "value": [at, value]}
        ]}})
    };
    for (at, shown, value) in [
        ("0", json!(0), "NaN"),
        ("1m", json!(60), "+Inf"),
        ("2m0s", json!(120), "-Inf"),
        ("180.25", json!(180.25), "0.1"),
        ("4m", json!(240), "1000000000000000000000"),
    ] {
        assert_eq!(folder.query(&["--at", at, "--", "odd"]), vector(value, shown), "{at}");
    }
    let scalar = folder.query(&["--at", "-5", "--", "1 + 2"]);
    assert_eq!(scalar["data"], json!({"resultType": "scalar", "result": [-5, "3"]}));
    let string = folder.query(&["--at", "5", "--", "\"a\""]);
    assert_eq!(string["data"], json!({"resultType": "string", "result": [5, "a"]}));
    let matrix = folder.query(&["--at", "2m", "--", "hits_total{route=\"/\"}[2m]"]);
    let series = json!({
        "metric": {"__name__": "hits_total", "route": "/"}, "values": [[60, "6"], [120, "12"]]
    });
    assert_eq!(matrix["data"], json!({"resultType": "matrix", "result": [series]}));
    let none = folder.query(&["--at", "2m", "--", "nothing"]);
    assert_eq!(none["data"], json!({"resultType": "vector", "result": []}));
}

#[test]
fn errors_and_notes_are_told_as_the_api_tells_them() {
    let folder = data();
    let answer = folder.query(&["--at", "1m", "--", "sum(hits_total"]);
    let error = answer["error"].as_str().expect("a text");
    assert_eq!(answer["errorType"], "bad_data");
    assert!(error.starts_with("invalid parameter \"query\": 1:15: parse error: "), "{error}");

    let answer = folder.query(&["--at", "1m", "--", "hits_total * on () hits_total"]);
    assert_eq!(answer["errorType"], "execution");
    let error = answer["error"].as_str().expect("a text");
    assert!(error.starts_with("found duplicate series for the match group {}"), "{error}");

    let answer = folder.query(&["--at", "1m", "--", "quantile(2, hits_total)"]);
    let warning = "PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)";
    assert_eq!(answer["warnings"], json!([warning]));
    assert_eq!(answer.get("infos"), None);
    let answer = folder.query(&["--at", "4m", "--", "rate(odd[5m])"]);
    assert!(answer["infos"][0].as_str().expect("a text").starts_with("PromQL info: "), "{answer}");
}

#[test]
fn a_batch_is_answered_line_by_line() {
    let lines = "\
{\"expr\": \"hits_total{route=\\\"/\\\"}\", \"at\": \"2m\"}
{\"expr\": \"2\", \"at\": 1.5}
no JSON
{\"expr\": \"sum(hits_total)\", \"start\": 0, \"end\": \"2m\", \"step\": \"1m\"}
{\"expr\": \"hits_total[5m]\", \"start\": 0, \"end\": \"2m\", \"step\": \"1m\"}
{\"expr\": \"3\"}
{\"expr\": \"3\", \"at\": \"soon\"}
";
    let folder = Folder::new(&[("data.test", DATA), ("batch", lines)]);
    let outcome = folder.obs(&["query", "--data", "data.test", "--batch", "batch", "--at", "7"]);
    assert_eq!(outcome.status, Some(0), "{}", outcome.err);
    let answers: Vec<Value> =
        outcome.out.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), 7);
    assert_eq!(answers[0]["data"]["result"][0]["value"], json!([120, "12"]));
    assert_eq!(answers[1]["data"]["result"], json!([1.5, "2"]));
    assert_eq!(answers[2]["errorType"], "bad_data");
    let values = json!([[0, "0"], [60, "18"], [120, "36"]]);
    assert_eq!(answers[3]["data"]["result"], json!([{"metric": {}, "values": values}]));
    assert_eq!(answers[4]["errorType"], "bad_data");
    assert_eq!(answers[5]["data"]["result"], json!([7, "3"]));
    assert_eq!(answers[6]["errorType"], "bad_data");

    let piped = folder
        .obs_with(&["query", "--data", "data.test", "--batch", "-"], "{\"expr\":\"3\",\"at\":1}\n");
    assert_eq!(piped.out.lines().count(), 1, "{}", piped.err);
}

#[test]
fn evals_of_the_data_are_passed_over_and_clear_counts() {
    let script = "load 1m\n  a 1\n\neval instant at 0 a\n  a 2\n\nclear\nload 1m\n  b 1\n";
    let folder = Folder::new(&[("data.test", script)]);
    let answer = folder.query(&["--at", "0", "--", "{__name__=~\".+\"}"]);
    assert_eq!(answer["data"]["result"], json!([{"metric": {"__name__": "b"}, "value": [0, "1"]}]));
}

#[test]
fn wrong_usage_ends_with_another_status_and_no_answer() {
    let folder = data();
    for args in [
        &["query", "--data", "none.test", "--at", "0", "--", "1"][..],
        &["query", "--data", "data.test", "--at", "soon", "--", "1"],
        &["query", "--data", "data.test", "--", "1"],
        &["query", "--data", "data.test", "--at", "0"],
        &["test"],
    ] {
        let outcome = folder.obs(args);
        assert!(outcome.status.is_some_and(|status| status != 0), "{args:?}");
        assert!(outcome.out.is_empty() && !outcome.err.is_empty(), "{args:?}: {}", outcome.out);
    }
}
