//! What a capture sees and what it does not, while other tests of this process log too.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests spawn threads and tasks"
)]

use std::sync::{Arc, Barrier, mpsc};
use std::thread;

use obs_test::{Level, Logs, capture, capture_at};
use tokio::runtime::Runtime;
use tracing::{Instrument as _, Span, debug, error, info, info_span, warn};

fn messages(logs: &Logs) -> Vec<String> {
    logs.all().iter().map(|record| record.message().to_owned()).collect()
}

#[test]
fn records_have_the_fields_of_the_event_and_of_its_spans() {
    let logs = capture();
    let _request = info_span!("request", tenant = "acme", http.request.method = "GET").entered();
    let query = info_span!("query", rows = tracing::field::Empty).entered();
    query.record("rows", 17);
    warn!(order.id = 42, paid = true, total = 12.0, big = u64::MAX, "order placed");

    let record = logs.one("order placed");
    record
        .assert_field("order.id", 42)
        .assert_field("labels.order_id", 42)
        .assert_field("numeric_labels.order_id", 42)
        .assert_field("paid", true)
        .assert_field("labels.paid", "true")
        .assert_field("total", 12)
        .assert_field("big", u64::MAX)
        .assert_field("tenant", "acme")
        .assert_field("http.request.method", "GET")
        .assert_field("rows", 17)
        .assert_field("service.name", "test")
        .assert_no_field("labels.customer");
    assert_eq!(record.level(), Level::WARN);
    assert_eq!(record.target(), "logs");
    assert_eq!(record.field("nothing"), None);
    assert_eq!(record.json()["numeric_labels.order_id"], 42);
    assert_eq!(record.to_string(), record.line());
}

#[test]
fn secrets_are_hidden_as_in_a_service() {
    let logs = capture();
    info!(password = "hunter2", "signed in");
    logs.one("signed in").assert_field("password", "[redacted]");
    assert!(!logs.snapshot().contains("hunter2"));
}

#[test]
fn many_captures_at_once_see_their_own_thread_only() {
    const THREADS: usize = 16;
    const EVENTS: usize = 200;
    let together = Barrier::new(THREADS);
    thread::scope(|threads| {
        for test in 0..THREADS {
            let together = &together;
            threads.spawn(move || {
                together.wait();
                let logs = capture();
                for event in 0..EVENTS {
                    let _span = info_span!("span", test).entered();
                    info!(event, "of {test}");
                }
                let records = logs.all();
                assert_eq!(records.len(), EVENTS);
                for (event, record) in records.iter().enumerate() {
                    record.assert_field("event", event).assert_field("test", test);
                    assert_eq!(record.message(), format!("of {test}"));
                }
            });
        }
    });
}

#[tokio::test]
async fn tasks_of_a_test_on_one_thread_are_its_own() {
    let logs = capture();
    tokio::spawn(async { info!("task") }).await.unwrap();
    tokio::task::spawn_blocking(|| info!("blocking")).await.unwrap();
    assert_eq!(messages(&logs), ["task", "blocking"]);
}

