//! What the code, the environment and the table of settings make of each other.

use std::time::Duration;

use obs_core::log::{File, Queue, RateLimit, Redaction, Sampling};
use obs_core::metrics::Format;
use obs_core::{Bundle, InitError, LogFormat, builder};

obs_core::catalogue! {
    /// A shop's.
    static SHOP;
    /// Orders placed.
    ORDERS: Counter = "shop_orders_total" ();
}

obs_core::catalogue! {
    /// Another's, with a name of the first.
    static OTHER;
    /// Orders placed elsewhere.
    OTHER_ORDERS: Counter = "shop_orders_total" (place);
}

const BUNDLE: Bundle = Bundle::new("shop", SHOP);

#[test]
fn code_wins_over_the_environment() {
    // (code, OBS_SERVICE_VERSION, OTEL_RESOURCE_ATTRIBUTES, the version)
    let otel = "service.version=3,deployment.environment.name=prod%20eu,service.instance.id=a-1";
    for (code, env, attributes, version) in [
        (Some("1"), "2", otel, Some("1")),
        (None, "2", otel, Some("2")),
        (None, "", otel, Some("3")),
        (None, " ", "", None),
    ] {
        let env = [("OBS_SERVICE_VERSION", env), ("OTEL_RESOURCE_ATTRIBUTES", attributes)];
        let mut builder = builder("shop").env(&env);
        if let Some(code) = code {
            builder = builder.service_version(code);
        }
        let obs = builder.build().unwrap();
        assert_eq!(obs.service().version.as_deref(), version, "{env:?}");
    }

    let obs = builder("shop").env(&[("OTEL_RESOURCE_ATTRIBUTES", otel)]).build().unwrap();
    assert_eq!(obs.service().environment.as_deref(), Some("prod eu"));
    assert_eq!(obs.service().instance_id.as_deref(), Some("a-1"));
}

#[test]
fn the_name_comes_from_code_and_else_from_opentelemetry_s_variables() {
    let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=attribute");
    for (code, env, name) in [
        ("shop", vec![("OTEL_SERVICE_NAME", "other")], "shop"),
        ("", vec![("OTEL_SERVICE_NAME", "other"), attributes], "other"),
        ("", vec![attributes], "attribute"),
    ] {
        let obs = builder(code).env(&env).build().unwrap();
        assert_eq!(obs.service().name, name, "{env:?}");
    }
    assert_eq!(
        builder("").env(&[]).build().unwrap_err().to_string(),
        "builder(\"\"): expected a service name, here or in OTEL_SERVICE_NAME"
    );
}

#[test]
fn global_labels_are_merged_by_name_and_code_wins() {
    let obs = builder("shop")
        .global_label("region", "eu")
        .bundle(BUNDLE)
        .env(&[("OBS_METRICS_GLOBAL_LABELS", "region=us,zone=b")])
        .build()
        .unwrap();
    ORDERS.of(obs.metrics(), []).increment(1);
    let text = obs.metrics().render(Format::Text);
    assert!(text.contains("\nshop_orders_total{region=\"eu\",zone=\"b\"} 1\n"), "{text}");
}

#[test]
fn what_the_metrics_settings_do() {
    let limited = [("OBS_METRICS_SERIES_LIMIT", "1")];
    for (obs, series) in [
        (builder("shop").env(&limited).build().unwrap(), 2),
        (builder("shop").series_limit(3).env(&limited).build().unwrap(), 3),
    ] {
        for place in ["a", "b", "c"] {
            OTHER_ORDERS.of(obs.metrics(), [place]).increment(1);
        }
        let text = obs.metrics().render(Format::Text);
        let shown = text.lines().filter(|line| line.starts_with("shop_orders_total{")).count();
        assert_eq!(shown, series, "{text}");
    }

    for (env, created) in [("true", true), ("0", false)] {
        let obs = builder("shop").env(&[("OBS_METRICS_CREATED", env)]).build().unwrap();
        ORDERS.of(obs.metrics(), []).increment(1);
        let text = obs.metrics().render(Format::OpenMetrics);
        assert_eq!(text.contains("shop_orders_created "), created, "{env}: {text}");
    }
}

