//! Prometheus rule files, evaluated inside the process.
//!
//! ```
//! use obs_alerts::rule::{AlertState, GroupState, RuleFile, Settings};
//! use obs_alerts::store::{Memory, Storage};
//!
//! let file = RuleFile::parse("shop.yml", "
//! groups:
//! - name: shop
//!   interval: 15s
//!   rules:
//!   - alert: PaymentsFail
//!     expr: payments_failing > 0
//!     for: 30s
//!     annotations:
//!       summary: 'Payments to {{ $labels.bank }} fail'
//! ")?;
//! let mut storage = Memory::default();
//! let settings = Settings::default();
//! let mut shop = GroupState::new(file.groups[0].clone(), &settings).without_restore();
//!
//! let failing = [("__name__", "payments_failing"), ("bank", "first")].into_iter().collect();
//! let mut states = Vec::new();
//! for now in [0, 15_000, 30_000] { // milliseconds since 1970
//!     storage.append(&failing, now, 3.0.into())?;
//!     shop.evaluate(now, &mut storage, &settings);
//!     let (_, rule) = shop.rules().next().expect("the rule");
//!     states.extend(rule.active_alerts().map(|alert| (alert.state, alert.annotations[0].1.clone())));
//! }
//! let summary = "Payments to first fail".to_owned();
//! assert_eq!(states, [
//!     (AlertState::Pending, summary.clone()),
//!     (AlertState::Pending, summary.clone()),
//!     (AlertState::Firing, summary),
//! ]);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! * [`rule`] reads rule files as strictly as Prometheus does, each problem with file, line and column, and
//!   evaluates groups of rules: recording rules, the states of alerts, `ALERTS` and `ALERTS_FOR_STATE`, what
//!   is to be sent, reload and restore.
//! * [`template`] expands the labels and annotations of alerts: Go's `text/template` with Prometheus'
//!   functions.
//! * [`store`] is where rules read and write. [`Memory`](store::Memory) is for tests.
//! * [`mod@unit`] runs rule tests in promtool's format.
//!
//! The command `obs` has `obs rules check` and `obs rules test`, with promtool's verdicts.
//!
//! # What it does not do
//!
//! Nothing here reads a clock or a socket: whoever evaluates says what time it is. Nothing evaluates by
//! itself yet, samples a service's metrics, or sends notifications; [`GroupState::evaluate`]
//! gives out what would be sent.
//!
//! [`GroupState::evaluate`]: rule::GroupState::evaluate

pub mod rule;
pub mod store;
pub mod template;
pub mod unit;

mod yaml;
