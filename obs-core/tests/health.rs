//! Probes as a load balancer sees them, on a clock that stands still unless all wait.

#![expect(clippy::disallowed_methods, reason = "a test is an edge")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use obs_core::health::{Health, Outcome, Probe, Status};
use obs_core::metrics::{Format, Sample};
use obs_core::{Builder, Obs, builder};
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

fn shop() -> Builder {
    builder("shop").env(&[])
}

fn gauge(obs: &Obs, check: &str) -> Option<f64> {
    let mut value = None;
    obs.metrics().visit(&mut |series, sample| {
        if series.name == "obs_health_check_up" && series.labels().eq([("check", check.into())]) {
            let Sample::Gauge(found) = sample else { panic!("{sample:?}") };
            value = Some(found);
        }
    });
    value
}

#[tokio::test(start_paused = true)]
async fn a_report_is_as_bad_as_its_worst_check() {
    let good = || async { Outcome::up() };
    let cold = || async { Outcome::degraded("cold") };
    let gone = || async { Err("connection refused") };
    let obs = shop()
        .readiness("db", good)
        .readiness("cache", cold)
        .readiness("bank", gone)
        .liveness("loop", good)
        .build()
        .unwrap();

    let report = obs.health().readiness().await;
    assert_eq!(report.status, Status::Down);
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        concat!(
            r#"{"status":"down","checks":{"db":{"status":"up","duration_ms":0.0},"#,
            r#""cache":{"status":"degraded","message":"cold","duration_ms":0.0},"#,
            r#""bank":{"status":"down","message":"connection refused","duration_ms":0.0}}}"#
        )
    );
    assert_eq!(obs.health().liveness().await.status, Status::Up);
    for (check, value) in [("db", 1.0), ("cache", 0.5), ("bank", 0.0)] {
        assert_eq!(gauge(&obs, check), Some(value), "{check}");
    }
    assert!(obs.metrics().render(Format::Text).contains("\nobs_health_check_up{check=\"db\"} 1\n"));
}

#[tokio::test(start_paused = true)]
async fn checks_run_at_the_same_time_and_none_beyond_its_timeout() {
    let asleep = |seconds| {
        move || async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Outcome::up()
        }
    };
    let obs = shop()
        .readiness("slow", asleep(1))
        .readiness("hung", asleep(1000))
        .readiness("hung too", asleep(1000))
        .build()
        .unwrap();

    let start = Instant::now();
    let report = obs.health().readiness().await;
    assert_eq!(start.elapsed(), Duration::from_secs(2));
    assert_eq!(report.check("slow").unwrap().status, Status::Up);
    let hung = report.check("hung").unwrap();
    assert_eq!((hung.status, hung.duration), (Status::Down, Duration::from_secs(2)));
    assert_eq!(hung.message.as_deref(), Some("no answer within 2s"));
}

/// A check that counts its runs and ends when it is let.
fn counted(obs: &Obs) -> (Arc<AtomicUsize>, Arc<Semaphore>) {
    let (runs, permits) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let shared = (Arc::clone(&runs), Arc::clone(&permits));
    obs.health().add(Probe::Readiness, "db", move || {
        let (runs, permits) = shared.clone();
        async move {
            runs.fetch_add(1, Ordering::Relaxed);
            permits.acquire().await.expect("never closed").forget();
            Outcome::up()
        }
    });
    (runs, permits)
}