#[test]
fn all_bad_settings_are_in_one_error() {
    let error = builder("shop")
        .series_limit(0)
        .env(&[
            ("OBS_LOG", "lo=ud"),
            ("OBS_SHUTDOWN_TIMEOUT", "soon"),
            ("OBS_ENDPOINT_ADDR", "localhost"),
        ])
        .build()
        .unwrap_err();
    let text = "4 bad settings
  OBS_LOG=lo=ud: expected a `tracing` filter such as `info,sqlx=warn`; `lo=ud`: `ud` is no level; levels are error, warn, info, debug, trace and off
  series_limit(0): expected a number above zero
  OBS_SHUTDOWN_TIMEOUT=soon: expected a duration such as `500ms`, `30s` or `2m`
  OBS_ENDPOINT_ADDR=localhost: expected an address and port such as `127.0.0.1:9100`";
    assert_eq!(error.to_string(), text);
    // What a `main` prints that returns the error.
    assert_eq!(format!("{error:?}"), text);
    assert!(!error.is_already_installed());
}

#[test]
fn each_bad_setting_is_refused_by_name() {
    let long = "x".repeat(1000);
    // (variable, value, what the text begins with)
    for (name, value, text) in [
        ("RUST_LOG", "lo=ud", "RUST_LOG=lo=ud: "),
        (
            "OBS_LOG",
            "loud",
            "OBS_LOG=loud: expected a `tracing` filter such as `info,sqlx=warn`; `loud`: this is no level",
        ),
        ("OBS_LOG_RATE_LIMIT", "200", "OBS_LOG_RATE_LIMIT=200: expected a rate such as `200/s`"),
        ("OBS_LOG_SAMPLE", "hyper", "OBS_LOG_SAMPLE=hyper: expected a level or target and one in"),
        ("OBS_LOG_SAMPLE", "warn=2", "OBS_LOG_SAMPLE=warn=2: expected levels info, debug or trace"),
        ("OBS_LOG_FOLD", "maybe", "OBS_LOG_FOLD=maybe: expected `true` or"),
        ("OBS_LOG_FORMAT", "xml", "OBS_LOG_FORMAT=xml: expected `json`, `text` or `auto`"),
        ("OBS_LOG_REDACT", "no", "OBS_LOG_REDACT=no: expected `on`, `keys` or `off`"),
        ("OBS_LOG_REDACT_KEYS", "a,-", "OBS_LOG_REDACT_KEYS=a,-: expected names such as `iban"),
        (
            "OBS_LOG_QUEUE_BYTES",
            "1KiB",
            "OBS_LOG_QUEUE_BYTES=1KiB: expected a size from `64KiB` to",
        ),
        ("OBS_LOG_QUEUE_BYTES", "much", "OBS_LOG_QUEUE_BYTES=much: expected a size"),
        ("OBS_LOG_POLICY", "lose", "OBS_LOG_POLICY=lose: expected `shed`, `block`, `block:`"),
        ("OBS_LOG_POLICY", "block:0s", "OBS_LOG_POLICY=block:0s: expected"),
        ("OBS_LOG_POLICY", "drop:1s", "OBS_LOG_POLICY=drop:1s: expected"),
        ("OBS_LOG_SYNC_LEVEL", "1", "OBS_LOG_SYNC_LEVEL=1: expected `error`, `warn`"),
        ("OBS_LOG_FLUSH_TIMEOUT", "5", "OBS_LOG_FLUSH_TIMEOUT=5: expected a duration"),
        ("OBS_LOG_FILE", "logs/", "OBS_LOG_FILE=logs/: expected the path of a file"),
        ("OBS_LOG_FILE", "shop.log.gz", "OBS_LOG_FILE=shop.log.gz: expected the path of a file"),
        ("OBS_LOG_FILE_MAX_SIZE", "0", "OBS_LOG_FILE_MAX_SIZE=0: expected a size above zero"),
        ("OBS_LOG_FILE_ROTATE", "weekly", "OBS_LOG_FILE_ROTATE=weekly: expected `daily`, `hourly`"),
        ("OBS_LOG_FILE_TIME_ZONE", "CET", "OBS_LOG_FILE_TIME_ZONE=CET: expected `utc` or `local`"),
        ("OBS_LOG_FILE_COMPRESS", "zstd", "OBS_LOG_FILE_COMPRESS=zstd: expected `true` or"),
        ("OBS_LOG_FILE_KEEP_FILES", "0", "OBS_LOG_FILE_KEEP_FILES=0: expected a whole number"),
        ("OBS_LOG_FILE_KEEP_FOR", "0d", "OBS_LOG_FILE_KEEP_FOR=0d: expected a duration above zero"),
        ("OBS_LOG_FILE_KEEP_BYTES", "1G", "OBS_LOG_FILE_KEEP_BYTES=1G: expected a size above zero"),
        (
            "OBS_LOG_FILE_MODE",
            "0400",
            "OBS_LOG_FILE_MODE=0400: expected permissions such as `0600`",
        ),
        ("OBS_METRICS_SERIES_LIMIT", "-1", "OBS_METRICS_SERIES_LIMIT=-1: expected a whole"),
        ("OBS_METRICS_IDLE_TIMEOUT", "0s", "OBS_METRICS_IDLE_TIMEOUT=0s: expected a duration"),
        ("OBS_METRICS_GLOBAL_LABELS", "le=1", "OBS_METRICS_GLOBAL_LABELS=le=1: expected a label"),
        ("OBS_METRICS_GLOBAL_LABELS", "a=1,a=2", "OBS_METRICS_GLOBAL_LABELS=a=1,a=2: expected"),
        ("OBS_METRICS_CREATED", "maybe", "OBS_METRICS_CREATED=maybe: expected `true` or"),
        ("OBS_HEALTH_TIMEOUT", "0s", "OBS_HEALTH_TIMEOUT=0s: expected a duration above zero"),
        ("OBS_HEALTH_CACHE", "1", "OBS_HEALTH_CACHE=1: expected a duration"),
        ("OBS_SHUTDOWN_DELAY", &long, "OBS_SHUTDOWN_DELAY=xxxx"),
        (
            "OBS_ENDPOINT_TOKEN_FILE",
            "/no/such",
            "OBS_ENDPOINT_TOKEN_FILE=/no/such: expected a file",
        ),
    ] {
        let error = builder("shop").env(&[(name, value)]).build().unwrap_err();
        assert_eq!(error.problems().len(), 1, "{name}={value}");
        assert!(error.to_string().starts_with(text), "{error}");
        assert!(error.to_string().len() < 250, "{error}");
    }

    // What code decides is not read at all.
    let obs = builder("shop").log_format(LogFormat::Json).env(&[("OBS_LOG_FORMAT", "xml")]).build();
    assert!(obs.is_ok());
}

