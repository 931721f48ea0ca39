//! What exists once in a process: subscriber, recorder, panic hook, signals.
//!
//! Each test runs itself again in a process of its own and reads what that prints, so that none
//! sees another's installation.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]
#![expect(clippy::unwrap_used, reason = "a helper fails its test")]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use obs_core::metrics::Format;
use obs_core::trace::{self, TraceContext};
use obs_core::{Builder, InitError, builder};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer};

/// Runs `body` in a child process that has `env`, and `check` on what that does.
///
/// `case` tells the runs of one test from each other.
fn in_child(
    (test, case): (&str, usize),
    env: &[(&str, &str)],
    body: impl FnOnce(),
    check: impl FnOnce(Running),
) {
    let case = format!("{test} {case}");
    if let Ok(child) = std::env::var("CHILD") {
        if child == case {
            body();
        }
        return;
    }
    let mut command = Command::new(std::env::current_exe().expect("own path"));
    command.args([test, "--exact", "--nocapture"]).env("CHILD", case);
    // The environment of whoever runs the tests is not theirs.
    for (name, _) in std::env::vars_os() {
        let ours = ["OBS_", "OTEL_"].iter().any(|ours| name.to_string_lossy().starts_with(ours));
        if ours || name == "RUST_LOG" || name == "RUST_BACKTRACE" || name == "RUST_LIB_BACKTRACE" {
            command.env_remove(name);
        }
    }
    let mut child = command
        .envs(env.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a child");
    let lines = BufReader::new(child.stdout.take().expect("a pipe"));
    check(Running { child, lines });
}

struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    /// The next line that is a log event.
    fn event(&mut self) -> Option<Value> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("UTF-8") > 0 {
            // The test harness prints on the same output, perhaps without a line break.
            if let Some(event) =
                line.find('{').and_then(|at| serde_json::from_str(&line[at..]).ok())
            {
                return Some(event);
            }
            line.clear();
        }
        None
    }

    fn events(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| self.event()).collect()
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status().expect("a `kill` command");
        assert!(kill.success());
    }

    fn exit(mut self) -> ExitStatus {
        self.child.wait().expect("an exit status")
    }
}

const JSON: (&str, &str) = ("OBS_LOG_FORMAT", "json");

fn shop() -> Builder {
    builder("shop")
}

fn message(event: &Value) -> &str {
    event["message"].as_str().expect("a message")
}

/// Writes down what it hears of the target `library`.
#[derive(Clone, Default)]
struct Hears(Arc<Mutex<Vec<String>>>);

impl Hears {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().unwrap().push(what.into());
    }

    fn heard(&self) -> String {
        self.0.lock().unwrap().drain(..).collect::<Vec<_>>().join(" ")
    }
}

impl Layer<Registry> for Hears {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, Registry>) -> bool {
        metadata.target() == "library"
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
        self.note(format!("new {}", context.span(id).unwrap().name()));
    }

    fn on_record(&self, _: &Id, _: &Record<'_>, _: Context<'_, Registry>) {
        self.note("record");
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, Registry>) {
        self.note(event.metadata().level().as_str());
    }

    fn on_enter(&self, _: &Id, _: Context<'_, Registry>) {
        self.note("enter");
    }

    fn on_exit(&self, _: &Id, _: Context<'_, Registry>) {
        self.note("exit");
    }

    fn on_close(&self, id: Id, context: Context<'_, Registry>) {
        self.note(format!("close {}", context.span(&id).unwrap().name()));
    }
}

