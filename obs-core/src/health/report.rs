//! What a probe is told.

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use tokio::time::Instant;

use super::Status;
use super::check::Checked;

/// The answer to a probe.
///
/// Serialised for the health endpoints:
///
/// ```json
/// {"status":"up","checks":{"db":{"status":"up","duration_ms":1.2}}}
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The worst of the checks; up where there are none.
    pub status: Status,
    /// Why the service is down, where that is not for a check.
    pub reason: Option<&'static str>,
    /// What each check found, in the order in which they were named.
    pub checks: Vec<CheckReport>,
}

/// What one check found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CheckReport {
    /// The name of the check.
    pub name: String,
    /// How well it works.
    pub status: Status,
    /// What there is to say, at most 200 characters.
    pub message: Option<String>,
    /// How long the check took.
    pub duration: Duration,
    /// How long ago it ended: above zero where an earlier result is served again.
    pub age: Duration,
}

impl Report {
    pub(super) fn of(checks: Vec<CheckReport>) -> Self {
        let status = checks.iter().map(|check| check.status).max().unwrap_or(Status::Up);
        Self { status, reason: None, checks }
    }

    pub(super) const fn down(reason: &'static str) -> Self {
        Self { status: Status::Down, reason: Some(reason), checks: Vec::new() }
    }

    /// What the check called `name` found.
    #[must_use]
    pub fn check(&self, name: &str) -> Option<&CheckReport> {
        self.checks.iter().find(|check| check.name == name)
    }
}

impl CheckReport {
    pub(super) fn new(name: &str, checked: Checked, now: Instant) -> Self {
        let Checked { outcome, duration, at } = checked;
        Self {
            name: name.to_owned(),
            status: outcome.status,
            message: outcome.message,
            duration,
            age: now.saturating_duration_since(at),
        }
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Checks<'a>(&'a [CheckReport]);
        impl Serialize for Checks<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(Some(self.0.len()))?;
                for check in self.0 {
                    map.serialize_entry(&check.name, check)?;
                }
                map.end()
            }
        }

        let fields = 2 + usize::from(self.reason.is_some());
        let mut report = serializer.serialize_struct("Report", fields)?;
        report.serialize_field("status", &self.status)?;
        if let Some(reason) = self.reason {
            report.serialize_field("reason", reason)?;
        }
        report.serialize_field("checks", &Checks(&self.checks))?;
        report.end()
    }
}

impl Serialize for CheckReport {
    /// The name is the key under which the check stands.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let aged = !self.age.is_zero();
        let fields = 2 + usize::from(self.message.is_some()) + usize::from(aged);
        let mut check = serializer.serialize_struct("CheckReport", fields)?;
        check.serialize_field("status", &self.status)?;
        if let Some(message) = &self.message {
            check.serialize_field("message", message)?;
        }
        check.serialize_field("duration_ms", &millis(self.duration))?;
        if aged {
            check.serialize_field("age_ms", &millis(self.age))?;
        }
        check.end()
    }
}

/// Milliseconds to the microsecond: more digits say nothing.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, status: Status, message: Option<&str>, age: Duration) -> CheckReport {
        CheckReport {
            name: name.to_owned(),
            status,
            message: message.map(str::to_owned),
            duration: Duration::from_nanos(1_234_567),
            age,
        }
    }

    #[test]
    fn the_json_of_a_report() {
        let json = |report: &Report| serde_json::to_string(report).unwrap();
        assert_eq!(json(&Report::of(vec![])), r#"{"status":"up","checks":{}}"#);
        assert_eq!(
            json(&Report::of(vec![
                check("db", Status::Degraded, Some("slow"), Duration::ZERO),
                check("cache", Status::Up, None, Duration::from_millis(250)),
            ])),
            concat!(
                r#"{"status":"degraded","checks":{"#,
                r#""db":{"status":"degraded","message":"slow","duration_ms":1.235},"#,
                r#""cache":{"status":"up","duration_ms":1.235,"age_ms":250.0}}}"#
            )
        );
        assert_eq!(
            json(&Report::down("shutting down")),
            r#"{"status":"down","reason":"shutting down","checks":{}}"#
        );
    }
}
