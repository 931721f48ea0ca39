//! The process metrics that every Prometheus client has, under their standard names.
//!
//! Read from `/proc` at each scrape, on Linux; absent elsewhere. The names are those of
//! <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>.

use std::fs;

use super::{Metrics, own};

/// Adds the metrics of this process to `metrics`.
pub(crate) fn register(metrics: &Metrics) {
    let Some(first) = Reading::take() else { return };
    let cpu = own::PROCESS_CPU.of(metrics, []);
    let resident = own::PROCESS_RESIDENT_MEMORY.of(metrics, []);
    let virtual_memory = own::PROCESS_VIRTUAL_MEMORY.of(metrics, []);
    let open_fds = own::PROCESS_OPEN_FDS.of(metrics, []);
    let max_fds = own::PROCESS_MAX_FDS.of(metrics, []);
    let threads = own::PROCESS_THREADS.of(metrics, []);
    let started = start_time(&first).map(|at| (own::PROCESS_START_TIME.of(metrics, []), at));
    metrics.on_collect(move || {
        if let Some((gauge, at)) = &started {
            gauge.set(*at);
        }
        if let Some(now) = Reading::take() {
            cpu.set(now.cpu_seconds);
            resident.set(now.resident_bytes);
            virtual_memory.set(now.virtual_bytes);
            threads.set(now.threads);
        }
        if let Ok(fds) = fs::read_dir("/proc/self/fd") {
            // The listing itself holds one open.
            open_fds.set(fds.count().saturating_sub(1) as f64);
        }
        if let Some(limit) = soft_fd_limit() {
            max_fds.set(limit);
        }
    });
}

/// What `/proc/self/stat` says; see proc_pid_stat(5).
struct Reading {
    cpu_seconds: f64,
    start_ticks: f64,
    threads: f64,
    virtual_bytes: f64,
    resident_bytes: f64,
}

/// Linux reports times to user space in these, whatever the kernel's own tick.
const TICKS_PER_SECOND: f64 = 100.0;

impl Reading {
    fn take() -> Option<Self> {
        let mut reading = Self::parse_stat(&fs::read_to_string("/proc/self/stat").ok()?)?;
        // In kB there, while `stat` counts pages of a size it does not tell.
        let status = fs::read_to_string("/proc/self/status").ok()?;
        reading.resident_bytes = field(&status, "VmRSS:")? * 1024.0;
        Some(reading)
    }

    fn parse_stat(stat: &str) -> Option<Self> {
        // The second field is the name, in parentheses; it may hold anything, these too.
        let after_name = stat.rsplit_once(')')?.1;
        let fields: Vec<&str> = after_name.split_ascii_whitespace().collect();
        // The first of these is field 3 of the manual page.
        let number = |n: usize| fields.get(n - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu_seconds: (number(14)? + number(15)?) / TICKS_PER_SECOND,
            threads: number(20)?,
            start_ticks: number(22)?,
            virtual_bytes: number(23)?,
            resident_bytes: 0.0,
        })
    }
}

/// In seconds since the epoch.
fn start_time(reading: &Reading) -> Option<f64> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    Some(field(&stat, "btime")? + reading.start_ticks / TICKS_PER_SECOND)
}

fn soft_fd_limit() -> Option<f64> {
    field(&fs::read_to_string("/proc/self/limits").ok()?, "Max open files")
}

/// The number after `name` at the start of a line.
fn field(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    match rest.split_ascii_whitespace().next()? {
        "unlimited" => Some(f64::INFINITY),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_name_with_spaces_and_parentheses_is_no_trouble() {
        let stat = "42 (a ) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 7 0 1234 \
                    5000000 300 18446744073709551615";
        let reading = Reading::parse_stat(stat).unwrap();
        assert_eq!(reading.cpu_seconds, 3.0);
        assert_eq!(reading.threads, 7.0);
        assert_eq!(reading.start_ticks, 1234.0);
        assert_eq!(reading.virtual_bytes, 5_000_000.0);
        assert!(Reading::parse_stat("42 (short) S 1").is_none());
    }
}
