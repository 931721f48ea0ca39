//! slog's child loggers stand for spans. Its JSON drain wants to be alone: a mutex, as its docs have it.

use std::sync::Mutex;

use slog::{Drain as _, Logger as Backend, info, o};
use slog_json::Json;

use super::{EVENTS_A_REQUEST, Logger, SLOG, Take};

fn in_children(root: &Backend, log: impl FnOnce(&Backend)) {
    let request = root.new(o!("method" => "GET", "route" => "/orders/{id}", "attempt" => 1));
    let query = request.new(o!("table" => "orders", "rows" => 17, "cached" => false));
    log(&query);
}

fn event(to: &Backend, order: u64) {
    info!(
        to, "order placed";
        "customer" => "c-1234567", "order" => order, "total" => 99.95, "paid" => true
    );
}

pub(super) fn logger(sink: &impl Take) -> Logger {
    let drain = Json::new(sink.clone()).add_default_keys().build();
    let root = Backend::root(Mutex::new(drain).fuse(), o!());
    let other = root.clone();
    Logger::new(
        SLOG,
        move |n| in_children(&root, |query| (0..n).for_each(|order| event(query, order))),
        move |n| {
            for _ in 0..n {
                in_children(&other, |query| {
                    (0..EVENTS_A_REQUEST).for_each(|order| event(query, order));
                });
            }
        },
    )
}
