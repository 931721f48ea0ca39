//! What rules are evaluated with.

use obs_promql::{Labels, Options, Syntax};

/// What rules are evaluated with. The default is Prometheus'.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// How expressions are evaluated.
    pub options: Options,
    /// How expressions in templates are read.
    pub syntax: Syntax,
    /// Milliseconds from one evaluation to the next, for groups that do not say; one minute.
    pub interval: i64,
    /// How many milliseconds before the evaluation rules look, for groups that do not say; 0.
    pub query_offset: i64,
    /// How many milliseconds pass before an alert is sent again; one minute.
    pub resend_delay: i64,
    /// `external_labels`, for templates.
    pub external_labels: Labels,
    /// Where users find this server: for templates and links.
    pub external_url: String,
    /// How old, in milliseconds, a state may be that is restored; one hour.
    pub outage_tolerance: i64,
    /// A restored alert does not fire within so many milliseconds, and alerts with a shorter `for` are
    /// not restored; ten minutes.
    pub for_grace_period: i64,
}

impl Default for Settings {
    fn default() -> Self {
        const MINUTE: i64 = 60_000;
        Self {
            options: Options::default(),
            syntax: Syntax::default(),
            interval: MINUTE,
            query_offset: 0,
            resend_delay: MINUTE,
            external_labels: Labels::empty(),
            external_url: String::new(),
            outage_tolerance: 60 * MINUTE,
            for_grace_period: 10 * MINUTE,
        }
    }
}
