//! Memory of this process.

use std::fs;
use std::io;
use std::process::Command;

/// Resident bytes, as the kernel counts them.
pub fn rss() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) * 1024.0
}

/// Runs this program again with `argument`, and reads the numbers it prints.
///
/// What an earlier variant has freed stays resident, so each gets a process of its own.
///
/// # Errors
///
/// If the program cannot be run or prints anything else.
pub fn in_own_process(argument: &str) -> io::Result<Vec<f64>> {
    let output = Command::new(std::env::current_exe()?).arg(argument).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.split_whitespace()
        .map(|word| word.parse().map_err(|_| io::Error::other(format!("{argument}: {text}"))))
        .collect()
}