#[test]
fn mistakes_in_code_are_refused_too() {
    let up = || async { Ok::<(), String>(()) };
    let base = || builder("shop").env(&[]);
    let file = || File::new("shop.log");
    let cases = [
        (base().log_filter("lo=ud"), "log_filter(\"lo=ud\"): expected a `tracing` filter"),
        (base().log_redaction(Redaction::new().key("")), "key(\"\"): expected a name with a"),
        (base().log_redaction(Redaction::new().allow(".")), "allow(\".\"): expected a name with"),
        (base().log_rate_limit(RateLimit::per_second(0)), "log_rate_limit: expected lines and"),
        (
            base().log_sampling(Sampling::new().target("hyper", 0)),
            "log_sampling: expected a number",
        ),
        (
            base().log_queue(Queue::new().bytes(1)),
            "log_queue(Queue::new().bytes(1)): expected a size from",
        ),
        (base().log_file(File::new("logs/")), "log_file(\"logs/\"): expected the path of a file"),
        (base().log_file(file().max_size(0)), "log_file: max_size(0): expected a number above"),
        (base().log_file(file().keep_files(0)), "log_file: keep_files(0): expected a number above"),
        (base().log_file(file().keep_bytes(0)), "log_file: keep_bytes(0): expected a number above"),
        (base().log_file(file().keep_for(Duration::ZERO)), "log_file: keep_for(0s): expected a"),
        (base().log_file(file().mode(0o1600)), "log_file: mode(0o1600): expected permissions"),
        (base().idle_timeout(Duration::ZERO), "idle_timeout(0s): expected a duration above zero"),
        (base().global_label("__x", "1"), "global_label(\"__x\"): expected a label name"),
        (base().readiness("db", up).readiness("db", up), "readiness(\"db\"): expected a name that"),
        (base().liveness("", up), "liveness(\"\"): expected a name"),
        (base().bundle(BUNDLE).bundle(Bundle::new("shop", &[])), "bundle(\"shop\"): expected"),
        (base().bundle(BUNDLE).catalogue(OTHER), "metric shop_orders_total: expected one"),
        (base().endpoint_token(""), "endpoint_token(…): expected a token"),
    ];
    for (builder, text) in cases {
        let error = builder.build().unwrap_err();
        assert_eq!(error.problems().len(), 1, "{error}");
        assert!(error.to_string().starts_with(text), "{error}");
    }

    let obs = base().bundle(BUNDLE).bundle(BUNDLE).readiness("db", up).liveness("db", up).build();
    let obs = obs.unwrap();
    let names = obs.bundles().iter().map(Bundle::name);
    assert_eq!(names.filter(|name| *name == "shop").count(), 1);
}

