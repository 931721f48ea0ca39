//! `cargo xtask test`: everything CI runs, as a list of steps.

mod report;
mod step;

use std::time::Instant;

use crate::workspace::Workspace;
use report::{Outcome, Row, summary};
use step::STEPS;

/// What the command line chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) quick: bool,
    pub(crate) keep_going: bool,
}

/// Runs the steps and prints the summary; whether all of them passed.
pub(crate) fn run(workspace: &Workspace, options: Options) -> bool {
    let mut rows: Vec<Row> = Vec::new();
    let mut failed = false;
    for step in STEPS.iter().filter(|step| step.quick || !options.quick) {
        if failed && !options.keep_going {
            rows.push(Row { name: step.name, outcome: Outcome::NotRun, time: None });
            continue;
        }
        println!("\n== {}: {}", step.name, step.about);
        let start = Instant::now();
        let outcome = match (step.run)(workspace) {
            Ok(step::Done::Passed) => Outcome::Passed,
            Ok(step::Done::Skipped(reason)) => Outcome::Skipped(reason),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        let time = start.elapsed();
        println!("== {}: {} in {:.1} s", step.name, outcome, time.as_secs_f64());
        failed |= matches!(outcome, Outcome::Failed(_));
        rows.push(Row { name: step.name, outcome, time: Some(time) });
    }
    println!("\n{}", summary(&rows));
    !failed
}