async fn tasks_on_many_threads(test: usize) {
    let logs = capture();
    let tasks: Vec<_> = (0..50)
        .map(|task| {
            tokio::spawn(async move {
                tokio::task::yield_now().await;
                info!(task, "of {test}");
                tokio::task::spawn_blocking(move || info!(task, "blocking, of {test}"))
                    .await
                    .unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let of = |message: &str| logs.all().with_message(message).len();
    assert_eq!(of(&format!("of {test}")), 50);
    assert_eq!(of(&format!("blocking, of {test}")), 50);
    assert_eq!(logs.all().len(), 100);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn tasks_of_a_test_on_many_threads_are_its_own() {
    tasks_on_many_threads(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn tasks_of_another_test_are_not() {
    tasks_on_many_threads(2).await;
}

#[test]
fn a_runtime_that_is_made_later_is_claimed_by_hand() {
    let logs = capture();
    let runtime = Runtime::new().unwrap();
    let task = || async { info!("task") };
    runtime.block_on(runtime.spawn(task())).unwrap();
    logs.runtime(runtime.handle());
    runtime.block_on(runtime.spawn(task())).unwrap();
    logs.one("task");
}

#[test]
fn a_span_of_the_test_is_captured_on_any_thread() {
    let logs = capture();
    let span = info_span!("job", id = 7);
    let inner = span.clone();
    thread::spawn(move || {
        info!("outside");
        let _job = inner.entered();
        info!("inside");
        let _step = info_span!("step").entered();
        info!("further inside");
    })
    .join()
    .unwrap();
    let explicit = span.clone();
    thread::spawn(move || info!(parent: &explicit, "explicit")).join().unwrap();

    assert_eq!(messages(&logs), ["inside", "further inside", "explicit"]);
    assert_eq!(logs.with_field("id", 7).len(), 3);
}

#[tokio::test]
async fn tasks_of_another_runtime_are_captured_in_a_span_or_by_hand() {
    let logs = capture();
    let elsewhere = Runtime::new().unwrap();
    let handle = elsewhere.handle().clone();
    handle.spawn(async { info!("lost") }).await.unwrap();
    handle.spawn(async { info!("in span") }.instrument(info_span!("job"))).await.unwrap();
    handle.spawn(logs.wrap_future(async { info!("by hand") })).await.unwrap();
    assert_eq!(messages(&logs), ["in span", "by hand"]);
    elsewhere.shutdown_background();
}

#[test]
fn a_future_is_captured_while_it_is_dropped() {
    struct Tells;
    impl Drop for Tells {
        fn drop(&mut self) {
            info!("dropped");
        }
    }
    let logs = obs_test::builder().detached().start();
    let tells = Tells;
    drop(logs.wrap_future(async move {
        let _tells = tells;
    }));
    logs.one("dropped");
}

#[test]
fn other_threads_are_captured_by_hand() {
    let logs = capture();
    thread::spawn(|| info!("lost")).join().unwrap();
    thread::spawn(logs.wrap(|| info!("wrapped"))).join().unwrap();
    thread::scope(|threads| {
        threads.spawn(|| {
            logs.in_scope(|| info!("in scope"));
            info!("lost too");
        });
    });
    assert_eq!(messages(&logs), ["wrapped", "in scope"]);
}

#[test]
fn captures_nest() {
    let outer = capture();
    info!("first");
    let inner = capture();
    info!("second");
    assert_eq!(messages(&inner), ["second"]);
    drop(inner);
    info!("third");
    assert_eq!(messages(&outer), ["first", "second", "third"]);
}

#[test]
fn captures_end_in_any_order() {
    let (first, second) = (capture(), capture());
    drop(first);
    info!("after the first");
    let third = capture();
    drop(second);
    info!("after the second");
    assert_eq!(messages(&third), ["after the second"]);
}

#[test]
fn a_capture_may_end_on_another_thread() {
    let logs = capture();
    thread::spawn(move || drop(logs)).join().unwrap();
    let logs = capture();
    info!("after");
    logs.all().only();
}

#[test]
fn what_a_test_leaves_behind_is_not_the_next_ones() {
    let first = capture();
    let span = info_span!("worker");
    let (send, receive) = mpsc::channel::<()>();
    let worker = thread::spawn(first.wrap(move || {
        let _worker = span.entered();
        let _ = receive.recv();
        info!("late");
    }));
    drop(first);

    let second = capture();
    drop(send);
    worker.join().unwrap();
    second.all().assert_empty();
}

#[test]
fn filters_go_by_target_and_level() {
    let logs = capture_at("warn,shop=debug,shop::noise=off");
    info!("here");
    warn!("warned here");
    debug!(target: "shop", "debugged");
    tracing::trace!(target: "shop", "traced");
    error!(target: "shop::noise", "noise");
    info!(target: "shop::orders", "order placed");

    assert_eq!(messages(&logs), ["warned here", "debugged", "order placed"]);
    let records = logs.all();
    assert_eq!(records.with_target("shop").len(), 2);
    assert_eq!(records.with_target("sho").len(), 0);
    assert_eq!(records.at_or_above(Level::INFO).len(), 2);
    assert_eq!(logs.with_level(Level::DEBUG).only().message(), "debugged");
    assert_eq!(records.containing("bugg").only().message(), "debugged");
    logs.none("noise");
    logs.assert_none_at_or_above(Level::ERROR);
    logs.clear();
    logs.all().assert_empty();
}

#[test]
fn records_of_the_log_crate_are_captured() {
    let logs = capture_at("shop=info");
    log::info!(target: "shop::orders", "order {}", 42);
    log::debug!(target: "shop::orders", "details");
    log::error!(target: "bank", "noise");
    let record = logs.all().only();
    assert_eq!((record.message(), record.target()), ("order 42", "shop::orders"));
}

#[test]
fn a_value_that_logs_while_it_is_formatted_is_a_record_of_its_own() {
    struct Loud(Logs);
    impl std::fmt::Display for Loud {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            self.0.in_scope(|| info!("formatting"));
            f.write_str("loud")
        }
    }
    let logs = capture();
    let loud = Loud(obs_test::builder().detached().start());
    info!(value = %loud, "formatted");
    logs.one("formatted").assert_field("value", "loud");
    assert_eq!(messages(&logs), ["formatting", "formatted"]);
    assert_eq!(messages(&loud.0), ["formatting"]);
}

#[test]
fn tests_that_share_a_runtime_are_told() {
    let runtime = Arc::new(Runtime::new().unwrap());
    let _first = runtime.block_on(async { capture() });
    let shared = runtime.clone();
    let second = thread::spawn(move || shared.block_on(async { drop(capture()) })).join();
    let text = *second.unwrap_err().downcast::<String>().unwrap();
    assert!(text.contains("a capture of another thread has this tokio runtime"), "{text}");

    thread::spawn(move || {
        runtime.block_on(async {
            let logs = obs_test::builder().without_runtime().start();
            info!("on the test's thread");
            tokio::spawn(async { info!("in a task") }).await.unwrap();
            tokio::spawn(async { info!("in a span") }.instrument(info_span!("job"))).await.unwrap();
            assert_eq!(messages(&logs), ["on the test's thread", "in a span"]);
        });
    })
    .join()
    .unwrap();
}

#[test]
fn snapshots_are_the_same_in_each_run() {
    use obs_core::trace::{TraceContext, enter};

    let snapshot = || {
        let logs = capture();
        let (first, second) = (TraceContext::new_root(), TraceContext::new_root());
        for context in [first, second, first.child()] {
            let _entered = enter(context);
            let duration = context.span_id.to_hex()[0];
            info!(event.duration = duration, process.pid = 1, user.id = 7, "handled \"it\"");
        }
        logs.snapshot()
    };
    let line = |trace, span| {
        format!(
            "{{\"@timestamp\":\"<time>\",\"log.level\":\"info\",\"message\":\"handled \\\"it\\\"\",\
             \"log.logger\":\"logs\",\"event.duration\":\"<duration>\",\"process.pid\":\"<pid>\",\
             \"span.id\":\"<span-{span}>\",\"trace.id\":\"<trace-{trace}>\",\"user.id\":\"7\"}}\n"
        )
    };
    assert_eq!(snapshot(), [line(1, 1), line(2, 2), line(1, 3)].concat());
    assert_eq!(snapshot(), snapshot());
}

#[test]
fn spans_without_a_capture_are_nobodys() {
    let span = Arc::new(thread::spawn(|| info_span!("of nobody")).join().unwrap());
    let logs = capture();
    let _of_nobody = Span::enter(&span);
    info!("mine");
    thread::spawn({
        let span = span.clone();
        move || info!(parent: &*span, "not mine")
    })
    .join()
    .unwrap();
    assert_eq!(messages(&logs), ["mine"]);
}
