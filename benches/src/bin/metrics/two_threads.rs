//! The same series recorded into by two threads at once.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use metrics::{Recorder, counter, with_local_recorder};
use obs_benches::series::{self, HTTP_BOUNDS, METADATA};
use obs_benches::{conditions, contention, ratio};

const ROUNDS: usize = 40;

pub fn run() {
    conditions::print(
        "metrics: one series, two threads in a tight loop, each on a core of its own",
    );
    println!(
        "{:<52} {:>10} {:>10} {:>8} {:>7}",
        "CPU ns each time", "1 thread", "2 threads", "factor", "rounds"
    );
    let key = metrics::Key::from_static_name("ops_seconds");
    let metrics = series::ours();
    let ours = metrics.recorder().register_histogram(&key, &METADATA);
    let histogram = row("histogram: ours", &|n| (0..n).for_each(|i| ours.record(value(i))));
    let recorder = series::exporter(HTTP_BOUNDS);
    let theirs = recorder.register_histogram(&key, &METADATA);
    let handle = recorder.handle();
    row("histogram: exporter, drained by each thread", &|n| {
        (0..n).for_each(|i| theirs.record(value(i)));
        handle.run_upkeep();
    });
    let opts = prometheus::HistogramOpts::new("ops_seconds", "Operations.");
    let theirs = prometheus::Histogram::with_opts(opts.buckets(HTTP_BOUNDS.to_vec()))
        .expect("the name is valid");
    row("histogram: prometheus", &|n| (0..n).for_each(|i| theirs.observe(value(i))));
    let theirs = prometheus_client::metrics::histogram::Histogram::new(HTTP_BOUNDS.iter().copied());
    row("histogram: prometheus-client", &|n| (0..n).for_each(|i| theirs.observe(value(i))));

    let key = metrics::Key::from_static_name("ops_total");
    let ours = metrics.recorder().register_counter(&key, &METADATA);
    row("counter: ours", &|n| (0..n).for_each(|_| ours.increment(1)));
    let theirs = recorder.register_counter(&key, &METADATA);
    row("counter: exporter", &|n| (0..n).for_each(|_| theirs.increment(1)));
    let atomic = AtomicU64::new(0);
    row("counter: a bare atomic", &|n| {
        for _ in 0..n {
            black_box(atomic.fetch_add(1, Relaxed));
        }
    });

    let (method, route) = (String::from("GET"), String::from("/users/{id}"));
    let strings = |_: u64| {
        counter!(
            "looked_up_total",
            "method" => black_box(&method).clone(),
            "route" => black_box(&route).clone(),
            "status" => black_box(200).to_string()
        )
        .increment(1);
    };
    row("counter!, 3 String labels: ours", &|n| {
        with_local_recorder(metrics.recorder(), || (0..n).for_each(strings));
    });
    row("counter!, 3 String labels: exporter", &|n| {
        with_local_recorder(&recorder, || (0..n).for_each(strings));
    });

    match histogram {
        Some((one, two)) => ratio("histogram_two_threads", "ours/one_thread", two, one),
        None => println!("histogram_two_threads: needs two cores that run at once"),
    }
}

fn value(i: u64) -> f64 {
    (i % 64) as f64 * 0.01
}

/// Prints a row; returns what one and two threads took.
fn row(name: &str, run: &(dyn Fn(u64) + Sync)) -> Option<(f64, f64)> {
    let Some(taken) = contention::measure(ROUNDS, run) else {
        println!("  {name:<50} the threads never ran together");
        return None;
    };
    let (one, two) = (taken.one_thread, taken.two_threads);
    println!("  {name:<50} {one:>10.1} {two:>10.1} {:>7.2}x {:>7}", two / one, taken.rounds);
    Some((one, two))
}
