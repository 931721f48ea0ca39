//! Templates of labels and annotations: Go's `text/template` with Prometheus' functions.
//!
//! ```
//! use obs_alerts::template::{self, Data};
//! use obs_promql::{Labels, Sample};
//!
//! let labels: Labels = [("instance", "a:9090")].into_iter().collect();
//! let data = Data {
//!     alert: "HighLoad",
//!     labels: &labels,
//!     value: &Sample::Float(0.25),
//!     external_labels: &Labels::empty(),
//!     external_url: "",
//!     now: 0,
//! };
//! let text = template::expand("{{ $labels.instance }} is at {{ $value }}", &data, &|_| Ok(vec![]));
//! assert_eq!(text.unwrap(), "a:9090 is at 0.25");
//! ```

mod ast;
mod budget;
mod error;
mod eval;
mod format;
mod function;
mod histogram;
mod lexer;
mod method;
mod number;
mod param;
mod parse;
mod quote;
#[cfg(test)]
mod tests;
mod time;
mod token;
mod value;

use obs_promql::{Labels, Sample, VectorElement};

pub use error::TemplateError;

/// What a template of an alert may read.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// The alert's name; messages have it.
    pub alert: &'a str,
    /// The labels of the series, the metric's name among them: `$labels`.
    pub labels: &'a Labels,
    /// The value of the series: `$value`.
    pub value: &'a Sample,
    /// What every alert of this process has for labels: `$externalLabels`.
    pub external_labels: &'a Labels,
    /// Where people find this process: `$externalURL`.
    pub external_url: &'a str,
    /// The time of the evaluation, in milliseconds since 1970.
    pub now: i64,
}

/// Answers what a template asks with `query`: the value of an expression now, or why there is none.
pub type Query<'a> = dyn Fn(&str) -> Result<Vec<VectorElement>, String> + 'a;

/// What `$labels` and its like are, before every template.
const DEFINITIONS: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
    {{$externalURL := .ExternalURL}}{{$value := .Value}}";

/// The text that `text` makes of `data`.
///
/// # Errors
///
/// When `text` is no template, when a function in it fails, and when it takes too long or becomes too
/// long. The error reads as Prometheus says it: `error expanding template: ` belongs before it.
pub fn expand(text: &str, data: &Data<'_>, query: &Query<'_>) -> Result<String, TemplateError> {
    if is_plain(text) {
        return Ok(text.to_owned());
    }
    let name = name_of(data.alert);
    let text = [DEFINITIONS, text].concat();
    let templates = parse::parse(&name, &text)
        .map_err(|error| error.of(&format!("error parsing template {name}: ")))?;
    eval::expand(&name, &text, &templates, data, query)
        .map_err(|error| error.of(&format!("error executing template {name}: ")))
}

/// Whether `text` is a template; `alert` is the name of its alert.
///
/// # Errors
///
/// When it is none, or uses a function or a variable that there is not.
pub fn check(alert: &str, text: &str) -> Result<(), TemplateError> {
    if is_plain(text) {
        return Ok(());
    }
    parse::parse(&name_of(alert), &[DEFINITIONS, text].concat()).map(|_| ())
}

fn name_of(alert: &str) -> String {
    format!("__alert_{alert}")
}

/// Whether nothing in the text is to be expanded.
fn is_plain(text: &str) -> bool {
    !text.contains("{{")
}
