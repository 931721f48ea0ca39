//! What a capture of metrics sees, while other tests of this process record too.
#![expect(clippy::disallowed_methods, reason = "tests spawn threads and tasks")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use metrics::{counter, gauge, histogram};
use obs_test::capture_metrics;

obs_core::catalogue! {
    /// A shop.
    static SHOP;
    /// Orders placed, by payment method.
    ORDERS: Counter = "shop_orders_total" (method);
}

#[test]
fn values_by_labels() {
    assert_eq!(SHOP.len(), 1);
    let metrics = capture_metrics();
    ORDERS.with(["card"]).increment(2);
    gauge!("shop_open", "b" => "2", "a" => "1").set(-1.5);
    histogram!("shop_pack_duration_seconds").record(0.2);
    histogram!("shop_pack_duration_seconds").record(20.0);

    metrics.assert_value("shop_orders_total", [("method", "card")], 2.0);
    metrics.assert_value("shop_open", [("a", "1"), ("b", "2")], -1.5);
    metrics.assert_value("shop_pack_duration_seconds", [], 2.0);
    assert_eq!(metrics.value("shop_orders_total", []), None);
    assert_eq!(metrics.value("shop_open", [("a", "1")]), None);
    metrics.assert_none("shop_refunds_total");
}

#[test]
fn many_captures_at_once_see_their_own_thread_only() {
    thread::scope(|threads| {
        for test in 1..=16 {
            threads.spawn(move || {
                let metrics = capture_metrics();
                for _ in 0..test * 100 {
                    counter!("shop_parallel_total").increment(1);
                }
                metrics.assert_value("shop_parallel_total", [], f64::from(test * 100));
            });
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_of_a_test_are_its_own() {
    let metrics = capture_metrics();
    tokio::spawn(async { counter!("shop_tasks_total").increment(1) }).await.unwrap();
    thread::spawn(|| counter!("shop_tasks_total").increment(10)).join().unwrap();
    metrics.assert_value("shop_tasks_total", [], 1.0);
}

#[test]
fn the_innermost_capture_gets_it() {
    let outer = capture_metrics();
    counter!("shop_nested_total").increment(1);
    let inner = capture_metrics();
    counter!("shop_nested_total").increment(10);
    inner.assert_value("shop_nested_total", [], 10.0);
    outer.in_scope(|| counter!("shop_nested_total").increment(100));
    drop(inner);
    counter!("shop_nested_total").increment(1000);
    outer.assert_value("shop_nested_total", [], 1101.0);
}

#[test]
fn failures_show_what_there_is() {
    let metrics = capture_metrics();
    ORDERS.with(["card"]).increment(2);
    let failure = |assert: &dyn Fn()| {
        let panic = catch_unwind(AssertUnwindSafe(assert)).unwrap_err();
        *panic.downcast::<String>().unwrap()
    };
    let card = [("method", "card")];
    assert_eq!(
        failure(&|| metrics.assert_value("shop_orders_total", card, 3.0)),
        "`shop_orders_total`{method=\"card\"} is 2, expected 3:\n  \
         shop_orders_total{method=\"card\"} 2"
    );
    assert_eq!(
        failure(&|| metrics.assert_value("shop_orders_total", [], 2.0)),
        "there is no `shop_orders_total`, expected 2:\n  shop_orders_total{method=\"card\"} 2"
    );
    assert_eq!(
        failure(&|| metrics.assert_value("shop_order_total", [], 2.0)),
        "there is no `shop_order_total`, expected 2; it has no series"
    );
    assert_eq!(
        failure(&|| metrics.assert_none("shop_orders_total")),
        "`shop_orders_total` has 1 series, expected none:\n  shop_orders_total{method=\"card\"} 2"
    );
}
