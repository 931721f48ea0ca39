//! What a line allocates. Alone in its binary: it replaces the allocator.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use obs_core::log::EcsLayer;
use tracing::field::Empty;
use tracing::{Span, error, info, info_span};
use tracing_subscriber::prelude::*;

/// Allocations of `log` within two spans of three fields each, once everything is warm.
#[track_caller]
fn allocations(log: impl Fn(&Span)) -> u64 {
    let lines = Arc::new(AtomicU64::new(0));
    let written = lines.clone();
    let layer = EcsLayer::builder("shop").build(move |_, line| {
        black_box(line);
        written.fetch_add(1, Ordering::Relaxed);
    });
    let count =
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let request = info_span!(
                "request",
                method = "GET",
                route = "/orders/{id}",
                attempt = 1,
                user = Empty
            );
            let _request = request.clone().entered();
            let _query = info_span!("query", table = "orders", rows = 17, cached = false).entered();
            for _ in 0..10 {
                log(&request);
            }
            let counted = allocation_counter::measure(|| {
                for _ in 0..100 {
                    log(&request);
                }
            });
            counted.count_total
        });
    assert_eq!(lines.load(Ordering::Relaxed), 110, "each event is a line");
    count
}

#[test]
fn the_counter_counts() {
    let count = allocations(|_| {
        drop(black_box(Box::new(1)));
        info!("order placed");
    });
    assert_eq!(count, 100);
}

#[test]
fn a_message_with_fields() {
    let count = allocations(|_| {
        info!(customer = "c-1234567", order = 42, total = 99.95, paid = true, "order placed");
    });
    assert_eq!(count, 0);
}

#[test]
fn a_message_that_is_formatted() {
    let count = allocations(|_| info!("order {} of {:?}", 42, "c-1234567"));
    assert_eq!(count, 0);
}

#[test]
fn a_field_that_a_span_got_later() {
    let count = allocations(|request| {
        request.record("user", 7);
        info!("order placed");
    });
    assert_eq!(count, 0);
}

#[test]
fn twenty_fields() {
    let count = allocations(|_| {
        info!(
            f00 = 0,
            f01 = 1,
            f02 = "two",
            f03 = 3.5,
            f04 = true,
            f05 = 5_u64,
            f06 = -6,
            f07 = "seven",
            f08 = u64::MAX,
            f09 = f64::NAN,
            f10 = 10,
            f11 = 11,
            f12 = "twelve",
            f13 = 13.5,
            f14 = false,
            f15 = 15_u128,
            f16 = -16,
            f17 = "a \"quoted\"\nline",
            f18 = i64::MIN,
            f19 = 19,
            "many fields"
        );
    });
    assert_eq!(count, 0);
}

#[test]
fn fields_of_the_schema() {
    let count = allocations(|_| {
        info!(
            http.request.method = "GET",
            http.response.status_code = 200,
            url.path = "/orders/42",
            user.id = 7,
            client.ip = %std::net::Ipv4Addr::LOCALHOST,
            event.duration = 1_500_u64,
            "request"
        );
    });
    assert_eq!(count, 0);
}

#[test]
fn values_that_are_formatted() {
    let count = allocations(|_| {
        info!(place = %format_args!("{}:{}", "host", 80), state = ?Some("open"), "connected");
    });
    assert_eq!(count, 0);
}

#[test]
fn an_error() {
    let error = std::io::Error::from(std::io::ErrorKind::NotFound);
    let count = allocations(|_| {
        error!(error = &error as &dyn std::error::Error, "no such order");
    });
    assert_eq!(count, 0);
}

#[test]
fn a_value_that_is_cut_and_one_that_is_hidden() {
    let long = "x".repeat(100_000);
    let count = allocations(|_| info!(long = &*long, password = "hunter2", "too much"));
    assert_eq!(count, 0);
}

#[test]
fn ids_of_the_trace() {
    use obs_core::trace::{TraceContext, enter};

    let _entered = enter(TraceContext::new_root());
    assert_eq!(allocations(|_| info!("order placed")), 0);
}
