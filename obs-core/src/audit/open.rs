//! From settings to a running audit log.

use std::fmt::Display;
use std::io;
use std::sync::Arc;

use super::commit::Meters;
use super::config::Plan;
use super::encoding::Head;
use super::file::FileSink;
use super::handle::{AuditLog, Start};
use super::record::Origin;
use super::restart::{self, Found, StartError};
use crate::guard::Service;
use crate::metrics::Metrics;

impl Plan {
    /// Opens the log, or says why not. Returns what is to be told about its state, too.
    pub(crate) fn open(
        self,
        service: &Service,
        metrics: &Metrics,
    ) -> Result<(AuditLog, Option<String>), String> {
        let name = self.place.path().display().to_string();
        let problem = |error: &dyn Display| format!("audit log {name}: {error}");
        self.place.check().map_err(|error| problem(&error))?;
        self.place
            .make_folder()
            .map_err(|error| problem(&format_args!("its folder cannot be made: {error}")))?;
        let lock = self.place.lock().map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => {
                problem(&"another process has it open: each needs a file of its own")
            }
            _ => problem(&error),
        })?;
        let (found, moved) = self.find()?;
        let Found { resume, first, torn_bytes } = found;
        let last = resume.head.unwrap_or(Head::START).sequence;
        let torn = (torn_bytes > 0).then(|| {
            format!(
                "audit log {name}: {torn_bytes} bytes of a record were left behind that was never \
                 whole; the chain goes on after record {last}"
            )
        });
        let sink = FileSink::open(self.place, lock, self.max_file_bytes, first)
            .map_err(|error| problem(&error))?;
        let start = Start {
            sink: Box::new(sink),
            keys: self.keys,
            resume,
            origin: Arc::new(Origin::new(service)),
            meters: Meters::new(metrics),
            policy: self.policy,
            anchors: self.anchors,
            queue_bytes: self.queue_bytes,
            place: name.clone(),
        };
        let log = AuditLog::start(start)
            .map_err(|error| problem(&format_args!("its thread does not start: {error}")))?;
        Ok((log, moved.or(torn)))
    }

    /// Where the chain goes on, and whether a broken one was moved away.
    fn find(&self) -> Result<(Found, Option<String>), String> {
        let text = |error: StartError| match error {
            StartError::Broken(broken) => format!(
                "audit log is broken and not continued: {broken}; `Audit::replace_broken` moves it \
                 away and begins anew"
            ),
            StartError::Io(error) => {
                format!("audit log {}: {error}", self.place.path().display())
            }
        };
        match restart::find(&self.place, &self.keys) {
            Err(StartError::Broken(broken)) if self.replace_broken => {
                let aside = self.place.set_aside().map_err(|error| text(error.into()))?;
                let found = restart::find(&self.place, &self.keys).map_err(text)?;
                let aside = aside.display();
                Ok((found, Some(format!("audit log was broken and is moved to {aside}: {broken}"))))
            }
            Ok(found) => Ok((found, None)),
            Err(error) => Err(text(error)),
        }
    }
}
