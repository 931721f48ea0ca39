//! `obs rules test`.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use obs_alerts::rule::{Group, ReadOptions, RuleFile};
use obs_alerts::unit::{Report, TestFile};
use obs_promql::Regex;

/// What `obs rules test` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files of tests.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Run only tests with a name in which this regular expression is found. May be given more than
    /// once.
    #[arg(long, value_name = "REGEX", value_parser = Regex::new)]
    run: Vec<Regex>,

    /// Pass over fields of rule files that Prometheus does not know. Prometheus itself refuses them.
    #[arg(long)]
    ignore_unknown_fields: bool,
}

pub(super) fn run(options: &Test) -> ExitCode {
    let mut failed = false;
    for file in &options.files {
        row(&format!("Unit Testing:  {}", file.display()));
        match options.test(file) {
            Ok(report) if report.passed() => row(&format!("  SUCCESS: {}", counted(&report))),
            Ok(report) => {
                failed = true;
                tell("  FAILED:");
                for failure in &report.failures {
                    tell(&format!("{failure}\n"));
                }
            }
            Err(message) => {
                failed = true;
                tell(&format!("  FAILED:\n{message}\n"));
            }
        }
        row("");
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn counted(report: &Report) -> String {
    match report.tests {
        1 => "1 test".to_owned(),
        tests => format!("{tests} tests"),
    }
}

impl Test {
    fn test(&self, file: &Path) -> Result<Report, String> {
        let tests = TestFile::parse(&file.display().to_string(), &read(file)?)
            .map_err(|error| error.to_string())?;
        let wanted =
            |name: &str| self.run.is_empty() || self.run.iter().any(|run| run.is_match(name));
        let paths = rule_files(file, &tests.rule_files)?;
        // Without a test the rules are not looked at, as in promtool.
        let mut groups = Vec::new();
        if tests.tests.iter().any(|test| wanted(&test.name)) {
            for path in &paths {
                groups.extend(self.groups(path)?);
            }
        }
        Ok(tests.run(&groups, &wanted))
    }

    fn groups(&self, path: &Path) -> Result<Vec<Group>, String> {
        let options = ReadOptions::default().ignore_unknown_fields(self.ignore_unknown_fields);
        let file = RuleFile::parse_with(&path.display().to_string(), &read(path)?, options);
        file.map(|file| file.groups).map_err(|error| error.to_string())
    }
}

fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// The files that the patterns of `tests` name, each once.
fn rule_files(tests: &Path, patterns: &[String]) -> Result<Vec<PathBuf>, String> {
    let folder = tests.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    for pattern in patterns.iter().filter(|pattern| !pattern.is_empty()) {
        let folder = glob::Pattern::escape(&folder.display().to_string());
        let whole = Path::new(&folder).join(pattern);
        let found = glob::glob(&whole.display().to_string())
            .map_err(|error| format!("{}: rule_files: {pattern}: {error}", tests.display()))?;
        let had = files.len();
        for path in found {
            let path = path.map_err(|error| error.to_string())?;
            files.push(clean(&path));
        }
        if files.len() == had {
            tell(&format!("  WARNING: no file match pattern {}", whole.display()));
        }
    }
    let mut once = Vec::new();
    for file in files {
        if !once.contains(&file) {
            once.push(file);
        }
    }
    Ok(once)
}

/// The path without `.`, and without `..` where that can be taken back.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(clean.components().next_back(), Some(Component::Normal(_))) =>
            {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

#[expect(clippy::print_stdout, reason = "a command reports what it found on standard output")]
fn row(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a command reports failures on standard error")]
fn tell(text: &str) {
    eprintln!("{text}");
}