#[test]
fn a_layer_beside_the_log_hears_what_the_filter_leaves_out_and_the_log_does_not() {
    in_child(
        ("a_layer_beside_the_log_hears_what_the_filter_leaves_out_and_the_log_does_not", 0),
        &[JSON, ("OBS_LOG", "info,library=warn")],
        || {
            let obs = shop().init().unwrap();
            let library = || {
                let span = tracing::info_span!(target: "library", "call", token = "t", seen = 1);
                let _entered = span.enter();
                span.record("seen", 2);
                tracing::trace!(target: "library", "below the hint");
                tracing::debug!(target: "library", "left out");
                tracing::warn!(target: "library", "kept");
                tracing::info!("the service");
                tracing::debug!("not asked for");
            };
            library();
            let (first, second) = (Hears::default(), Hears::default());
            assert!(obs.add_layer(first.clone()) && obs.add_layer(second.clone()));
            library();
            let all = "new call enter record DEBUG WARN exit close call";
            assert_eq!([first.heard(), second.heard()], [all, all]);
            // A span of the library's is no part of the log before the filter lets it.
            obs.log_level().unwrap().set("info,library=info").unwrap();
            library();
            assert_eq!(first.heard(), all);
        },
        |mut child| {
            let events = child.events();
            let messages: Vec<&str> = events.iter().map(message).collect();
            let changed = "the log filter was changed";
            let each = ["kept", "the service"];
            assert_eq!(messages, [&each[..], &each, &[changed], &each].concat());
            let with_fields = events.iter().map(|event| event.get("numeric_labels.seen").is_some());
            assert_eq!(
                with_fields.collect::<Vec<_>>(),
                [false, false, false, false, false, true, true]
            );
            assert!(child.exit().success());
        },
    );
}

#[test]
fn a_layer_is_refused_where_init_installed_no_subscriber() {
    let obs = shop().env(&[]).build().unwrap();
    assert!(!obs.add_layer(Hears::default()));
    in_child(
        ("a_layer_is_refused_where_init_installed_no_subscriber", 0),
        &[],
        || {
            let obs = shop().without_global_subscriber().init().unwrap();
            assert!(!obs.add_layer(Hears::default()));
        },
        |child| assert!(child.exit().success()),
    );
}

#[test]
fn init_installs_what_code_and_environment_ask_for() {
    in_child(
        ("init_installs_what_code_and_environment_ask_for", 0),
        &[
            JSON,
            ("OBS_LOG", "info,quiet=off"),
            ("OBS_LOGFORMAT", "text"),
            ("OBS_ENVIRONMENT", "test"),
        ],
        || {
            let obs = shop().service_version("1.2.0").init().unwrap();
            tracing::info!(order = 42, "placed");
            tracing::debug!("not shown");
            tracing::error!(target: "quiet", "not shown");
            tracing::error!("broken");
            metrics::counter!("shop_orders_total").increment(3);
            let text = obs.metrics().render(Format::Text);
            for line in [
                "\nshop_orders_total 3\n",
                // The warning about the misspelt variable.
                "\nobs_log_events_total{level=\"warn\"} 1\n",
                "\nobs_log_events_total{level=\"info\"} 1\n",
                "\nobs_log_events_total{level=\"error\"} 1\n",
                "\nobs_log_events_total{level=\"debug\"} 0\n",
                "\nobs_build_info{environment=\"test\",service=\"shop\",version=\"1.2.0\"} 1\n",
            ] {
                assert!(text.contains(line), "{line}\n{text}");
            }
        },
        |mut child| {
            let events = child.events();
            let messages: Vec<&str> = events.iter().map(message).collect();
            let warning = "OBS_LOGFORMAT is no known setting: did you mean OBS_LOG_FORMAT?";
            assert_eq!(messages, [warning, "placed", "broken"]);
            let (order, level) = (&events[1]["numeric_labels.order"], &events[1]["log.level"]);
            assert_eq!((order, level), (&42.into(), &"info".into()));
            assert_eq!(events[1]["service.version"], "1.2.0");
            assert_eq!(events[1]["service.environment"], "test");
            assert!(child.exit().success());
        },
    );
}

#[test]
fn what_libraries_log_through_the_log_crate_is_there() {
    in_child(
        ("what_libraries_log_through_the_log_crate_is_there", 0),
        &[JSON, ("OBS_LOG", "info,old=debug")],
        || {
            let _obs = shop().init().unwrap();
            let _span = tracing::info_span!("request", tenant = "acme").entered();
            log::info!(target: "library", "from {}", "afar");
            log::debug!(target: "library", "not shown");
            log::debug!(target: "old::part", "shown");
        },
        |mut child| {
            let events = child.events();
            let [first, second] = events.as_slice() else { panic!("{events:#?}") };
            assert_eq!(message(first), "from afar");
            assert_eq!(first["log.logger"], "library");
            assert_eq!(first["log.level"], "info");
            assert_eq!(first["labels.tenant"], "acme");
            assert!(first["log.origin.file.name"].as_str().unwrap().ends_with("process.rs"));
            assert!(first["log.origin.file.line"].is_u64());
            assert!(
                first.as_object().unwrap().keys().all(|key| !key.contains("log_")),
                "{first:#}"
            );
            assert_eq!((message(second), &second["log.level"]), ("shown", &"debug".into()));
        },
    );
}

