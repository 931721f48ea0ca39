//! The `obs` command: what the obs crates carry beside their code, as files, and what they wrote.

mod assets;
mod log;
mod promql;
mod rules;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Dashboards, alert rules and configuration for services that use the obs crates, their audit logs,
/// PromQL and rule files.
#[derive(Debug, Parser)]
#[command(name = "obs", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Dashboards, rules and runbooks.
    #[command(subcommand)]
    Assets(assets::Command),

    /// Logs that services wrote.
    #[command(subcommand)]
    Log(log::Command),

    /// Queries and their tests.
    #[command(subcommand)]
    Promql(promql::Command),

    /// Rule files of Prometheus.
    #[command(subcommand)]
    Rules(rules::Command),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Assets(command) => end(assets::run(&command)),
        Command::Log(command) => end(log::run(&command)),
        Command::Promql(command) => promql::run(&command).unwrap_or_else(|error| {
            report(&error);
            ExitCode::FAILURE
        }),
        Command::Rules(command) => rules::run(&command),
    }
}

fn end<E: std::error::Error>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command reports its failure on standard error")]
fn report(error: &dyn std::error::Error) {
    eprint!("obs: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        eprint!(": {error}");
        source = error.source();
    }
    eprintln!();
}
