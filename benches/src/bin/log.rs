//! What an event costs as a line of JSON.

use obs_benches::conditions;
use obs_benches::log::{self, BUNYAN, FMT_FLAT, FMT_JSON, JSON_SUBSCRIBER, Line, OURS, SERDE};
use obs_benches::rounds::{self, Unit, Variant};
use tracing::dispatcher::with_default;

const ROUNDS: usize = 30;
const TIMES: u64 = 20_000;

fn main() {
    conditions::pin(0);
    conditions::print("log: one event to a null sink, one thread, CPU time");
    let dispatches = log::dispatches();
    let mut variants: Vec<_> = dispatches
        .iter()
        .map(|(name, dispatch)| {
            Variant::new(name, |n| with_default(dispatch, || log::events(n)))
        })
        .collect();
    let mut line = Vec::new();
    let mut order = 0;
    variants.push(Variant::each(SERDE, move || {
        line.clear();
        order += 1;
        serde_json::to_writer(&mut line, &Line::new(order)).expect("a vector takes it");
        line.push(b'\n');
        std::hint::black_box(&line);
    }));
    let timings = rounds::run(variants, ROUNDS, TIMES);
    timings.print("an event", Unit::Nanos);
    for (against, peer) in [
        ("ours/serde_json", SERDE),
        ("ours/tracing-subscriber-json", FMT_JSON),
        ("ours/tracing-subscriber-json-flat", FMT_FLAT),
        ("ours/json-subscriber", JSON_SUBSCRIBER),
        ("ours/bunyan", BUNYAN),
    ] {
        timings.ratio("log_event", against, OURS, peer);
    }
}
