//! Rules: what their files say, and what they come to.

mod alert;
mod alerting;
mod error;
mod evaluate;
mod file;
mod group;
mod recording;
mod reload;
mod restore;
mod send;
mod settings;

pub use alert::{Alert, AlertState};
pub use error::RuleError;
pub use file::{Group, Place, Rule, RuleFile, RuleKind};
pub use group::{Evaluation, GroupState, Health, RuleState};
pub use reload::{Reloaded, reload};
pub use send::{Notification, generator_url};
pub use settings::Settings;
