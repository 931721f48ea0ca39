//! What the tokio runtime tells of itself, without `tokio_unstable`.

use tokio::runtime::Handle;

use super::{Metrics, own};

/// Adds the metrics of the runtime that `handle` belongs to.
pub(crate) fn register(metrics: &Metrics, handle: &Handle) {
    let runtime = handle.metrics();
    let workers = own::TOKIO_WORKERS.of(metrics, []);
    let alive = own::TOKIO_ALIVE_TASKS.of(metrics, []);
    let queued = own::TOKIO_GLOBAL_QUEUE_DEPTH.of(metrics, []);
    let by_worker: Vec<_> = (0..runtime.num_workers())
        .map(|worker| {
            let label = worker.to_string();
            let busy = own::TOKIO_WORKER_BUSY.of(metrics, [&label]);
            let parks = own::TOKIO_WORKER_PARKS.of(metrics, [&label]);
            (worker, busy, parks)
        })
        .collect();
    metrics.on_collect(move || {
        workers.set(runtime.num_workers() as f64);
        alive.set(runtime.num_alive_tasks() as f64);
        queued.set(runtime.global_queue_depth() as f64);
        for (worker, busy, parks) in &by_worker {
            busy.set(runtime.worker_total_busy_duration(*worker).as_secs_f64());
            parks.set(runtime.worker_park_count(*worker) as f64);
        }
    });
}
