//! Tests of rules, in the format of `promtool test rules`.

mod alerts;
mod exprs;
mod file;
mod read;
mod report;
mod run;
mod scalar;

pub use file::{AlertTest, ExpectedAlert, ExpectedSample, ExprTest, Input, Test, TestFile};
pub use report::{Failure, Report};
