//! One event as a JSON line: a message with four fields, in two spans of three fields each.
//!
//! Loggers without spans get the six fields of the spans as their context, or with each event.

mod check;
pub mod file;
mod logforth;
mod serde;
mod sink;
mod slog;

use obs_core::log::EcsLayer;
use tracing::dispatcher::with_default;
use tracing::{Dispatch, Level, info, info_span};
use tracing_bunyan_formatter::{BunyanFormattingLayer, JsonStorageLayer};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

pub use check::{Line, line};
pub use sink::{Kept, Null, Take};

pub const OURS: &str = "ours";
pub const SERDE: &str = "serde_json, a struct of the same line";
pub const FMT_JSON: &str = "tracing-subscriber json";
pub const FMT_FLAT: &str = "tracing-subscriber json, flatten_event";
pub const FMT_TEXT: &str = "tracing-subscriber text, no JSON";
pub const JSON_SUBSCRIBER: &str = "json-subscriber";
pub const BUNYAN: &str = "tracing-bunyan-formatter";
pub const LOGFORTH: &str = "logforth, json layout";
pub const SLOG: &str = "slog-json, Mutex";

/// How many events [`Logger::requests`] logs in a request.
pub const EVENTS_A_REQUEST: u64 = 3;

/// Logs so many times.
type Log = Box<dyn Fn(u64) + Send + Sync>;

/// A way to log the event.
pub struct Logger {
    pub name: &'static str,
    events: Log,
    requests: Log,
}

impl Logger {
    fn new(
        name: &'static str,
        events: impl Fn(u64) + Send + Sync + 'static,
        requests: impl Fn(u64) + Send + Sync + 'static,
    ) -> Self {
        Self { name, events: Box::new(events), requests: Box::new(requests) }
    }

    fn of_tracing(name: &'static str, dispatch: Dispatch) -> Self {
        let other = dispatch.clone();
        Self::new(
            name,
            move |n| with_default(&dispatch, || events(n)),
            move |n| with_default(&other, || requests(n)),
        )
    }

    /// Logs `n` events within the same two spans.
    pub fn events(&self, n: u64) {
        (self.events)(n);
    }

    /// `n` times: opens two spans, logs three events in them, closes the spans.
    pub fn requests(&self, n: u64) {
        (self.requests)(n);
    }

    pub fn is_json(&self) -> bool {
        self.name != FMT_TEXT
    }
}

/// Everyone, writing to `sink`.
pub fn loggers(sink: &impl Take) -> Vec<Logger> {
    let writer = || {
        let sink = sink.clone();
        move || sink.clone()
    };
    let fmt = || tracing_subscriber::fmt::layer().json().with_writer(writer());
    let text = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer());
    let json_subscriber = json_subscriber::layer().with_writer(writer());
    let bunyan = BunyanFormattingLayer::new("bench".to_owned(), writer());
    vec![
        Logger::of_tracing(OURS, Dispatch::new(registry().with(ours(sink)))),
        serde::logger(sink),
        Logger::of_tracing(FMT_JSON, Dispatch::new(registry().with(fmt()))),
        Logger::of_tracing(FMT_FLAT, Dispatch::new(registry().with(fmt().flatten_event(true)))),
        Logger::of_tracing(JSON_SUBSCRIBER, Dispatch::new(registry().with(json_subscriber))),
        Logger::of_tracing(BUNYAN, Dispatch::new(registry().with(JsonStorageLayer).with(bunyan))),
        logforth::logger(sink),
        slog::logger(sink),
        Logger::of_tracing(FMT_TEXT, Dispatch::new(registry().with(text))),
    ]
}

fn ours(sink: &impl Take) -> EcsLayer {
    let sink = sink.clone();
    EcsLayer::builder("bench").build(move |_, line| {
        // A sink takes everything.
        let _ = sink.clone().write_all(line);
    })
}

/// Our layer at `INFO`, into nothing.
pub fn ours_at_info(sink: &impl Take) -> Dispatch {
    Dispatch::new(registry().with(LevelFilter::from_level(Level::INFO)).with(ours(sink)))
}

fn in_spans(log: impl FnOnce()) {
    let request = info_span!("request", method = "GET", route = "/orders/{id}", attempt = 1);
    let _request = request.entered();
    let _query = info_span!("query", table = "orders", rows = 17, cached = false).entered();
    log();
}

fn event(order: u64) {
    info!(customer = "c-1234567", order, total = 99.95, paid = true, "order placed");
}

/// Logs the event `n` times through `tracing`.
pub fn events(n: u64) {
    in_spans(|| (0..n).for_each(event));
}

fn requests(n: u64) {
    for _ in 0..n {
        in_spans(|| (0..EVENTS_A_REQUEST).for_each(event));
    }
}
