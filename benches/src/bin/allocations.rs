//! Allocations of a request under each layer, of an operation on a metric, and of a log line.
//!
//! Apart from the timings: counting would slow those down that allocate more.

use std::alloc::System;

use metrics::{Recorder, counter, with_local_recorder};
use obs_benches::series::{self, HTTP_BOUNDS};
use obs_benches::{conditions, http, log};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const TIMES: u64 = 10_000;

fn main() {
    http::install_json();
    requests();
    operations();
    events();
}

/// Allocations and bytes, each time.
fn counted(mut run: impl FnMut(u64)) -> (f64, f64) {
    // Whatever is made once.
    run(100);
    let region = Region::new(ALLOCATOR);
    run(TIMES);
    let change = region.change();
    let count = change.allocations + change.reallocations;
    (count as f64 / TIMES as f64, change.bytes_allocated as f64 / TIMES as f64)
}

fn requests() {
    conditions::print("allocations: a request, GET /users/42 in process");
    let runtime = http::runtime();
    let apps = {
        let _entered = runtime.enter();
        http::apps()
    };
    println!(
        "{:<44} {:>8} {:>10} {:>8} {:>7} {:>11}",
        "", "count", "over no-op", "bytes", "lines", "line bytes"
    );
    let mut floor = None;
    for mut app in apps {
        let (lines, bytes) = http::logged();
        app.requests(&runtime, 100);
        let (lines, bytes) = (http::logged().0 - lines, http::logged().1 - bytes);
        let (count, allocated) = counted(|n| app.requests(&runtime, n));
        if app.name == http::NOOP {
            floor = Some(count);
        }
        let over = floor.map_or(String::new(), |floor| format!("{:+.2}", count - floor));
        println!(
            "  {:<42} {count:>8.2} {over:>10} {allocated:>8.0} {:>7.2} {:>11.0}",
            app.name,
            lines as f64 / 100.0,
            bytes as f64 / lines.max(1) as f64
        );
        if app.name == http::OURS_METRICS {
            let over = count - floor.unwrap_or_default();
            println!("http_metrics_allocations_over_noop ours {over:.2}");
        }
    }
}

fn operations() {
    conditions::print("allocations: one operation");
    println!("{:<44} {:>8} {:>10}", "", "ours", "exporter");
    let (metrics, exporter) = (series::ours(), series::exporter(HTTP_BOUNDS));
    let (method, route) = (String::from("GET"), String::from("/users/{id}"));
    let strings = |_: u64| {
        counter!(
            "ops_total",
            "method" => method.clone(),
            "route" => route.clone(),
            "status" => 200.to_string()
        )
        .increment(1);
    };
    let literals = |_: u64| counter!("ops_total", "method" => "GET", "route" => "/").increment(1);
    let cases: [(&str, &dyn Fn(u64)); 3] = [
        ("counter!, no labels", &|_| counter!("ops_total").increment(1)),
        ("counter!, literal labels", &literals),
        ("counter!, 3 String labels", &strings),
    ];
    for (title, operation) in cases {
        let on = |recorder: &dyn Recorder| {
            counted(|n| with_local_recorder(recorder, || (0..n).for_each(operation))).0
        };
        println!("  {title:<42} {:>8.2} {:>10.2}", on(metrics.recorder()), on(&exporter));
    }
}

fn events() {
    conditions::print(
        "allocations: one event to a null sink; a request of two spans and three events",
    );
    println!("{:<52} {:>8} {:>8} {:>10} {:>8}", "", "event", "bytes", "a request", "bytes");
    for logger in log::loggers(&log::Null) {
        let (event, event_bytes) = counted(|n| logger.events(n));
        let (request, request_bytes) = counted(|n| logger.requests(n));
        println!(
            "  {:<50} {event:>8.2} {event_bytes:>8.0} {request:>10.2} {request_bytes:>8.0}",
            logger.name
        );
        if logger.name == log::OURS {
            println!("log_event_allocations ours {event:.2}");
        }
    }
}
