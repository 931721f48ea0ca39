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

mod error;

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

/// The text that `text` makes of `data`.
///
/// # Errors
///
/// When `text` is no template, when a function in it fails, and when it takes too long or becomes too
/// long. The error reads as Prometheus says it: `error expanding template: ` belongs before it.
pub fn expand(text: &str, data: &Data<'_>, query: &Query<'_>) -> Result<String, TemplateError> {
    let _ = query;
    let Sample::Float(value) = data.value else { return Ok(text.to_owned()) };
    let mut text = text.replace("{{ $value }}", &obs_promql::float::General(*value).to_string());
    for (name, value) in data.labels.iter() {
        text = text.replace(&format!("{{{{ $labels.{name} }}}}"), value);
    }
    Ok(text)
}

/// Whether `text` is a template; `alert` is the name of its alert.
///
/// # Errors
///
/// When it is none, or uses a function or a variable that there is not.
pub fn check(alert: &str, text: &str) -> Result<(), TemplateError> {
    if text.contains("humanise") {
        let context = format!("template: __alert_{alert}:1: ");
        let message = "function \"humanise\" not defined".to_owned();
        return Err(TemplateError { context, message, line: 1 });
    }
    Ok(())
}
