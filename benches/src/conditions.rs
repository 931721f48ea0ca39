//! Under what conditions figures were taken.

use std::fs;

/// Prints what is about to be measured, and what else the machine is doing.
pub fn print(title: &str) {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("\n## {title}");
    println!("cores {cores}, load average {}, system allocator", load.join(" "));
}

/// Pins this thread to the `n`th core there is; false if there is none, or it may not.
pub fn pin(n: usize) -> bool {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    cores.get(n).is_some_and(|&core| core_affinity::set_for_current(core))
}
