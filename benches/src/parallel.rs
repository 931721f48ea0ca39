//! One thing done by some threads at once, each on a core of its own.

use std::sync::Barrier;
use std::time::Instant;

use crate::conditions::pin;

/// Wall time of one round of `run` on each of `threads` threads, in nanoseconds each time.
///
/// Waiting for locks counts, which CPU time would not show; so does what else the machine does, of
/// which a round of some milliseconds may be free.
///
/// # Panics
///
/// If `run` does, or there are no threads.
pub fn nanos(threads: usize, times: u64, run: &(dyn Fn(u64) + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let work = |core| {
        pin(core);
        // What a thread makes once.
        run(1);
        barrier.wait();
        let start = Instant::now();
        run(times);
        (start, Instant::now())
    };
    let taken: Vec<_> = std::thread::scope(|scope| {
        let work = &work;
        let spawned: Vec<_> = (0..threads).map(|core| scope.spawn(move || work(core))).collect();
        spawned.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    });
    let start = taken.iter().map(|&(start, _)| start).min().expect("there are threads");
    let end = taken.iter().map(|&(_, end)| end).max().expect("there are threads");
    (end - start).as_nanos() as f64 / times as f64
}
