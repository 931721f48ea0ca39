//! What obs-core records of itself, of the process and of the async runtime.

crate::catalogue! {
    /// The metrics that every service has.
    pub(crate) static CORE;

    /// Registrations that found their metric at its series limit and were given its overflow
    /// series instead.
    SERIES_OVERFLOW: Counter = "obs_metric_series_overflow_total" (metric);

    /// Metrics registered under a name that a metric of another kind has; they are exposed under
    /// another name.
    CONFLICTS: Counter = "obs_metric_conflicts_total" (metric);

    /// Series that the process holds.
    SERIES: Gauge = "obs_metric_series" ();
}
