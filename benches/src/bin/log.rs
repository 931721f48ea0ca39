//! What an event costs as a line of JSON.

use obs_benches::log::{
    self, BUNYAN, EVENTS_A_REQUEST, FMT_FLAT, FMT_JSON, JSON_SUBSCRIBER, Kept, LOGFORTH, Logger,
    Null, OURS, SERDE, SLOG,
};
use obs_benches::rounds::{self, Timings, Unit, Variant};
use obs_benches::{conditions, parallel, ratio};

const ROUNDS: usize = 30;
const TIMES: u64 = 20_000;

const PEERS: [(&str, &str); 7] = [
    ("ours/serde_json", SERDE),
    ("ours/tracing-subscriber-json", FMT_JSON),
    ("ours/tracing-subscriber-json-flat", FMT_FLAT),
    ("ours/json-subscriber", JSON_SUBSCRIBER),
    ("ours/bunyan", BUNYAN),
    ("ours/logforth", LOGFORTH),
    ("ours/slog-json", SLOG),
];

fn main() {
    check();
    let loggers = log::loggers(&Null);
    both_threads(&loggers);

    conditions::pin(0);
    conditions::print("log: one event to a null sink, one thread, CPU time");
    let timings = timed(&loggers, TIMES, Logger::events);
    timings.print("an event", Unit::Nanos);
    compare("log_event", &timings);

    conditions::print("log: 2 spans, 3 events in them, closed; CPU time");
    let timings = timed(&loggers, TIMES / EVENTS_A_REQUEST, Logger::requests);
    timings.print("a request of three events", Unit::Nanos);
    compare("log_request", &timings);
}

/// The lines, each of which says the same.
fn check() {
    println!("## log: the line of one event");
    println!("{:<52} {:>6}  keys that stand twice in an object", "", "bytes");
    let kept = Kept::default();
    for logger in log::loggers(&kept) {
        let line = log::line(&logger, &kept);
        println!("  {:<50} {:>6}  {}", logger.name, line.bytes, line.doubled.join(" "));
    }
}

fn timed(loggers: &[Logger], times: u64, log: fn(&Logger, u64)) -> Timings {
    let variant = |logger| move |n| log(logger, n);
    let variants = loggers.iter().map(|logger| Variant::new(logger.name, variant(logger)));
    rounds::run(variants.collect(), ROUNDS, times)
}

fn compare(name: &str, timings: &Timings) {
    for (against, peer) in PEERS {
        timings.ratio(name, against, OURS, peer);
    }
}

fn both_threads(loggers: &[Logger]) {
    conditions::print(
        "log: one event to a null sink, time from start to end on two threads at once",
    );
    println!("{:<52} {:>12} {:>12}", "an event", "1 thread ns", "2 threads ns");
    let mut best = vec![[f64::INFINITY; 2]; loggers.len()];
    for _ in 0..ROUNDS {
        for (logger, best) in loggers.iter().zip(&mut best) {
            for (threads, best) in [1, 2].into_iter().zip(best) {
                let nanos = parallel::nanos(threads, TIMES / 10, &|n| logger.events(n));
                *best = best.min(nanos);
            }
        }
    }
    for (logger, [one, two]) in loggers.iter().zip(&best) {
        println!("  {:<50} {one:>12.2} {two:>12.2}", logger.name);
    }
    let of = |name| {
        let place = loggers.iter().position(|logger| logger.name == name).expect("it was run");
        best[place][1]
    };
    for (against, peer) in PEERS {
        ratio("log_event_2_threads", against, of(OURS), of(peer));
    }
}
