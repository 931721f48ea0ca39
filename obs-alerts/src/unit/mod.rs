//! Tests of rules, in the format of `promtool test rules`.
//!
//! ```
//! use obs_alerts::rule::RuleFile;
//! use obs_alerts::unit::TestFile;
//!
//! let rules = RuleFile::parse("rules.yml", "
//! groups:
//! - name: shop
//!   rules:
//!   - {alert: Down, expr: up == 0, for: 5m}
//! ")?;
//! let tests = TestFile::parse("rules.test.yml", "
//! tests:
//! - name: down for four minutes
//!   input_series:
//!   - {series: up, values: 0x10}
//!   alert_rule_test:
//!   - {eval_time: 4m, alertname: Down, exp_alerts: [{}]}
//! ")?;
//! let report = tests.run(&rules.groups, &|_| true);
//! assert_eq!(report.failures[0].to_string(), "\
//! rules.test.yml:7:5: test \"down for four minutes\": alert Down at 4m: 1 expected, 0 fire
//!   missing     {alertname=\"Down\"}
//!   pending     {alertname=\"Down\"}: its `for` is 5m");
//! # Ok::<(), obs_alerts::rule::FileError>(())
//! ```
//!
//! Which files a [`TestFile`] loads is up to the caller: its `rule_files` are patterns.

mod alerts;
mod exprs;
mod file;
mod read;
mod report;
mod run;
mod scalar;

pub use file::{AlertTest, ExpectedAlert, ExpectedSample, ExprTest, Input, Test, TestFile};
pub use report::{Failure, Report};
