//! The audit log: what was done by whom, in a file that cannot be changed unnoticed.
//!
//! A pipeline of its own beside the ordinary log: no filter, limit or shedding touches it, and what it
//! acknowledges is on the disk.
//!
//! ```
//! use obs_core::audit::{Audit, Event, Key, Outcome};
//!
//! # let folder = std::env::temp_dir().join(format!("obs-audit-doc-{}", std::process::id()));
//! # let file = folder.join("shop.audit.jsonl");
//! # #[tokio::main(flavor = "current_thread")] async fn main_(file: &std::path::Path)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! # let key = Key::new([7; 32])?;
//! let obs = obs_core::builder("shop")
//!     .audit(Audit::file(file).key(key)) // or OBS_AUDIT_FILE and OBS_AUDIT_KEY_FILE
//!     .build()?;
//!
//! let event = Event::new("order-refunded")
//!     .outcome(Outcome::Success)
//!     .actor("u-17")
//!     .target("order", "o-4711")
//!     .field("amount", 12.5);
//! let receipt = obs.audit().record(event).await?;
//! assert_eq!(receipt.head().unwrap().sequence, 1);
//! obs.finish().await;
//! # Ok(()) }
//! # main_(&file)?;
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! # A record
//!
//! One line of JSON with the fields of the Elastic Common Schema, free ones as `labels.*` and
//! `numeric_labels.*`. Beside them it has
//!
//! * `event.sequence`: its number, 1 for the first;
//! * `audit.key_id`: the key that signed it;
//! * `audit.prev`: the hash of the record before it, 64 zeros for the first;
//! * `audit.hash`: the HMAC-SHA-256 of every byte of the line before `,"audit.hash"`, in hex.
//!
//! The log makes records of its own: `audit-log-recovered` after a torn one, with
//! `audit.torn_bytes` and `audit.torn_hash`, the length and SHA-256 of what was left of it;
//! `audit-key-changed`, with `audit.old_key_id` and `audit.old_hash`, the signature of the key before;
//! `audit-records-lost`, with `audit.lost_records`.
//!
//! # When a record is acknowledged
//!
//! [`AuditLog::record`] returns when `fdatasync` has. All that wait while the disk works are written
//! together next, so that many callers share one wait. A record larger than 1 MiB is refused. What
//! happens where the disk refuses is said by [`OnFailure`].
//!
//! # Restart
//!
//! The growing file is checked whole, and that it continues the last finished one. A last record that
//! has no end, because its writer was killed, is reported and stays where it is: the record after it
//! says how many bytes it has and what their hash is. Anything else that is wrong stops `init`, with file,
//! line and reason, unless [`Audit::replace_broken`] is set. A second process on the same file is
//! refused.
//!
//! # What proves what
//!
//! [`verify()`] follows the chain, and so does `obs log verify`. Without the key nobody can change, add,
//! remove or move a record unnoticed, but anybody who can write the file can cut off its end: against
//! that, the ordinary log says from time to time where the chain stands (target `obs_core::audit`, level
//! info, which the log's filter should let pass), and [`anchors`] reads it back. Who has the key can write any chain; only the anchors
//! disagree.
//!
//! # What it does not do
//!
//! It encrypts nothing, removes no old files, and keeps no copy elsewhere. A redacted value is the
//! application's to leave out.

mod anchors;
mod broken;
mod chain;
mod commit;
mod config;
mod encoding;
mod error;
mod event;
mod file;
mod handle;
mod journal;
mod key;
mod lines;
mod open;
mod queue;
mod record;
mod restart;
#[cfg(test)]
mod testing;
mod verify;
mod walk;

pub use anchors::anchors;
pub use broken::{Broken, What};
pub use config::{Audit, OnFailure};
pub use encoding::{Hash, Head, ParseHeadError};
pub use error::{AuditError, Step};
pub use event::{Category, Event, Outcome};
pub use handle::{AuditLog, Receipt};
pub use key::{Key, KeyError, Keys};
pub use verify::{Check, FileSummary, Summary, verify};

pub(crate) use config::Plan;
pub(crate) use file::Place;