#[test]
fn a_library_that_floods_the_log_crate_holds_back_its_own_records() {
    in_child(
        ("a_library_that_floods_the_log_crate_holds_back_its_own_records", 0),
        &[JSON, ("OBS_LOG_RATE_LIMIT", "1/h:1"), ("OBS_LOG_SAMPLE", "sampled=4294967295")],
        || {
            let obs = shop().init().unwrap();
            for _ in 0..10 {
                log::info!(target: "flood", "again");
                log::info!(target: "sampled", "rarely");
            }
            log::info!(target: "library", "once");
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(obs.finish());
        },
        |mut child| {
            let events = child.events();
            let told: Vec<_> = events
                .iter()
                .map(|event| (event["log.logger"].as_str().unwrap(), message(event)))
                .collect();
            let of_target = "the rate limit held back 9 events of this target";
            assert_eq!(told, [("flood", "again"), ("library", "once"), ("flood", of_target)]);
            assert_eq!(events[2]["numeric_labels.log_suppressed"], 9);
        },
    );
}

#[test]
fn text_says_what_is_missing_and_where_a_record_is_from() {
    in_child(
        ("text_says_what_is_missing_and_where_a_record_is_from", 0),
        &[("OBS_LOG_FORMAT", "text"), ("OBS_LOG_SAMPLE", "often=2")],
        || {
            let _obs = shop().init().unwrap();
            tracing::info!(text = "x".repeat(20_000), "cut");
            log::info!(target: "library", "from afar");
            for _ in 0..64 {
                tracing::info!(target: "often", "some of many");
            }
        },
        |mut child| {
            let mut text = String::new();
            child.lines.read_to_string(&mut text).unwrap();
            let line = |of: &str| text.lines().find(|line| line.contains(of)).unwrap();
            assert!(line(": cut").ends_with("… log_truncated=true"), "{text}");
            assert!(line("from afar").ends_with(" INFO library: from afar"), "{text}");
            assert!(line("often").ends_with("some of many log_sample_rate=2"), "{text}");
        },
    );
}

/// A value that logs while it is formatted: only a global subscriber hears of that.
#[test]
fn a_value_may_log() {
    struct Logs;
    impl std::fmt::Display for Logs {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            tracing::info!(inner = 1, "within");
            f.write_str("logged")
        }
    }
    in_child(
        ("a_value_may_log", 0),
        &[JSON],
        || {
            let _obs = shop().init().unwrap();
            let _span = tracing::info_span!("span", value = %Logs, after = 2).entered();
            tracing::info!(a = 1, value = %Logs, b = 2, "around");
        },
        |mut child| {
            let events = child.events();
            let messages: Vec<&str> = events.iter().map(message).collect();
            assert_eq!(messages, ["within", "within", "around"]);
            assert_eq!(events[2]["labels.value"], "logged");
            assert_eq!(events[2]["numeric_labels.b"], 2);
            assert_eq!(events[2]["numeric_labels.after"], 2);
        },
    );
}

/// A value that changes what there is while it is formatted: no lock is held meanwhile.
#[test]
fn a_value_may_change_the_filter_and_the_metrics() {
    struct Changes<'a>(&'a obs_core::Obs);
    impl std::fmt::Display for Changes<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let Self(obs) = self;
            obs.log_level().unwrap().set("debug").unwrap();
            metrics::counter!("changes_total").increment(1);
            assert!(obs.metrics().render(Format::Text).contains("changes_total 1"));
            // A callsite that nobody has met.
            tracing::debug!("seen while it is formatted");
            f.write_str("changed")
        }
    }
    in_child(
        ("a_value_may_change_the_filter_and_the_metrics", 0),
        &[JSON, ("OBS_LOG", "info")],
        || {
            let obs = shop().init().unwrap();
            tracing::info!(value = %Changes(&obs), "around");
            tracing::debug!("after");
        },
        |mut child| {
            let events = child.events();
            let messages: Vec<&str> = events.iter().map(message).collect();
            assert_eq!(messages[1..], ["seen while it is formatted", "around", "after"]);
            assert_eq!(events[2]["labels.value"], "changed");
        },
    );
}

