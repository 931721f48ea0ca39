//! `target/bench/summary.json`: the ratios, and under what conditions they were measured.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};

use super::ratio::{CONDITIONS, Ratios};
use crate::cmd;
use crate::error::Result;

/// What a ratio depends on besides the code.
#[derive(Debug)]
pub(crate) struct Conditions {
    cpus: usize,
    date: String,
    rustc: String,
}

impl Conditions {
    /// Those of this machine, now.
    pub(crate) fn here(root: &Path) -> Result<Self> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let rustc = cmd::capture(Command::new("rustc").arg("--version").current_dir(root))?;
        Ok(Self {
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            date: date(since_epoch.as_secs()),
            rustc: rustc.trim().to_owned(),
        })
    }

    /// `{"NAME": VALUE, …, "conditions": {…}}`
    pub(crate) fn summary(&self, ratios: &Ratios) -> String {
        let mut summary: Map<String, Value> =
            ratios.iter().map(|(name, value)| (name, value.into())).collect();
        let conditions = json!({ "cpus": self.cpus, "date": self.date, "rustc": self.rustc });
        summary.insert(CONDITIONS.to_owned(), conditions);
        format!("{:#}\n", Value::Object(summary))
    }
}

impl fmt::Display for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {} CPUs, {}", self.date, self.cpus, self.rustc)
    }
}

/// The UTC time so many seconds after 1970, as RFC 3339 writes it.
fn date(seconds: u64) -> String {
    let leap =
        |year: u64| year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let (mut days, time) = (seconds / 86_400, seconds % 86_400);
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let day = days + 1;
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        let rows = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_772_323_200, "2026-03-01T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ];
        for (seconds, want) in rows {
            assert_eq!(date(seconds), want, "{seconds}");
        }
    }

    #[test]
    fn the_summary_maps_names_to_values_beside_the_conditions() {
        let mut ratios = Ratios::default();
        ratios.read("ratio http ours/peer 0.25").unwrap();
        let conditions = Conditions {
            cpus: 2,
            date: "2026-03-01T00:00:00Z".to_owned(),
            rustc: "rustc 1.95.0".to_owned(),
        };
        let summary: Value = serde_json::from_str(&conditions.summary(&ratios)).unwrap();
        let want = json!({
            "http": 0.25,
            "conditions": { "cpus": 2, "date": "2026-03-01T00:00:00Z", "rustc": "rustc 1.95.0" },
        });
        assert_eq!(summary, want);
    }
}
