//! Recording, rendering and sampling metrics: our recorder against other Rust libraries.
//!
//! Sections by name as arguments (`operations`, `two_threads`, `exposition`); all without any.

mod exposition;
mod operations;
mod two_threads;

use obs_benches::conditions;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let runs = |section: &str| wanted.is_empty() || wanted.iter().any(|name| name == section);
    // Threads inherit the core they start on: this section pins its own.
    if runs("two_threads") {
        two_threads::run();
    }
    conditions::pin(0);
    if runs("operations") {
        operations::run();
    }
    if runs("exposition") {
        exposition::run();
    }
}
