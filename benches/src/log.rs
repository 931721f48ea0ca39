//! One event as a JSON line: a message with four fields, in two spans of three fields each.

use std::io::{self, Write};

use serde::Serialize;
use tracing::Dispatch;
use tracing_bunyan_formatter::{BunyanFormattingLayer, JsonStorageLayer};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

pub const OURS: &str = "ours";
pub const SERDE: &str = "serde_json, a struct of the same line";
pub const FMT_JSON: &str = "tracing-subscriber json";
pub const FMT_FLAT: &str = "tracing-subscriber json, flatten_event";
pub const JSON_SUBSCRIBER: &str = "json-subscriber";
pub const BUNYAN: &str = "tracing-bunyan-formatter";

/// Forgets what is written.
#[derive(Clone, Copy)]
pub struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        std::hint::black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Those that are fed by `tracing`.
pub fn dispatches() -> Vec<(&'static str, Dispatch)> {
    let ours = obs_core::log::EcsLayer::builder("bench").build(|_, line| {
        std::hint::black_box(line);
    });
    let fmt = || tracing_subscriber::fmt::layer().json().with_writer(|| Sink);
    let bunyan = BunyanFormattingLayer::new("bench".to_owned(), || Sink);
    vec![
        (OURS, Dispatch::new(registry().with(ours))),
        (FMT_JSON, Dispatch::new(registry().with(fmt()))),
        (FMT_FLAT, Dispatch::new(registry().with(fmt().flatten_event(true)))),
        (JSON_SUBSCRIBER, Dispatch::new(registry().with(json_subscriber::layer().with_writer(|| Sink)))),
        (BUNYAN, Dispatch::new(registry().with(JsonStorageLayer).with(bunyan))),
    ]
}

/// Logs the event `n` times.
pub fn events(n: u64) {
    let request = tracing::info_span!("request", method = "GET", route = "/orders/{id}", attempt = 1);
    let _request = request.entered();
    let query = tracing::info_span!("query", table = "orders", rows = 17, cached = false).entered();
    for i in 0..n {
        tracing::info!(customer = "c-1234567", order = i, total = 99.95, paid = true, "order placed");
    }
    drop(query);
}

/// The line that ours writes, as a struct.
#[derive(Serialize)]
pub struct Line<'a> {
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

impl Line<'_> {
    /// The `order`th line.
    pub const fn new(order: u64) -> Self {
        Self {
            timestamp: "2026-11-23T14:05:07.123456789Z",
            level: "info",
            message: "order placed",
            ecs_version: "8.11.0",
            service: "bench",
            dataset: "bench",
            logger: "obs_benches::log",
            file: "src/log.rs",
            line: 62,
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
}
