//! The order and the deadlines of a shutdown, on a paused clock. Signals: `process.rs`.

use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use obs_core::{Obs, builder};
use tokio::time::Instant;

const DELAY: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);

fn shop() -> Obs {
    let builder = builder("shop").shutdown_delay(DELAY).shutdown_timeout(TIMEOUT).env(&[]);
    builder.build().expect("good settings")
}

/// Seconds from `start` until `future` resolves.
async fn seconds(start: Instant, future: impl Future<Output = ()>) -> u64 {
    future.await;
    start.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn everything_follows_from_the_beginning() {
    let obs = shop();
    let (first, second) = (obs.shutdown_signal(), obs.shutdown_signal());
    let (begun, deadline) = (obs.shutting_down(), obs.shutdown_deadline());
    tokio::time::advance(Duration::from_secs(100)).await;
    assert!(!obs.shutdown_handle().has_begun());

    let start = Instant::now();
    obs.shutdown_handle().trigger();
    assert!(obs.shutdown_handle().has_begun());
    assert_eq!(seconds(start, begun).await, 0);
    assert_eq!(seconds(start, first).await, 5);
    assert_eq!(seconds(start, second).await, 5);
    // A second trigger is none: two parts may give up at a time.
    obs.shutdown_handle().trigger();
    assert_eq!(seconds(start, deadline).await, 35);
    // Whoever asks late is told at once.
    assert_eq!(seconds(start, obs.shutdown_signal()).await, 35);
    assert_eq!(seconds(start, obs.shutdown_deadline()).await, 35);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_ends_in_time_has_its_result() {
    let obs = shop();
    obs.shutdown_handle().trigger();
    let start = Instant::now();
    let signal = obs.shutdown_signal();
    let served = obs.drain(async {
        signal.await;
        tokio::time::sleep(TIMEOUT / 2).await;
        "served"
    });
    assert_eq!(served.await, Ok("served"));
    assert_eq!(start.elapsed(), DELAY + TIMEOUT / 2);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_end_is_dropped_at_the_deadline() {
    struct Dropped<'a>(&'a std::cell::Cell<bool>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }

    let obs = shop();
    let dropped = std::cell::Cell::new(false);
    let handle = obs.shutdown_handle();
    let start = Instant::now();
    let served = obs.drain(async {
        let _dropped = Dropped(&dropped);
        tokio::time::sleep(Duration::from_secs(100)).await;
        handle.trigger();
        pending::<()>().await;
    });
    let error = served.await.unwrap_err();
    assert_eq!(start.elapsed(), Duration::from_secs(100) + DELAY + TIMEOUT);
    assert!(dropped.get());
    assert!(!error.is_forced());
    assert_eq!(
        error.to_string(),
        "work was not done within 30s of the shutdown: see OBS_SHUTDOWN_TIMEOUT"
    );
}

#[tokio::test(start_paused = true)]
async fn a_forced_shutdown_waits_for_nothing() {
    let obs = shop();
    let start = Instant::now();
    let (signal, deadline) = (obs.shutdown_signal(), obs.shutdown_deadline());
    obs.shutdown_handle().trigger();
    let handle = obs.shutdown_handle();
    let error = obs
        .drain(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            handle.force();
            pending::<()>().await;
        })
        .await
        .unwrap_err();
    assert!(error.is_forced());
    assert_eq!(error.to_string(), "a second signal ended the shutdown before all work was done");
    assert_eq!(seconds(start, signal).await, 1);
    assert_eq!(seconds(start, deadline).await, 1);
}

#[tokio::test(start_paused = true)]
async fn work_that_ends_by_itself_needs_no_shutdown() {
    let obs = shop();
    assert_eq!(obs.drain(async { 7 }).await, Ok(7));
    assert!(!obs.shutdown_handle().has_begun());
}

#[tokio::test(start_paused = true)]
async fn to_finish_begins_the_shutdown_and_to_drop_does_not() {
    for finishes in [true, false] {
        let obs = shop();
        let mut begun = pin!(obs.shutting_down());
        if finishes {
            obs.finish().await;
        } else {
            drop(obs);
        }
        let polled = poll_fn(|cx| Poll::Ready(begun.as_mut().poll(cx))).await;
        assert_eq!(polled.is_ready(), finishes);
    }
}
