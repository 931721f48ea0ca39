//! Templates, expanded here and by the real promtool.

mod cases;
mod promtool;

use std::cell::Cell;

use cases::{FUNCTIONS, TEMPLATES, VALUES, VERBS};
use obs_alerts::template::{self, Data};
use obs_promql::{Labels, Sample, VectorElement};

const ALERT: &str = "T";
const VALUE: f64 = 1234.5;
const URL: &str = "http://prom.example.com:9090/path";

fn labels() -> Labels {
    [
        ("__name__", "metric"),
        ("instance", "host.example.com:9090"),
        ("job", "a \"b\" <c>"),
        ("zone", "eu"),
    ]
    .into_iter()
    .collect()
}

/// The series that templates ask for.
fn series() -> Vec<VectorElement> {
    [("a", "3", 1.0), ("b", "1", 2.5), ("c", "2", 1e9)]
        .into_iter()
        .map(|(l, r, value)| VectorElement {
            labels: [("__name__", "q"), ("l", l), ("r", r)].into_iter().collect(),
            value: Sample::Float(value),
        })
        .collect()
}

fn query(text: &str) -> Result<Vec<VectorElement>, String> {
    match text {
        // Without it promtool has them in another order each time.
        "sort(q)" => Ok(series()),
        "bad(" => Err("1:5: parse error: unclosed left parenthesis".to_owned()),
        "none" | "text" => Ok(Vec::new()),
        other => panic!("the series of {other}?"),
    }
}

/// What an annotation becomes.
fn expanded(text: &str) -> String {
    let data = Data {
        alert: ALERT,
        labels: &labels(),
        value: &Sample::Float(VALUE),
        external_labels: &[("region", "west")].into_iter().collect(),
        external_url: URL,
        now: 0,
    };
    match template::expand(text, &data, &query) {
        Ok(text) => text,
        Err(error) => format!("<error expanding template: {error}>"),
    }
}

/// All templates: those written down, and all verbs and functions with all values.
fn templates() -> Vec<String> {
    let mut templates: Vec<String> = TEMPLATES.iter().map(|&text| text.to_owned()).collect();
    for verb in VERBS {
        // Of times `fmt` shows the parts for verbs that are not for texts, which nobody wants to see.
        let shown =
            |value: &&&str| !value.contains("toTime") || matches!(*verb, "%v" | "%s" | "%q");
        let values = VALUES.iter().filter(shown);
        templates.extend(values.map(|value| format!("{{{{ printf `{verb}` {value} }}}}")));
    }
    for function in FUNCTIONS {
        for value in VALUES {
            // These say what a query says.
            if *function != "query" || !value.starts_with(['"', '`']) {
                templates.push(format!("{{{{ {function} {value} }}}}"));
                templates.push(format!("{{{{ {value} | {function} }}}}"));
            }
        }
        templates.push(format!("{{{{ {function} }}}}"));
    }
    templates
}

/// Addresses of pointers are never the same.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_hexdigit).count();
        let is_address = (10..=12).contains(&digits);
        masked.push_str(if is_address { "POINTER" } else { "0x" });
        masked.push_str(if is_address { &part[digits..] } else { part });
    }
    masked
}

fn report(differences: &[String], total: usize) {
    let count = differences.len();
    assert!(differences.is_empty(), "{count} of {total} differ:\n{}", differences.join("\n"));
}

#[test]
fn templates_become_what_they_become_in_prometheus() {
    let good: Vec<String> =
        templates().into_iter().filter(|text| template::check(ALERT, text).is_ok()).collect();
    let theirs = promtool::expanded(&good, &labels(), VALUE, &series(), URL);
    assert_eq!(good.len(), theirs.len(), "promtool has left some out");
    let differences: Vec<String> = good
        .iter()
        .zip(theirs)
        .filter_map(|(text, theirs)| {
            let (ours, theirs) = (without_addresses(&expanded(text)), without_addresses(&theirs));
            (ours != theirs).then(|| format!("{text}\n  ours:   {ours:?}\n  theirs: {theirs:?}"))
        })
        .collect();
    report(&differences, good.len());
    eprintln!("{} templates expand as promtool expands them", good.len());
}

#[test]
fn what_is_no_template_is_none_in_prometheus() {
    let bad: Vec<(String, String)> = templates()
        .into_iter()
        .filter_map(|text| {
            template::check(ALERT, &text).err().map(|error| (text, error.to_string()))
        })
        .collect();
    let texts: Vec<&str> = bad.iter().map(|(text, _)| text.as_str()).collect();
    let theirs = promtool::errors(ALERT, &texts);
    let missing = Cell::new(0);
    let differences: Vec<String> = bad
        .iter()
        .zip(theirs)
        .filter_map(|((text, ours), theirs)| {
            let theirs = theirs.unwrap_or_else(|| {
                missing.set(missing.get() + 1);
                "no error".to_owned()
            });
            (*ours != theirs).then(|| format!("{text}\n  ours:   {ours}\n  theirs: {theirs}"))
        })
        .collect();
    report(&differences, bad.len());
    eprintln!("{} texts are refused as promtool refuses them", bad.len());
}
