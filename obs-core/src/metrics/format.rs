//! Which exposition format a scraper asks for.

/// How `/metrics` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// [Prometheus text](https://prometheus.io/docs/instrumenting/exposition_formats/), version
    /// 0.0.4.
    Text,
    /// [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/) text, version 1.0.0:
    /// has exemplars, units and creation times, and an end mark that shows a cut response.
    OpenMetrics,
}

impl Format {
    /// The format that an `Accept` header prefers; [`Format::Text`], which everything reads, where
    /// it is missing, malformed, or names neither.
    ///
    /// ```
    /// use obs_core::metrics::Format;
    ///
    /// let prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3,*/*;q=0.1";
    /// assert_eq!(Format::negotiate(Some(prometheus)), Format::OpenMetrics);
    /// assert_eq!(Format::negotiate(Some("text/html")), Format::Text);
    /// assert_eq!(Format::negotiate(None), Format::Text);
    /// ```
    #[must_use]
    pub fn negotiate(accept: Option<&str>) -> Self {
        let mut best = (0.0, Self::Text);
        for range in accept.unwrap_or_default().split(',') {
            let mut parts = range.split(';').map(str::trim);
            let format = match parts.next().map(str::to_ascii_lowercase).as_deref() {
                Some("application/openmetrics-text") => Self::OpenMetrics,
                Some("text/plain" | "text/*" | "*/*") => Self::Text,
                _ => continue,
            };
            let mut quality = 1.0;
            let mut served = true;
            for parameter in parts {
                match parameter.split_once('=') {
                    Some(("q", q)) => quality = q.parse().unwrap_or(0.0),
                    Some(("version", version)) => served &= format.serves(version),
                    _ => {}
                }
            }
            if served && quality > best.0 {
                best = (quality, format);
            }
        }
        best.1
    }

    fn serves(self, version: &str) -> bool {
        match self {
            Self::Text => version == "0.0.4",
            Self::OpenMetrics => matches!(version, "1.0.0" | "0.0.1"),
        }
    }

    /// The `Content-Type` of this format.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_format_that_is_served_wins() {
        use Format::{OpenMetrics, Text};
        for (accept, want) in [
            // Prometheus 3.5.
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
                 application/openmetrics-text;version=0.0.1;q=0.5,\
                 text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
                 text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                OpenMetrics,
            ),
            // Prometheus 2.42.
            (
                "application/openmetrics-text;version=1.0.0,\
                 application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,\
                 */*;q=0.1",
                OpenMetrics,
            ),
            ("text/plain;q=0.9, application/openmetrics-text;q=0.1", Text),
            ("APPLICATION/OpenMetrics-Text", OpenMetrics),
            ("application/openmetrics-text;version=2.0.0,*/*;q=0.1", Text),
            ("application/openmetrics-text;q=0", Text),
            ("application/openmetrics-text;q=high", Text),
            ("text/html,application/xhtml+xml", Text),
            (";;;,,=", Text),
            ("", Text),
        ] {
            assert_eq!(Format::negotiate(Some(accept)), want, "{accept}");
        }
    }
}
