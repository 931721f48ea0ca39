//! The expressions of Prometheus' own test files, where `PROMQLTEST_DIR` says where these are.

use std::path::PathBuf;

/// File and line, and the expression. Empty without the variable.
pub(crate) fn expressions() -> Vec<(String, String)> {
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
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            if let Some(expression) = expression(line.trim()) {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                found.push((format!("{name}:{}", number + 1), expression.to_owned()));
            }
        }
    }
    found
}

/// What follows `eval instant at 5m` or `eval range from 0 to 1m step 10s`.
fn expression(line: &str) -> Option<&str> {
    let (command, rest) = line.split_once(char::is_whitespace)?;
    if !command.starts_with("eval") {
        return None;
    }
    let words = match rest.split_whitespace().next()? {
        "instant" => 3,
        "range" => 7,
        _ => return None,
    };
    let mut rest = rest.trim_start();
    for _ in 0..words {
        rest = rest.split_once(char::is_whitespace)?.1.trim_start();
    }
    Some(rest)
}
