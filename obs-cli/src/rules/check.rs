//! `obs rules check`.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use obs_alerts::rule::{Duplicate, ReadOptions, RuleFile};

use super::files;

/// What `obs rules check` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Rule files, or patterns such as 'rules/*.yml'; standard input without any.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// What to look for beside errors: all, duplicate-rules or none, separated by commas.
    #[arg(long, default_value = "duplicate-rules")]
    lint: String,

    /// End with status 3 if there are lint findings.
    #[arg(long)]
    lint_fatal: bool,

    /// Pass over fields that Prometheus does not know. Prometheus itself refuses them.
    #[arg(long)]
    ignore_unknown_fields: bool,
}

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Good,
    Lint,
    Bad,
}

pub(super) fn run(options: &Check) -> ExitCode {
    let lints: Vec<_> = options.lint.split(',').filter(|lint| !lint.is_empty()).collect();
    for lint in &lints {
        if !matches!(*lint, "all" | "duplicate-rules" | "none") {
            row(&format!("WARNING: unknown lint option: {lint:?}"));
        }
    }
    let reading = ReadOptions::default().ignore_unknown_fields(options.ignore_unknown_fields);
    let duplicates = lints.iter().any(|lint| matches!(*lint, "all" | "duplicate-rules"));
    let check = |name: &str, bytes: io::Result<Vec<u8>>| verdict(name, bytes, reading, duplicates);

    let mut worst = Verdict::Good;
    if options.files.is_empty() {
        row("Checking standard input");
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        worst = check("standard input", read.map(|_| bytes));
    }
    for path in &options.files {
        let paths = match files::named(path) {
            Ok(paths) => paths,
            Err(message) => {
                row(&format!("Checking {}", path.display()));
                worst = worst.max(failed(&message));
                continue;
            }
        };
        for path in paths {
            row(&format!("Checking {}", path.display()));
            worst = worst.max(check(&name(&path), fs::read(&path)));
        }
    }
    match worst {
        Verdict::Bad => ExitCode::FAILURE,
        Verdict::Lint if options.lint_fatal => ExitCode::from(3),
        Verdict::Good | Verdict::Lint => ExitCode::SUCCESS,
    }
}

fn verdict(
    name: &str,
    bytes: io::Result<Vec<u8>>,
    reading: ReadOptions,
    duplicates: bool,
) -> Verdict {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => return failed(&format!("{name}: {error}")),
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return failed(&not_utf8(name, &error)),
    };
    let file = match RuleFile::parse_with(name, &text, reading) {
        Ok(file) => file,
        Err(error) => return failed(&error.to_string()),
    };
    for warning in &file.warnings {
        tell(&format!("  WARNING: {warning}"));
    }
    let found = if duplicates { file.duplicates() } else { Vec::new() };
    if !found.is_empty() {
        tell("  FAILED:");
        tell(&lint(&found));
        row("");
        return Verdict::Lint;
    }
    let rules: usize = file.groups.iter().map(|group| group.rules.len()).sum();
    row(&format!("  SUCCESS: {rules} rules found"));
    row("");
    Verdict::Good
}

fn failed(message: &str) -> Verdict {
    tell("  FAILED:");
    tell(message);
    Verdict::Bad
}

/// In promtool's words.
fn lint(duplicates: &[Duplicate]) -> String {
    let mut text = format!("lint error {} duplicate rule(s) found.\n", duplicates.len());
    for Duplicate { name, labels } in duplicates {
        let _ = writeln!(text, "Metric: {name}\nLabel(s):");
        for (label, value) in labels {
            let _ = writeln!(text, "\t{label}: {value}");
        }
    }
    text.push_str("Might cause inconsistency while recording expressions");
    text
}

fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> String {
    let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    format!("{name}:{line}:{column}: yaml: invalid UTF-8: save the file as UTF-8")
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

#[expect(clippy::print_stdout, reason = "what the command was asked for")]
fn row(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a command reports what is wrong on standard error")]
fn tell(text: &str) {
    eprintln!("{text}");
}
