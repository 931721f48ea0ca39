//! What assertions say when they fail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use obs_test::{Level, capture, capture_at};
use tracing::{error, info, warn};

/// The message of the panic of `assert`.
#[track_caller]
fn failure<T>(assert: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(assert()))) else {
        panic!("it did not fail")
    };
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().expect("panics have text")).to_owned(),
    }
}

#[test]
fn none_or_several_in_place_of_one() {
    let logs = capture();
    assert_eq!(
        failure(|| logs.one("order placed")),
        "no record has the message \"order placed\"; there is no record at all: a capture sees what \
         its thread, its tokio runtime and the spans opened there log"
    );
    assert_eq!(failure(|| logs.all().only()), "there is no record, expected one");
    info!(target: "shop::orders", { order.id = 42 }, "order refused");
    assert_eq!(
        failure(|| logs.one("order placed")),
        "no record has the message \"order placed\"; there is:\n  \
         INFO  shop::orders: order refused numeric_labels.order_id=42"
    );
    warn!(target: "shop::stock", product = "lamp", "out of stock");
    warn!(target: "shop::stock", product = "chair", "out of stock");
    assert_eq!(
        failure(|| logs.one("order placed")),
        "no record has the message \"order placed\"; there are 3:\n  \
         INFO  shop::orders: order refused numeric_labels.order_id=42\n  \
         WARN  shop::stock: out of stock labels.product=\"lamp\"\n  \
         WARN  shop::stock: out of stock labels.product=\"chair\""
    );
    assert_eq!(
        failure(|| logs.one("out of stock")),
        "2 records have the message \"out of stock\", expected one:\n  \
         WARN  shop::stock: out of stock labels.product=\"lamp\"\n  \
         WARN  shop::stock: out of stock labels.product=\"chair\""
    );
    assert_eq!(
        failure(|| logs.with_level(Level::WARN).only()),
        "there are 2 records, expected one:\n  \
         WARN  shop::stock: out of stock labels.product=\"lamp\"\n  \
         WARN  shop::stock: out of stock labels.product=\"chair\""
    );
}

#[test]
fn some_in_place_of_none() {
    let logs = capture();
    info!(target: "shop", "order placed");
    error!(target: "shop", { error.message = "no route" }, "bank is away");
    assert_eq!(
        failure(|| logs.none("order placed")),
        "1 record with the message \"order placed\", expected none:\n  INFO  shop: order placed"
    );
    assert_eq!(
        failure(|| logs.assert_none_at_or_above(Level::WARN)),
        "1 record at or above WARN, expected none:\n  \
         ERROR shop: bank is away error.message=\"no route\""
    );
    assert_eq!(
        failure(|| logs.all().assert_empty()),
        "2 records, expected none:\n  INFO  shop: order placed\n  \
         ERROR shop: bank is away error.message=\"no route\""
    );
}

#[test]
fn long_lists_are_cut() {
    let logs = capture();
    for i in 0..60 {
        info!("event {i}");
    }
    let text = failure(|| logs.one("event"));
    assert!(text.ends_with("\n  INFO  failures: event 49\n  and 10 more"), "{text}");
}

#[test]
fn fields() {
    let logs = capture();
    info!(order.id = 42, "order placed");
    info!(target: "shop", paid = true);
    let [placed, paid] = logs.all().into_iter().collect::<Vec<_>>().try_into().unwrap();
    for (text, want) in [
        (
            failure(|| placed.assert_field("order.id", 43).line().len()),
            "field `order.id` (`numeric_labels.order_id`) of \"order placed\" is 42, expected 43",
        ),
        (
            failure(|| placed.assert_field("order.id", "42").line().len()),
            "field `order.id` (`numeric_labels.order_id`) of \"order placed\" is 42, expected \"42\"",
        ),
        (
            failure(|| placed.assert_field("numeric_labels.order_id", 1.5).line().len()),
            "field `numeric_labels.order_id` of \"order placed\" is 42, expected 1.5",
        ),
        (
            failure(|| placed.assert_field("order.idd", 42).line().len()),
            "\"order placed\" has no field `order.idd`, expected 42",
        ),
        (
            failure(|| placed.assert_no_field("order.id").line().len()),
            "\"order placed\" has field `numeric_labels.order_id`, which is 42",
        ),
        (
            failure(|| paid.assert_field("paid", false).line().len()),
            "field `paid` (`labels.paid`) of a record of shop is \"true\", expected false",
        ),
    ] {
        let record = if text.contains("shop") { &paid } else { &placed };
        assert_eq!(text, format!("{want}:\n  {}", record.line()));
    }
}

#[test]
fn filters() {
    let text = failure(|| capture_at("info,shop=loud"));
    let want = "`info,shop=loud`: expected a filter such as `info` or `warn,shop=debug`: ";
    assert!(text.starts_with(want), "{text}");
}

#[test]
fn they_point_to_the_test() {
    use std::sync::{Arc, Mutex};

    let place = Arc::new(Mutex::new(None));
    let to = place.clone();
    let before = std::panic::take_hook();
    // Other tests of this binary fail on purpose meanwhile, on threads of their own.
    let thread = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == thread {
            *to.lock().unwrap() = panic.location().map(|at| (at.file().to_owned(), at.line()));
        } else {
            before(panic);
        }
    }));
    let logs = capture();
    info!(order.id = 42, "order placed");
    let record = logs.one("order placed");
    let asserts: [(&dyn Fn(), u32); 5] = [
        (&|| drop(logs.one("x")), line!()),
        (&|| logs.none("order placed"), line!()),
        (&|| logs.assert_none_at_or_above(Level::INFO), line!()),
        (&|| drop(record.assert_field("order.id", 1).clone()), line!()),
        (&|| drop(record.assert_no_field("order.id").clone()), line!()),
    ];
    for (assert, line) in asserts {
        failure(assert);
        let place = place.lock().unwrap().take();
        assert_eq!(place, Some((file!().to_owned(), line)));
    }
}
