//! The settings of the audit log.

use std::path::Path;

use super::resolve::{Reader, shorten};
use super::{Builder, setting as table};
use crate::audit::{Audit, Key, KeyError, Keys, OnFailure, Place, Plan};
use crate::log::File;

impl Builder {
    /// The audit log; see [`audit`](crate::audit). What it leaves open comes from the environment,
    /// where `OBS_AUDIT_FILE` alone makes one, too.
    pub fn audit(mut self, audit: Audit) -> Self {
        self.audit = Some(audit);
        self
    }
}

impl Reader {
    /// What code says, with what it leaves open from the environment; `None` if neither wants an audit
    /// log.
    pub(super) fn audit(&mut self, builder: &Builder) -> Option<Plan> {
        let policy = self.read(table::OBS_AUDIT_ON_FAILURE, None, parse_policy);
        let audit = match (&builder.audit, self.env.get(table::OBS_AUDIT_FILE)) {
            (Some(audit), _) => audit.clone(),
            (None, Some(path)) => Audit::file(path),
            (None, None) => return None,
        };
        let place = Place::new(&audit.path);
        self.require(
            place.is_some(),
            format_args!("audit file {:?}", audit.path),
            "the path of a file, in UTF-8",
        );
        let keys = match self.audit_keys(&audit) {
            Ok(keys) => Some(keys),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        };
        Some(Plan {
            place: place?,
            keys: keys?,
            policy: audit.on_failure.unwrap_or(policy),
            max_file_bytes: audit.max_file_bytes,
            queue_bytes: audit.queue_bytes,
            anchors: audit.anchors,
            replace_broken: audit.replace_broken,
        })
    }

    /// The log's lines would break the chain, and its rotation take the records away.
    pub(super) fn require_two_files(&mut self, audit: Option<&Plan>, log: Option<&File>) {
        let (Some(audit), Some(log)) = (audit, log) else { return };
        let audit = audit.place.path();
        let log = std::path::absolute(log.path()).unwrap_or_default();
        // Two names of one folder, where it exists.
        let folder = |path: &Path| path.parent().and_then(|folder| folder.canonicalize().ok());
        let same_folder = folder(audit).is_some_and(|of_audit| folder(&log) == Some(of_audit));
        self.require(
            audit != log && !(same_folder && audit.file_name() == log.file_name()),
            format_args!("log file {}", log.display()),
            "two files, one for the log and the audit log each",
        );
    }

    fn audit_keys(&self, audit: &Audit) -> Result<Keys, String> {
        let in_code = |error: KeyError| format!("audit key: {error}");
        let mut keys = audit.keys.clone();
        if let Some(path) = &audit.key_file {
            for key in Keys::file(path).map_err(in_code)?.iter() {
                keys = keys.key(key.clone());
            }
        }
        if keys.is_empty() { self.audit_keys_of_env() } else { Ok(keys) }
    }

    /// The problems name the place of the key and never the key.
    fn audit_keys_of_env(&self) -> Result<Keys, String> {
        let file = self.env.get(table::OBS_AUDIT_KEY_FILE);
        let keys = match (file, self.env.get(table::OBS_AUDIT_KEY)) {
            (Some(_), Some(_)) => {
                return Err(
                    "OBS_AUDIT_KEY and OBS_AUDIT_KEY_FILE: expected one of the two".to_owned()
                );
            }
            (None, None) => {
                return Err("audit: expected a key, here or in OBS_AUDIT_KEY_FILE".to_owned());
            }
            (Some(path), None) => Keys::file(Path::new(path)).map_err(|error| match error {
                // Without a separator it may be the key itself.
                KeyError::File { error, .. } if !path.contains(['/', '\\']) => {
                    format!("OBS_AUDIT_KEY_FILE=…: {error}")
                }
                KeyError::File { error, .. } => {
                    format!("OBS_AUDIT_KEY_FILE={}: {error}", shorten(path))
                }
                error => format!("OBS_AUDIT_KEY_FILE: {error}"),
            })?,
            (None, Some(key)) => {
                Key::parse(key).map_err(|error| format!("OBS_AUDIT_KEY=…: {error}"))?.into()
            }
        };
        let Some(id) = self.env.get(table::OBS_AUDIT_KEY_ID) else { return Ok(keys) };
        let mut each = keys.iter();
        match (each.next(), each.next()) {
            (Some(key), None) => match key.clone().named(id) {
                Ok(key) => Ok(key.into()),
                Err(error) => Err(format!("OBS_AUDIT_KEY_ID={}: {error}", shorten(id))),
            },
            _ => {
                Err("OBS_AUDIT_KEY_ID: expected a file of one key; several have ids there"
                    .to_owned())
            }
        }
    }
}

fn parse_policy(text: &str) -> Result<OnFailure, &'static str> {
    match text {
        "refuse" => Ok(OnFailure::Refuse),
        "continue" => Ok(OnFailure::Continue),
        _ => Err("`refuse` or `continue`"),
    }
}
