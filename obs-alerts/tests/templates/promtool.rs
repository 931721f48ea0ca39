//! What promtool makes of templates.
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use obs_promql::{Labels, Sample, VectorElement};

/// Where the real promtool is: in `OBS_PEERS_DIR`, or where `cargo xtask peers` puts it.
fn program() -> PathBuf {
    let obtained = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../peers/bin");
    let given = std::env::var_os("OBS_PEERS_DIR").map(PathBuf::from);
    let dirs: Vec<_> = given.into_iter().chain([obtained]).collect();
    let mut paths = dirs.iter().map(|dir| dir.join("promtool"));
    paths
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("no promtool in {dirs:?}: run `cargo xtask peers`"))
}

fn run(args: [&str; 2], file: &Path) -> String {
    let output = Command::new(program()).args(args).arg(file).output().unwrap();
    let (out, err) = (output.stdout, output.stderr);
    format!("{}{}", String::from_utf8_lossy(&out), String::from_utf8_lossy(&err))
}

/// A file in a directory of its own.
fn write(name: &str, text: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("templates");
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// As a YAML scalar between double quotes.
fn scalar(text: &str) -> String {
    let mut scalar = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => scalar.extend(['\\', c]),
            ' '..='~' => scalar.push(c),
            c => write!(scalar, "\\U{:08x}", u32::from(c)).unwrap(),
        }
    }
    scalar.push('"');
    scalar
}

/// What each annotation becomes.
pub(crate) fn expanded(
    templates: &[String],
    labels: &Labels,
    value: f64,
    series: &[VectorElement],
    url: &str,
) -> Vec<String> {
    let mut rules = String::from("groups:\n- name: g\n  rules:\n  - alert: T\n    expr: metric\n");
    rules.push_str("    annotations:\n");
    for (number, template) in templates.iter().enumerate() {
        writeln!(rules, "      t{number:05}: {}", scalar(template)).unwrap();
    }
    write("rules.yml", &rules);
    let mut test = format!(
        "rule_files: [rules.yml]\ntests:\n- interval: 1m\n  external_labels: {{region: west}}\n  \
         external_url: {url}\n  alert_rule_test:\n  - {{eval_time: 0m, alertname: T}}\n  \
         input_series:\n"
    );
    let metric = VectorElement { labels: labels.clone(), value: Sample::Float(value) };
    for VectorElement { labels, value } in series.iter().chain([&metric]) {
        let Sample::Float(value) = value else { panic!("a histogram") };
        let (series, value) = (scalar(&labels.to_string()), scalar(&value.to_string()));
        writeln!(test, "  - {{series: {series}, values: {value}}}").unwrap();
    }
    let output = run(["test", "rules"], &write("test.yml", &test));
    let Some((_, annotations)) = output.split_once("Annotations:{") else {
        panic!("promtool tests no rules: {output}");
    };
    let mut rest = annotations;
    let mut values = Vec::new();
    while let Some((_, after)) = rest.split_once("=\"") {
        let (value, after) = unquoted(after);
        values.push(value);
        rest = after;
        if rest.starts_with('}') {
            break;
        }
    }
    values
}

/// The text of a literal whose first quote is passed, and what follows its last.
fn unquoted(text: &str) -> (String, &str) {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    loop {
        let c = chars.next().expect("the end of a literal");
        let c = match c {
            '"' => return (String::from_utf8_lossy(&bytes).into_owned(), chars.as_str()),
            '\\' => {
                let escape = chars.next().unwrap();
                let digits = match escape {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                let (code, rest) = chars.as_str().split_at(digits);
                chars = rest.chars();
                match (escape, u32::from_str_radix(code, 16)) {
                    ('x', Ok(code)) => {
                        bytes.push(u8::try_from(code).unwrap());
                        continue;
                    }
                    (_, Ok(code)) => char::from_u32(code).unwrap(),
                    ('n', _) => '\n',
                    ('r', _) => '\r',
                    ('t', _) => '\t',
                    ('a', _) => '\x07',
                    ('b', _) => '\x08',
                    ('f', _) => '\x0c',
                    ('v', _) => '\x0b',
                    (c, _) => c,
                }
            }
            c => c,
        };
        bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Why each is no template.
pub(crate) fn errors(alert: &str, templates: &[&str]) -> Vec<Option<String>> {
    let mut rules = String::from("groups:\n- name: g\n  rules:\n");
    for template in templates {
        let template = scalar(template);
        writeln!(rules, "  - {{alert: {alert}, expr: metric, annotations: {{a: {template}}}}}")
            .unwrap();
    }
    let output = run(["check", "rules"], &write("bad.yml", &rules));
    let mut errors = vec![None; templates.len()];
    for part in output.split("group \"g\", rule ").skip(1) {
        let (number, rest) = part.split_once(',').unwrap();
        let (_, error) = rest.split_once("annotation \"a\": ").unwrap();
        // What the next error begins with: its file and place.
        let path = error.rfind("\n/").or_else(|| error.rfind("\n ")).unwrap_or(error.len());
        errors[number.parse::<usize>().unwrap() - 1] = Some(error[..path].trim_end().to_owned());
    }
    errors
}
