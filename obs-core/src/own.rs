//! The metrics that the lifecycle records about itself.

crate::catalogue! {
    /// What the lifecycle records.
    pub(crate) static OWN;

    /// Panics in this process since it started, caught ones included.
    PANICS: Counter = "obs_panics_total" ();

    /// Log events that passed the filter, by level.
    LOG_EVENTS: Counter = "obs_log_events_total" (level);

    /// Result of a health check: 1 for up, 0.5 for degraded, 0 for down.
    HEALTH_CHECK_UP: Gauge = "obs_health_check_up" (check);
}
