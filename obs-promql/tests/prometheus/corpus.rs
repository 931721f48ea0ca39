//! The expressions of Prometheus' own test files, where `PROMQLTEST_DIR` says where these are.

use std::path::PathBuf;

use obs_promql::Range;
use obs_promql::script::parse_time;

use crate::When;

/// Names and texts of the files. None without the variable.
pub(crate) fn files() -> Vec<(String, String)> {
    let Some(dir) = std::env::var_os("PROMQLTEST_DIR").map(PathBuf::from) else {
        println!("PROMQLTEST_DIR is not set: without the expressions of Prometheus' tests");
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "test"))
        .collect();
    files.sort();
    let name = |file: &PathBuf| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), std::fs::read_to_string(file).unwrap())).collect()
}

/// File and line, and the expression.
pub(crate) fn expressions() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (name, text) in files() {
        for (number, line) in text.lines().enumerate() {
            if let Some((expression, _)) = expression(line.trim()) {
                found.push((format!("{name}:{}", number + 1), expression.to_owned()));
            }
        }
    }
    found
}

/// What follows `eval instant at 5m` or `eval range from 0 to 1m step 10s`, and when it is asked.
pub(crate) fn expression(line: &str) -> Option<(&str, When)> {
    let (command, rest) = line.split_once(char::is_whitespace)?;
    if !command.starts_with("eval") {
        return None;
    }
    let mut rest = rest.trim_start();
    let mut word = || {
        let (word, after) = rest.split_once(char::is_whitespace)?;
        rest = after.trim_start();
        Some(word)
    };
    let when = match word()? {
        "instant" => {
            word()?;
            When::Instant(parse_time(word()?)?)
        }
        "range" => {
            let mut time = || {
                word()?;
                parse_time(word()?)
            };
            When::Range(Range { start: time()?, end: time()?, step: time()? })
        }
        _ => return None,
    };
    Some((rest, when))
}
