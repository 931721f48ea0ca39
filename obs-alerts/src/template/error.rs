//! Why a template has no text.

use std::fmt;

/// Why a template has no text, in the words of Go's `text/template` and of Prometheus.
///
/// ```
/// use obs_alerts::template;
///
/// let error = template::check("HighLoad", "{{ $value | humanise }}").unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     r#"template: __alert_HighLoad:1: function "humanise" not defined"#
/// );
/// assert_eq!(error.line(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    pub(super) context: String,
    pub(super) message: String,
    pub(super) line: usize,
}

impl TemplateError {
    /// The line of the template where it stands, from one.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The message alone, without the template's name and line before it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl TemplateError {
    /// With what was tried before the message.
    pub(super) fn of(mut self, tried: &str) -> Self {
        self.context.insert_str(0, tried);
        self
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.context, self.message)
    }
}

impl std::error::Error for TemplateError {}
