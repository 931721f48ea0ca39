//! The floor: our line as a struct that `serde_json` writes, without clock and without `tracing`.

use std::cell::RefCell;

use serde::Serialize;

use super::{EVENTS_A_REQUEST, Logger, SERDE, Take};

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: &'a str,
    #[serde(rename = "log.level")]
    level: &'a str,
    message: &'a str,
    #[serde(rename = "ecs.version")]
    ecs_version: &'a str,
    #[serde(rename = "service.name")]
    service: &'a str,
    #[serde(rename = "event.dataset")]
    dataset: &'a str,
    #[serde(rename = "log.logger")]
    logger: &'a str,
    #[serde(rename = "log.origin.file.name")]
    file: &'a str,
    #[serde(rename = "log.origin.file.line")]
    line: u32,
    #[serde(rename = "labels.customer")]
    customer: &'a str,
    #[serde(rename = "numeric_labels.order")]
    order: u64,
    #[serde(rename = "numeric_labels.total")]
    total: f64,
    #[serde(rename = "labels.paid")]
    paid: &'a str,
    #[serde(rename = "labels.table")]
    table: &'a str,
    #[serde(rename = "numeric_labels.rows")]
    rows: u64,
    #[serde(rename = "labels.cached")]
    cached: &'a str,
    #[serde(rename = "labels.method")]
    method: &'a str,
    #[serde(rename = "labels.route")]
    route: &'a str,
    #[serde(rename = "numeric_labels.attempt")]
    attempt: u64,
}

const fn line(order: u64) -> Line<'static> {
    Line {
        timestamp: "2026-11-23T14:05:07.123456789Z",
        level: "info",
        message: "order placed",
        ecs_version: "8.11.0",
        service: "bench",
        dataset: "bench",
        logger: "obs_benches::log",
        file: "src/log/mod.rs",
        line: 125,
        customer: "c-1234567",
        order,
        total: 99.95,
        paid: "true",
        table: "orders",
        rows: 17,
        cached: "false",
        method: "GET",
        route: "/orders/{id}",
        attempt: 1,
    }
}

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::default();
}

pub(super) fn logger(sink: &impl Take) -> Logger {
    let mut sinks = [sink.clone(), sink.clone()].into_iter();
    let mut lines = || {
        let sink = sinks.next().expect("two ways to log");
        move |n: u64| {
            BUFFER.with_borrow_mut(|buffer| {
                for order in 0..n {
                    buffer.clear();
                    // A vector and a sink take everything.
                    let _ = serde_json::to_writer(&mut *buffer, &line(order));
                    buffer.push(b'\n');
                    let _ = sink.clone().write_all(buffer);
                }
            });
        }
    };
    let (events, of_requests) = (lines(), lines());
    Logger::new(SERDE, events, move |n| (0..n).for_each(|_| of_requests(EVENTS_A_REQUEST)))
}
