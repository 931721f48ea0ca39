//! Rules: what their files say, and what they come to.
//!
//! A [`RuleFile`] has [`Group`]s, a group has [`Rule`]s. What is wrong with a file is a [`FileError`]:
//! every [`Problem`] with file, line and column.
//!
//! A [`GroupState`] is a group that is evaluated: time after time, on a [storage](crate::store::Storage)
//! that it reads and writes.

mod alert;
mod alerting;
mod duplicate;
mod error;
mod evaluate;
mod file;
mod group;
pub(crate) mod read;
mod recording;
mod reload;
mod restore;
mod send;
mod settings;

pub use alert::{Alert, AlertState};
pub use duplicate::Duplicate;
pub use error::RuleError;
pub use file::{Group, Place, Rule, RuleFile, RuleKind};
pub use group::{Evaluation, GroupState, Health, RuleState};
pub use read::{FileError, Problem, ReadOptions};
pub use reload::{Reloaded, reload};
pub use send::{Notification, generator_url};
pub use settings::Settings;
