//! One thing done by two threads at once.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

use crate::conditions::pin;

/// Of the time both threads took, the share they must have been running for a round to count: two
/// threads that take turns on one core do not contend.
const OVERLAP: f64 = 0.9;

/// CPU nanoseconds each time.
#[derive(Clone, Copy, Debug)]
pub struct Contended {
    pub one_thread: f64,
    pub two_threads: f64,
    /// How much of the median round both threads were running.
    pub overlap: f64,
    /// Rounds in which they ran together long enough.
    pub rounds: usize,
}

/// How long a round takes on one thread: short, for two threads are to have both cores of a shared
/// machine to themselves meanwhile.
const ROUND: Duration = Duration::from_millis(1);

/// Times `run`, which does the thing as often as it is told, on one pinned thread and on two.
///
/// Medians, unlike everywhere else: the best round of two threads is the one in which they met
/// least. `None` where threads cannot be pinned to two cores, or never ran together.
pub fn measure(rounds: usize, run: &(dyn Fn(u64) + Sync)) -> Option<Contended> {
    let mut one = Vec::new();
    let mut two = Vec::new();
    let (nanos, _) = round(1, 1_000, run)?;
    let times = (ROUND.as_nanos() as f64 / nanos) as u64;
    // The machine is shared: give up at some point.
    for _ in 0..rounds * 40 {
        one.push(round(1, times, run)?.0);
        let (nanos, overlap) = round(2, times, run)?;
        if overlap >= OVERLAP {
            two.push((nanos, overlap));
        }
        if two.len() == rounds {
            break;
        }
    }
    one.sort_by(f64::total_cmp);
    two.sort_by(|a, b| a.0.total_cmp(&b.0));
    let &(two_threads, overlap) = two.get(two.len() / 2)?;
    Some(Contended { one_thread: one[one.len() / 2], two_threads, overlap, rounds: two.len() })
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