/// A value whose formatting panics: the panic is told of, and the service goes on.
#[test]
fn a_value_may_panic() {
    struct Panics;
    impl std::fmt::Display for Panics {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("no words")
        }
    }
    in_child(
        ("a_value_may_panic", 0),
        &[JSON],
        || {
            let _obs = shop().init().unwrap();
            let span = tracing::info_span!("span", value = tracing::field::Empty).entered();
            span.record("value", tracing::field::display(Panics));
            tracing::info!(value = %Panics, "goes on");
        },
        |mut child| {
            let events = child.events();
            let messages: Vec<&str> = events.iter().map(message).collect();
            assert_eq!(messages, ["panicked: no words", "panicked: no words", "goes on"]);
            assert!(child.exit().success());
        },
    );
}

#[test]
fn a_second_init_is_refused_and_changes_nothing() {
    in_child(
        ("a_second_init_is_refused_and_changes_nothing", 0),
        &[JSON],
        || {
            let obs = shop().init().unwrap();
            let error: InitError = shop().init().unwrap_err();
            assert_eq!(
                error.to_string(),
                "init has been called before in this process: keep the `Obs` that it returned"
            );
            assert!(error.is_already_installed());
            // Bad settings are reported first.
            assert!(!shop().series_limit(0).init().unwrap_err().is_already_installed());
            metrics::counter!("shop_orders_total").increment(1);
            assert!(obs.metrics().render(Format::Text).contains("\nshop_orders_total 1\n"));
            tracing::info!("still here");
        },
        |mut child| {
            assert_eq!(child.events().iter().map(message).collect::<Vec<_>>(), ["still here"]);
            assert!(child.exit().success());
        },
    );
}

#[test]
fn what_others_installed_is_named_and_can_be_kept() {
    in_child(
        ("what_others_installed_is_named_and_can_be_kept", 0),
        &[],
        || {
            let subscriber = tracing_subscriber::fmt().json().finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            let error = shop().init().unwrap_err();
            assert!(error.to_string().contains("leave it in place with `without_logs()`"));
            assert!(error.is_already_installed());

            // The refusal has installed nothing: the recorder's place is still free.
            metrics::set_global_recorder(metrics::NoopRecorder).unwrap();
            let error = shop().without_logs().init().unwrap_err();
            assert!(error.to_string().contains("with `without_global_recorder()`"), "{error}");

            let _obs = shop().without_logs().without_global_recorder().init().unwrap();
        },
        |mut child| {
            assert!(child.events().is_empty());
            assert!(child.exit().success());
        },
    );
}

#[test]
fn a_panic_is_logged_with_its_place_and_trace_and_counted() {
    for (case, (backtrace, has_one)) in [("1", true), ("0", false)].into_iter().enumerate() {
        in_child(
            ("a_panic_is_logged_with_its_place_and_trace_and_counted", case),
            &[JSON, ("RUST_BACKTRACE", backtrace)],
            || {
                let obs = shop().init().unwrap();
                let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
                let worker = std::thread::Builder::new().name("till".to_owned()).spawn(move || {
                    let _entered = trace::enter(TraceContext::parse(header).unwrap());
                    panic!("out of {}", "paper");
                });
                assert!(worker.unwrap().join().is_err());
                let any = std::panic::catch_unwind(|| std::panic::panic_any(7));
                assert!(any.is_err());
                let long = std::panic::catch_unwind(|| panic!("{}", "é".repeat(100_000)));
                assert!(long.is_err());
                let text = obs.metrics().render(Format::Text);
                assert!(text.contains("\nobs_panics_total 3\n"), "{text}");
            },
            |mut child| {
                let events = child.events();
                assert_eq!(events.len(), 3, "{events:#?}");
                let event = &events[0];
                assert_eq!(event["log.level"], "error");
                assert_eq!(event["log.logger"], "panic");
                assert_eq!(event["message"], "panicked: out of paper");
                assert_eq!(event["error.message"], "out of paper");
                assert_eq!(event["error.type"], "panic");
                assert_eq!(event["process.thread.name"], "till");
                assert_eq!(event["trace.id"], "0af7651916cd43dd8448eb211c80319c");
                let file = event["log.origin.file.name"].as_str().unwrap();
                assert!(file.ends_with("tests/process.rs"), "{file}");
                assert!(event["log.origin.file.line"].as_u64().unwrap() > 100);
                assert_eq!(event["error.stack_trace"].is_string(), has_one, "{event:#}");
                assert_eq!(events[1]["message"], "panicked: a value that is no text");
                assert_eq!(events[1].get("trace.id"), None);
                assert_eq!(message(&events[2]).len(), "panicked: ".len() + 4096);
                assert!(child.exit().success());
            },
        );
    }
}

