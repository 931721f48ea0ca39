//! The settings that the environment can make: one table for the code and the documentation.

use std::fmt::Write as _;

/// One variable that [`builder`](crate::builder) reads where the code leaves it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The variable.
    pub name: &'static str,
    /// The [`Builder`](crate::Builder) method that wins over it; empty where there is none.
    pub method: &'static str,
    /// The value when neither says anything; empty for none.
    pub default: &'static str,
    /// What it does, in Markdown.
    pub meaning: &'static str,
}

/// Defines each setting as a constant, and the table of all of them.
macro_rules! settings {
    ($($NAME:ident = $method:literal, $default:literal, $meaning:literal;)*) => {
        $(
            pub(crate) const $NAME: Setting = Setting {
                name: stringify!($NAME),
                method: $method,
                default: $default,
                meaning: $meaning,
            };
        )*

        const SETTINGS: &[Setting] = &[$($NAME),*];
    };
}

settings! {
    OTEL_SERVICE_NAME = "", "",
        "Name of the service; read when `builder(\"\")` names none";
    OTEL_RESOURCE_ATTRIBUTES = "", "",
        "`service.version`, `deployment.environment.name` and `service.instance.id` are read from `key=value,key=value`";
    OBS_SERVICE_VERSION = "service_version", "",
        "Version of the service; wins over `OTEL_RESOURCE_ATTRIBUTES`";
    OBS_ENVIRONMENT = "environment", "",
        "Where it runs, such as `production`; wins over `OTEL_RESOURCE_ATTRIBUTES`";
    OBS_LOG = "log_filter", "info",
        "Which events are logged: a `tracing` filter such as `info,sqlx=warn`";
    RUST_LOG = "log_filter", "",
        "The same, read when `OBS_LOG` is not set";
    OBS_LOG_FORMAT = "log_format", "auto",
        "How lines look on standard output: `json`, `text`, or `auto`: text on a terminal and JSON elsewhere";
    NO_COLOR = "", "",
        "Set to anything: text in the log is not coloured";
    CLICOLOR_FORCE = "", "",
        "Set to anything but `0`: text in the log is coloured, on a terminal or not";
    TERM = "", "",
        "`dumb`: as `NO_COLOR`, unless `CLICOLOR_FORCE` is set";
    OBS_LOG_STDOUT = "without_log_stdout", "true",
        "Whether lines go to standard output";
    OBS_LOG_LINE_LIMIT = "log_line_limit", "16000B",
        "Most bytes of a line, from `1KiB` to `1MiB`; values are cut to fit";
    OBS_LOG_ORIGIN = "without_log_origin", "true",
        "Whether lines say where in the source they come from";
    OBS_LOG_BACKTRACE = "log_backtrace", "false",
        "Whether the errors of `error` events bring a backtrace";
    OBS_LOG_REDACT = "log_redaction", "on",
        "Which secrets are hidden in the log: `on` for all, `keys` for those that their name tells, `off`";
    OBS_LOG_REDACT_KEYS = "log_redaction", "",
        "More names that hide their value: `iban,user.pin,http.request.headers.*`; adds to those in code";
    OBS_LOG_RATE_LIMIT = "log_rate_limit", "off",
        "Lines that each callsite may write, with a burst: `200/s` or `200/s:2000`; errors are exempt";
    OBS_LOG_SAMPLE = "log_sampling", "off",
        "Levels and targets of which one line in so many is kept: `debug=100,shop::cache=10`";
    OBS_LOG_FOLD = "log_fold", "off",
        "`on` counts a line that is the same as the one before instead of writing it";
    OBS_LOG_QUEUE_BYTES = "log_queue", "8MiB",
        "Most bytes of log lines that wait to be written, from `64KiB` to `1GiB`";
    OBS_LOG_POLICY = "log_queue", "shed",
        "What happens to a line when they do: `shed` drops `info` and below at 80 %, `block` waits, `block:500ms` waits so long, `drop` does not wait";
    OBS_LOG_SYNC_LEVEL = "log_queue", "off",
        "Lines of this level and worse are written before the call that logs them returns";
    OBS_LOG_FLUSH_TIMEOUT = "log_queue", "5s",
        "How long the end of the service waits for its log to be written";
    OBS_LOG_FILE = "log_file", "",
        "A file that lines are written to as well, such as `/var/log/shop/shop.log`";
    OBS_LOG_FILE_MAX_SIZE = "log_file", "100MiB",
        "Size at which the file is closed and another begun, or `off`";
    OBS_LOG_FILE_ROTATE = "log_file", "daily",
        "`daily`, `hourly`, or `never`: by size only";
    OBS_LOG_FILE_TIME_ZONE = "log_file", "utc",
        "Whose midnight and hour that are: `utc`, or `local` for the system's time zone";
    OBS_LOG_FILE_COMPRESS = "log_file", "true",
        "Whether closed files are compressed with gzip";
    OBS_LOG_FILE_KEEP_FILES = "log_file", "14",
        "Closed files that are kept, or `off` for any number";
    OBS_LOG_FILE_KEEP_FOR = "log_file", "off",
        "How long a closed file is kept, such as `30d`; `off` sets no end";
    OBS_LOG_FILE_KEEP_BYTES = "log_file", "1GiB",
        "Size of the closed files together that is kept, or `off`";
    OBS_LOG_FILE_MODE = "log_file", "0600",
        "Permissions of the files that are made, in octal";
    OBS_METRICS_SERIES_LIMIT = "series_limit", "2000",
        "Series a metric may have; more are counted in one overflow series";
    OBS_METRICS_IDLE_TIMEOUT = "idle_timeout", "off",
        "Drop a series that nobody holds or changes for this long; `off` keeps all";
    OBS_METRICS_GLOBAL_LABELS = "global_label", "",
        "Labels of every series: `key=value,key=value`";
    OBS_METRICS_CREATED = "without_created_samples", "true",
        "Whether OpenMetrics output has `_created` samples";
    OBS_HEALTH_TIMEOUT = "health_timeout", "2s",
        "A health check that takes longer is down";
    OBS_HEALTH_CACHE = "health_cache", "1s",
        "How long the result of a health check is served again";
    OBS_SHUTDOWN_DELAY = "shutdown_delay", "0s",
        "Time between readiness going down and the end of accepting requests";
    OBS_SHUTDOWN_TIMEOUT = "shutdown_timeout", "30s",
        "Time for requests in flight to end, from then on";
    OBS_AUDIT_FILE = "audit", "",
        "File of the audit log, such as `audit/shop.audit.jsonl`; without one there is none";
    OBS_AUDIT_KEY_FILE = "audit", "",
        "File of the key that signs the audit log, 32 bytes or more as hex, base64 or as they are; or of several, `ID:KEY` a line, of which the last signs";
    OBS_AUDIT_KEY = "audit", "",
        "The key itself";
    OBS_AUDIT_KEY_ID = "audit", "",
        "Name of that one key in the records; made from the key where it is not set";
    OBS_AUDIT_ON_FAILURE = "audit", "refuse",
        "What happens to an event that cannot be recorded: `refuse` is an error to the caller, `continue` lets it go on";
    OBS_ENDPOINT_ADDR = "endpoint_addr", "",
        "Own address of the management endpoints, such as `127.0.0.1:9100`";
    OBS_ENDPOINT_TOKEN = "endpoint_token", "",
        "Bearer token that the management endpoints require";
    OBS_ENDPOINT_TOKEN_FILE = "endpoint_token", "",
        "File that holds the bearer token";
}

/// Every variable that [`builder`](crate::builder) reads, in the order of the documentation.
#[must_use]
pub const fn settings() -> &'static [Setting] {
    SETTINGS
}

/// `settings` as a Markdown table, as it stands in the README.
///
/// ```
/// let table = obs_core::settings_table(obs_core::settings());
/// assert!(table.contains("| `OBS_SHUTDOWN_TIMEOUT` | `shutdown_timeout` | `30s` | Time for"));
/// ```
#[must_use]
pub fn settings_table(settings: &[Setting]) -> String {
    let code = |text: &str| if text.is_empty() { String::new() } else { format!(" `{text}`") };
    let mut table = "| Variable | In code | Default | Meaning |\n|---|---|---|---|\n".to_owned();
    for Setting { name, method, default, meaning } in settings {
        // Writing to a string does not fail.
        let _ = writeln!(
            table,
            "| `{name}` |{} |{} | {} |",
            code(method),
            code(default),
            meaning.replace('|', "\\|")
        );
    }
    table
}