#[tokio::test(start_paused = true)]
async fn all_who_ask_at_once_share_one_run() {
    let obs = shop().build().unwrap();
    let (runs, permits) = counted(&obs);
    let ask = |health: Health| tokio::spawn(async move { health.readiness().await.status });
    let asking: Vec<_> = (0..100).map(|_| ask(obs.health().clone())).collect();
    tokio::task::yield_now().await;
    // Whoever came first and started the run goes away.
    asking[0].abort();
    permits.add_permits(1);
    for (i, asked) in asking.into_iter().enumerate().skip(1) {
        assert_eq!(asked.await.unwrap(), Status::Up, "{i}");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_served_again_while_it_is_fresh() {
    let obs = shop().health_cache(Duration::from_secs(10)).build().unwrap();
    let (runs, permits) = counted(&obs);
    permits.add_permits(100);
    // (seconds to wait first, runs so far, age of the result)
    for (wait, total, age) in [(0, 1, 0), (9, 1, 9), (1, 2, 0), (9, 2, 9)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        let report = obs.health().readiness().await;
        assert_eq!(runs.load(Ordering::Relaxed), total, "after {wait}s more");
        assert_eq!(report.check("db").unwrap().age, Duration::from_secs(age));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_of_zero_runs_each_time() {
    let obs = shop().health_cache(Duration::ZERO).build().unwrap();
    let (runs, permits) = counted(&obs);
    permits.add_permits(100);
    obs.health().readiness().await;
    obs.health().readiness().await;
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_that_panics_is_down_and_runs_again() {
    let first = Arc::new(AtomicUsize::new(0));
    let obs = shop()
        .health_cache(Duration::ZERO)
        .readiness("late", || async { panic!("on purpose: {}", "s3cret") as Outcome })
        .readiness("early", move || {
            assert!(first.fetch_add(1, Ordering::Relaxed) > 0, "on purpose");
            async { Outcome::up() }
        })
        .build()
        .unwrap();

    let report = obs.health().readiness().await;
    for check in ["late", "early"] {
        let check = report.check(check).unwrap();
        assert_eq!(check.status, Status::Down);
        assert_eq!(check.message.as_deref(), Some("panicked"));
    }
    let report = obs.health().readiness().await;
    assert_eq!(report.check("early").unwrap().status, Status::Up);
}

/// Real threads and a real clock: what blocks cannot be seen on a paused one.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_check_that_blocks_its_thread_holds_no_second_one() {
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let blocked = Arc::new(std::sync::Mutex::new(blocked));
    let (runs, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (shared, end) = (Arc::clone(&runs), Arc::clone(&ended));
    let obs = shop()
        .health_cache(Duration::ZERO)
        .health_timeout(Duration::from_millis(20))
        .readiness("blocking", move || {
            let (blocked, runs, end) =
                (Arc::clone(&blocked), Arc::clone(&shared), Arc::clone(&end));
            async move {
                if runs.fetch_add(1, Ordering::Relaxed) == 0 {
                    let _ = blocked.lock().unwrap().recv();
                    end.notify_one();
                }
                Outcome::up()
            }
        })
        .build()
        .unwrap();

    for message in [
        "no answer within 20ms",
        "an earlier run blocks its thread",
        "an earlier run blocks its thread",
    ] {
        let report = obs.health().readiness().await;
        assert_eq!(report.checks[0].message.as_deref(), Some(message));
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);

    release.send(()).unwrap();
    ended.notified().await;
    while obs.health().readiness().await.status != Status::Up {
        tokio::task::yield_now().await;
    }
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[test]
fn a_run_that_dies_with_its_runtime_is_not_waited_for() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let obs = shop().build().unwrap();
    let (runs, permits) = counted(&obs);

    let first = runtime();
    let health = obs.health().clone();
    first.spawn(async move { health.readiness().await });
    first.block_on(async {
        while runs.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
    });
    drop(first);

    permits.add_permits(1);
    let report = runtime().block_on(obs.health().readiness());
    assert_eq!(report.status, Status::Up);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_check_added_later_replaces_one_of_its_name() {
    let obs = shop().readiness("db", || async { Outcome::down("starting") }).build().unwrap();
    obs.health().add(Probe::Liveness, "db", || async { Outcome::up() });
    assert_eq!(obs.health().readiness().await.status, Status::Down);
    obs.health().add(Probe::Readiness, "db", || async { Outcome::up() });
    let report = obs.health().readiness().await;
    assert_eq!((report.status, report.checks.len()), (Status::Up, 1));
}

#[tokio::test(start_paused = true)]
async fn readiness_is_down_from_the_beginning_of_the_shutdown() {
    let obs = shop()
        .readiness("db", || async { Outcome::up() })
        .liveness("loop", || async { Outcome::up() })
        .build()
        .unwrap();
    obs.shutdown_handle().trigger();
    let report = obs.health().readiness().await;
    assert_eq!(
        serde_json::to_string(&report).unwrap(),
        r#"{"status":"down","reason":"shutting down","checks":{}}"#
    );
    assert_eq!(obs.health().liveness().await.status, Status::Up);
}

#[tokio::test(start_paused = true)]
async fn a_scrape_keeps_the_gauge_of_a_service_that_nobody_probes_up_to_date() {
    let broken = Arc::new(AtomicUsize::new(0));
    let obs = shop()
        .readiness("bank", {
            let broken = Arc::clone(&broken);
            move || {
                let broken = broken.load(Ordering::Relaxed) > 0;
                async move { if broken { Err("no answer") } else { Ok(()) } }
            }
        })
        .build()
        .unwrap();
    let scrape = async || {
        let shown = gauge(&obs, "bank");
        tokio::time::sleep(Duration::from_secs(15)).await;
        shown
    };
    assert_eq!(scrape().await, None);
    assert_eq!(scrape().await, Some(1.0));
    broken.store(1, Ordering::Relaxed);
    scrape().await;
    assert_eq!(scrape().await, Some(0.0));
}

#[tokio::test(start_paused = true)]
async fn the_longest_timeout_is_no_trouble() {
    let check = || async { Outcome::up() };
    let obs = shop().readiness("db", check).health_timeout(Duration::MAX).build().unwrap();
    assert_eq!(obs.health().readiness().await.status, Status::Up);
}
