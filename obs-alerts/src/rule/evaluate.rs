//! The value of an expression, as rules and their templates take it.

use obs_promql::{Labels, Query, Sample, Source, Value, VectorElement};

use super::error::RuleError;
use super::settings::Settings;
use crate::template::{self, Data};

/// The elements of the expression's value at `time`; a number is one element without labels.
pub(super) fn vector(
    expr: &Query,
    source: &dyn Source,
    time: i64,
    settings: &Settings,
) -> Result<Vec<VectorElement>, RuleError> {
    let outcome = expr.instant(source, time, &settings.options).map_err(RuleError::Query)?;
    match outcome.value {
        Value::Vector(elements) => Ok(elements),
        Value::Scalar(value) => {
            Ok(vec![VectorElement { labels: Labels::empty(), value: Sample::Float(value) }])
        }
        _ => Err(RuleError::NotAVector),
    }
}

/// Renders the templates of one rule.
#[derive(Clone, Copy)]
pub(super) struct Renderer<'a> {
    pub(super) alert: &'a str,
    /// The time of the evaluation; a query in a template looks there, whatever the rule's offset.
    pub(super) now: i64,
    pub(super) source: &'a dyn Source,
    pub(super) settings: &'a Settings,
}

impl Renderer<'_> {
    /// What `text` says of `element`. A template that fails says so, and does not keep the alert from
    /// firing.
    pub(super) fn render(&self, text: &str, element: &VectorElement) -> String {
        let data = Data {
            alert: self.alert,
            labels: &element.labels,
            value: &element.value,
            external_labels: &self.settings.external_labels,
            external_url: &self.settings.external_url,
            now: self.now,
        };
        let query = |text: &str| {
            let query = self.settings.syntax.parse(text).map_err(|error| error.one_line())?;
            vector(&query, self.source, self.now, self.settings).map_err(|error| error.to_string())
        };
        template::expand(text, &data, &query)
            .unwrap_or_else(|error| format!("<error expanding template: {error}>"))
    }
}
