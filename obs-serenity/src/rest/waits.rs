//! How long requests waited for rate limits, by route.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use obs_core::metrics::{Metrics, Total};

use super::call::Wait;
use super::route::Route;
use crate::metrics::REST_RATE_LIMIT_WAIT;

/// The waits of each route: for its own limit, and for that on all routes.
pub(super) struct Waits(Box<[[Sum; 2]]>);

#[derive(Default)]
struct Sum {
    nanos: AtomicU64,
    /// Made at the first scrape that finds a wait.
    total: OnceLock<Total>,
}

impl Waits {
    pub(super) fn new() -> Self {
        Self((0..Route::COUNT).map(|_| Default::default()).collect())
    }

    pub(super) fn add(&self, route: Route, wait: Wait) {
        let nanos = u64::try_from(wait.took.as_nanos()).unwrap_or(u64::MAX);
        self.0[route.index()][usize::from(wait.global)].nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Brings the counters up to date.
    pub(super) fn publish(&self, metrics: &Metrics) {
        for (route, sums) in Route::all().zip(&self.0) {
            for (sum, global) in sums.iter().zip(["false", "true"]) {
                let nanos = sum.nanos.load(Ordering::Relaxed);
                if nanos > 0 {
                    let total = sum.total.get_or_init(|| {
                        REST_RATE_LIMIT_WAIT.of(metrics, [route.template(), global])
                    });
                    total.set(nanos as f64 / 1e9);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use obs_core::metrics::Format;

    use super::*;

    #[test]
    fn waits_add_up_by_route_and_limit() {
        let metrics = Metrics::new(Default::default());
        let waits = Waits::new();
        let wait = |ms, global| Wait { took: Duration::from_millis(ms), global };
        let gateway = Route::of("/api/v10/gateway");
        waits.publish(&metrics);
        assert!(!metrics.render(Format::Text).contains("wait_seconds_total{"));
        waits.add(gateway, wait(250, false));
        waits.publish(&metrics);
        waits.add(gateway, wait(1250, false));
        waits.add(gateway, wait(500, true));
        waits.add(Route::of("no url"), wait(2500, false));
        waits.publish(&metrics);
        let text = metrics.render(Format::Text);
        for (labels, seconds) in [
            (r#"global="false",route="/gateway""#, 1.5),
            (r#"global="true",route="/gateway""#, 0.5),
            (r#"global="false",route="other""#, 2.5),
        ] {
            let line = format!("discord_rest_rate_limit_wait_seconds_total{{{labels}}} {seconds}");
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        assert_eq!(text.matches("wait_seconds_total{").count(), 3, "{text}");
    }
}
