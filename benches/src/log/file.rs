//! Lines to a file, none lost: what a process does, from its first event until all is written.

use std::fs::File;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use obs_core::log::{self, EcsLayer, Policy, Queue};
use obs_core::{Builder, LogFormat};
use tracing::Subscriber;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

use super::events;

pub const OURS: &str = "ours, init with log_file";
pub const OURS_STDOUT: &str = "ours, init, standard output is the file";
pub const APPENDER_OURS: &str = "our layer over tracing-appender";
pub const APPENDER_JSON: &str = "tracing-subscriber json over tracing-appender";

/// Everyone. All are told to wait where there is no room, so that nothing is lost.
pub const ALL: [&str; 4] = [OURS, OURS_STDOUT, APPENDER_OURS, APPENDER_JSON];

/// What a run took, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Took {
    pub wall: u128,
    pub cpu: u128,
}

/// Logs `events` events on each of `threads` threads as the variant `name` does, and waits until they
/// are written. Installs the subscriber of the process: to be called once.
///
/// # Panics
///
/// If there is no such variant, or something is refused.
pub fn run(name: &str, path: &str, threads: u64, events: u64) -> Took {
    match name {
        OURS => {
            let file = log::File::new(path).max_size(u64::MAX);
            ours(builder().without_log_stdout().log_file(file), threads, events)
        }
        OURS_STDOUT => ours(builder().log_format(LogFormat::Json), threads, events),
        APPENDER_OURS => {
            let (writer, guard) = appender(path);
            let layer = EcsLayer::builder("bench").build(move |_, line| {
                // `tracing-subscriber` makes a copy for each event, too.
                let _ = writer.clone().write_all(line);
            });
            over_appender(registry().with(layer), guard, threads, events)
        }
        APPENDER_JSON => {
            let (writer, guard) = appender(path);
            let layer = tracing_subscriber::fmt::layer().json().with_writer(writer);
            over_appender(registry().with(layer), guard, threads, events)
        }
        _ => panic!("no variant is called `{name}`"),
    }
}

fn builder() -> Builder {
    let queue = Queue::new().policy(Policy::Block).flush_timeout(Duration::from_secs(60));
    obs_core::builder("bench").log_queue(queue).env(&[])
}

fn ours(builder: Builder, threads: u64, events: u64) -> Took {
    let obs = builder.init().expect("nothing is installed yet");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    took(|| {
        log_on(threads, events);
        runtime.block_on(obs.finish());
    })
}

fn appender(path: &str) -> (NonBlocking, WorkerGuard) {
    let file = File::create(path).expect("the file can be made");
    NonBlockingBuilder::default().lossy(false).finish(file)
}

fn over_appender(
    subscriber: impl Subscriber + Send + Sync,
    guard: WorkerGuard,
    threads: u64,
    events: u64,
) -> Took {
    tracing::subscriber::set_global_default(subscriber).expect("nothing is installed yet");
    took(|| {
        log_on(threads, events);
        drop(guard);
    })
}

fn log_on(threads: u64, n: u64) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| events(n));
        }
    });
}

fn took(run: impl FnOnce()) -> Took {
    let (wall, cpu) = (Instant::now(), ProcessTime::now());
    run();
    Took { wall: wall.elapsed().as_nanos(), cpu: cpu.elapsed().as_nanos() }
}
