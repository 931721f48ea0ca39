//! `cargo xtask`: the tasks of this workspace that are more than one cargo command.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its terminal"
)]

mod bench;
mod cmd;
mod error;
mod peers;
mod test;
mod workspace;

use std::process::ExitCode;

use error::{Error, Result};
use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask <task>

tasks:
  test [--quick] [--keep-going]
      everything CI runs; the last line counts the steps: `N passed, N failed`
      --quick        formatting, clippy and tests only
      --keep-going   run the remaining steps after a failure
  bench [NAME]
      the side-by-side benchmarks, or the one named; writes target/bench/summary.json
  peers
      obtains Prometheus, promtool, Alertmanager, amtool and osmem-server into
      target/peers/bin (remove that folder to obtain them anew); OBS_PEERS_DIR names a
      folder to use instead";

#[derive(Debug, PartialEq, Eq)]
enum Task {
    Help,
    Test(test::Options),
    Bench { name: Option<String> },
    Peers,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match parse(&args) {
        Ok(task) => match run(task) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        },
        Err(error) => {
            eprintln!("error: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

/// Whether the task succeeded; an error where it could not be carried out at all.
fn run(task: Task) -> Result<bool> {
    match task {
        Task::Help => {
            println!("{USAGE}");
            Ok(true)
        }
        Task::Test(options) => Ok(test::run(&Workspace::load()?, options)),
        Task::Bench { name } => bench::run(&Workspace::load()?, name.as_deref()),
        Task::Peers => {
            let workspace = Workspace::load()?;
            println!("{}", peers::report(&workspace, &peers::dir(&workspace)?)?);
            Ok(true)
        }
    }
}

fn parse(args: &[String]) -> Result<Task> {
    let Some((task, rest)) = args.split_first() else {
        return Err(Error::new("no task given"));
    };
    match task.as_str() {
        "help" | "--help" | "-h" => Ok(Task::Help),
        "test" => {
            let mut options = test::Options::default();
            for arg in rest {
                match arg.as_str() {
                    "--quick" => options.quick = true,
                    "--keep-going" => options.keep_going = true,
                    other => return Err(unexpected(task, other)),
                }
            }
            Ok(Task::Test(options))
        }
        "bench" => match rest {
            [] => Ok(Task::Bench { name: None }),
            [name] if !name.starts_with('-') => Ok(Task::Bench { name: Some(name.clone()) }),
            [option] => Err(unexpected(task, option)),
            [_, extra, ..] => Err(unexpected(task, extra)),
        },
        "peers" => match rest.first() {
            None => Ok(Task::Peers),
            Some(extra) => Err(unexpected(task, extra)),
        },
        other => Err(Error::new(format!("no task is called `{other}`"))),
    }
}

fn unexpected(task: &str, arg: &str) -> Error {
    Error::new(format!("`{task}` takes no argument `{arg}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task> {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&args)
    }

    #[test]
    fn arguments_select_a_task() {
        let options = |quick, keep_going| Task::Test(test::Options { quick, keep_going });
        let rows = [
            ("--help", Task::Help),
            ("test", options(false, false)),
            ("test --quick", options(true, false)),
            ("test --keep-going --quick", options(true, true)),
            ("bench", Task::Bench { name: None }),
            ("bench http", Task::Bench { name: Some("http".to_owned()) }),
            ("peers", Task::Peers),
        ];
        for (line, want) in rows {
            assert_eq!(parsed(line).unwrap(), want, "{line}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        let rows = [
            ("", "no task given"),
            ("tset", "`tset`"),
            ("test --quik", "`--quik`"),
            ("bench --all", "`--all`"),
            ("bench a b", "`b`"),
            ("peers now", "`now`"),
        ];
        for (line, part) in rows {
            let error = parsed(line).unwrap_err().to_string();
            assert!(error.contains(part), "{line}: {error}");
        }
    }
}
