//! The `.test` language: series to load, queries, and what is expected of them.
//!
//! It is the language of Prometheus' own test files, read and judged as Prometheus does.
//!
//! ```
//! use obs_promql::script::{Mode, Script};
//!
//! let script = Script::parse("hits.test", "
//! load 1m
//!   hits{route=\"/\"} 0+6x10
//!
//! eval instant at 10m rate(hits[5m])
//!   {route=\"/\"} 0.1
//! ")?;
//! let report = script.run(Mode::TestEngine);
//! assert_eq!((report.passed(), report.failed()), (1, 0));
//! # Ok::<(), obs_promql::script::ScriptError>(())
//! ```
//!
//! A query for an instant is evaluated in other ways too, which must not change its value: as the middle
//! of a range, and with `@` on each selector at other times.
//!
//! Some evals are [`Later`], which is neither passed nor failed.

mod compare;
mod duration;
mod error;
mod eval;
mod expect;
mod histogram;
mod later;
mod line;
mod load;
mod nhcb;
mod pin;
mod report;
mod run;
mod scan;
mod series;
mod store;
#[cfg(test)]
mod tests;

pub use duration::parse_time;
pub use error::ScriptError;
pub use later::Later;
pub use report::{EvalReport, Failure, Report, Verdict};
pub use run::Mode;
pub use series::parse_series;
pub use store::Store;

use error::Fault;
use eval::Eval;
use line::Line;
use load::Load;

/// A script, parsed.
#[derive(Clone, Debug)]
pub struct Script {
    name: String,
    commands: Vec<Command>,
}

#[derive(Clone, Debug)]
enum Command {
    Clear,
    Load(Load),
    Eval(Box<Eval>),
}

impl Script {
    /// Parses a script. `name` is what reports and errors call it.
    ///
    /// Expressions are parsed when the script is run: one that cannot be is a failed eval.
    ///
    /// # Errors
    ///
    /// The first line that is not of the language, or loads a sample that is not after those that its
    /// series has.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScriptError> {
        let lines = line::lines(text);
        let mut reader = Reader { file: name, lines: &lines };
        let mut store = Store::default();
        let mut commands = Vec::new();
        while let Some(line) = reader.next() {
            if line.is_blank() {
                continue;
            }
            let (word, _) = duration::split(line.text, |c| !scan::is_space(c));
            let word = word.to_ascii_lowercase();
            let command = if word == "clear" {
                store.clear();
                Command::Clear
            } else if word.starts_with("load") {
                let load = load::parse(&mut reader, &line)?;
                for (labels, samples) in &load.series {
                    let loaded = store.append(labels, samples);
                    loaded.map_err(|message| Fault::new(0, message).of(name, &line))?;
                }
                Command::Load(load)
            } else if word.starts_with("eval") {
                Command::Eval(Box::new(eval::parse(&mut reader, &line)?))
            } else {
                let message = "expected load, clear or eval";
                return Err(Fault::new(0, message).of(name, &line));
            };
            commands.push(command);
        }
        Ok(Self { name: name.to_owned(), commands })
    }

    /// The script's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The expressions of all evals, with their lines.
    pub fn expressions(&self) -> impl Iterator<Item = (usize, &str)> {
        self.commands.iter().filter_map(|command| match command {
            Command::Eval(eval) => Some((eval.line, &*eval.expr)),
            Command::Clear | Command::Load(_) => None,
        })
    }

    /// What is loaded at the end of the script.
    #[must_use]
    pub fn store(&self) -> Store {
        let mut store = Store::default();
        for command in &self.commands {
            command.change(&mut store);
        }
        store
    }

    /// Runs all evals.
    #[must_use]
    pub fn run(&self, mode: Mode) -> Report {
        let mut store = Store::default();
        let mut evals = Vec::new();
        for command in &self.commands {
            match command {
                Command::Eval(eval) => evals.push(EvalReport {
                    line: eval.line,
                    column: eval.column,
                    expr: eval.expr.clone(),
                    verdict: run::judge(eval, &store, mode),
                }),
                command => command.change(&mut store),
            }
        }
        Report { name: self.name.clone(), evals }
    }
}

impl Command {
    fn change(&self, store: &mut Store) {
        match self {
            Self::Clear => store.clear(),
            Self::Load(load) => {
                for (labels, samples) in &load.series {
                    let loaded = store.append(labels, samples);
                    debug_assert!(loaded.is_ok(), "checked when the script was parsed");
                }
            }
            Self::Eval(_) => {}
        }
    }
}

/// The lines of a script that are not read yet.
#[derive(Debug)]
struct Reader<'a> {
    file: &'a str,
    lines: &'a [Line<'a>],
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<Line<'a>> {
        let (line, rest) = self.lines.split_first()?;
        self.lines = rest;
        Some(*line)
    }

    /// The next line of a command: a blank line ends it, and so does the next eval, for which Prometheus
    /// wants a blank line first. No series can be written like that.
    fn next_of_block(&mut self) -> Option<Line<'a>> {
        let line = self.lines.first()?;
        let mut words = line.text.split_ascii_whitespace();
        let is_eval = words.next().is_some_and(|word| word.starts_with("eval"))
            && matches!(words.next(), Some("instant" | "range"));
        if line.is_blank() || is_eval { None } else { self.next() }
    }
}
