//! What a file of rule tests says.

use crate::rule::Place;

/// The tests of one file, as `promtool test rules` takes them.
#[derive(Clone, Debug)]
pub struct TestFile {
    /// Which rule files are loaded: patterns, relative to the file.
    pub rule_files: Vec<String>,
    /// Milliseconds from one evaluation of the rules to the next.
    pub evaluation_interval: i64,
    /// The names of groups that are evaluated in this order, after those that are not named.
    pub group_eval_order: Vec<String>,
    /// Whether a value may be the next one to what is expected.
    pub fuzzy_compare: bool,
    /// The tests.
    pub tests: Vec<Test>,
}

/// Series, and what is expected of the rules.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name; empty where it has none.
    pub name: String,
    /// What reports call it: its name, or its number.
    pub title: String,
    /// Milliseconds from one value of a series to the next.
    pub interval: i64,
    /// The series.
    pub input: Vec<Input>,
    /// Alerts that fire, or do not.
    pub alerts: Vec<AlertTest>,
    /// Values of expressions.
    pub exprs: Vec<ExprTest>,
    /// `$externalLabels` of templates, sorted by name.
    pub external_labels: Vec<(String, String)>,
    /// `$externalURL` of templates.
    pub external_url: String,
    /// The time of the first value, in milliseconds since 1970.
    pub start: i64,
    /// Where it stands.
    pub place: Place,
}

/// A series and its values.
#[derive(Clone, Debug)]
pub struct Input {
    /// `up{job="shop"}`
    pub series: String,
    /// `0 1x10 _ stale`
    pub values: String,
    /// Where it stands.
    pub place: Place,
}

/// Which alerts of a name fire at some time.
#[derive(Clone, Debug)]
pub struct AlertTest {
    /// Milliseconds from the start.
    pub eval_time: i64,
    /// The name.
    pub alertname: String,
    /// All that fire.
    pub expected: Vec<ExpectedAlert>,
    /// Where it stands.
    pub place: Place,
}

/// An alert that fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedAlert {
    /// Its labels but for `alertname`, sorted by name.
    pub labels: Vec<(String, String)>,
    /// Its annotations, sorted by name.
    pub annotations: Vec<(String, String)>,
    /// Where it stands.
    pub place: Place,
}

/// What an expression has for a value at some time.
#[derive(Clone, Debug)]
pub struct ExprTest {
    /// The expression.
    pub expr: String,
    /// Milliseconds from the start.
    pub eval_time: i64,
    /// All its elements.
    pub expected: Vec<ExpectedSample>,
    /// Where it stands.
    pub place: Place,
}

/// An element of an expression's value.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedSample {
    /// `up{job="shop"}`
    pub labels: String,
    /// Its value, 0 for a histogram.
    pub value: f64,
    /// Its native histogram, as series have it; empty where there is none.
    pub histogram: String,
    /// Where it stands.
    pub place: Place,
}