#[test]
fn the_panic_hook_before_ours_runs_where_it_is_wanted_or_needed() {
    // (what the builder says, runs of the hook that was there)
    type Settings = fn(Builder) -> Builder;
    let cases: [(Settings, usize); 4] = [
        (|builder| builder, 0),
        (Builder::keep_panic_hook, 1),
        (Builder::without_panic_hook, 1),
        // Nobody else would tell of the panic.
        (|builder| builder.without_logs(), 1),
    ];
    for (i, (settings, runs)) in cases.into_iter().enumerate() {
        in_child(
            ("the_panic_hook_before_ours_runs_where_it_is_wanted_or_needed", i),
            &[JSON],
            || {
                use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
                static RUNS: AtomicUsize = AtomicUsize::new(0);
                std::panic::set_hook(Box::new(|_| {
                    RUNS.fetch_add(1, Relaxed);
                }));
                let obs = settings(shop()).init().unwrap();
                let _ = std::panic::catch_unwind(|| panic!("on purpose"));
                // What is printed directly would else come before what is logged.
                drop(obs);
                println!("{{\"message\":\"case {i}: {} runs\"}}", RUNS.load(Relaxed));
            },
            |mut child| {
                let events = child.events();
                let last = events.last().map(message);
                assert_eq!(last, Some(format!("case {i}: {runs} runs").as_str()));
            },
        );
    }
}

#[cfg(unix)]
#[test]
fn a_signal_shuts_down_and_a_second_one_ends_it() {
    let signals = [("-TERM", "-INT"), ("-INT", "-TERM")];
    for (case, (first, second)) in signals.into_iter().enumerate() {
        in_child(
            ("a_signal_shuts_down_and_a_second_one_ends_it", case),
            &[JSON, ("OBS_SHUTDOWN_TIMEOUT", "1h")],
            || {
                let runtime =
                    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                // `init` before there is a runtime, as a hand-written `main` has it.
                let obs = shop().init().unwrap();
                runtime.block_on(async {
                    let (health, signal) = (obs.health().clone(), obs.shutdown_signal());
                    let drained = obs.drain(async {
                        tracing::info!("ready");
                        signal.await;
                        let status = health.readiness().await.status;
                        tracing::info!(%status, "draining");
                        std::future::pending::<()>().await;
                    });
                    tracing::info!("{}", drained.await.unwrap_err());
                    obs.finish().await;
                });
            },
            |mut child| {
                assert_eq!(message(&child.event().unwrap()), "ready");
                child.signal(first);
                let event = child.event().unwrap();
                assert_eq!(message(&event), "shutting down");
                assert_eq!(event["labels.signal"], format!("SIG{}", &first[1..]));
                let event = child.event().unwrap();
                assert_eq!(
                    (message(&event), &event["labels.status"]),
                    ("draining", &"down".into())
                );
                child.signal(second);
                let messages: Vec<_> =
                    child.events().iter().map(|event| message(event).to_owned()).collect();
                assert_eq!(
                    messages,
                    [
                        "second signal: shutting down at once",
                        "a second signal ended the shutdown before all work was done"
                    ]
                );
                assert!(child.exit().success());
            },
        );
    }
}

/// A service that never waits for the signal must still be ended by it.
#[cfg(unix)]
#[test]
fn a_signal_that_nobody_waits_for_keeps_its_effect() {
    in_child(
        ("a_signal_that_nobody_waits_for_keeps_its_effect", 0),
        &[JSON],
        || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let obs = shop().init().unwrap();
                let _watching =
                    (tokio::spawn(obs.shutting_down()), tokio::spawn(obs.shutdown_deadline()));
                tokio::task::yield_now().await;
                tracing::info!("ready");
                std::future::pending::<()>().await;
            });
        },
        |mut child| {
            use std::os::unix::process::ExitStatusExt;
            assert_eq!(message(&child.event().unwrap()), "ready");
            child.signal("-TERM");
            assert_eq!(child.exit().signal(), Some(15));
        },
    );
}
