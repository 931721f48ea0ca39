//! `obs rules`: files of alerting and recording rules.

mod check;
mod files;
mod test;

use std::process::ExitCode;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check that Prometheus would take rule files.
    ///
    /// As `promtool check rules`: the files that are good are told on standard output, what is wrong
    /// on standard error, with file, line and column. Ends with status 1 if anything is wrong, with 3
    /// if there are lint findings alone and --lint-fatal is given.
    Check(check::Check),

    /// Run tests of rules.
    ///
    /// As `promtool test rules`, with files of the same format: what fails is told on standard error,
    /// with file, line and column, what was expected and what came. Ends with status 1 if anything
    /// fails.
    Test(test::Test),
}

/// Runs one `obs rules` command. What is wrong has been told.
pub(crate) fn run(command: &Command) -> ExitCode {
    match command {
        Command::Check(options) => check::run(options),
        Command::Test(options) => test::run(options),
    }
}
