//! What layers add to a request: ours, axum-prometheus, axum-otel-metrics, tower-http's TraceLayer.

use std::cell::RefCell;

use obs_benches::http::{
    self, AXUM_OTEL, AXUM_PROMETHEUS, NOOP, OURS_FULL, OURS_FULL_OWN_LOG, OURS_METRICS,
    OURS_NO_SPAN, OURS_NO_SPAN_OWN_LOG, TRACE_LAYER,
};
use obs_benches::rounds::{self, Variant};
use obs_benches::{conditions, ratio};

const ROUNDS: usize = 40;
const TIMES: u64 = 10_000;

fn main() {
    conditions::pin(0);
    http::install_json();
    let runtime = http::runtime();
    let apps: Vec<_> = {
        // So that the runtime's metrics are there, as they are in a service.
        let _entered = runtime.enter();
        http::apps().into_iter().map(|app| (app.name, RefCell::new(app))).collect()
    };
    conditions::print("http: GET /users/42 in process, one thread, CPU time a request");
    let variants = apps
        .iter()
        .map(|(name, app)| {
            Variant::new(name, |n| app.borrow_mut().requests(&runtime, n))
                .after(|| app.borrow().upkeep())
        })
        .collect();
    let timings = rounds::run(variants, ROUNDS, TIMES);
    let floor = timings.of(NOOP).min;
    println!("{:<44} {:>9} {:>9} {:>10}", "", "min ns", "median ns", "over no-op");
    for timing in timings.iter() {
        let over = timing.min - floor;
        println!("  {:<42} {:>9.0} {:>9.0} {over:>+10.0}", timing.name, timing.min, timing.median);
    }
    let over = |name: &str| timings.of(name).min - floor;
    let overhead = |name, against, ours, peer| ratio(name, against, over(ours), over(peer));
    overhead("http_metrics_overhead", "ours/axum-prometheus", OURS_METRICS, AXUM_PROMETHEUS);
    overhead("http_metrics_overhead", "ours/axum-otel-metrics", OURS_METRICS, AXUM_OTEL);
    overhead("http_full_overhead", "ours/tracelayer", OURS_FULL, TRACE_LAYER);
    overhead("http_full_without_span_overhead", "ours/tracelayer", OURS_NO_SPAN, TRACE_LAYER);
    // The whole stack on both sides: layer, and the formatter of the lines.
    overhead("http_full_overhead_own_log", "ours/tracelayer", OURS_FULL_OWN_LOG, TRACE_LAYER);
    overhead(
        "http_full_without_span_overhead_own_log",
        "ours/tracelayer",
        OURS_NO_SPAN_OWN_LOG,
        TRACE_LAYER,
    );
}
