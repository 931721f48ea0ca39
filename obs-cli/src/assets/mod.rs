//! `obs assets`: the bundled files, ready to mount or copy, and checks of anyone's.

mod check;
mod config;
mod export;
mod link;
mod write;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use obs_core::Bundle;

pub(crate) use check::CheckError;
pub(crate) use write::WriteError;

/// The bundles whose files are exported, in the order in which they are listed.
const BUNDLES: &[Bundle] = &[obs_core::BUNDLE, obs_axum::BUNDLE, obs_serenity::BUNDLE];

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write dashboards, rules, runbooks, and configuration for what reads metrics and logs.
    ///
    /// Prometheus runs on DIR/prometheus/prometheus.yml as it is, Grafana with DIR/grafana mounted
    /// as DIR/README.md says. Files that are there and differ are left alone, and nothing is
    /// written, unless --force is given.
    Export(Export),

    /// Check dashboards, rules and rule tests of your own.
    ///
    /// Reads all Grafana dashboards (*.json), Prometheus rule files and rule tests (*.yml, *.yaml) below
    /// DIR; other files are passed over. A finding is a line, `FILE:LINE: [CHECK] …`; the last line
    /// counts them. Ends with status 1 if there is any.
    Check(check::Check),
}

/// What `obs assets export` was asked for.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Folder to write to; made if it is not there.
    dir: PathBuf,

    /// Write these parts only.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART,…")]
    only: Vec<Part>,

    /// Where the runbooks are published; alerts then link to URL/http.runbook.md#….
    #[arg(long, value_name = "URL", value_parser = link::base_url)]
    runbook_base_url: Option<String>,

    /// Where Grafana is; alerts then link to URL/d/….
    #[arg(long, value_name = "URL", value_parser = link::base_url)]
    grafana_url: Option<String>,

    /// Where Grafana reaches Prometheus.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090", value_parser = link::base_url)]
    prometheus_url: String,

    /// Where a trace is shown; `{trace_id}` stands for its id. Exemplars then link there.
    #[arg(long, value_name = "URL", value_parser = link::trace_url)]
    trace_url: Option<String>,

    /// Instance that Prometheus scrapes; once for each.
    #[arg(long = "target", value_name = "HOST:PORT", default_value = "127.0.0.1:8080", value_parser = link::host_port)]
    targets: Vec<String>,

    /// Overwrite files that differ.
    #[arg(long)]
    force: bool,
}

/// Why an `obs assets` command failed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) enum AssetsError {
    /// An export was not written.
    Write(#[from] WriteError),
    /// A check found something, or could not be made.
    Check(#[from] CheckError),
}

/// A part of the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Part {
    /// Grafana dashboards.
    Dashboards,
    /// Grafana provisioning: data source and dashboard provider.
    Grafana,
    /// Prometheus configuration.
    Prometheus,
    /// Prometheus rules and their tests.
    Rules,
    /// Runbooks.
    Runbooks,
    /// Fluentd configuration that reads the log.
    Fluentd,
    /// Elasticsearch's index template for the log.
    Elasticsearch,
}

/// Runs one `obs assets` command.
///
/// # Errors
///
/// The first file or folder that could not be read or written, or all files in the way; or that
/// files are not as they are to be.
pub(crate) fn run(command: &Command) -> Result<(), AssetsError> {
    match command {
        Command::Check(options) => Ok(check::run(options)?),
        Command::Export(options) => {
            let outcome = write::write(&options.dir, &export::files(options), options.force)?;
            print(&outcome);
            Ok(())
        }
    }
}

#[expect(clippy::print_stdout, reason = "a command reports what it did on standard output")]
fn print(files: &[write::Written]) {
    for file in files {
        println!("{:<9} {}", file.outcome, file.path.display());
    }
}

impl Export {
    /// The parts asked for; all of them where none is named.
    fn parts(&self) -> BTreeSet<Part> {
        if self.only.is_empty() {
            Part::value_variants().iter().copied().collect()
        } else {
            self.only.iter().copied().collect()
        }
    }
}
