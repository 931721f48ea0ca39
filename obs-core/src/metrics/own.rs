//! The metrics of this crate: the process, the runtime, and the telemetry itself.

crate::catalogue! {
    /// Everything this crate records.
    pub(crate) static CORE;

    /// CPU time that the process used, user and system, on all cores.
    PROCESS_CPU: ObservableCounter = "process_cpu_seconds_total" ();

    /// Memory of the process that is in RAM.
    PROCESS_RESIDENT_MEMORY: Gauge = "process_resident_memory_bytes" ();

    /// Address space of the process, whether backed by RAM or not.
    PROCESS_VIRTUAL_MEMORY: Gauge = "process_virtual_memory_bytes" ();

    /// File descriptors that the process holds open.
    PROCESS_OPEN_FDS: Gauge = "process_open_fds" ();

    /// File descriptors that the process may hold open, its soft limit.
    PROCESS_MAX_FDS: Gauge = "process_max_fds" ();

    /// When the process started, as seconds since 1970.
    PROCESS_START_TIME: Gauge = "process_start_time_seconds" ();

    /// Threads of the process.
    PROCESS_THREADS: Gauge = "process_threads" ();

    /// Always 1; the labels tell what runs.
    BUILD_INFO: Gauge = "obs_build_info" (service, version, environment);

    /// Worker threads of the tokio runtime.
    TOKIO_WORKERS: Gauge = "tokio_workers" ();

    /// Tasks that were spawned on the tokio runtime and have not ended.
    TOKIO_ALIVE_TASKS: Gauge = "tokio_alive_tasks" ();

    /// Tasks that wait in the tokio runtime's global queue for a worker.
    TOKIO_GLOBAL_QUEUE_DEPTH: Gauge = "tokio_global_queue_depth" ();

    /// Time that a tokio worker spent on polling tasks instead of waiting for work.
    TOKIO_WORKER_BUSY: ObservableCounter = "tokio_worker_busy_seconds_total" (worker);

    /// Times that a tokio worker went to sleep because there was no work.
    TOKIO_WORKER_PARKS: ObservableCounter = "tokio_worker_parks_total" (worker);

    /// Series that the process holds and exposes.
    METRIC_SERIES: Gauge = "obs_metric_series" ();

    /// Registrations that found their metric at its series limit and were given its overflow
    /// series.
    METRIC_SERIES_OVERFLOW: Counter = "obs_metric_series_overflow_total" (metric);

    /// Metrics registered under a name that a metric of another kind has; they are exposed under
    /// another name.
    METRIC_CONFLICTS: Counter = "obs_metric_conflicts_total" (metric);

    /// Panics on any thread or task of the process.
    PANICS: Counter = "obs_panics_total" ();

    /// Log events that passed the filter.
    LOG_EVENTS: Counter = "obs_log_events_total" (level);

    /// Secrets that were hidden in the log, by how they were known: by the name of their field
    /// (`key`) or by their look (`value`).
    LOG_REDACTIONS: Counter = "obs_log_redactions_total" (kind);
    /// Log lines that the rate limit of their callsite held back.
    LOG_LINES_RATE_LIMITED: Counter = "obs_log_lines_rate_limited_total" (level);

    /// Log lines that sampling left out; those that were kept say for how many they stand.
    LOG_LINES_SAMPLED: Counter = "obs_log_lines_sampled_total" (level);

    /// Log lines that were not written because they were the same as the one before.
    LOG_LINES_FOLDED: Counter = "obs_log_lines_folded_total" (level);

    /// Log lines that did not reach their output.
    LOG_LINES_DROPPED: Counter = "obs_log_lines_dropped_total" (level, reason);

    /// Log lines that wait to be written or are being written.
    LOG_QUEUE_BYTES: Gauge = "obs_log_queue_bytes" ();

    /// Time of one write of a batch of log lines to their output.
    LOG_WRITE_DURATION: Histogram = "obs_log_write_duration_seconds" ()
        [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0];

    /// Log files that could not be renamed, opened, listed, compressed or deleted; writing goes on.
    LOG_ROTATION_FAILURES: Counter = "obs_log_rotation_failures_total" (reason);

    /// Events for the audit log: `durable` ones are on the disk, `refused` ones were answered with an
    /// error, `lost` ones with leave to go on.
    AUDIT_RECORDS: Counter = "obs_audit_records_total" (outcome);

    /// Time to write a batch of audit records and have the disk confirm it.
    AUDIT_COMMIT_DURATION: Histogram = "obs_audit_commit_duration_seconds" ()
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

    /// What went wrong with the audit log: `open`, `write`, `sync`, `rotate`, `moved`, `too_large` or
    /// `closed`.
    AUDIT_FAILURES: Counter = "obs_audit_failures_total" (reason);

    /// Health of a named check as last evaluated: 1 up, 0.5 degraded, 0 down.
    HEALTH_CHECK_UP: Gauge = "obs_health_check_up" (check);
}
