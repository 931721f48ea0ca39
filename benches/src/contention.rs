//! One thing done by two threads at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::conditions::pin;

/// Of the time a round took, the share that every thread must have been running for the round to
/// count: two threads that take turns do not contend.
const RUNNING: f64 = 0.9;

/// CPU nanoseconds each time.
#[derive(Clone, Copy, Debug)]
pub struct Contended {
    pub one_thread: f64,
    pub two_threads: f64,
    /// Rounds in which the threads ran undisturbed.
    pub rounds: usize,
}

/// How long a round takes on one thread: short, for two threads are to have both cores of a shared
/// machine to themselves meanwhile.
const ROUND: Duration = Duration::from_millis(1);

/// Times `run`, which does the thing as often as it is told, on one pinned thread and on two.
///
/// Lower quartiles, unlike elsewhere: the best round of two threads is the one in which they met
/// least. `None` where threads cannot be pinned to two cores, or never ran together.
pub fn measure(rounds: usize, run: &(dyn Fn(u64) + Sync)) -> Option<Contended> {
    let mut one = Vec::new();
    let mut two = Vec::new();
    let (nanos, _) = round(1, 1_000, run)?;
    let times = (ROUND.as_nanos() as f64 / nanos) as u64;
    // The machine is shared: give up at some point.
    for _ in 0..rounds * 40 {
        for (threads, kept) in [(1, &mut one), (2, &mut two)] {
            let (nanos, running) = round(threads, times, run)?;
            if running >= RUNNING && kept.len() < rounds {
                kept.push(nanos);
            }
        }
        if one.len().min(two.len()) == rounds {
            break;
        }
    }
    let quartile = |mut nanos: Vec<f64>| {
        nanos.sort_by(f64::total_cmp);
        nanos.get(nanos.len() / 4).copied()
    };
    let kept = one.len().min(two.len());
    Some(Contended { one_thread: quartile(one)?, two_threads: quartile(two)?, rounds: kept })
}

/// CPU nanoseconds each time, and the share of the time in which all threads ran.
fn round(threads: usize, times: u64, run: &(dyn Fn(u64) + Sync)) -> Option<(f64, f64)> {
    let barrier = Barrier::new(threads);
    let work = |core| {
        let pinned = pin(core);
        barrier.wait();
        let (wall, cpu) = (Instant::now(), ThreadTime::now());
        run(times);
        let cpu = cpu.elapsed().as_secs_f64();
        pinned.then_some((wall, Instant::now(), cpu))
    };
    let taken: Option<Vec<_>> = std::thread::scope(|scope| {
        let work = &work;
        let spawned: Vec<_> = (0..threads).map(|core| scope.spawn(move || work(core))).collect();
        spawned.into_iter().map(|thread| thread.join().ok().flatten()).collect()
    });
    let taken = taken?;
    let start = taken.iter().map(|&(start, ..)| start).min()?;
    let end = taken.iter().map(|&(_, end, _)| end).max()?;
    let cpu: f64 = taken.iter().map(|&(.., cpu)| cpu).sum();
    let running = cpu / threads as f64 / (end - start).as_secs_f64();
    Some((cpu * 1e9 / (times * threads as u64) as f64, running))
}