#[test]
fn no_text_holds_the_token() {
    let secret = "s3cret token";
    let refused =
        |env: &[(&str, &str)]| -> InitError { builder("shop").env(env).build().unwrap_err() };
    for error in [
        refused(&[("OBS_ENDPOINT_TOKEN", secret)]),
        refused(&[("OBS_ENDPOINT_TOKEN", "s3cret"), ("OBS_ENDPOINT_TOKEN_FILE", "f")]),
        builder("shop").endpoint_token(secret).build().unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("ndpoint_token") || error.to_string().contains("_TOKEN")
        );
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }

    let env = [("OBS_ENDPOINT_TOKEN", "s3cret")];
    let builder = builder("shop").endpoint_token("s3cret-too").env(&env);
    assert!(!format!("{builder:?}").contains("s3cret"), "{builder:?}");
    let obs = builder.build().unwrap();
    assert!(!format!("{obs:?}").contains("s3cret"), "{obs:?}");
    assert_eq!(obs.endpoint_settings().token(), Some("s3cret-too"));
}

#[test]
fn a_token_file_may_end_with_a_line_break() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("token");
    std::fs::write(&path, "s3cret\r\n").unwrap();
    let path = path.to_str().unwrap();
    let obs = builder("shop").env(&[("OBS_ENDPOINT_TOKEN_FILE", path)]).build().unwrap();
    assert_eq!(obs.endpoint_settings().token(), Some("s3cret"));
}

#[test]
fn what_is_passed_over_is_a_warning() {
    let obs = builder("shop")
        .known_env(&["OBS_SHOP_SIZE"])
        .env(&[
            ("OBS_LOGFORMAT", "json"),
            ("OBS_SHOP_SIZE", "1"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.version"),
        ])
        .build()
        .unwrap();
    assert_eq!(
        obs.warnings(),
        [
            "OBS_LOGFORMAT is no known setting: did you mean OBS_LOG_FORMAT?",
            "OTEL_RESOURCE_ATTRIBUTES is left out: expected `key=value,key=value`, percent-encoded"
        ]
    );
}

/// The README shows the table that the code reads.
#[test]
fn the_documented_settings_are_those_of_the_code() {
    let (begin, end) = ("<!-- settings -->\n", "<!-- /settings -->");
    let table = obs_core::settings_table(obs_core::settings());
    let readme = std::fs::read_to_string("../README.md").unwrap();
    let shown = readme.split_once(begin).and_then(|(_, rest)| rest.split_once(end));
    let shown = shown.map(|(shown, _)| shown.trim());
    assert_eq!(shown, Some(table.trim()), "between {begin}and {end} belongs:\n{table}");
}
