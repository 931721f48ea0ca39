//! What the side-by-side benchmarks share.
//!
//! Each comparison prints a line `ratio NAME ours/peer VALUE`; everything else is for people.
//! Variants are run round-robin in one process and their best rounds compared: what disturbs a
//! round on a shared machine only ever makes it slower. Times are CPU time of the measuring thread.

pub mod conditions;
pub mod contention;
pub mod discord;
pub mod http;
pub mod log;
pub mod parallel;
pub mod resident;
pub mod rounds;
pub mod series;
pub mod text;

/// Prints one comparison: `ours` over `peer` in the same unit, less is better for us.
pub fn ratio(name: &str, against: &str, ours: f64, peer: f64) {
    println!("ratio {name} {against} {:.4}", ours / peer);
}
