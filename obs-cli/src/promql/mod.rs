//! `obs promql`: queries, and tests of queries.

mod answer;
mod query;
mod test;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use obs_promql::script::{Mode, Script, ScriptError};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run .test files, the language of Prometheus' own tests of PromQL.
    ///
    /// Prints a row for each file: evals that passed, that failed, and that are not judged yet, which
    /// count as neither. Each eval that failed is told on standard error, with what was expected and
    /// what came. Ends with status 1 if one failed, or if a file is not of the language.
    Test(test::Test),

    /// Evaluate an expression over the series that a .test file loads.
    ///
    /// Prints what Prometheus' HTTP API answers, an error too. Evals of the file are passed over.
    Query(query::Query),
}

/// Runs one `obs promql` command. The status tells of tests that failed, which have been told.
///
/// # Errors
///
/// What could not be read or written.
pub(crate) fn run(command: &Command) -> Result<ExitCode, PromqlError> {
    match command {
        Command::Test(options) => test::run(options),
        Command::Query(options) => query::run(options).map(|()| ExitCode::SUCCESS),
    }
}

/// Why a command has not done what it should.
#[derive(Debug)]
pub(crate) enum PromqlError {
    /// A file or folder cannot be read.
    Read { file: PathBuf, source: io::Error },
    /// The answers cannot be written.
    Write(io::Error),
    /// A file is no script.
    Script(Box<ScriptError>),
    /// There is nothing to run.
    NoTests(PathBuf),
}

impl std::fmt::Display for PromqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read { file, .. } => write!(f, "cannot read {}", file.display()),
            Self::Write(_) => f.write_str("cannot write the answers"),
            Self::Script(error) => write!(f, "{error}"),
            Self::NoTests(folder) => write!(f, "no .test file in {}", folder.display()),
        }
    }
}

impl std::error::Error for PromqlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write(source) => Some(source),
            Self::Script(_) | Self::NoTests(_) => None,
        }
    }
}

fn script(file: &Path) -> Result<Script, PromqlError> {
    let text = fs::read_to_string(file)
        .map_err(|source| PromqlError::Read { file: file.to_owned(), source })?;
    Script::parse(&file.display().to_string(), &text)
        .map_err(|error| PromqlError::Script(Box::new(error)))
}

const fn mode(production: bool) -> Mode {
    if production { Mode::Production } else { Mode::TestEngine }
}
